// Content in pieces on Trivet in Go: `trivet_streams_go PORT`.
package main

import (
	"bytes"
	"io"
	"log"
	"os"
	"strconv"

	"github.com/trivet/trivet/langs/go"
)

var piece = bytes.Repeat([]byte("x"), 65536)

func upload(c *trivet.Ctx) error {
	size, err := io.Copy(io.Discard, c.BodyReader())
	if err != nil {
		return err
	}
	return c.Text(strconv.FormatInt(size, 10))
}

func pieces(c *trivet.Ctx) error {
	w, err := c.Stream(200, "application/octet-stream")
	for range c.ParamInt("n") {
		if err != nil {
			break
		}
		_, err = w.Write(piece)
	}
	return err
}

func events(c *trivet.Ctx, out *trivet.Stream) error {
	for number := range c.ParamInt("n") {
		id := strconv.Itoa(number + 1)
		if err := out.Send(trivet.Event{ID: id, Data: "message " + id}); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	app := trivet.New()
	app.Get("/hello", func(c *trivet.Ctx) error { return c.Text("Hello, World!") })
	app.Post("/upload", upload, trivet.StreamBody(), trivet.RouteLimits{BodyBytesMax: 1 << 30})
	app.Get("/pieces/{n:int}", pieces)
	app.SSE("/events/{n:int}", events)
	if err := app.Listen("127.0.0.1:" + os.Args[1]); err != nil {
		log.Fatal(err)
	}
}
