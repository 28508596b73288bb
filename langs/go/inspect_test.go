package trivet

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"syscall"
	"testing"
)

type guard struct{}

func (guard) check(*Ctx) error        { return nil }
func auth(*Ctx) error                 { return nil }
func logAnswer(*Ctx, *Response) error { return nil }

// inspected are the routes of a document by their patterns.
func inspected(t *testing.T, document []byte) map[string]map[string]any {
	t.Helper()
	var app struct {
		Routes   []map[string]any
		Problems []string
	}
	if err := json.Unmarshal(document, &app); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	if len(app.Problems) > 0 {
		t.Errorf("problems: %v", app.Problems)
	}
	routes := map[string]map[string]any{}
	for _, route := range app.Routes {
		routes[route["pattern"].(string)] = route
	}
	return routes
}

func TestAnInspectedProgramDescribesItsRoutesAndEnds(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"run", "listen", "startup"} {
		command := exec.Command(executable)
		command.Env = append(os.Environ(), programVariable+"="+name, "TRIVET_INSPECT=1")
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if route := inspected(t, out)["/pid"]; route == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
}

func TestAnInspectedProgramThatCannotTellFails(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"77", "x"} {
		command := exec.Command(executable)
		command.Env = append(os.Environ(), programVariable+"=run", "TRIVET_INSPECT="+text)
		out, err := command.CombinedOutput()
		if exit := (&exec.ExitError{}); !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Errorf("%s: %v, %s", text, err, out)
		}
	}
}

func TestInspectNamesHooksInTheOrderTheyRun(t *testing.T) {
	reading, writing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	app := New()
	defer app.Close()
	app.Before(auth)
	app.After(logAnswer)
	group := app.Group("/g", Before(guard{}.check), After(func(*Ctx, *Response) error { return nil }))
	group.Get("/{id:int}", hello, Before(func(*Ctx) error { return nil }), Meta("team", "core"))
	copied, err := syscall.Dup(int(writing.Fd())) // the engine closes it
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TRIVET_INSPECT", strconv.Itoa(copied))
	isAsked, err := app.inspect()
	writing.Close()
	if !isAsked || err != nil {
		t.Fatal(isAsked, err)
	}
	var document json.RawMessage
	if err := json.NewDecoder(reading).Decode(&document); err != nil {
		t.Fatal(err)
	}
	route := inspected(t, document)["/g/{id:int}"]
	want := map[string]any{
		"before": []any{
			"go.auth", "go.guard.check", "go.TestInspectNamesHooksInTheOrderTheyRun.func2",
		},
		"after":       []any{"go.TestInspectNamesHooksInTheOrderTheyRun.func1", "go.logAnswer"},
		"constraints": map[string]any{"id": "int"},
		"metadata":    map[string]any{"team": "core"},
	}
	for key, value := range want {
		if !reflect.DeepEqual(route[key], value) {
			t.Errorf("%s is %v, not %v", key, route[key], value)
		}
	}
	if isAsked, err := app.inspect(); isAsked || err != nil {
		t.Errorf("asked once, told twice: %v, %v", isAsked, err)
	}
	if text, ok := os.LookupEnv("TRIVET_INSPECT"); ok {
		t.Errorf("the variable is still there: %s", text)
	}
}
