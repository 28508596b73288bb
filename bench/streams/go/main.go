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

func events(c *trivet.Ctx) error {
	w, err := c.Stream(200, "text/event-stream")
	event := make([]byte, 0, 96)
	for number := 1; number <= c.ParamInt("n") && err == nil; number++ {
		event = append(event[:0], "id: "...)
		event = strconv.AppendInt(event, int64(number), 10)
		event = append(event, "\ndata: message "...)
		event = strconv.AppendInt(event, int64(number), 10)
		event = append(event, "\n\n"...)
		_, err = w.Write(event)
	}
	return err
}

func main() {
	app := trivet.New()
	app.Get("/hello", func(c *trivet.Ctx) error { return c.Text("Hello, World!") })
	app.Post("/upload", upload, trivet.StreamBody(), trivet.RouteLimits{BodyBytesMax: 1 << 30})
	app.Get("/pieces/{n:int}", pieces)
	app.Get("/events/{n:int}", events)
	if err := app.Listen("127.0.0.1:" + os.Args[1]); err != nil {
		log.Fatal(err)
	}
}
