package trivet

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"os"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// What stands here runs only while `trivet dev` runs the program, which sets TRIVET_ENV.

const (
	developmentFramesMax = 20
	// sourceContext is how many lines are shown before and after the one that failed.
	sourceContext = 5
	// sourceBytesMax bounds the files that are shown.
	sourceBytesMax = 4 << 20
)

type sourceLine struct {
	Number int
	Text   string
	IsIt   bool
}

type sourceFrame struct {
	Function, Place string
	Lines           []sourceLine
}

type developmentPage struct {
	Method, Target, Handler, Error string
	Causes                         []string
	Frames                         []sourceFrame
}

var developmentTemplate = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>500 {{.Method}} {{.Target}}</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
pre{background:#f4f4f4;color:#222;overflow:auto;padding:.5rem}
mark{background:#ffd9d9;color:inherit;display:block}
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}pre{background:#222;color:#ddd}mark{background:#5a2020}}
</style>
<h1>{{.Error}}</h1>
<p>{{.Method}} {{.Target}}, answered by {{.Handler}}</p>
{{range .Causes}}<p>{{.}}</p>
{{end}}{{range .Frames}}<h2>{{.Function}}</h2><p>{{.Place}}</p>
<pre>{{range .Lines}}{{if .IsIt}}<mark>{{printf "%5d  %s" .Number .Text}}</mark>{{else}}{{printf "%5d  %s\n" .Number .Text}}{{end}}{{end}}</pre>
{{end}}<p>This page is shown because TRIVET_ENV is development, as under trivet dev. Clients get problem
details otherwise.</p>
</html>
`))

// heldMax is how long an inline handler may hold the loop before that is told.
const heldMax = 100 * time.Millisecond

// watched tells of an inline handler that keeps the loop, which serves nobody else meanwhile.
func (r *route) watched(handler Handler) Handler {
	return func(c *Ctx) error {
		start := time.Now()
		defer func() {
			took := time.Since(start)
			if took <= heldMax {
				return
			}
			c.loop.app.Log(LogWarn, fmt.Sprintf("%s %s (%s) is Inline and kept the loop for %d ms, "+
				"in which nothing else was served: leave Inline out, and it may block", r.methods,
				r.pattern, r.place, took.Milliseconds()))
		}()
		return handler(c)
	}
}

// standardError is where the engine writes its log; os.Stderr may be elsewhere (go test -json).
var standardError = os.NewFile(uintptr(syscall.Stderr), "/dev/stderr")

// appendDevelopment packs the answer to a failure with what a developer wants to know: a page for a
// browser, and lines on standard error. The caller holds c.mu.
func (c *Ctx) appendDevelopment(records []byte, err error) []byte {
	page := developmentPage{Error: err.Error(), Handler: c.route.describeHandler()}
	accept := ""
	if c.view != nil {
		page.Method, page.Target = goString(c.view.method), goString(c.view.target)
		accept, _ = c.find("accept")
	}
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
		page.Causes = append(page.Causes, fmt.Sprintf("because of %T: %v", cause, cause))
	}
	var panicked *panicFailure
	if errors.As(err, &panicked) {
		page.Frames = sourceFrames(panicked.callers)
	}
	fmt.Fprint(standardError, page.text())
	detail := ""
	var unserialisable *resultError
	if errors.As(err, &unserialisable) {
		detail = unserialisable.what()
	}
	var text bytes.Buffer
	if !strings.Contains(accept, "text/html") || developmentTemplate.Execute(&text, page) != nil {
		return appendFailure(records, c.request, err.Error(), detail)
	}
	return appendRecord(records, c.request, response{status: 500, content: contentHTML}, text.Bytes())
}

// text is the page for a terminal.
func (p *developmentPage) text() string {
	var text strings.Builder
	fmt.Fprintf(&text, "\n%s %s failed: %s\n  handler %s\n", p.Method, p.Target, p.Error, p.Handler)
	for _, cause := range p.Causes {
		fmt.Fprintf(&text, "  %s\n", cause)
	}
	for i, frame := range p.Frames {
		fmt.Fprintf(&text, "  %s (%s)\n", frame.Function, frame.Place)
		if i > 0 {
			continue // the rest is for the page
		}
		for _, line := range frame.Lines {
			mark := " "
			if line.IsIt {
				mark = ">"
			}
			fmt.Fprintf(&text, "  %s %5d  %s\n", mark, line.Number, line.Text)
		}
	}
	return text.String()
}

// sourceFrames are the frames below a panic, without those of the runtime and of this package.
func sourceFrames(callers []uintptr) (list []sourceFrame) {
	hasPanicked := false
	own := reflect.TypeFor[App]().PkgPath() + "."
	frames := runtime.CallersFrames(callers)
	for frame, more := frames.Next(); len(list) < developmentFramesMax; frame, more = frames.Next() {
		isRuntime := strings.HasPrefix(frame.Function, "runtime.")
		isOwn := strings.HasPrefix(frame.Function, own) && !strings.HasSuffix(frame.File, "_test.go")
		if hasPanicked && !isRuntime && !isOwn {
			list = append(list, sourceFrame{
				frame.Function, fmt.Sprintf("%s:%d", frame.File, frame.Line),
				sourceLines(frame.File, frame.Line),
			})
		}
		hasPanicked = hasPanicked || frame.Function == "runtime.gopanic"
		if !more {
			break
		}
	}
	return list
}

// sourceLines are the lines around one of a file; none when the source is not there.
func sourceLines(file string, at int) (lines []sourceLine) {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > sourceBytesMax {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		if number >= at-sourceContext && number <= at+sourceContext {
			lines = append(lines, sourceLine{number, strings.TrimRight(line, "\r\n"), number == at})
		}
	}
	return lines
}

// describeHandler names a route's handler for messages.
func (r *route) describeHandler() string {
	if r.place == "" {
		return "no route"
	}
	return fmt.Sprintf("%s %s (%s)", r.methods, r.pattern, r.place)
}

// watchInline runs a handler on the loop's thread and says so when it held up the loop.
func (l *Loop) watchInline(c *Ctx) {
	begin := time.Now()
	c.run(&l.records)
	if taken := time.Since(begin); taken > l.app.blockingLimit {
		l.app.Log(LogWarn, fmt.Sprintf("%s is Inline and held up its loop, with all its other requests, "+
			"for %d ms: take Inline away, so that it runs on a goroutine", c.route.describeHandler(),
			taken.Milliseconds()))
	}
}
