package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/trivet/trivet/langs/go"
)

func answerRows(c *trivet.Ctx) error {
	var text strings.Builder
	for n := range c.ParamInt("n") {
		fmt.Fprintf(&text, "row %d\n", n+1)
	}
	return c.Text(text.String())
}

func answerTextPieces(c *trivet.Ctx) error {
	w, err := c.Stream(200, "text/plain")
	if err != nil {
		return err
	}
	count := c.ParamInt("n")
	if err := w.SetTrailer("x-pieces", strconv.Itoa(count)); err != nil {
		return err
	}
	for n := range count {
		if _, err := fmt.Fprintf(w, "piece %d\n", n+1); err != nil {
			return err
		}
	}
	return nil
}

func answerLong(fields ...[2]string) trivet.Handler {
	return func(c *trivet.Ctx) error {
		for _, field := range fields {
			if err := c.SetHeader(field[0], field[1]); err != nil {
				return err
			}
		}
		return c.Text(strings.Repeat("x", 2000))
	}
}

// compressRoutes registers answers that middleware encodes and tags.
func compressRoutes(app *trivet.App) {
	group := app.Group("/z", trivet.Compress(trivet.CompressOptions{}),
		trivet.ETag(trivet.ETagOptions{}))
	group.Route([]string{"GET", "POST"}, "/rows/{n:int}", answerRows)
	group.Get("/own", answerLong([2]string{"ETag", `"v1"`}, [2]string{"Vary", "Accept"},
		[2]string{"Cache-Control", "max-age=60"}))
	group.Get("/final", answerLong([2]string{"Content-Encoding", "identity"}))
	group.Get("/pieces/{n:int}", answerTextPieces)
	group.Get("/bytes/{n:int}", answerStreamBytes)
	group.SSE("/events", answerEvents)
	group.SSE("/events/coded", answerEvents, trivet.Compress(trivet.CompressOptions{
		Types: []string{"default", "text/event-stream"},
	}))
	off := group.Group("/off", trivet.Compress(trivet.CompressOptions{Off: true}),
		trivet.ETag(trivet.ETagOptions{Off: true}))
	off.Get("/rows/{n:int}", answerRows)
	strong := group.Group("/strong", trivet.Compress(trivet.CompressOptions{
		Codings: []string{"gzip", "br"}, MinBytes: 1, GzipLevel: 9, BrLevel: 5,
		Types: []string{"text/plain"},
	}), trivet.ETag(trivet.ETagOptions{Strong: true}))
	strong.Get("/rows/{n:int}", answerRows)
}
