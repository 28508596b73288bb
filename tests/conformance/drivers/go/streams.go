package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/trivet/trivet/langs/go"
)

const streamPieceBytes = 16 << 10

// streamRoutes registers what reads and writes content in pieces.
func streamRoutes(app *trivet.App) {
	app.Post("/stream/echo", answerStreamEcho, trivet.StreamBody())
	app.Post("/stream/count", answerStreamCount, trivet.StreamBody(), trivet.RouteLimits{BodyBytesMax: 1 << 40})
	app.Post("/stream/small", answerStreamCount, trivet.StreamBody(), trivet.RouteLimits{BodyBytesMax: 16})
	app.Post("/stream/early", func(c *trivet.Ctx) error { return c.Text("early") },
		trivet.StreamBody())
	app.Get("/stream/pieces/{n:int}", answerStreamPieces)
	app.Get("/stream/bytes/{n:int}", answerStreamBytes)
	app.Get("/stream/broken", answerStreamBroken)
}

func answerStreamEcho(c *trivet.Ctx) error {
	w, err := c.Stream(200, "application/octet-stream")
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, c.BodyReader()); err != nil {
		return err
	}
	for _, field := range c.Trailers() {
		if err := w.SetTrailer(field.Name, field.Value); err != nil {
			return err
		}
	}
	return nil
}

func answerStreamCount(c *trivet.Ctx) error {
	digest := sha256.New()
	size, err := io.Copy(digest, c.BodyReader())
	if err != nil {
		return err
	}
	trailers := [][2]string{}
	for _, field := range c.Trailers() {
		trailers = append(trailers, [2]string{field.Name, field.Value})
	}
	return c.JSON(trivet.Map{
		"bytes": size, "sha256": hex.EncodeToString(digest.Sum(nil)), "trailers": trailers,
	})
}

func answerStreamPieces(c *trivet.Ctx) error {
	w, err := c.Stream(200, "application/octet-stream")
	if err != nil {
		return err
	}
	count := c.ParamInt("n")
	if err := w.SetTrailer("x-pieces", strconv.Itoa(count)); err != nil {
		return err
	}
	for n := 1; n <= count && !w.Discards(); n++ {
		if _, err := fmt.Fprintf(w, "piece %d\n", n); err != nil {
			return err
		}
	}
	return nil
}

func answerStreamBytes(c *trivet.Ctx) error {
	left := c.ParamInt("n")
	w, err := c.Stream(200, "application/octet-stream", trivet.StreamLength(int64(left)))
	if err != nil {
		return err
	}
	for piece := bytes.Repeat([]byte("x"), streamPieceBytes); left > 0 && !w.Discards(); {
		n, err := w.Write(piece[:min(left, len(piece))])
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

func answerStreamBroken(c *trivet.Ctx) error {
	w, err := c.Stream(200, "application/octet-stream")
	if err != nil {
		return err
	}
	if _, err := w.WriteString("half of it"); err != nil {
		return err
	}
	return errors.New("the handler failed in the middle")
}

// answerStreamOrder tells what calls give that come too early or twice, in an answer in pieces.
func answerStreamOrder(c *trivet.Ctx) error {
	var none trivet.StreamWriter
	_, writeFirst := none.WriteString("x")
	endFirst := none.Close()
	_, read := io.ReadAll(c.BodyReader())
	w, begin := c.Stream(200, "application/json")
	if begin != nil {
		return begin
	}
	_, beginTwice := c.Stream(200, "application/json")
	whole := c.Text("x")
	trailer := w.SetTrailer("Content-Length", "1")
	_, err := fmt.Fprintf(w, `{"write_first":%q,"end_first":%q,"read":%q,"begin":%q,`+
		`"begin_twice":%q,"whole":%q,"trailer":%q}`, statusOf(writeFirst), statusOf(endFirst),
		statusOf(read), statusOf(begin), statusOf(beginTwice), statusOf(whole), statusOf(trailer))
	return err
}

// statusOf names the status of an error.
func statusOf(err error) string {
	if code, ok := codeOf(err).(string); ok {
		return code
	}
	return trivet.StatusName(0)
}
