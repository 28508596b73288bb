package trivet_test

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/trivet/trivet/langs/go"
)

// The content is read while it arrives, and is never in memory as a whole.
func ExampleStreamBody() {
	send(func(app *trivet.App) {
		app.Post("/digest", func(c *trivet.Ctx) error {
			digest := sha256.New()
			size, err := io.Copy(digest, c.BodyReader())
			if err != nil {
				return err // 413, 408 or 400, as the case may be
			}
			return c.Text(fmt.Sprintf("%d bytes, %x…", size, digest.Sum(nil)[:4]))
		}, trivet.StreamBody(), trivet.RouteLimits{BodyBytesMax: 10 << 30})
	}, "POST", "/digest", "hello")
	// Output: 200 5 bytes, 2cf24dba…
}

func ExampleCtx_BodyReader() {
	send(func(app *trivet.App) {
		app.Post("/lines", func(c *trivet.Ctx) error {
			count, lines := 0, bufio.NewScanner(c.BodyReader())
			for lines.Scan() {
				count++
			}
			if err := lines.Err(); err != nil {
				return err
			}
			return c.JSON(trivet.Map{"lines": count})
		}, trivet.StreamBody())
	}, "POST", "/lines", "one\ntwo\nthree\n")
	// Output: 200 {"lines":3}
}

func ExampleCtx_OnProgress() {
	send(func(app *trivet.App) {
		app.Post("/upload", func(c *trivet.Ctx) error {
			percent := int64(0)
			c.OnProgress(func(received, total int64) { percent = 100 * received / total })
			if _, err := io.Copy(io.Discard, c.BodyReader()); err != nil {
				return err
			}
			return c.Text(fmt.Sprintf("%d %%", percent))
		}, trivet.StreamBody())
	}, "POST", "/upload", "content")
	// Output: 200 100 %
}

func ExampleCtx_Stream() {
	send(func(app *trivet.App) {
		app.Get("/count", func(c *trivet.Ctx) error {
			w, err := c.Stream(200, "text/plain")
			if err != nil {
				return err
			}
			for n := range 3 {
				if _, err := fmt.Fprintf(w, "%d ", n+1); err != nil {
					return err // the client has left
				}
			}
			return w.SetTrailer("X-Numbers", "3")
		})
	}, "GET", "/count", "")
	// Output: 200 1 2 3
}

func ExampleStreamLength() {
	send(func(app *trivet.App) {
		app.Get("/file", func(c *trivet.Ctx) error {
			file := strings.NewReader("what is in it")
			w, err := c.Stream(200, "text/plain", trivet.StreamLength(file.Size()))
			if err != nil {
				return err
			}
			_, err = io.Copy(w, file)
			return err
		})
	}, "GET", "/file", "")
	// Output: 200 what is in it
}

func ExampleCtx_NDJSON() {
	type user struct {
		Name string `json:"name"`
	}
	send(func(app *trivet.App) {
		app.Get("/users", func(c *trivet.Ctx) error {
			return c.NDJSON(trivet.Values(slices.Values([]user{{"ann"}, {"bob"}})))
		})
	}, "GET", "/users", "")
	// Output: 200 {"name":"ann"} {"name":"bob"}
}
