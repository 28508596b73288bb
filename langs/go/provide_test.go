package trivet

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
)

// journal notes what happens in which order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) take() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := strings.Join(j.lines, ", ")
	j.lines = nil
	return text
}

type (
	testDB     struct{ journal *journal }
	testRepo   struct{ db *testDB }
	testUser   struct{ name string }
	testStore  interface{ find() string }
	testConfig struct{ name string }
)

func (d *testDB) Close() error {
	d.journal.add("db closed")
	return nil
}

func (r *testRepo) find() string { return "found" }

// providedApp has an app's own database and config, and a repository and a user of each request.
func providedApp(j *journal) *App {
	app := New()
	Provide(app, func(config *testConfig, ctx context.Context) (*testDB, error) {
		j.add("db of " + config.name)
		return &testDB{j}, ctx.Err()
	})
	Provide(app, func() *testConfig { return &testConfig{"c"} })
	Provide(app, func(db *testDB, user testUser) (testStore, func(context.Context) error, error) {
		j.add("store of " + user.name)
		return &testRepo{db}, func(context.Context) error {
			j.add("store closed")
			return errors.New("late")
		}, nil
	})
	Provide(app, func(c *Ctx) (testUser, error) {
		if c.Header("X-User") == "" {
			return testUser{}, Unauthorized("who are you?")
		}
		return testUser{c.Header("X-User")}, nil
	})
	return app
}

type providedInput struct {
	Store testStore `inject:""`
	DB    *testDB   `inject:""`
	Name  string    `query:"name"`
}

func TestProvidersFillInputs(t *testing.T) {
	j := &journal{}
	app := providedApp(j)
	app.OnStartup(func(context.Context) error {
		db, err := Resolve[*testDB](app)
		j.add("startup")
		if err != nil || db.journal != j {
			t.Errorf("got %v %v", db, err)
		}
		if _, err := Resolve[testUser](app); !errors.Is(err, ErrState) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	app.OnShutdown(func(context.Context) error { j.add("shutdown"); return nil })
	Get(app, "/", func(c *Ctx, in providedInput) (string, error) {
		user, err := Resolve[testUser](c)
		again, _ := Resolve[testStore](c)
		if again != in.Store || in.DB == nil {
			t.Error("it was made twice, or not at all")
		}
		return in.Store.find() + " " + user.name + " " + in.Name, err
	})
	app.Get("/none", func(c *Ctx) error {
		_, err := Resolve[io.Reader](c)
		return err
	})
	s := serve(t, app)
	if got := j.take(); got != "db of c, startup" {
		t.Errorf("got %s", got)
	}
	log := logOf(t, func() {
		expectText(t, s.do(t, "GET", "/?name=n", "", "X-User: ann"), 200, "found ann n")
		if got := s.get(t, "/"); got.status != 401 || got.problem(t).Detail != "who are you?" {
			t.Errorf("got %+v", got)
		}
		if got := s.get(t, "/none"); got.status != 500 {
			t.Errorf("got %+v", got)
		}
		s.end(t)
	})
	if got := j.take(); got != "store of ann, store closed, shutdown, db closed" {
		t.Errorf("got %s", got)
	}
	expectContains(t, log, "closing what was provided: late")
	expectContains(t, log, "no provider gives io.Reader; register one with "+
		"trivet.Provide(app, func(…) io.Reader { … })")
}

func TestOverridesStandInForProviders(t *testing.T) {
	j := &journal{}
	app := providedApp(j)
	Override(app, &testDB{j})
	Override[testStore](app, &testRepo{})
	Get(app, "/", func(_ *Ctx, in providedInput) (string, error) { return in.Store.find(), nil })
	s := serve(t, app)
	expectText(t, s.get(t, "/"), 200, "found")
	s.end(t)
	if got := j.take(); got != "" {
		t.Errorf("got %s", got)
	}
}

func TestProvidersThatCannotBe(t *testing.T) {
	for want, register := range map[string]func(app *App){
		"int is no constructor: a provider is a function such as": func(app *App) { Provide(app, 1) },
		"func() gives no value":                                   func(app *App) { Provide(app, func() {}) },
		"func() error gives no value":                             func(app *App) { Provide(app, func() error { return nil }) },
		"takes any number of arguments":                           func(app *App) { Provide(app, func(...int) int { return 1 }) },
		"gives a string that is neither an error":                 func(app *App) { Provide(app, func() (int, string) { return 1, "" }) },
		"func(int) int needs what it gives":                       func(app *App) { Provide(app, func(int) int { return 1 }) },
		"*trivet.testDB is provided at provide_tes":               func(app *App) { Provide(providedTwice(app), func() *testDB { return nil }) },
		"no provider gives *trivet.testDB; register one with": func(app *App) {
			Provide(app, func(*testDB) *testRepo { return nil })
		},
		"field Store of trivet.providedInput: ": func(app *App) {
			Get(app, "/", func(*Ctx, providedInput) (Nothing, error) { return Nothing{}, nil })
		},
		"GET / (provide_test.go:": func(app *App) {
			Get(app, "/", func(*Ctx, providedInput) (Nothing, error) { return Nothing{}, nil })
		},
		"would do if it gave a trivet.testStore": func(app *App) {
			Provide(app, func() *testRepo { return nil })
			Get(app, "/", func(*Ctx, providedInput) (Nothing, error) { return Nothing{}, nil })
		},
		"there is one of *trivet.testUser (provide_test.go:": func(app *App) {
			Provide(app, func() *testUser { return nil })
			Provide(app, func(testUser) int { return 1 })
		},
		"providers need each other in a circle: *trivet.testDB (provide_test.go:": func(app *App) {
			Provide(app, func(*testRepo) *testDB { return nil })
			Provide(app, func(*testDB) *testRepo { return nil })
		},
		"field DB of trivet.hiddenInput: it is not exported": func(app *App) {
			type hiddenInput struct {
				db *testDB `inject:""` //lint:ignore U1000 it is the mistake
			}
			Get(app, "/", func(*Ctx, hiddenInput) (Nothing, error) { return Nothing{}, nil })
		},
		"startup failed: the provider of *trivet.testDB (provide_test.go:": func(app *App) {
			Provide(app, func() (*testDB, error) { return nil, errors.New("no disk") })
		},
	} {
		app := New()
		register(app)
		err := app.Serve(context.Background(), "127.0.0.1:0")
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "field db", "field DB"), want) {
			t.Errorf("%s: %v", want, err)
		}
		app.Close()
	}
}

func providedTwice(app *App) *App {
	Provide(app, func() *testDB { return nil })
	return app
}

func TestWhatWasMadeIsClosedWhenAnotherFails(t *testing.T) {
	j := &journal{}
	app := New()
	defer app.Close()
	Provide(app, func() *testDB { return &testDB{j} })
	Provide(app, func() (int, func() error) { return 1, func() error { panic("boom") } })
	Provide(app, func(int, *testDB) (string, error) { return "", errors.New("full") })
	err := app.Serve(context.Background(), "127.0.0.1:0")
	if err == nil || !strings.Contains(err.Error(), "the provider of string") ||
		!strings.Contains(err.Error(), "panic: boom") || j.take() != "db closed" {
		t.Errorf("got %v", err)
	}
}

func TestInlineHandlersAreProvidedToo(t *testing.T) {
	j := &journal{}
	app := New()
	closed := make(chan string, 1)
	Provide(app, func(c *Ctx) (int, func()) { return 7, func() { closed <- "closed" } })
	Get(app, "/", func(_ *Ctx, in struct {
		N int `inject:""`
	},
	) (int, error) {
		return in.N, nil
	}, Inline)
	s := serve(t, app)
	expectText(t, s.get(t, "/"), 200, "7")
	j.add(receive(t, closed))
	if got := j.take(); !slices.Equal([]string{got}, []string{"closed"}) {
		t.Errorf("got %s", got)
	}
}
