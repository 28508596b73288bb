package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/trivet/trivet/langs/go"
)

// trial asks an app for tests over a connection without a port.
func trial(ask func(app *trivet.App, conn net.Conn) error) error {
	app := trivet.New()
	app.Get("/hello", func(c *trivet.Ctx) error { return c.Text("Hello, World!") })
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- app.ServeTest(ctx, func() { close(ready) }, nil) }()
	select {
	case <-ready:
	case err := <-done:
		return errors.Join(err, app.Close())
	}
	conn, err := app.Inject()
	if err == nil {
		err = errors.Join(ask(app, conn), conn.Close())
	}
	cancel()
	return errors.Join(err, <-done, app.Close())
}

// askHello sends a request and reads its answer.
func askHello(conn net.Conn) (status int, body string, err error) {
	request, err := http.NewRequest("GET", "http://a/hello", nil)
	if err != nil {
		return 0, "", err
	}
	if err := request.Write(conn); err != nil {
		return 0, "", err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	return response.StatusCode, string(read), err
}

func (d *driver) answerInject(c *trivet.Ctx) error {
	told := trivet.Map{}
	err := trial(func(_ *trivet.App, conn net.Conn) (err error) {
		told["status"], told["body"], err = askHello(conn)
		return err
	})
	if err != nil {
		return err
	}
	_, err = d.app.Inject()
	told["here"] = codeOf(err)
	return c.JSON(told)
}

func (d *driver) answerAdvance(c *trivet.Ctx) error {
	isClosed := false
	err := trial(func(app *trivet.App, conn net.Conn) error {
		if _, _, err := askHello(conn); err != nil {
			return err
		}
		if err := app.Advance(80 * time.Second); err != nil {
			return err
		}
		_, err := conn.Read(make([]byte, 1))
		isClosed = errors.Is(err, io.EOF)
		return nil
	})
	if err != nil {
		return err
	}
	return c.JSON(trivet.Map{"closed": isClosed, "here": codeOf(d.app.Advance(time.Millisecond))})
}
