package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/trivet/trivet/langs/go"
)

// TestMain is the program itself in the processes that the tests start.
func TestMain(m *testing.M) {
	if os.Getenv("TASKS_MAIN") != "" {
		main()
		return
	}
	os.Setenv("TRIVET_LOG", "warn")
	os.Exit(m.Run())
}

// client calls the API of an app that lives as long as the test.
type client struct {
	t   *testing.T
	url string
}

func start(t *testing.T, app *trivet.App) client {
	ctx, drain := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- app.Serve(ctx, "127.0.0.1:0") }()
	for app.Addr() == "" {
		select {
		case err := <-done:
			t.Fatal(err)
		default:
		}
	}
	t.Cleanup(func() {
		drain()
		if err := errors.Join(<-done, app.Close()); err != nil {
			t.Error(err)
		}
	})
	return client{t, "http://" + app.Addr()}
}

// expect sends a request and compares status and body.
func (c client) expect(method, path, body string, status int, want string) {
	c.t.Helper()
	request, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if response.StatusCode != status || string(got) != want {
		c.t.Errorf("%s %s: %d %s", method, path, response.StatusCode, got)
	}
}

// follow connects to a stream of events and gives a function that waits for the next one.
func (c client) follow(path string) (next func() (kind, data string)) {
	c.t.Helper()
	response, err := http.Get(c.url + path)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { response.Body.Close() })
	if got := response.Header.Get("Content-Type"); got != "text/event-stream" {
		c.t.Fatal(got)
	}
	lines := bufio.NewScanner(response.Body)
	return func() (kind, data string) {
		c.t.Helper()
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "event":
				kind = value
			case "data":
				data = value
			case "":
				return kind, data
			}
		}
		c.t.Fatalf("the stream has ended: %v", lines.Err())
		return "", ""
	}
}

func problem(status int, title, detail string) string {
	text, _ := json.Marshal(detail)
	return `{"type":"about:blank","title":"` + title + `","status":` + strconv.Itoa(
		status,
	) + `,"detail":` + string(
		text,
	) + `}`
}

func TestTasks(t *testing.T) {
	tasks := &store{}
	app, err := newApp(pages{index: "<p>page", live: "<p>live"}, tasks)
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, app)
	c.expect("GET", "/", "", 200, "<p>page")
	c.expect("GET", "/live", "", 200, "<p>live")
	next := c.follow("/events")
	c.expect("GET", "/api/tasks", "", 200, "[]")
	c.expect(
		"POST",
		"/api/tasks",
		`{"title":"Light the fire"}`,
		201,
		`{"id":1,"title":"Light the fire","done":false}`,
	)
	c.expect("POST", "/api/tasks", `{"title":"Cook"}`, 201, `{"id":2,"title":"Cook","done":false}`)
	c.expect(
		"PATCH",
		"/api/tasks/1",
		`{"done":true}`,
		200,
		`{"id":1,"title":"Light the fire","done":true}`,
	)
	c.expect(
		"PATCH",
		"/api/tasks/2",
		`{"title":"Eat","id":1}`,
		200,
		`{"id":2,"title":"Eat","done":false}`,
	)
	c.expect("DELETE", "/api/tasks/1", "", 204, "")
	c.expect("GET", "/api/tasks", "", 200, `[{"id":2,"title":"Eat","done":false}]`)
	for _, want := range []string{
		`{"action":"added","task":{"id":1,"title":"Light the fire","done":false}}`,
		`{"action":"added","task":{"id":2,"title":"Cook","done":false}}`,
		`{"action":"changed","task":{"id":1,"title":"Light the fire","done":true}}`,
		`{"action":"changed","task":{"id":2,"title":"Eat","done":false}}`,
		`{"action":"removed","task":{"id":1,"title":"Light the fire","done":true}}`,
	} {
		if kind, data := next(); kind != "task" || data != want {
			t.Errorf("%s: %s, not %s", kind, data, want)
		}
	}

	for _, one := range []struct{ method, path, body, pointer, code, detail string }{
		{"POST", "/api/tasks", `{}`, "/title", "required", "is missing"},
		{"POST", "/api/tasks", `{"title":" "}`, "/title", "pattern", `must match \\S`},
		{"POST", "/api/tasks", `{"title":1}`, "/title", "type", "must be a string"},
		{"PATCH", "/api/tasks/2", `{"title":""}`, "/title", "pattern", `must match \\S`},
		{"PATCH", "/api/tasks/2", `{"done":1}`, "/done", "type", "must be a boolean or null"},
	} {
		c.expect(one.method, one.path, one.body, 422, wrong(one.pointer, one.code, one.detail))
	}
	c.expect("PATCH", "/api/tasks/1", `{}`, 404, problem(404, "Not Found", "there is no task 1"))
	c.expect("DELETE", "/api/tasks/1", "", 404, problem(404, "Not Found", "there is no task 1"))
}

// wrong is the answer to one value that is wrong.
func wrong(pointer, code, detail string) string {
	return `{"type":"about:blank","title":"Unprocessable Content","status":422,` +
		`"detail":"1 value is wrong","errors":[{"in":"body","pointer":"` + pointer +
		`","code":"` + code + `","detail":"` + detail + `"}]}`
}

// run starts the program and returns its standard error and exit code.
func run(t *testing.T, arguments ...string) (stderr string, exitCode int) {
	t.Helper()
	var text strings.Builder
	program := exec.Command(os.Args[0], arguments...)
	program.Env = append(os.Environ(), "TASKS_MAIN=1")
	program.Stderr = &text
	err := program.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return text.String(), program.ProcessState.ExitCode()
}

func TestPortInUseIsOneLine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	stderr, code := run(t, "--port", port)
	if code == 0 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "in use") ||
		!strings.Contains(stderr, port) {
		t.Errorf("exit %d: %q", code, stderr)
	}
}

func TestMissingPageIsOneLine(t *testing.T) {
	stderr, code := run(t, "--port", "0", "--page", "/no/such/page.html")
	if code == 0 || strings.Count(stderr, "\n") != 1 ||
		!strings.Contains(stderr, "/no/such/page.html") {
		t.Errorf("exit %d: %q", code, stderr)
	}
}
