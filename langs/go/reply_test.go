package trivet

import (
	"errors"
	"strings"
	"testing"
)

func TestAnswers(t *testing.T) {
	large := strings.Repeat("large ", 200_000)
	handlers := map[string]struct {
		handler     Handler
		status      int
		contentType string
		body        string
	}{
		"/text": {
			func(c *Ctx) error { return c.Text("text ü") },
			200,
			"text/plain; charset=utf-8",
			"text ü",
		},
		"/html": {
			func(c *Ctx) error { return c.HTML("<p>") },
			200,
			"text/html; charset=utf-8",
			"<p>",
		},
		"/bytes": {
			func(c *Ctx) error { return c.Bytes([]byte{0, 255}) },
			200,
			"application/octet-stream",
			"\x00\xff",
		},
		"/json": {
			func(c *Ctx) error { return c.JSON(Map{"a": "<&>"}) },
			200,
			"application/json",
			`{"a":"<&>"}`,
		},
		"/created": {
			func(c *Ctx) error { return c.Status(201).JSON([]int{1}) },
			201,
			"application/json",
			"[1]",
		},
		"/none":     {func(c *Ctx) error { return c.NoContent() }, 204, "", ""},
		"/accepted": {func(c *Ctx) error { return c.Status(202).NoContent() }, 202, "", ""},
		"/nil":      {func(*Ctx) error { return nil }, 204, "", ""},
		"/large": {
			func(c *Ctx) error { return c.Text(large) },
			200,
			"text/plain; charset=utf-8",
			large,
		},
		"/problem": {
			func(c *Ctx) error { return c.Problem(418, "") },
			418,
			"application/problem+json",
			`{"type":"about:blank","title":"I'm a Teapot","status":418}`,
		},
		"/own-type": {func(c *Ctx) error {
			return errors.Join(c.SetHeader("content-type", "image/png"), c.Bytes([]byte("png")))
		}, 200, "image/png", "png"},
		"/not-text": {
			func(c *Ctx) error { return c.Status(404).Text("") },
			404,
			"text/plain; charset=utf-8",
			"",
		},
		"/two-lines": {
			func(c *Ctx) error { return c.JSON("a\nb") },
			200,
			"application/json",
			`"a\nb"`,
		},
	}
	for _, option := range [][]RouteOption{nil, {Inline}} {
		app := New()
		for pattern, h := range handlers {
			app.Get(pattern, h.handler, option...)
		}
		s := serve(t, app)
		for pattern, want := range handlers {
			got := s.get(t, pattern)
			if got.status != want.status || got.contentType() != want.contentType ||
				got.body != want.body {
				t.Errorf("%s: %d %q %.100q", pattern, got.status, got.contentType(), got.body)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	app := New()
	app.Get("/", func(c *Ctx) error {
		return errors.Join(
			c.SetHeader("X-One", "0"), c.SetHeader("x-one", "1"), c.AddHeader("Set-Cookie", "a=1"),
			c.AddHeader("Set-Cookie", "b=2"), c.SetHeader("X-Empty", ""), c.Status(201).Text("ok"),
		)
	}, Status(299))
	app.Get("/forbidden", func(c *Ctx) error {
		for _, field := range []Field{
			{"", "a"},
			{"A b", "a"},
			{"A:", "a"},
			{"Ä", "a"},
			{"A", "a\r\nB: c"},
			{"A", "a\nb"},
			{"A", "\x00"},
			{"Content-Length", "1"},
			{"connection", "close"},
			{"Transfer-Encoding", "chunked"},
		} {
			if err := c.AddHeader(field.Name, field.Value); !errors.Is(err, ErrHeader) {
				t.Errorf("%q gave %v", field, err)
			}
		}
		if err := c.Redirect("/\r\nX: y"); !errors.Is(err, ErrHeader) {
			t.Errorf("a location gave %v", err)
		}
		return c.Status(200).Text("fine")
	})
	app.Get("/many", func(c *Ctx) error {
		for range responseFieldsMax {
			if err := c.AddHeader("X", "y"); err != nil {
				return err
			}
		}
		if err := c.AddHeader("X", "y"); !errors.Is(err, ErrLimit) {
			t.Errorf("got %v", err)
		}
		return c.Text("many")
	})
	s := serve(t, app)
	got := s.get(t, "/")
	expectText(t, got, 201, "ok")
	if got.header.Get("X-One") != "1" || len(got.header["X-One"]) != 1 ||
		strings.Join(got.header["Set-Cookie"], " ") != "a=1 b=2" {
		t.Errorf("fields %v", got.header)
	}
	if _, has := got.header["X-Empty"]; !has {
		t.Error("an empty field is missing")
	}
	expectText(t, s.get(t, "/forbidden"), 200, "fine")
	if got := s.get(t, "/many"); len(got.header["X"]) != responseFieldsMax {
		t.Errorf("%d fields came", len(got.header["X"]))
	}
}

func TestRedirects(t *testing.T) {
	app := New()
	app.Get("/usual", func(c *Ctx) error { return c.Redirect("/there") })
	app.Get("/moved", func(c *Ctx) error { return c.Status(308).Redirect("/there") })
	app.Get(
		"/with",
		func(c *Ctx) error { return errors.Join(c.SetHeader("X-One", "1"), c.Redirect("/there")) },
	)
	app.Get("/wrong", func(c *Ctx) error { return c.Status(200).Redirect("/there") })
	s := serve(t, app)
	for target, status := range map[string]int{"/usual": 303, "/moved": 308, "/with": 303} {
		if got := s.get(t, target); got.status != status ||
			got.header.Get("Location") != "/there" ||
			got.body != "" {
			t.Errorf("%s: %+v", target, got)
		}
	}
	log := logOf(t, func() {
		if got := s.get(t, "/wrong"); got.status != 500 {
			t.Errorf("got %+v", got)
		}
	})
	expectContains(t, log, "not 200")
}

func TestProblemWithFields(t *testing.T) {
	app := New()
	app.Get("/", func(c *Ctx) error {
		if err := c.SetHeader("WWW-Authenticate", "Basic"); err != nil {
			return err
		}
		return c.Problem(401, "who are you?")
	})
	app.Get(
		"/plain/{status:int}",
		func(c *Ctx) error { return c.Problem(c.ParamInt("status"), "why\n") },
	)
	app.Get("/fields/{status:int}", func(c *Ctx) error {
		return errors.Join(c.SetHeader("X-One", "1"), c.Problem(c.ParamInt("status"), "why\n"))
	})
	s := serve(t, app)
	got := s.get(t, "/")
	if p := got.problem(t); got.status != 401 || p.Title != "Unauthorized" ||
		p.Detail != "who are you?" ||
		got.header.Get("WWW-Authenticate") != "Basic" {
		t.Errorf("got %+v", got)
	}
	for status := 400; status <= 599; status++ {
		number := formatUint(uint64(status))
		with, without := s.get(t, "/fields/"+number).
			problem(t),
			s.get(t, "/plain/"+number).
				problem(t)
		if with != without {
			t.Fatalf("%+v and %+v differ", with, without)
		}
	}
}

func TestWrongStatusIsAnError(t *testing.T) {
	app := New()
	app.Get("/", func(c *Ctx) error {
		for _, status := range []int{-1, 0, 100, 199, 600, 1 << 40} {
			if err := c.Status(status).Text(""); !errors.Is(err, ErrArgument) {
				t.Errorf("%d gave %v", status, err)
			}
		}
		if err := c.Problem(200, ""); !errors.Is(err, ErrArgument) {
			t.Errorf("a problem of 200 gave %v", err)
		}
		return c.Status(200).Text("fine")
	})
	app.Get("/created", hello, Status(201))
	s := serve(t, app)
	expectText(t, s.get(t, "/"), 200, "fine")
	expectText(t, s.get(t, "/created"), 201, "Hello, World!")
}

func TestRecordLayoutIsTheHeaders(t *testing.T) {
	want := [9]uintptr{
		0, recordKind, recordStatus, recordContent, recordHeaderCount, recordHeadersBytes,
		recordBodyBytes, recordLength, uintptr(recordHeadBytes),
	}
	if got := recordLayout(); got != want {
		t.Errorf("trivet_reply_record is laid out as %v", got)
	}
}

func TestTokenBytes(t *testing.T) {
	count := 0
	for _, is := range isTokenByte {
		if is {
			count++
		}
	}
	if count != 15+10+52 {
		t.Errorf("%d token bytes", count)
	}
}
