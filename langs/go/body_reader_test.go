package trivet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// eachEngine runs a test with an app on each of the engines.
func eachEngine(t *testing.T, f func(t *testing.T, app *App)) {
	t.Helper()
	for _, engine := range []Engine{EngineUring, EngineEpoll} {
		t.Run(string(engine), func(t *testing.T) { f(t, New(Config{Engine: engine})) })
	}
}

// beginUpload sends the head of a request and the content that goes with it.
func (c *client) beginUpload(t *testing.T, target, content string, fields ...string) {
	t.Helper()
	c.write(t, "POST "+target+" HTTP/1.1\r\nHost: test\r\n"+
		strings.Join(append(fields, "\r\n"), "\r\n")+content)
}

func (c *client) write(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

const chunked = "Transfer-Encoding: chunked"

func TestContentIsReadAsItArrives(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		read := make(chan string, 1)
		app.Post("/", func(c *Ctx) error {
			buffer := make([]byte, 100)
			for {
				n, err := c.BodyReader().Read(buffer)
				if err == io.EOF {
					return c.Text("all")
				}
				if err != nil {
					return err
				}
				read <- string(buffer[:n])
			}
		}, StreamBody())
		connection := serve(t, app).dial(t)
		defer connection.Close()
		connection.beginUpload(t, "/", "", "Content-Length: 9")
		for _, piece := range []string{"one", "two", "six"} {
			connection.write(t, piece)
			if got := receive(t, read); got != piece {
				t.Errorf("read %q, want %q", got, piece)
			}
		}
		expectText(t, connection.receive(t, "POST"), 200, "all")
	})
}

func TestSmallReadsTakeAllOfThePieces(t *testing.T) {
	app := New()
	app.Post("/", func(c *Ctx) error {
		var all []byte
		buffer := make([]byte, 3)
		for {
			n, err := c.BodyReader().Read(buffer)
			all = append(all, buffer[:n]...)
			if err == io.EOF {
				return c.Bytes(all)
			}
			if err != nil {
				return err
			}
		}
	}, StreamBody())
	s := serve(t, app)
	for _, body := range []string{"", "1", "123", "1234", strings.Repeat("0123456789", 50_000)} {
		expectText(t, s.do(t, "POST", "/", body), 200, body)
	}
}

func TestEveryWayToReadWorksOnEveryRoute(t *testing.T) {
	app := New()
	type named struct {
		Name string `json:"name"`
	}
	ways := map[string]Handler{
		"reader": func(c *Ctx) error {
			body, err := io.ReadAll(c.BodyReader())
			return errors.Join(err, c.Bytes(body))
		},
		"whole": func(c *Ctx) error {
			body, err := c.ReadBody()
			if again := c.Body(); len(again) > 0 && &again[0] != &body[0] {
				err = errors.New("not the same slice")
			}
			return errors.Join(err, c.Bytes(body))
		},
		"bind": func(c *Ctx) error {
			var in named
			if err := c.Bind(&in); err != nil {
				return err
			}
			return c.JSON(in)
		},
		"mount": FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.ContentLength >= 0 && int(r.ContentLength) != len(body) {
				t.Errorf("%d bytes announced, %d read", r.ContentLength, len(body))
			}
			_, _ = w.Write(body)
		})),
	}
	for name, handler := range ways {
		app.Post("/stream/"+name, handler, StreamBody())
		app.Post("/plain/"+name, handler)
	}
	echo := func(_ *Ctx, in named) (named, error) { return in, nil }
	Post(app, "/stream/typed", echo, StreamBody())
	Post(app, "/plain/typed", echo)
	s := serve(t, app)
	const body = `{"name":"kettle"}`
	for _, kind := range []string{"stream", "plain"} {
		for _, name := range []string{"reader", "whole", "bind", "mount", "typed"} {
			expectText(t, s.do(t, "POST", "/"+kind+"/"+name, body), 200, body)
			connection := s.dial(t)
			connection.beginUpload(t, "/"+kind+"/"+name, fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n",
				len(body), body), chunked, "Content-Type: application/json")
			expectText(t, connection.receive(t, "POST"), 200, body)
			connection.Close()
		}
	}
}

func TestTrailersComeAfterTheContent(t *testing.T) {
	app := New()
	handler := func(c *Ctx) error {
		early := 0
		if c.route.streams {
			early = len(c.Trailers())
		}
		if _, err := io.Copy(io.Discard, c.BodyReader()); err != nil {
			return err
		}
		return c.Text(fmt.Sprint(early, c.Trailers()))
	}
	app.Post("/stream", handler, StreamBody())
	app.Post("/plain", handler)
	s := serve(t, app)
	for _, target := range []string{"/stream", "/plain"} {
		connection := s.dial(t)
		connection.beginUpload(t, target, "2\r\nhi\r\n0\r\nX-Sum: 2\r\nHost: evil\r\nX-B: c d\r\n\r\n",
			chunked)
		expectText(t, connection.receive(t, "POST"), 200, "0 [{X-Sum 2} {X-B c d}]")
		connection.Close()
	}
}

func TestBodyThatFailsIsTheAnswerOfWhoGivesNone(t *testing.T) {
	app := New()
	app.Post("/", func(c *Ctx) error {
		if body := c.Body(); body != nil {
			t.Errorf("%q", body)
		}
		if c.Query("answers") != "" {
			return c.Text("all the same")
		}
		return nil
	}, StreamBody(), RouteLimits{BodyBytesMax: 4})
	s := serve(t, app)
	for target, status := range map[string]int{"/": 413, "/?answers=1": 200} {
		connection := s.dial(t)
		defer connection.Close()
		connection.beginUpload(t, target, "5\r\n12345\r\n0\r\n\r\n", chunked)
		if got := connection.receive(t, "POST"); got.status != status {
			t.Errorf("%s: %+v", target, got)
		}
	}
}

func TestProgressTellsOfTheContent(t *testing.T) {
	app := New()
	handler := func(c *Ctx) error {
		var last, totals int64
		c.OnProgress(func(received, total int64) {
			if received <= last {
				t.Errorf("%d bytes after %d", received, last)
			}
			last, totals = received, total
		})
		var err error
		if c.Query("first") == "reader" {
			_, err = io.Copy(io.Discard, c.BodyReader())
		}
		_, err2 := c.ReadBody()
		_, err3 := io.Copy(io.Discard, c.BodyReader())
		return errors.Join(err, err2, err3, c.Text(fmt.Sprint(last, totals)))
	}
	app.Post("/stream", handler, StreamBody())
	app.Post("/plain", handler)
	s := serve(t, app)
	for _, target := range []string{
		"/stream", "/plain", "/stream?first=reader", "/plain?first=reader",
	} {
		expectText(t, s.do(t, "POST", target, "12345"), 200, "5 5")
	}
	expectText(t, s.do(t, "POST", "/plain", ""), 200, "0 0")
	connection := s.dial(t)
	defer connection.Close()
	connection.beginUpload(t, "/stream", "2\r\nhi\r\n0\r\n\r\n", chunked)
	expectText(t, connection.receive(t, "POST"), 200, "2 -1")
}

func TestNothingIsReadThatNobodyAsksFor(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		goOn := make(chan struct{})
		app.Post("/", func(c *Ctx) error {
			select {
			case <-goOn:
			case <-time.After(patience):
				return errors.New("nobody let the handler go on")
			}
			size, err := io.Copy(io.Discard, c.BodyReader())
			return errors.Join(err, c.Text(fmt.Sprint(size)))
		}, StreamBody(), RouteLimits{BodyBytesMax: 1 << 40})
		connection := serve(t, app).dial(t)
		defer connection.Close()
		const size = 64 << 20
		connection.beginUpload(t, "/", "", fmt.Sprintf("Content-Length: %d", size))
		piece := bytes.Repeat([]byte("x"), 64<<10)
		sent, isHeld := 0, false
		for sent < size {
			if !isHeld {
				connection.SetWriteDeadline(time.Now().Add(time.Second))
			}
			n, err := connection.Write(piece[:min(len(piece), size-sent)])
			sent += n
			if err != nil && !isHeld { // the kernel's buffers are full
				isHeld = true
				connection.SetWriteDeadline(time.Now().Add(patience))
				close(goOn)
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if !isHeld {
			t.Error("the client could send all")
		}
		expectText(t, connection.receive(t, "POST"), 200, fmt.Sprint(size))
	})
}

func TestContinueIsSentByTheFirstRead(t *testing.T) {
	app := New()
	app.Post("/read", func(c *Ctx) error { return c.Bytes(c.Body()) }, StreamBody())
	app.Post("/early", func(c *Ctx) error { return c.Text("no thanks") }, StreamBody())
	s := serve(t, app)
	connection := s.dial(t)
	defer connection.Close()
	connection.beginUpload(t, "/read", "", "Content-Length: 2", "Expect: 100-continue")
	if line, err := connection.reader.ReadString('\n'); err != nil ||
		!strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := connection.reader.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	connection.write(t, "hi")
	expectText(t, connection.receive(t, "POST"), 200, "hi")

	expectText(t, s.do(t, "POST", "/early", "", "Content-Length: 2", "Expect: 100-continue"),
		200, "no thanks")
}

func TestReadFailuresAreAnswered(t *testing.T) {
	app := New(Config{BodyTimeout: 50 * time.Millisecond})
	failures := make(chan error, 1)
	read := func(c *Ctx) error {
		_, err := io.Copy(io.Discard, c.BodyReader())
		if _, again := c.BodyReader().Read(make([]byte, 1)); again != err {
			t.Errorf("then %v", again)
		}
		failures <- err
		return err
	}
	app.Post("/", read, StreamBody(), RouteLimits{BodyBytesMax: 8})
	app.Post("/whole", func(c *Ctx) error {
		_, err := c.ReadBody()
		failures <- err
		if c.Body() != nil {
			t.Error("a content that failed")
		}
		return err
	}, StreamBody(), RouteLimits{BodyBytesMax: 8})
	s := serve(t, app)
	log := logOf(t, func() {
		for _, target := range []string{"/", "/whole"} {
			for _, c := range []struct {
				content string
				status  int
				err     *Error
			}{
				{"4\r\nabcd\r\n5\r\nefghi\r\n0\r\n\r\n", 413, ErrLimit},
				{"4\r\nabcd\r\nx\r\n", 400, ErrProtocol},
				{"4\r\nabcd\r\n", 408, ErrTimeout},
			} {
				connection := s.dial(t)
				connection.beginUpload(t, target, c.content, chunked)
				got := connection.receive(t, "POST")
				if err := receive(t, failures); got.status != c.status || !errors.Is(err, c.err) {
					t.Errorf("%d, %v; want %d, %v", got.status, err, c.status, c.err)
				}
				got.problem(t)
				connection.Close()
			}
		}
	})
	if log != "" {
		t.Errorf("what the client did wrong was logged: %s", log)
	}
}

func TestErrorHandlersSeeReadFailures(t *testing.T) {
	app := New()
	app.OnError(func(c *Ctx, err error) error {
		var problem *HTTPError
		if errors.As(err, &problem) && errors.Is(err, ErrLimit) {
			return c.Text(fmt.Sprint("mapped ", problem.Status))
		}
		return nil
	})
	app.Post("/", func(c *Ctx) error {
		_, err := c.ReadBody()
		return err
	}, StreamBody(), RouteLimits{BodyBytesMax: 2})
	connection := serve(t, app).dial(t)
	defer connection.Close()
	connection.beginUpload(t, "/", "3\r\nabc\r\n0\r\n\r\n", chunked)
	expectText(t, connection.receive(t, "POST"), 413, "mapped 413")
}

func TestALimitOfARouteHoldsWithoutStreaming(t *testing.T) {
	app := New(Config{BodyBytesMax: 4})
	app.Post("/small", func(c *Ctx) error { return c.Bytes(c.Body()) }, RouteLimits{BodyBytesMax: 2})
	app.Post("/large", func(c *Ctx) error { return c.Bytes(c.Body()) }, RouteLimits{BodyBytesMax: 8})
	s := serve(t, app)
	expectText(t, s.do(t, "POST", "/small", "12"), 200, "12")
	expectText(t, s.do(t, "POST", "/large", "12345678"), 200, "12345678")
	for target, body := range map[string]string{"/small": "123", "/large": "123456789"} {
		if got := s.do(t, "POST", target, body); got.status != 413 {
			t.Errorf("%s: %d", target, got.status)
		}
	}
}

func TestAClientThatLeavesEndsTheReading(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		reading, failures := make(chan struct{}), make(chan error, 2)
		app.Post("/", func(c *Ctx) error {
			_, err := io.ReadFull(c.BodyReader(), make([]byte, 3))
			close(reading)
			if err == nil {
				_, err = io.Copy(io.Discard, c.BodyReader())
			}
			failures <- err
			<-c.Done()
			failures <- context.Cause(c)
			return err
		}, StreamBody())
		s := serve(t, app)
		log := logOf(t, func() {
			connection := s.dial(t)
			connection.beginUpload(t, "/", "abc", "Content-Length: 9")
			receive(t, reading)
			connection.Close()
			for range 2 {
				if err := receive(t, failures); !errors.Is(err, ErrGone) {
					t.Errorf("%v", err)
				}
			}
			s.end(t)
		})
		if log != "" {
			t.Errorf("a client that left was logged: %s", log)
		}
	})
}

func TestTwoReadsAtOnceAreAnError(t *testing.T) {
	app := New()
	app.Post("/", func(c *Ctx) error {
		first := make(chan error, 1)
		go func() {
			_, err := c.BodyReader().Read(make([]byte, 10))
			first <- err
		}()
		for {
			c.mu.Lock()
			isReading := c.reader().isBusy
			c.mu.Unlock()
			if isReading {
				break
			}
			select {
			case err := <-first:
				return fmt.Errorf("the first read ended: %w", err)
			default:
			}
		}
		_, second := c.BodyReader().Read(make([]byte, 10))
		if err := c.Text(fmt.Sprint(errors.Is(second, ErrState))); err != nil {
			return err
		}
		return nil // while the first still waits
	}, StreamBody())
	s := serve(t, app)
	connection := s.dial(t)
	defer connection.Close()
	connection.beginUpload(t, "/", "", "Content-Length: 2")
	expectText(t, connection.receive(t, "POST"), 200, "true")
}

func TestAReadOutlivesNoRequest(t *testing.T) {
	app := New()
	kept := make(chan io.Reader, 2)
	failure := make(chan error, 1)
	app.Post("/", func(c *Ctx) error {
		reader := c.BodyReader()
		_, _ = reader.Read(make([]byte, 1)) // the rest stays the engine's
		kept <- reader
		return nil
	}, StreamBody())
	app.Post("/waiting", func(c *Ctx) error {
		go func() {
			_, err := c.BodyReader().Read(make([]byte, 1))
			failure <- err
		}()
		return nil
	}, StreamBody())
	s := serve(t, app)
	s.do(t, "POST", "/", "1234")
	if n, err := receive(t, kept).Read(make([]byte, 4)); n != 0 || !errors.Is(err, ErrStale) {
		t.Errorf("%d, %v", n, err)
	}
	connection := s.dial(t)
	defer connection.Close()
	connection.beginUpload(t, "/waiting", "", "Content-Length: 2")
	if err := receive(t, failure); !errors.Is(err, ErrStale) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsLeftUnreadIsReadPast(t *testing.T) {
	app := New()
	app.Post("/", func(c *Ctx) error { return c.Text("early") }, StreamBody())
	connection := serve(t, app).dial(t)
	defer connection.Close()
	for range 3 {
		connection.send(t, "POST", "/", strings.Repeat("x", 10_000))
		expectText(t, connection.receive(t, "POST"), 200, "early")
	}
}

func TestStreamOptionsAreChecked(t *testing.T) {
	for _, options := range [][]RouteOption{
		{Inline, StreamBody()}, {RouteLimits{BodyBytesMax: -1}},
	} {
		app := New()
		app.Post("/", hello, options...)
		if err := app.Err(); !errors.Is(err, ErrArgument) {
			t.Errorf("%v", err)
		}
		app.Close()
	}
}

func TestManyUploadsAtOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		app.Post("/", func(c *Ctx) error {
			size := 0
			for buffer := make([]byte, 1000); ; {
				n, err := c.BodyReader().Read(buffer)
				for i := range n {
					if buffer[i] != byte(size+i) {
						return fmt.Errorf("byte %d is wrong", size+i)
					}
				}
				if size += n; err == io.EOF {
					return c.Text(fmt.Sprintf("%d of %s", size, c.Query("n")))
				} else if err != nil {
					return err
				}
			}
		}, StreamBody())
		s := serve(t, app)
		content := make([]byte, 300_000)
		for i := range content {
			content[i] = byte(i)
		}
		var clients sync.WaitGroup
		for n := range 20 {
			clients.Add(1)
			go func() {
				defer clients.Done()
				got := s.do(t, "POST", fmt.Sprint("/?n=", n), string(content))
				expectText(t, got, 200, fmt.Sprintf("%d of %d", len(content), n))
			}()
		}
		clients.Wait()
	})
}
