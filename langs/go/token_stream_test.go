package trivet

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
)

// tokens are those of a model that says two things, one of them in two lines, and a letter as bytes.
var tokens = Values(slices.Values([]any{"Hel", "lo\n", []byte("ü")}))

func TestTokensInEveryFormat(t *testing.T) {
	app := New()
	counts := make(chan int64, 1)
	for path, stream := range map[string]func() *TokenStream{
		"/sse": func() *TokenStream { return SSEStream(tokens) },
		"/ndjson": func() *TokenStream {
			return NewTokenStream(Values(slices.Values([]any{"Hel", "lo\n", Map{"usage": 3}})),
				TokensNDJSON)
		},
		"/text": func() *TokenStream { return NewTokenStream(tokens, TokensText) },
	} {
		app.Get(path, func(c *Ctx) error {
			s := stream()
			err := s.Send(c)
			if c.Method() != "HEAD" {
				counts <- s.Count()
			}
			if err := s.Send(c); !errors.Is(err, ErrState) {
				t.Errorf("sent twice: %v", err)
			}
			return err
		})
	}
	s := serve(t, app)
	for _, c := range []struct {
		target, contentType, body string
		count                     int64
	}{
		{
			"/sse", "text/event-stream",
			"data: Hel\n\ndata: lo\ndata: \n\ndata: ü\n\ndata: [DONE]\n\n", 3,
		},
		{"/ndjson", "application/x-ndjson", "\"Hel\"\n\"lo\\n\"\n{\"usage\":3}\n", 3},
		{"/text", "text/plain; charset=utf-8", "Hello\nü", 3},
	} {
		got := s.get(t, c.target)
		expectText(t, got, 200, c.body)
		if count := receive(t, counts); got.contentType() != c.contentType || count != c.count {
			t.Errorf("%s: %q, %d tokens", c.target, got.contentType(), count)
		}
		got = s.do(t, "HEAD", c.target, "")
		if got.status != 200 || got.contentType() != c.contentType {
			t.Errorf("HEAD %s: %+v", c.target, got)
		}
	}
}

// failsAfter gives some tokens, then an error.
func failsAfter(count int) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for range count {
			if !yield("x", nil) {
				return
			}
		}
		yield(nil, BadGateway("the model is away"))
	}
}

func TestTokensThatFail(t *testing.T) {
	app := New()
	for _, format := range []TokenFormat{TokensSSE, TokensNDJSON, TokensText} {
		app.Get("/first/"+string(format), func(c *Ctx) error {
			return NewTokenStream(failsAfter(0), format).Send(c)
		})
		app.Get("/third/"+string(format), func(c *Ctx) error {
			stream := NewTokenStream(failsAfter(2), format)
			err := stream.Send(c)
			if stream.Count() != 2 {
				t.Errorf("%s: %d tokens", format, stream.Count())
			}
			return err
		})
	}
	app.Get("/format", func(c *Ctx) error {
		err := NewTokenStream(tokens, "none").Send(c)
		if !errors.Is(err, ErrArgument) {
			t.Errorf("%v", err)
		}
		return c.Text("refused")
	})
	s := serve(t, app)
	log := logOf(t, func() {
		for _, format := range []TokenFormat{TokensSSE, TokensNDJSON, TokensText} {
			if got := s.get(t, "/first/"+string(format)); got.status != 502 {
				t.Errorf("%s: %d", format, got.status)
			}
			body := expectBroken(t, s, "/third/"+string(format))
			if strings.Count(body, "x") != 2 || strings.Contains(body, "[DONE]") {
				t.Errorf("%s: %q", format, body)
			}
		}
	})
	expectContains(t, log, "the model is away")
	expectText(t, s.get(t, "/format"), 200, "refused")
}

// What is neither a string nor bytes is no token of text or of events, and events are UTF-8.
func TestTokensThatAreNone(t *testing.T) {
	app := New()
	wrong := map[string]any{
		"/number": 1, "/nil": nil, "/map": Map{"a": 1}, "/event": Event{Data: "x"},
		"/json": json.RawMessage("1"),
	}
	var targets []string
	add := func(target string, token any, format TokenFormat) {
		target = "/" + string(format) + target
		app.Get(target, func(c *Ctx) error {
			stream := NewTokenStream(Values(slices.Values([]any{token})), format)
			err := stream.Send(c)
			if !errors.Is(err, ErrArgument) || stream.Count() != 0 {
				t.Errorf("%s: %v, %d tokens", target, err, stream.Count())
			}
			return err
		})
		app.Get("/late"+target, func(c *Ctx) error {
			return NewTokenStream(Values(slices.Values([]any{"x", token})), format).Send(c)
		})
		targets = append(targets, target)
	}
	for target, token := range wrong {
		add(target, token, TokensSSE)
		add(target, token, TokensText)
	}
	add("/bytes", []byte("\xff"), TokensSSE)
	app.Get("/text/bytes", func(c *Ctx) error {
		return NewTokenStream(Values(slices.Values([][]byte{[]byte("\xff")})), TokensText).Send(c)
	})
	s := serve(t, app)
	log := logOf(t, func() {
		for _, target := range targets {
			if got := s.get(t, target); got.status != 500 {
				t.Errorf("%s: %+v", target, got)
			}
			body := expectBroken(t, s, "/late"+target)
			if strings.Count(body, "x") != 1 || strings.Contains(body, "[DONE]") {
				t.Errorf("%s: %q", target, body)
			}
		}
	})
	expectContains(t, log, "a token of int is no text")
	expectText(t, s.get(t, "/text/bytes"), 200, "\xff")
}

func TestTokensStopWhenTheClientLeaves(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		cleaned := make(chan error, 1)
		for _, format := range []TokenFormat{TokensSSE, TokensNDJSON, TokensText} {
			app.Get("/"+string(format), func(c *Ctx) error {
				busy := func(yield func(any, error) bool) {
					defer func() { cleaned <- nil }()
					for yield("x", nil) {
					}
				}
				return NewTokenStream(busy, format).Send(c)
			})
		}
		app.Get("/waiting", func(c *Ctx) error {
			model := make(chan string, 1)
			model <- "x"
			err := SSEStream(Received(c, model)).Send(c)
			cleaned <- err
			return err
		})
		s := serve(t, app)
		log := logOf(t, func() {
			for _, target := range []string{"/sse", "/ndjson", "/text", "/waiting"} {
				connection := s.dial(t)
				connection.send(t, "GET", target, "")
				if _, err := io.ReadFull(connection.response(t, "GET").Body, make([]byte, 1)); err != nil {
					t.Fatal(err)
				}
				connection.Close()
				if err := receive(t, cleaned); err != nil && !errors.Is(err, ErrGone) {
					t.Errorf("%s: %v", target, err)
				}
			}
			s.end(t)
		})
		if log != "" {
			t.Errorf("a client that left was logged: %s", log)
		}
	})
}
