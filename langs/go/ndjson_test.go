package trivet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
)

func TestNDJSONIsALineForEachValue(t *testing.T) {
	app := New()
	app.Get("/values", func(c *Ctx) error {
		return c.NDJSON(Values(slices.Values([]string{"a", "<b>"})))
	})
	app.Get("/none", func(c *Ctx) error { return c.NDJSON(Values(slices.Values([]int{}))) })
	app.Get("/status", func(c *Ctx) error {
		return c.Status(202).NDJSON(Values(slices.Values([]Map{{"n": 1}})))
	})
	s := serve(t, app)
	got := s.get(t, "/values")
	expectText(t, got, 200, "\"a\"\n\"<b>\"\n")
	if got.contentType() != "application/x-ndjson" {
		t.Errorf("%q", got.contentType())
	}
	expectText(t, s.get(t, "/none"), 200, "")
	expectText(t, s.get(t, "/status"), 202, "{\"n\":1}\n")
}

// failingAfter gives some numbers, then an error, and tells when it has been cleaned up.
func failingAfter(count int, ended *atomic.Bool) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		defer ended.Store(true)
		for n := range count {
			if !yield(n, nil) {
				return
			}
		}
		yield(0, errors.New("the numbers ran out"))
	}
}

func TestNDJSONThatFails(t *testing.T) {
	app := New()
	var isEnded [2]atomic.Bool
	app.Get("/first", func(c *Ctx) error { return c.NDJSON(Results(failingAfter(0, &isEnded[0]))) })
	app.Get("/third", func(c *Ctx) error { return c.NDJSON(Results(failingAfter(2, &isEnded[1]))) })
	app.Get("/unserialisable", func(c *Ctx) error {
		return c.NDJSON(Values(slices.Values([]any{make(chan int)})))
	})
	s := serve(t, app)
	logOf(t, func() {
		if got := s.get(t, "/first"); got.status != 500 {
			t.Errorf("%d", got.status)
		}
		if got := expectBroken(t, s, "/third"); got != "0\n1\n" {
			t.Errorf("%q", got)
		}
		got := s.get(t, "/unserialisable")
		expectContains(t, got.problem(t).Detail, "chan int")
	})
	for i := range isEnded {
		if !isEnded[i].Load() {
			t.Errorf("sequence %d was not cleaned up", i)
		}
	}
}

func TestNDJSONHasTrailers(t *testing.T) {
	app := New()
	app.Get("/", func(c *Ctx) error {
		count := 0
		numbers := func(yield func(any, error) bool) {
			for count < 3 && yield(count, nil) {
				count++
			}
		}
		return c.NDJSON(numbers, NDJSONTrailers(func() []Field {
			return []Field{{"X-Count", fmt.Sprint(count)}, {"X-Sum", "3"}}
		}))
	})
	app.Get("/refused", func(c *Ctx) error {
		return c.NDJSON(Values(slices.Values([]int{1})), NDJSONTrailers(func() []Field {
			return []Field{{"If-Match", "1"}}
		}))
	})
	s := serve(t, app)
	connection := s.dial(t)
	defer connection.Close()
	connection.send(t, "GET", "/", "")
	response := connection.response(t, "GET")
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "0\n1\n2\n" || response.Trailer.Get("X-Count") != "3" ||
		response.Trailer.Get("X-Sum") != "3" {
		t.Errorf("%q, %v, %v", body, response.Trailer, err)
	}
	log := logOf(t, func() { expectBroken(t, s, "/refused") })
	expectContains(t, log, "If-Match must not be a trailer")
}

func TestNDJSONIsNotMadeForHead(t *testing.T) {
	app := New()
	app.Get("/", func(c *Ctx) error {
		return c.NDJSON(func(func(any, error) bool) { t.Error("the sequence was begun") })
	})
	got := serve(t, app).do(t, "HEAD", "/", "")
	if got.status != 200 || got.contentType() != "application/x-ndjson" {
		t.Errorf("%+v", got)
	}
}

func TestNDJSONIsStoppedWhenTheClientLeaves(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		cleaned := make(chan struct{})
		app.Get("/", func(c *Ctx) error {
			return c.NDJSON(func(yield func(any, error) bool) {
				defer close(cleaned)
				for yield(Map{"n": 1}, nil) {
				}
			})
		})
		connection := serve(t, app).dial(t)
		connection.send(t, "GET", "/", "")
		if _, err := io.ReadFull(connection.response(t, "GET").Body, make([]byte, 8)); err != nil {
			t.Fatal(err)
		}
		connection.Close()
		receive(t, cleaned)
	})
}
