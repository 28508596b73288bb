// Content in pieces on fasthttp: `fasthttp_streams PORT`. GOMAXPROCS=1 from the runner.
package main

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"
)

var piece = bytes.Repeat([]byte("x"), 65536)

func upload(c *fasthttp.RequestCtx) {
	size, err := io.Copy(io.Discard, c.RequestBodyStream())
	if err != nil {
		c.SetStatusCode(fasthttp.StatusBadRequest)
		return
	}
	c.SetContentType("text/plain; charset=utf-8")
	c.SetBodyString(strconv.FormatInt(size, 10))
}

func writePieces(w *bufio.Writer, count int) {
	for range count {
		if _, err := w.Write(piece); err != nil {
			return
		}
		if w.Flush() != nil {
			return
		}
	}
}

func writeEvents(w *bufio.Writer, count int) {
	event := make([]byte, 0, 96)
	for number := int64(1); number <= int64(count); number++ {
		event = append(event[:0], "id: "...)
		event = strconv.AppendInt(event, number, 10)
		event = append(event, "\ndata: message "...)
		event = strconv.AppendInt(event, number, 10)
		event = append(event, "\n\n"...)
		if _, err := w.Write(event); err != nil {
			return
		}
		if w.Flush() != nil { // an event is to leave when it is there
			return
		}
	}
}

func handle(c *fasthttp.RequestCtx) {
	what, last, _ := strings.Cut(strings.TrimPrefix(string(c.Path()), "/"), "/")
	count, _ := strconv.Atoi(last)
	switch what {
	case "upload":
		upload(c)
	case "pieces":
		c.SetContentType("application/octet-stream")
		c.SetBodyStreamWriter(func(w *bufio.Writer) { writePieces(w, count) })
	case "events":
		c.SetContentType("text/event-stream")
		c.SetBodyStreamWriter(func(w *bufio.Writer) { writeEvents(w, count) })
	default:
		c.SetStatusCode(fasthttp.StatusNotFound)
	}
}

func main() {
	server := fasthttp.Server{
		Handler: handle, StreamRequestBody: true, MaxRequestBodySize: 1 << 30,
	}
	log.Fatal(server.ListenAndServe("127.0.0.1:" + os.Args[1]))
}
