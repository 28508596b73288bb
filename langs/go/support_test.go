package trivet

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen; it is not a measure of anything.
const patience = 20 * time.Second

// server is an app under test.
type server struct {
	app     *App
	loop    *Loop
	address string
	cancel  context.CancelFunc
	done    chan error
}

// serve starts an app on a port of the kernel's choice and drains it when the test ends.
func serve(t *testing.T, app *App) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{app: app, cancel: cancel, done: make(chan error, 1)}
	ready := make(chan *Loop, 1)
	app.onReady = append(app.onReady, func(l *Loop) { ready <- l })
	go func() { s.done <- app.Serve(ctx, "127.0.0.1:0") }()
	select {
	case s.loop = <-ready:
		s.address = s.loop.Addr()
	case err := <-s.done:
		t.Fatalf("the app did not start: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		if err := receive(t, s.done); err != nil {
			t.Errorf("the drain failed: %v", err)
		}
		s.done <- nil // for a test that has waited for the end itself
		if err := app.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

// end drains the server now.
func (s *server) end(t *testing.T) {
	t.Helper()
	s.cancel()
	if err := receive(t, s.done); err != nil {
		t.Errorf("the drain failed: %v", err)
	}
	s.done <- nil
}

func receive[T any](t *testing.T, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(patience):
		t.Fatal("what was waited for did not happen")
	}
	return value
}

// answer is a response as the client saw it.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) contentType() string { return a.header.Get("Content-Type") }

func (a answer) problem(t *testing.T) (p struct {
	Type, Title, Detail string
	Status              int
},
) {
	t.Helper()
	if a.contentType() != "application/problem+json" {
		t.Errorf("Content-Type of a problem: %q", a.contentType())
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Errorf("%q is no problem: %v", a.body, err)
	}
	return p
}

// expectWrong compares the list of wrong values of a 422.
func expectWrong(t *testing.T, got answer, want ...FieldError) {
	t.Helper()
	problem := got.problem(t)
	var list struct{ Errors []FieldError }
	if err := json.Unmarshal([]byte(got.body), &list); err != nil {
		t.Error(err)
	}
	if got.status != 422 || problem.Title != "Unprocessable Content" ||
		!slices.Equal(list.Errors, want) {
		t.Errorf("got %s, want %+v", got.body, want)
	}
}

func (s *server) get(t *testing.T, target string) answer {
	t.Helper()
	return s.do(t, "GET", target, "")
}

// do sends a request on a connection of its own; fields are "Name: value".
func (s *server) do(t *testing.T, method, target, body string, fields ...string) answer {
	t.Helper()
	connection := s.dial(t)
	defer connection.Close()
	connection.send(t, method, target, body, fields...)
	return connection.receive(t, method)
}

type client struct {
	net.Conn
	reader *bufio.Reader
}

func (s *server) dial(t *testing.T) *client {
	t.Helper()
	connection, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	connection.SetDeadline(time.Now().Add(patience))
	return &client{connection, bufio.NewReader(connection)}
}

func (c *client) send(t *testing.T, method, target, body string, fields ...string) {
	t.Helper()
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: test\r\n", method, target)
	if body != "" {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
		if !slices.ContainsFunc(fields, isContentType) {
			head += "Content-Type: application/json\r\n"
		}
	}
	for _, field := range fields {
		head += field + "\r\n"
	}
	if _, err := io.WriteString(c, head+"\r\n"+body); err != nil {
		t.Fatal(err)
	}
}

func isContentType(field string) bool { return strings.HasPrefix(field, "Content-Type:") }

func (c *client) receive(t *testing.T, method string) answer {
	t.Helper()
	response, err := http.ReadResponse(c.reader, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("half an answer: %v", err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

// logOf returns what the engine logs, which is on standard error, while f runs.
func logOf(t *testing.T, f func()) string {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	saved, err := syscall.Dup(2)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Dup3(int(file.Fd()), 2, 0); err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	func() {
		defer syscall.Close(saved)
		defer syscall.Dup3(saved, 2, 0)
		f()
	}()
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func expectText(t *testing.T, got answer, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("got %d %q, want %d %q", got.status, got.body, status, body)
	}
}

func expectContains(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q does not contain %q", text, part)
	}
}

func TestMain(m *testing.M) {
	if name := os.Getenv(programVariable); name != "" {
		runProgram(name) // this process was started by a test, or by its supervisor
		os.Exit(0)
	}
	os.Setenv("TRIVET_LOG", "warn")  // without a line for every server that is drained
	os.Setenv("TRIVET_THREADS", "1") // tests ask for more where they want them
	os.Exit(m.Run())
}
