package trivet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

const safely = "; Path=/; Secure; HttpOnly; SameSite=Lax"

func TestCookiesAreSafeUnlessToldOtherwise(t *testing.T) {
	for _, c := range []struct {
		cookie Cookie
		want   string
	}{
		{Cookie{Name: "a", Value: "b"}, "a=b" + safely},
		{Cookie{Name: "a"}, "a=" + safely},
		{
			Cookie{Name: "a", Value: "b", Insecure: true, Scripts: true, SameSite: SameSiteStrict},
			"a=b; Path=/; SameSite=Strict",
		},
		{
			Cookie{Name: "a", Value: "b", Partitioned: true, SameSite: SameSiteNone},
			"a=b; Path=/; Secure; HttpOnly; SameSite=None; Partitioned",
		},
		{
			Cookie{Name: "a", Value: "b", Domain: "example.com", Path: "/x", MaxAge: time.Hour},
			"a=b; Domain=example.com; Path=/x; Max-Age=3600; Secure; HttpOnly; SameSite=Lax",
		},
		{
			Cookie{Name: "a", Value: "b", Expires: time.Unix(784111777, 999)},
			"a=b; Path=/; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Secure; HttpOnly; SameSite=Lax",
		},
		{ // a second earlier than was said, for the engine's -1 is none
			Cookie{Name: "a", Expires: time.Unix(-1, 0)},
			"a=; Path=/; Expires=Wed, 31 Dec 1969 23:59:58 GMT; Secure; HttpOnly; SameSite=Lax",
		},
		{
			Cookie{Name: "a", Value: strings.Repeat("x", 4095)},
			"a=" + strings.Repeat("x", 4095) + safely,
		},
	} {
		if got, err := c.cookie.Encode(); got != c.want || err != nil {
			t.Errorf("%q, %v, not %q", got, err, c.want)
		}
	}
}

func year(number int) time.Time { return time.Date(number, 1, 1, 0, 0, 0, 0, time.UTC) }

func TestCookiesThatNoBrowserTakes(t *testing.T) {
	for words, cookies := range map[string][]Cookie{
		"name is": {
			{Value: "b"}, {Name: "a b"}, {Name: "a=b"}, {Name: "a\r\nX-Injected"}, {Name: "ä"},
		},
		"value is": {
			{Name: "a", Value: "b\r\nX-Injected: c"},
			{Name: "a", Value: "b; Domain=evil"},
			{Name: "a", Value: "b,c"},
			{Name: "a", Value: "ä"},
			{Name: "a", Value: "\x00"},
		},
		"4096":    {{Name: "a", Value: strings.Repeat("x", 4096)}},
		"domain":  {{Name: "a", Domain: ".example.com"}, {Name: "a", Domain: "a;b"}},
		"path":    {{Name: "a", Path: "x"}, {Name: "a", Path: "/;x"}, {Name: "a", Path: "/\nx"}},
		"expires": {{Name: "a", Expires: year(10000)}, {Name: "a", Expires: year(1600)}},
		"Max-Age": {{Name: "a", MaxAge: -time.Second}, {Name: "a", MaxAge: -time.Hour}},
		"MaxAge":  {{Name: "a", MaxAge: 1500 * time.Millisecond}, {Name: "a", MaxAge: -1}},
		"needs Secure": {
			{Name: "a", SameSite: SameSiteNone, Insecure: true},
			{Name: "a", Partitioned: true, Insecure: true},
		},
		"SameSite is 3": {{Name: "a", SameSite: 3}},
		"prefix": {
			{Name: "__Host-a", Domain: "a.b"},
			{Name: "__Host-a", Path: "/x"},
			{Name: "__sEcure-a", Insecure: true},
			{Name: "__Http-a", Scripts: true},
		},
	} {
		for _, cookie := range cookies {
			got, err := cookie.Encode()
			if !errors.Is(err, ErrArgument) || got != "" {
				t.Errorf("%+v: %q, %v", cookie, got, err)
			} else if !strings.Contains(err.Error(), words) {
				t.Errorf("%+v: %q does not say %q", cookie, err, words)
			}
		}
	}
}

// Each kind of answer has its two cookies.
func TestCookiesOfEveryAnswer(t *testing.T) {
	app := New()
	hub := hubOf(t, app, EventHubConfig{})
	handlers := map[string]Handler{
		"/text":     func(c *Ctx) error { return c.Text("x") },
		"/json":     func(c *Ctx) error { return c.JSON(1) },
		"/none":     func(*Ctx) error { return nil },
		"/redirect": func(c *Ctx) error { return c.Redirect("/text") },
		"/problem":  func(c *Ctx) error { return c.Problem(409, "no") },
		"/stream": func(c *Ctx) error {
			w, err := c.Stream(200, "")
			if err != nil {
				return err
			}
			_, err = w.WriteString("x")
			return err
		},
		"/ndjson": func(c *Ctx) error { return c.NDJSON(Values(slices.Values([]int{1}))) },
		"/events": func(c *Ctx) error { return c.SSE(Values(slices.Values([]int{1}))) },
		"/tokens": func(c *Ctx) error { return SSEStream(Values(slices.Values([]string{"x"}))).Send(c) },
		"/hub":    func(c *Ctx) error { return errors.Join(hub.Stream(c), hub.Close()) },
	}
	for target, handler := range handlers {
		app.Get(target, func(c *Ctx) error {
			return errors.Join(
				c.SetCookie(Cookie{Name: "a", Value: "1"}),
				c.DeleteCookie(Cookie{Name: "b", Value: "no", Path: "/x", Domain: "c.d", MaxAge: time.Hour}),
				handler(c),
			)
		})
	}
	s := serve(t, app)
	want := []string{
		"a=1" + safely,
		"b=; Domain=c.d; Path=/x; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=Lax",
	}
	for target := range handlers {
		if got := s.get(t, target); !slices.Equal(got.header.Values("Set-Cookie"), want) {
			t.Errorf("%s: %+v", target, got)
		}
	}
}

func TestCookiesOfHooksAndErrors(t *testing.T) {
	app := New()
	app.After(func(_ *Ctx, r *Response) error {
		if err := r.SetCookie(Cookie{Name: "bad", Value: "a;b"}); !errors.Is(err, ErrArgument) {
			t.Errorf("%v", err)
		}
		return errors.Join(
			r.SetCookie(Cookie{Name: "after", Value: fmt.Sprint(r.Status)}),
			r.DeleteCookie(Cookie{Name: "__Host-old", SameSite: SameSiteStrict}),
		)
	})
	before := Before(func(c *Ctx) error { return c.SetCookie(Cookie{Name: "before"}) })
	app.Get("/text", func(c *Ctx) error { return c.Text("x") }, before)
	app.Get("/events", func(c *Ctx) error { return c.SSE(Values(slices.Values([]int{1}))) }, before)
	app.Get("/error", func(c *Ctx) error {
		value, err := Cookie{Name: "error"}.Encode()
		return errors.Join(err, c.SetCookie(Cookie{Name: "lost"}), // with the answer that never was
			Conflict("").WithHeader("Set-Cookie", value))
	}, before)
	s := serve(t, app)
	for target, status := range map[string]int{"/text": 200, "/events": 200, "/error": 409} {
		name := "before"
		if target == "/error" {
			name = "error"
		}
		want := []string{
			name + "=" + safely, fmt.Sprintf("after=%d%s", status, safely),
			"__Host-old=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=Strict",
		}
		got := s.get(t, target)
		if got.status != status || !slices.Equal(got.header.Values("Set-Cookie"), want) {
			t.Errorf("%s: %+v", target, got)
		}
	}
}

func TestCookiesThatComeTooLate(t *testing.T) {
	app := New()
	app.Get("/whole", func(c *Ctx) error {
		err := c.Text("x")
		if late := c.SetCookie(Cookie{Name: "a"}); !errors.Is(late, ErrStale) {
			t.Errorf("%v", late)
		}
		return err
	})
	app.Get("/stream", func(c *Ctx) error {
		w, err := c.Stream(200, "")
		if err != nil {
			return err
		}
		if late := c.DeleteCookie(Cookie{Name: "a"}); !errors.Is(late, ErrStale) {
			t.Errorf("%v", late)
		}
		_, err = io.WriteString(w, "x")
		return err
	})
	app.Get("/refused", func(c *Ctx) error {
		for _, err := range []error{
			c.SetCookie(Cookie{Name: "a", Value: "b\r\nX-Injected: c"}),
			c.DeleteCookie(Cookie{Name: "a;"}),
		} {
			if !errors.Is(err, ErrArgument) {
				t.Errorf("%v", err)
			}
		}
		return c.Text("x")
	})
	s := serve(t, app)
	for _, target := range []string{"/whole", "/stream", "/refused"} {
		got := s.get(t, target)
		expectText(t, got, 200, "x")
		if got.header.Get("Set-Cookie") != "" || got.header.Get("X-Injected") != "" {
			t.Errorf("%s: %v", target, got.header)
		}
	}
}
