// The arena's endpoints on Trivet in Go: `trivet_arena_go inline|goroutine PORT`.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/trivet/trivet/langs/go"
)

type item struct {
	ID       int      `json:"id"`
	Name     string   `json:"name"`
	Category string   `json:"category"`
	Price    int      `json:"price"`
	Quantity int      `json:"quantity"`
	Active   bool     `json:"active"`
	Tags     []string `json:"tags"`
	Rating   struct {
		Score int `json:"score"`
		Count int `json:"count"`
	} `json:"rating"`
}

type soldItem struct {
	item
	Total int `json:"total"`
}

var dataset []item

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return value
}

func baseline(c *trivet.Ctx) error {
	return c.Text(strconv.Itoa(number(c.Query("a")) + number(c.Query("b"))))
}

func baselinePost(c *trivet.Ctx) error {
	sum := number(c.Query("a")) + number(c.Query("b")) + number(string(c.Body()))
	return c.Text(strconv.Itoa(sum))
}

func items(c *trivet.Ctx) error {
	count, m := c.ParamInt("count"), number(c.Query("m"))
	if count < 0 || count > len(dataset) {
		return c.Problem(404, "there are fewer items")
	}
	sold := make([]soldItem, count)
	for i := range sold {
		sold[i] = soldItem{dataset[i], dataset[i].Price * dataset[i].Quantity * m}
	}
	return c.JSON(trivet.Map{"items": sold, "count": count})
}

func form(c *trivet.Ctx) error {
	fields, err := url.ParseQuery(string(c.Body()))
	if err != nil {
		return c.Problem(400, "no form")
	}
	return c.Text(fmt.Sprintf("%d %s", len(fields), fields.Get("last")))
}

func reads(c *trivet.Ctx) error {
	var content struct {
		N int `json:"n"`
	}
	size, text := len(c.Body()), string(c.Body())
	if err := c.Bind(&content); err != nil {
		return err
	}
	return c.Text(fmt.Sprintf("%d %d %d", size, len(text), content.N))
}

func main() {
	text, err := os.ReadFile(os.Getenv("BENCH_DATASET"))
	if err == nil {
		err = json.Unmarshal(text, &dataset)
	}
	if err != nil {
		log.Fatal(err)
	}
	var options []trivet.RouteOption
	if os.Args[1] == "inline" {
		options = append(options, trivet.Inline)
	}
	app := trivet.New(trivet.Config{BodyBytesMax: 32 << 20})
	app.Get("/hello", func(c *trivet.Ctx) error { return c.Text("Hello, World!") }, options...)
	app.Get("/pipeline", func(c *trivet.Ctx) error { return c.Text("ok") }, options...)
	app.Get("/baseline11", baseline, options...)
	app.Post("/baseline11", baselinePost, options...)
	app.Get("/json/{count:int}", items, options...)
	app.Post("/upload", func(c *trivet.Ctx) error {
		return c.Text(strconv.Itoa(len(c.Body())))
	}, options...)
	app.Get("/delay/{ms:int}", func(c *trivet.Ctx) error {
		time.Sleep(time.Duration(c.ParamInt("ms")) * time.Millisecond)
		return c.Text("ok")
	})
	app.Post("/form", form, options...)
	app.Post("/reads", reads, options...)
	app.Get("/cookies", func(c *trivet.Ctx) error {
		return c.Text(c.Cookie("session"))
	}, options...)
	if err := app.Listen("127.0.0.1:" + os.Args[2]); err != nil {
		log.Fatal(err)
	}
}
