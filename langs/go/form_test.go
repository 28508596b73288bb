package trivet

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	pairsType = "Content-Type: application/x-www-form-urlencoded"
	partsType = "Content-Type: multipart/form-data; boundary=b"
)

// largeFile is beyond what is kept in memory.
var largeFile = strings.Repeat("0123456789abcdef", 16<<10)

func formPart(head, content string) string {
	return "--b\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n"
}

func formOf(parts ...string) string { return strings.Join(parts, "") + "--b--\r\n" }

// eachWay has a handler answer POST / on a route that streams, one that does not, and one that runs on
// the loop.
func eachWay(t *testing.T, h Handler, use func(t *testing.T, s *server, streams bool)) {
	t.Helper()
	for name, options := range map[string][]RouteOption{
		"whole": nil, "streaming": {StreamBody()}, "inline": {Inline},
	} {
		t.Run(name, func(t *testing.T) {
			eachEngine(t, func(t *testing.T, app *App) {
				app.Post("/", h, append(options, RouteLimits{BodyBytesMax: 1 << 20})...)
				use(t, serve(t, app), name == "streaming")
			})
		})
	}
}

func TestFormHasFieldsByName(t *testing.T) {
	handler := func(c *Ctx) error {
		form, err := c.Form()
		if err != nil {
			return err
		}
		again, err := c.Form(FormLimits{FieldsMax: -1})
		if again != form {
			t.Errorf("another form: %v", err)
		}
		return c.JSON([]any{
			form.Value("a"), form.Values("a"), form.Value("no"), form.Values("no"), form.Fields(),
			form.File("a") == nil, len(form.Files("file")), len(form.Parts()),
		})
	}
	eachWay(t, handler, func(t *testing.T, s *server, _ bool) {
		const told = `["1",["1","2"],"",null,[{"Name":"a","Value":"1"},` +
			`{"Name":"ü","Value":"x y"},{"Name":"a","Value":"2"}],true,%d,%d]`
		pairs := s.do(t, "POST", "/", "a=1&%C3%BC=x+y&a=2", pairsType)
		expectText(t, pairs, 200, fmt.Sprintf(told, 0, 3))
		parts := formOf(formPart(`name="a"`, "1"), formPart(`name="ü"`, "x y"),
			formPart(`name="file"; filename=""`, ""), formPart(`name="a"`, "2"))
		expectText(t, s.do(t, "POST", "/", parts, partsType), 200, fmt.Sprintf(told, 1, 4))
	})
}

func TestFormHasFiles(t *testing.T) {
	kept := make(chan *UploadFile, 100)
	handler := func(c *Ctx) error {
		form, err := c.Form()
		if err != nil {
			return err
		}
		small, large := form.File("small"), form.File("large")
		kept <- small
		folder, err := os.MkdirTemp("", "trivet-test-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		for content, file := range map[string]*UploadFile{"small one": small, largeFile: large} {
			if err := checkFile(file, content, folder); err != nil {
				return err
			}
		}
		return c.JSON([]any{
			small.Filename, small.ContentType, small.Size, small.IsSpooled,
			large.Filename, large.ContentType, large.Size, large.IsSpooled,
			form.Parts()[0] == &small.Part, form.Parts()[1].Name,
		})
	}
	body := formOf(
		formPart("name=\"small\"; filename=\"../ü.txt\"\r\nContent-Type: text/plain", "small one"),
		formPart(`name="a"`, "1"),
		formPart(`name="large"; filename=""`, largeFile),
	)
	eachWay(t, handler, func(t *testing.T, s *server, streams bool) {
		want := fmt.Sprintf(`["../ü.txt","text/plain",9,false,"","",%d,%v,true,"a"]`,
			len(largeFile), streams)
		expectText(t, s.do(t, "POST", "/", body, partsType), 200, want)
		s.end(t)
		file := receive(t, kept)
		_, read := file.Bytes()
		_, open := file.Open()
		for _, err := range []error{read, open, file.Save("/nowhere")} {
			if !errors.Is(err, ErrStale) {
				t.Errorf("after the end: %v", err)
			}
		}
	})
}

// checkFile compares what the methods of a part give with what it holds.
func checkFile(file *UploadFile, content, folder string) error {
	whole, err := file.Bytes()
	if err != nil || string(whole) != content {
		return fmt.Errorf("Bytes gave %d bytes, %w", len(whole), err)
	}
	piece := make([]byte, 4)
	if n, err := file.ReadAt(piece, 2); n != 4 || err != nil || string(piece) != content[2:6] {
		return fmt.Errorf("ReadAt gave %q, %w", piece[:n], err)
	}
	if n, err := file.ReadAt(piece, file.Size-1); n != 1 || err != io.EOF {
		return fmt.Errorf("ReadAt at the end gave %d, %w", n, err)
	}
	if _, err := file.ReadAt(piece, -1); !errors.Is(err, ErrArgument) {
		return fmt.Errorf("ReadAt before the beginning: %w", err)
	}
	if read, err := io.ReadAll(file.Reader()); err != nil || string(read) != content {
		return fmt.Errorf("the reader gave %d bytes, %w", len(read), err)
	}
	opened, err := file.Open()
	if err != nil {
		return err
	}
	defer opened.Close()
	if read, err := io.ReadAll(opened); err != nil || string(read) != content {
		return fmt.Errorf("the file gave %d bytes, %w", len(read), err)
	}
	return checkSave(file, content, filepath.Join(folder, file.Name))
}

func checkSave(file *UploadFile, content, path string) error {
	for _, attempt := range []struct {
		path    string
		options []SaveOption
		want    error
	}{
		{path, nil, nil},
		{path, nil, ErrConflict},
		{path, []SaveOption{Replace}, nil},
		{filepath.Join(path, "below a file"), nil, ErrSystem},
		{"a\x00b", nil, ErrArgument},
	} {
		if err := file.Save(attempt.path, attempt.options...); !errors.Is(err, attempt.want) {
			return fmt.Errorf("saving to %q: %w", attempt.path, err)
		}
		facts, err := os.Stat(path)
		if err != nil {
			return err
		}
		if facts.Mode().Perm() != 0o600 {
			return fmt.Errorf("the mode of what was saved is %v", facts.Mode())
		}
		if saved, err := os.ReadFile(path); err != nil || string(saved) != content {
			return fmt.Errorf("%d bytes were saved, %w", len(saved), err)
		}
	}
	return nil
}

// slowly lets the first read or write wait until it is released.
type slowly struct {
	begun, release chan struct{}
	once           sync.Once
	file           io.ReaderAt
	isClosed       atomic.Bool
	content        bytes.Buffer
}

func newSlowly(file io.ReaderAt) *slowly {
	return &slowly{begun: make(chan struct{}), release: make(chan struct{}), file: file}
}

func (s *slowly) wait() {
	s.once.Do(func() {
		close(s.begun)
		<-s.release
	})
}

func (s *slowly) Write(p []byte) (int, error) {
	s.wait()
	return s.content.Write(p)
}

func (s *slowly) ReadAt(p []byte, offset int64) (int, error) {
	s.wait()
	return s.file.ReadAt(p, offset)
}

func (s *slowly) Close() error {
	s.isClosed.Store(true)
	return s.file.(io.Closer).Close()
}

// copySlowly copies a file in the background, from memory or from a temporary file.
func copySlowly(file *UploadFile) (slow *slowly, content func() (string, error), err error) {
	over := make(chan error, 1)
	if !file.IsSpooled {
		slow = newSlowly(nil)
		go func() { over <- file.copyTo(slow) }()
		return slow, func() (string, error) {
			err := <-over
			return slow.content.String(), err
		}, nil
	}
	kept, err := file.spool()
	if err != nil {
		return nil, nil, err
	}
	slow = newSlowly(kept.file)
	kept.file = slow
	var whole []byte
	go func() {
		var err error
		whole, err = file.Bytes()
		over <- err
	}()
	return slow, func() (string, error) {
		err := <-over
		return string(whole), err
	}, nil
}

// While a file is read or copied its client may leave, which the loop notes at once; it goes on.
func TestACopyOfAFileDoesNotHoldUpTheLoop(t *testing.T) {
	begun, done := make(chan chan struct{}, 1), make(chan error, 1)
	handler := func(c *Ctx) error {
		done <- func() error {
			form, err := c.Form()
			if err != nil {
				return err
			}
			file := form.File("f")
			slow, content, err := copySlowly(file)
			if err != nil {
				return err
			}
			<-slow.begun
			begun <- nil
			<-c.Done()
			if cause := context.Cause(c); cause != ErrGone {
				return cause
			}
			close(slow.release)
			if got, err := content(); err != nil || got != largeFile {
				return fmt.Errorf("%d bytes, %w", len(got), err)
			}
			folder, err := os.MkdirTemp("", "trivet-test-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(folder)
			return checkFile(file, largeFile, folder) // without a client, too
		}()
		return nil
	}
	body := formOf(formPart(`name="f"; filename="x"`, largeFile))
	for name, options := range map[string][]RouteOption{"whole": nil, "streaming": {StreamBody()}} {
		t.Run(name, func(t *testing.T) {
			app := New()
			app.Post("/", handler, append(options, RouteLimits{BodyBytesMax: 1 << 20})...)
			app.Get("/inline", func(c *Ctx) error { return c.Text("x") }, Inline)
			s := serve(t, app)
			connection := s.dial(t)
			connection.send(t, "POST", "/", body, partsType)
			receive(t, begun)
			expectText(t, s.get(t, "/inline"), 200, "x")
			connection.Close()
			if err := receive(t, done); err != nil {
				t.Error(err)
			}
			expectText(t, s.get(t, "/inline"), 200, "x")
		})
	}
}

// A copy that outlives its request ends with ErrStale, and leaves nothing behind.
func TestACopyOfAFileOutlivesNoRequest(t *testing.T) {
	type outcome struct {
		slow    *slowly
		content func() (string, error)
		file    *UploadFile
	}
	copies := make(chan outcome, 1)
	handler := func(c *Ctx) error {
		form, err := c.Form()
		if err != nil {
			return err
		}
		slow, content, err := copySlowly(form.File("f"))
		if err != nil {
			return err
		}
		<-slow.begun
		copies <- outcome{slow, content, form.File("f")}
		return c.Text("ended")
	}
	body := formOf(formPart(`name="f"; filename="x"`, largeFile))
	eachWay(t, handler, func(t *testing.T, s *server, streams bool) {
		expectText(t, s.do(t, "POST", "/", body, partsType), 200, "ended")
		one := receive(t, copies)
		if one.slow.isClosed.Load() != streams {
			t.Error("the temporary file is still open")
		}
		close(one.slow.release)
		if got, err := one.content(); !errors.Is(err, ErrStale) || got == largeFile {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		path := filepath.Join(t.TempDir(), "kept")
		if err := writeNew(path, 0, one.file.copyTo); !errors.Is(err, ErrStale) {
			t.Errorf("saving: %v", err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("half a file is left: %v", err)
		}
	})
}

func TestFormIsRefusedAsAWhole(t *testing.T) {
	cases := []struct {
		status  int
		err     error
		limits  FormLimits
		content string
		field   string
	}{
		{413, ErrLimit, FormLimits{FieldsMax: 1}, "a=1&b=2", pairsType},
		{413, ErrLimit, FormLimits{FieldsMax: -1}, "a=1", pairsType},
		{413, ErrLimit, FormLimits{FieldsBytesMax: 2}, "a=1&b=2", pairsType},
		{413, ErrLimit, FormLimits{ValueBytesMax: 1}, "a=12", pairsType},
		{413, ErrLimit, FormLimits{NameBytesMax: 1}, "aa=1", pairsType},
		{413, ErrLimit, FormLimits{FilesMax: -1}, formOf(formPart(`name="a"; filename="x"`, "")), partsType},
		{413, ErrLimit, FormLimits{FileBytesMax: 1}, formOf(formPart(`name="a"; filename="x"`, "12")), partsType},
		{413, ErrLimit, FormLimits{FilenameBytesMax: 1}, formOf(formPart(`name="a"; filename="xy"`, "")), partsType},
		{400, ErrProtocol, FormLimits{}, "--b\r\nno head", partsType},
		{415, ErrMediaType, FormLimits{}, "{}", "Content-Type: application/json"},
	}
	for _, mapped := range []bool{false, true} {
		failures := make(chan error, 1)
		app := New()
		handler := func(c *Ctx) error {
			form, err := c.Form(cases[c.ParamInt("n")].limits)
			failures <- err
			if err != nil {
				return err
			}
			return c.JSON(len(form.Parts()))
		}
		app.Post("/whole/{n:int}", handler)
		app.Post("/stream/{n:int}", handler, StreamBody())
		if mapped {
			app.OnError(func(c *Ctx, err error) error {
				var problem *HTTPError
				if !errors.As(err, &problem) {
					return err
				}
				return c.JSON(Map{"detail": problem.Detail})
			})
		}
		s := serve(t, app)
		for n, one := range cases {
			for _, path := range []string{"/whole/", "/stream/"} {
				got := s.do(t, "POST", path+strconv.Itoa(n), one.content, one.field)
				var told struct{ Detail string }
				if err := json.Unmarshal([]byte(got.body), &told); err != nil || told.Detail == "" {
					t.Errorf("%+v: %q", one.limits, got.body)
				}
				failure := receive(t, failures)
				if got.status != one.status || !errors.Is(failure, one.err) {
					t.Errorf("%+v: got %d and %v", one.limits, got.status, failure)
				}
			}
		}
	}
}

func TestFormLimitsThatAreNone(t *testing.T) {
	handler := func(c *Ctx) error {
		for _, limits := range []FormLimits{
			{FieldsMax: 10_001}, {FilesMax: 1 << 40}, {FileBytesMax: 1 << 41}, {NameBytesMax: 8193},
		} {
			if _, err := c.Form(limits); !errors.Is(err, ErrArgument) {
				t.Errorf("%+v: %v", limits, err)
			}
		}
		form, err := c.Form() // which is as good as the first
		if err != nil {
			return err
		}
		return c.Text(form.Value("a"))
	}
	eachWay(t, handler, func(t *testing.T, s *server, _ bool) {
		expectText(t, s.do(t, "POST", "/", "a=1", pairsType), 200, "1")
	})
}

func TestFormLiesWhereItIsToldTo(t *testing.T) {
	app := New()
	folder := t.TempDir()
	missing := filepath.Join(folder, "no such folder")
	app.Post("/", func(c *Ctx) error {
		form, err := c.Form(FormLimits{Directory: folder, MemoryBytesMax: 8})
		if err != nil {
			return err
		}
		entries, err := os.ReadDir(folder)
		return errors.Join(err, c.JSON([]any{form.File("f").IsSpooled, len(entries)}))
	}, StreamBody())
	app.Post("/nowhere", func(c *Ctx) error {
		_, err := c.Form(FormLimits{Directory: missing, MemoryBytesMax: -1})
		if !errors.Is(err, ErrSystem) {
			t.Errorf("got %v", err)
		}
		return err
	}, StreamBody())
	app.Post("/many", func(c *Ctx) error {
		for i := range formDirectoriesMax {
			if _, err := c.loop.pool.directory(fmt.Sprint(i)); err != nil {
				break
			}
		}
		_, err := c.Form(FormLimits{Directory: "one more"})
		if !errors.Is(err, ErrLimit) {
			t.Errorf("got %v", err)
		}
		return c.Text("kept")
	}, StreamBody())
	s := serve(t, app)
	body := formOf(formPart(`name="f"; filename="x"`, "123456789"))
	expectText(t, s.do(t, "POST", "/", body, partsType), 200, "[true,0]")
	got := s.do(t, "POST", "/nowhere", body, partsType)
	if got.status != 500 || got.problem(t).Detail != "the upload could not be stored" {
		t.Errorf("got %+v", got)
	}
	expectText(t, s.do(t, "POST", "/many", body, partsType), 200, "kept")
}

func TestFormTakesTheReadingOver(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		app.Post("/", func(c *Ctx) error {
			waiting := make(chan *Form, 1)
			go func() {
				form, err := c.Form()
				if err != nil {
					t.Error(err)
				}
				waiting <- form
			}()
			form, err := c.Form()
			if err != nil || <-waiting != form {
				return fmt.Errorf("two forms: %w", err)
			}
			if _, err := c.ReadBody(); !errors.Is(err, ErrState) {
				t.Errorf("reading the content after a form: %v", err)
			}
			return c.Text(form.Value("a"))
		}, StreamBody())
		app.Post("/late", func(c *Ctx) error {
			if _, err := c.ReadBody(); err != nil {
				return err
			}
			_, err := c.Form()
			if !errors.Is(err, ErrState) {
				t.Errorf("a form after reading the content: %v", err)
			}
			return c.Text("late")
		}, StreamBody())
		s := serve(t, app)
		connection := s.dial(t)
		defer connection.Close()
		connection.beginUpload(t, "/", "a", "Content-Length: 3", pairsType)
		connection.write(t, "=1")
		expectText(t, connection.receive(t, "POST"), 200, "1")
		expectText(t, s.do(t, "POST", "/late", "a=1", pairsType), 200, "late")
	})
}

// A reader that has asked already is told, too.
func TestFormAndReaderAtOnce(t *testing.T) {
	app := New()
	app.Post("/", func(c *Ctx) error {
		asked, read := make(chan bool), make(chan error, 1)
		go func() {
			close(asked)
			_, err := c.ReadBody()
			read <- err
		}()
		<-asked
		form, err := c.Form()
		if other := <-read; (err == nil) == (other == nil) {
			t.Errorf("the form gave %v and the reader %v", err, other)
		}
		if err == nil {
			return c.Text(form.Value("a"))
		}
		return c.Text(string(c.Body())[2:])
	}, StreamBody())
	s := serve(t, app)
	for range 20 {
		connection := s.dial(t)
		connection.beginUpload(t, "/", "", "Content-Length: 3", pairsType)
		connection.write(t, "a=1")
		expectText(t, connection.receive(t, "POST"), 200, "1")
		connection.Close()
	}
}

func TestFormOfAClientThatIsSlowOrLeaves(t *testing.T) {
	called, failed := make(chan bool, 1), make(chan error, 1)
	handler := func(c *Ctx) error {
		called <- true
		_, err := c.Form()
		failed <- err
		return err
	}
	begin := func(app *App) *client {
		app.Post("/", handler, StreamBody())
		connection := serve(t, app).dial(t)
		connection.beginUpload(t, "/", "a", "Content-Length: 3", pairsType)
		receive(t, called)
		return connection
	}
	slow := begin(New(Config{BodyTimeout: 50 * time.Millisecond}))
	defer slow.Close()
	if got := slow.receive(t, "POST"); got.status != 408 {
		t.Errorf("got %d", got.status)
	}
	if err := receive(t, failed); !errors.Is(err, ErrTimeout) {
		t.Errorf("got %v", err)
	}
	begin(New()).Close()
	if err := receive(t, failed); !errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
}

func compressed(t *testing.T, content string, writer func(io.Writer) io.WriteCloser) string {
	t.Helper()
	var buffer bytes.Buffer
	to := writer(&buffer)
	if _, err := io.WriteString(to, content); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.String()
}

func gzipped(t *testing.T, content string) string {
	return compressed(t, content, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func TestContentArrivesDecoded(t *testing.T) {
	packed := gzipped(t, largeFile)
	app := New(Config{BodyBytesMax: 1 << 20, BodyRatioMax: 1000})
	group := app.Group("/group", Decompress(true))
	inner := group.Group("/inner")
	seen := map[string]Handler{
		"whole": func(c *Ctx) error {
			body, err := c.ReadBody()
			return errors.Join(err, c.JSON([]any{len(body), string(body) == largeFile}))
		},
		"reader": func(c *Ctx) error {
			var total int64
			c.OnProgress(func(_, of int64) { total = of })
			body, err := io.ReadAll(c.BodyReader())
			if c.Header("Content-Encoding") == "" && c.route.streams && total != -1 {
				t.Errorf("%d bytes announced", total)
			}
			return errors.Join(err, c.JSON([]any{len(body), string(body) == largeFile}))
		},
	}
	for _, kind := range []string{"plain", "stream"} {
		var options []RouteOption
		if kind == "stream" {
			options = append(options, StreamBody())
		}
		for way, h := range seen {
			suffix := "/" + kind + "/" + way
			app.Post("/route"+suffix, h, append(options, Decompress(true))...)
			inner.Post("/on"+suffix, h, options...)
			inner.Post("/off"+suffix, h, append(options, Decompress(false))...)
			app.Post("/app"+suffix, h, options...)
		}
	}
	s := serve(t, app)
	decoded := fmt.Sprintf("[%d,true]", len(largeFile))
	raw := fmt.Sprintf("[%d,false]", len(packed))
	for _, kind := range []string{"plain", "stream"} {
		for way := range seen {
			for prefix, want := range map[string]string{
				"/route": decoded, "/group/inner/on": decoded, "/group/inner/off": raw, "/app": raw,
			} {
				path := prefix + "/" + kind + "/" + way
				got := s.do(t, "POST", path, packed, "Content-Encoding: gzip")
				if got.status != 200 || got.body != want {
					t.Errorf("%s: got %d %s, want %s", path, got.status, got.body, want)
				}
			}
		}
	}
}

func TestAnAppThatDecodes(t *testing.T) {
	app := New(Config{BodyDecompress: true, BodyRatioMax: 10})
	app.Post("/", func(c *Ctx) error {
		form, err := c.Form()
		if err != nil {
			return err
		}
		return c.Text(form.Value("a"))
	})
	app.Post("/off", func(c *Ctx) error { return c.Bytes(c.Body()) }, Decompress(false))
	s := serve(t, app)
	deflate := "Content-Encoding: deflate"
	packed := compressed(t, "a=1", func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	expectText(t, s.do(t, "POST", "/", packed, pairsType, deflate), 200, "1")
	expectText(t, s.do(t, "POST", "/off", packed, pairsType, deflate), 200, packed)
	for content, want := range map[string]int{
		packed[:len(packed)-1]: 400,
		compressed(t, strings.Repeat("a", 1<<20),
			func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }): 413,
	} {
		if got := s.do(t, "POST", "/", content, pairsType, deflate); got.status != want {
			t.Errorf("got %d, want %d", got.status, want)
		}
	}
	got := s.do(t, "POST", "/", "x", pairsType, "Content-Encoding: compress")
	if got.status != 415 || !strings.Contains(got.header.Get("Accept-Encoding"), "zstd") {
		t.Errorf("got %d %v", got.status, got.header)
	}
}

func TestDecompressIsInherited(t *testing.T) {
	app := New(Config{BodyDecompress: true})
	off := app.Group("/off", Decompress(false))
	h := func(c *Ctx) error { return c.NoContent() }
	app.Get("/a", h)
	app.Get("/b", h, Decompress(false))
	off.Get("/c", h)
	off.Group("/inner").Get("/d", h)
	off.Group("/on", Decompress(true)).Get("/e", h)
	serve(t, app)
	var got []bool
	for _, r := range app.table[1:] {
		got = append(got, r.decodes)
	}
	if want := []bool{true, false, false, false, true}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
