package trivet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// begun is a handler's answer in pieces, for handlers that have nothing to say to its failure.
func begun(t *testing.T, c *Ctx, options ...StreamOption) *StreamWriter {
	t.Helper()
	w, err := c.Stream(200, "text/plain", options...)
	if err != nil {
		t.Errorf("beginning: %v", err)
		return &StreamWriter{}
	}
	return w
}

// response reads the head of an answer; its content is yet to be read.
func (c *client) response(t *testing.T, method string) *http.Response {
	t.Helper()
	response, err := http.ReadResponse(c.reader, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestPiecesLeaveAsTheyAreWritten(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		goOn := make(chan struct{})
		app.Get("/", func(c *Ctx) error {
			c.SetHeader("X-One", "1")
			c.SetHeader("Content-Type", "text/html")
			w, err := c.Stream(201, "text/plain")
			if err != nil {
				return err
			}
			for _, piece := range []string{"one", "two", "six"} {
				if n, err := io.WriteString(w, piece); n != 3 || err != nil {
					return fmt.Errorf("%d, %w", n, err)
				}
				<-goOn
			}
			_, err = w.Write(nil)
			return err
		})
		connection := serve(t, app).dial(t)
		defer connection.Close()
		connection.send(t, "GET", "/", "")
		response := connection.response(t, "GET")
		if response.StatusCode != 201 || response.Header.Get("X-One") != "1" ||
			response.Header.Get("Content-Type") != "text/plain" ||
			fmt.Sprint(response.TransferEncoding) != "[chunked]" {
			t.Errorf("%+v", response)
		}
		for _, piece := range []string{"one", "two", "six"} {
			got := make([]byte, 3)
			if _, err := io.ReadFull(response.Body, got); err != nil || string(got) != piece {
				t.Errorf("%q, %v", got, err)
			}
			goOn <- struct{}{}
		}
		if rest, err := io.ReadAll(response.Body); len(rest) > 0 || err != nil {
			t.Errorf("%q, %v", rest, err)
		}
		connection.send(t, "GET", "/nowhere", "") // the connection goes on
		if got := connection.receive(t, "GET"); got.status != 404 {
			t.Errorf("%d", got.status)
		}
	})
}

func TestAPromisedLengthIsKept(t *testing.T) {
	app := New()
	app.Get("/exact", func(c *Ctx) error {
		w := begun(t, c, StreamLength(6))
		_, err := w.WriteString("abc")
		if n, err := w.WriteString("defg"); n != 0 || !errors.Is(err, ErrArgument) {
			t.Errorf("more than promised: %d, %v", n, err)
		}
		_, err2 := w.Write([]byte("def"))
		return errors.Join(err, err2, w.Close())
	})
	app.Get("/none", func(c *Ctx) error { return begun(t, c, StreamLength(0)).Close() })
	app.Get("/short", func(c *Ctx) error {
		_, err := begun(t, c, StreamLength(6)).WriteString("abc")
		return err
	})
	app.Get("/closed", func(c *Ctx) error {
		w := begun(t, c, StreamLength(6))
		if err := w.Close(); !errors.Is(err, ErrState) {
			t.Errorf("closed too early: %v", err)
		}
		return nil
	})
	app.Get("/negative", func(c *Ctx) error {
		_, err := c.Stream(200, "", StreamLength(-1))
		if !errors.Is(err, ErrArgument) {
			t.Errorf("%v", err)
		}
		return c.Text("refused")
	})
	s := serve(t, app)
	got := s.get(t, "/exact")
	expectText(t, got, 200, "abcdef")
	if got.header.Get("Content-Length") != "6" {
		t.Errorf("%v", got.header)
	}
	expectText(t, s.get(t, "/none"), 200, "")
	expectText(t, s.get(t, "/negative"), 200, "refused")
	for _, target := range []string{"/short", "/closed"} {
		log := logOf(t, func() { expectBroken(t, s, target) })
		expectContains(t, log, "of the promised length were not written")
	}
}

// expectBroken reads an answer whose connection must break off before its end.
func expectBroken(t *testing.T, s *server, target string) (content string) {
	t.Helper()
	connection := s.dial(t)
	defer connection.Close()
	connection.send(t, "GET", target, "")
	body, err := io.ReadAll(connection.response(t, "GET").Body)
	if err == nil {
		t.Errorf("%s ended with %q as if it were whole", target, body)
	}
	return string(body)
}

func TestTrailersAreSentBehindThePieces(t *testing.T) {
	app := New()
	app.Get("/", func(c *Ctx) error {
		w := begun(t, c)
		for _, name := range []string{
			"Content-Length", "Host", "If-Match", "Transfer-Encoding", "Set-Cookie",
			"Proxy-Status", "a b", "",
		} {
			if err := w.SetTrailer(name, "1"); !errors.Is(err, ErrHeader) {
				t.Errorf("%q: %v", name, err)
			}
		}
		if err := w.SetTrailer("X-Evil", "a\r\nb: c"); !errors.Is(err, ErrHeader) {
			t.Errorf("%v", err)
		}
		_, err := w.WriteString("hi")
		return errors.Join(err, w.SetTrailer("X-Sum", "1"), w.SetTrailer("x-sum", "2"),
			w.SetTrailer("Content-Digest", "sha-256=:x:"), w.Close())
	})
	s := serve(t, app)
	connection := s.dial(t)
	defer connection.Close()
	connection.send(t, "GET", "/", "")
	response := connection.response(t, "GET")
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "hi" || response.Trailer.Get("X-Sum") != "2" ||
		response.Trailer.Get("Content-Digest") == "" {
		t.Errorf("%q, %v, %v", body, response.Trailer, err)
	}
}

// What SetTrailer lets pass and the engine refused would break the answer off.
func TestTheEngineTakesTheTrailersThatAreAllowed(t *testing.T) {
	names := []string{"X-Sum", "Content-Digest", "Digest", "Server-Timing", "ETag", "Accept", "Iff"}
	app := New()
	app.Get("/", func(c *Ctx) error {
		w := begun(t, c)
		for _, name := range names {
			if err := w.SetTrailer(name, "1"); err != nil {
				return err
			}
		}
		return nil
	})
	s := serve(t, app)
	connection := s.dial(t)
	defer connection.Close()
	connection.send(t, "GET", "/", "")
	response := connection.response(t, "GET")
	if _, err := io.ReadAll(response.Body); err != nil || len(response.Trailer) != len(names) {
		t.Errorf("%v, %v", response.Trailer, err)
	}
}

func TestAWriterWaitsForItsClient(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		const size = 64 << 20
		isWaiting := make(chan *StreamWriter, 1)
		app.Get("/", func(c *Ctx) error {
			w := begun(t, c, StreamLength(size))
			isWaiting <- w
			_, err := w.Write(bytes.Repeat([]byte("x"), size)) // one Write, many pieces
			return err
		})
		connection := serve(t, app).dial(t)
		defer connection.Close()
		connection.send(t, "GET", "/", "")
		w := receive(t, isWaiting)
		response := connection.response(t, "GET")
		n, err := io.Copy(io.Discard, io.LimitReader(response.Body, size/2))
		if err != nil || n != size/2 {
			t.Fatalf("%d, %v", n, err)
		}
		// The rest cannot be with the loop: it is more than the kernel and the engine hold.
		w.c.mu.Lock()
		left := w.left
		w.c.mu.Unlock()
		if left == 0 {
			t.Error("the writer did not wait")
		}
		if n, err = io.Copy(io.Discard, response.Body); err != nil || n != size/2 {
			t.Errorf("%d, %v", n, err)
		}
	})
}

func TestAFailureInTheMiddleBreaksOff(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		app.OnError(func(*Ctx, error) error {
			t.Error("the error handler was asked")
			return nil
		})
		fail := map[string]func() error{
			"/error":   func() error { return errors.New("kaput") },
			"/problem": func() error { return NotFound("kaput") },
			"/panic":   func() error { panic("kaput") },
		}
		for target, how := range fail {
			app.Get(target, func(c *Ctx) error {
				if _, err := begun(t, c).WriteString("half of it"); err != nil {
					return err
				}
				return how()
			})
		}
		s := serve(t, app)
		for target := range fail {
			log := logOf(t, func() {
				if got := expectBroken(t, s, target); got != "half of it" {
					t.Errorf("%q", got)
				}
			})
			expectContains(t, log, "GET "+target+" failed: ")
			if strings.Count(log, "kaput") != 1 {
				t.Errorf("logged: %s", log)
			}
		}
		stats, err := s.loop.Stats()
		if err != nil || stats.HandlerFailuresTotal != 3 {
			t.Errorf("%+v, %v", stats, err)
		}
	})
}

func TestAFailureBeforeTheHeadIsAnswered(t *testing.T) {
	app := New()
	app.Get("/", func(c *Ctx) error {
		if _, err := c.Stream(99, "text/plain"); !errors.Is(err, ErrArgument) {
			t.Errorf("%v", err)
		}
		if _, err := c.Stream(200, "text/plain\r\nX-Evil: 1"); !errors.Is(err, ErrHeader) {
			t.Errorf("%v", err)
		}
		return Conflict("not now")
	})
	if got := serve(t, app).get(t, "/"); got.status != 409 {
		t.Errorf("%d", got.status)
	}
}

func TestHeadMakesNoContent(t *testing.T) {
	app := New()
	read := 0
	app.Get("/", func(c *Ctx) error {
		w := begun(t, c, StreamLength(1000))
		if w.Discards() != (c.Method() == "HEAD") {
			t.Error("discards, or not")
		}
		if w.Discards() {
			n, err := w.WriteString("written all the same")
			n2, err2 := io.Copy(w, iotest(func() { read++ }))
			if n != 20 || n2 != 0 || err != nil || err2 != nil {
				t.Errorf("%d, %v; %d, %v", n, err, n2, err2)
			}
			return nil
		}
		_, err := w.WriteString(strings.Repeat("x", 1000))
		return err
	})
	app.Get("/empty", func(c *Ctx) error {
		w, err := c.Stream(204, "text/plain")
		if err == nil && !w.Discards() {
			t.Error("204 has no content")
		}
		return err
	})
	s := serve(t, app)
	got := s.do(t, "HEAD", "/", "")
	if got.status != 200 || got.header.Get("Content-Length") != "1000" || read != 0 {
		t.Errorf("%+v, %d reads", got, read)
	}
	expectText(t, s.get(t, "/"), 200, strings.Repeat("x", 1000))
	expectText(t, s.get(t, "/empty"), 204, "")
}

// iotest is a reader that tells when it is read.
type iotest func()

func (f iotest) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

func TestAClientThatLeavesEndsTheWriting(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		over := make(chan error, 2)
		app.Get("/writing", func(c *Ctx) error {
			w := begun(t, c)
			for {
				if _, err := w.Write(make([]byte, 10_000)); err != nil {
					over <- err
					<-c.Done()
					over <- context.Cause(c)
					return err
				}
			}
		})
		app.Get("/waiting", func(c *Ctx) error {
			w := begun(t, c)
			_, err := w.WriteString("first")
			<-c.Done()
			_, late := w.WriteString("late")
			over <- late
			over <- w.Close()
			return err
		})
		s := serve(t, app)
		log := logOf(t, func() {
			for _, target := range []string{"/writing", "/waiting"} {
				connection := s.dial(t)
				connection.send(t, "GET", target, "")
				if _, err := io.ReadFull(connection.response(t, "GET").Body,
					make([]byte, 5)); err != nil {
					t.Fatal(err)
				}
				connection.Close()
				for range 2 {
					if err := receive(t, over); !errors.Is(err, ErrGone) {
						t.Errorf("%s: %v", target, err)
					}
				}
			}
			s.end(t)
		})
		if log != "" {
			t.Errorf("a client that left was logged: %s", log)
		}
	})
}

func TestWhatComesTooLateIsAnError(t *testing.T) {
	app := New()
	kept := make(chan *StreamWriter, 1)
	app.Get("/", func(c *Ctx) error {
		w := begun(t, c)
		if _, err := c.Stream(200, ""); !errors.Is(err, ErrState) {
			t.Errorf("a second answer in pieces: %v", err)
		}
		if err := c.Text("x"); !errors.Is(err, ErrState) {
			t.Errorf("a whole answer: %v", err)
		}
		_, err := w.WriteString("all")
		if err := errors.Join(err, w.Close(), w.Close()); err != nil {
			t.Error(err)
		}
		if _, err := w.WriteString("more"); !errors.Is(err, ErrState) {
			t.Errorf("after the end: %v", err)
		}
		if err := w.SetTrailer("X", "y"); !errors.Is(err, ErrState) {
			t.Errorf("a trailer after the end: %v", err)
		}
		if c.Header("Host") != "test" || c.Query("q") != "1 2" {
			t.Error("the request cannot be read any more")
		}
		kept <- w
		return nil
	})
	app.Get("/answered", func(c *Ctx) error {
		err := c.Text("whole")
		if _, err := c.Stream(200, ""); !errors.Is(err, ErrStale) {
			t.Errorf("%v", err)
		}
		return err
	})
	app.Get("/inline", func(c *Ctx) error {
		if _, err := c.Stream(200, ""); !errors.Is(err, ErrState) {
			t.Errorf("%v", err)
		}
		return c.Text("whole")
	}, Inline)
	s := serve(t, app)
	expectText(t, s.get(t, "/?q=1+2"), 200, "all")
	w := receive(t, kept)
	for range 2 {
		if _, err := w.WriteString("late"); err == nil {
			t.Error("written after the request's end")
		}
	}
	expectText(t, s.get(t, "/answered"), 200, "whole")
	expectText(t, s.get(t, "/inline"), 200, "whole")

	var none StreamWriter
	_, err := none.Write([]byte("x"))
	for _, err := range []error{err, none.Close(), none.SetTrailer("X", "y")} {
		if !errors.Is(err, ErrState) || none.Discards() {
			t.Errorf("the zero StreamWriter: %v", err)
		}
	}
}

func TestEachWriteStaysInOnePiece(t *testing.T) {
	app := New()
	app.Get("/", func(c *Ctx) error {
		w := begun(t, c)
		var writers sync.WaitGroup
		for n := range 8 {
			writers.Add(1)
			go func() {
				defer writers.Done()
				for range 4 {
					if _, err := w.Write(bytes.Repeat([]byte{'a' + byte(n)}, 200_000)); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		writers.Wait()
		return nil
	})
	body := serve(t, app).get(t, "/").body
	if len(body) != 8*4*200_000 {
		t.Fatalf("%d bytes", len(body))
	}
	for at := 0; at < len(body); at += 200_000 {
		if piece := body[at : at+200_000]; strings.Count(piece, piece[:1]) != len(piece) {
			t.Fatalf("the piece at %d is mixed", at)
		}
	}
}

func TestAfterHooksSeeTheHead(t *testing.T) {
	app := New()
	app.After(func(_ *Ctx, r *Response) error { return r.AddHeader("X-Outer", "1") })
	stream := func(c *Ctx) error {
		w, err := c.Stream(200, "text/plain")
		if err != nil {
			return err
		}
		_, err = w.WriteString("pieces")
		return err
	}
	app.Get("/status", stream, After(func(_ *Ctx, r *Response) error {
		r.Status = 299
		if r.Header("Content-Type") != "text/plain" || len(r.Body) > 0 {
			t.Errorf("%+v", r)
		}
		return nil
	}))
	app.Get("/fails", stream, After(func(_ *Ctx, r *Response) error {
		if r.Status == 200 {
			return Conflict("no")
		}
		return nil
	}))
	app.Get("/body", stream, After(func(_ *Ctx, r *Response) error {
		r.Body = []byte("x")
		return nil
	}))
	s := serve(t, app)
	got := s.get(t, "/status")
	expectText(t, got, 299, "pieces")
	if got.header.Get("X-Outer") != "1" {
		t.Errorf("%v", got.header)
	}
	got = s.get(t, "/fails")
	if got.status != 409 || got.header.Get("X-Outer") != "1" {
		t.Errorf("%d %v", got.status, got.header)
	}
	log := logOf(t, func() {
		if got := s.get(t, "/body"); got.status != 500 {
			t.Errorf("%d", got.status)
		}
	})
	if strings.Count(log, "a hook cannot give it a body") != 1 {
		t.Errorf("logged: %s", log)
	}
}

// A hook, or the error handler that it leads to, may end the goroutine: the request fails, the process
// goes on.
func TestAnAfterHookOfPiecesEndsItsGoroutine(t *testing.T) {
	for _, target := range []string{"/hook", "/mapped"} {
		app := New()
		if target == "/mapped" {
			app.OnError(func(*Ctx, error) error {
				runtime.Goexit()
				return nil
			})
		}
		app.Get("/hello", hello)
		app.Get(target, func(c *Ctx) error {
			_, err := c.Stream(200, "text/plain")
			t.Error("the handler went on")
			return err
		}, After(func(*Ctx, *Response) error {
			if target == "/mapped" {
				return errors.New("kaput")
			}
			runtime.Goexit()
			return nil
		}))
		s := serve(t, app)
		log := logOf(t, func() {
			if got := s.get(t, target); got.status != 500 {
				t.Errorf("%s: %d", target, got.status)
			}
		})
		expectContains(t, log, "runtime.Goexit")
		expectText(t, s.get(t, "/hello"), 200, "Hello, World!")
	}
}

func TestAnErrorHandlerAnswersWhole(t *testing.T) {
	app := New()
	app.OnError(func(c *Ctx, err error) error {
		if _, err := c.Stream(200, ""); !errors.Is(err, ErrState) {
			t.Errorf("%v", err)
		}
		return c.Text("mapped")
	})
	app.Get("/", func(*Ctx) error { return NotFound("") })
	expectText(t, serve(t, app).get(t, "/"), 404, "mapped")
}

func TestABeforeHookAnswersInPieces(t *testing.T) {
	app := New()
	app.Before(func(c *Ctx) error {
		_, err := begun(t, c).WriteString("from the hook")
		return err
	})
	app.Get("/", func(*Ctx) error {
		t.Error("the handler ran")
		return nil
	})
	s := serve(t, app)
	expectText(t, s.get(t, "/"), 200, "from the hook")
	expectText(t, s.get(t, "/nowhere"), 200, "from the hook")
}

func TestEchoInBothDirections(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		app.Post("/", func(c *Ctx) error {
			w := begun(t, c)
			_, err := io.Copy(w, c.BodyReader())
			return err
		}, StreamBody(), RouteLimits{BodyBytesMax: 1 << 30})
		s := serve(t, app)
		var clients sync.WaitGroup
		for n := range 8 {
			clients.Add(1)
			go func() {
				defer clients.Done()
				content := bytes.Repeat([]byte{'a' + byte(n)}, 3_000_000)
				response, err := http.Post("http://"+s.address+"/", "", bytes.NewReader(content))
				if err != nil {
					t.Error(err)
					return
				}
				defer response.Body.Close()
				got, err := io.ReadAll(response.Body)
				if err != nil || !bytes.Equal(got, content) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			}()
		}
		clients.Wait()
		http.DefaultClient.CloseIdleConnections()
	})
}

func TestAForcedEndReleasesReadersAndWriters(t *testing.T) {
	app := New()
	inside, over := make(chan struct{}, 2), make(chan error, 2)
	app.Post("/", func(c *Ctx) error {
		inside <- struct{}{}
		_, err := io.Copy(io.Discard, c.BodyReader())
		over <- err
		return err
	}, StreamBody())
	app.Get("/", func(c *Ctx) error {
		w := begun(t, c)
		inside <- struct{}{}
		for {
			if _, err := w.Write(make([]byte, 100_000)); err != nil {
				over <- err
				return err
			}
		}
	})
	s := serve(t, app)
	reading, writing := s.dial(t), s.dial(t)
	defer reading.Close()
	defer writing.Close()
	reading.beginUpload(t, "/", "abc", "Content-Length: 9")
	writing.send(t, "GET", "/", "")
	receive(t, inside)
	receive(t, inside)
	app.Drain()
	app.Drain()
	for range 2 {
		if err := receive(t, over); !errors.Is(err, ErrGone) {
			t.Errorf("%v", err)
		}
	}
	s.end(t)
}

func TestTheEngineAnswersDirectly(t *testing.T) {
	app := New()
	app.Post("/pieces", func(c *Ctx) error { return c.answerDirectly() }, Inline)
	app.Get("/broken", func(c *Ctx) error { return c.breakOffDirectly() }, Inline)
	s := serve(t, app)
	connection := s.dial(t)
	defer connection.Close()
	connection.send(t, "POST", "/pieces", "content")
	response := connection.response(t, "POST")
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "content" || response.Trailer.Get("X-Read") != "all" {
		t.Errorf("%q, %v, %v", body, response.Trailer, err)
	}
	broken := s.dial(t)
	defer broken.Close()
	broken.send(t, "GET", "/broken", "")
	if got, err := io.ReadAll(broken); len(got) > 0 {
		t.Errorf("%q, %v", got, err)
	}
}
