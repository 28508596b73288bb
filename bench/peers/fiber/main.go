// Fiber v2, as its documentation writes it: hello and what the arena scenarios ask for.
// `fiber PORT`; one process, GOMAXPROCS=1 from the runner.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/url"
	"os"
	"strconv"

	"github.com/gofiber/fiber/v2"
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

func main() {
	var dataset []item
	text, err := os.ReadFile(os.Getenv("BENCH_DATASET"))
	if err == nil {
		err = json.Unmarshal(text, &dataset)
	}
	if err != nil {
		log.Fatal(err)
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true, BodyLimit: 32 << 20})
	app.Get("/hello", func(c *fiber.Ctx) error { return c.SendString("Hello, World!") })
	app.Get("/pipeline", func(c *fiber.Ctx) error { return c.SendString("ok") })
	app.Get("/baseline11", func(c *fiber.Ctx) error {
		return c.SendString(strconv.Itoa(c.QueryInt("a") + c.QueryInt("b")))
	})
	app.Post("/baseline11", func(c *fiber.Ctx) error {
		number, err := strconv.Atoi(string(c.Body()))
		if err != nil {
			return fiber.ErrBadRequest
		}
		return c.SendString(strconv.Itoa(c.QueryInt("a") + c.QueryInt("b") + number))
	})
	app.Get("/json/:count", func(c *fiber.Ctx) error {
		count, err := c.ParamsInt("count")
		if err != nil || count < 0 || count > len(dataset) {
			return fiber.ErrBadRequest
		}
		m := c.QueryInt("m")
		items := make([]soldItem, count)
		for i := range items {
			items[i] = soldItem{dataset[i], dataset[i].Price * dataset[i].Quantity * m}
		}
		return c.JSON(fiber.Map{"items": items, "count": count})
	})
	app.Post("/upload", func(c *fiber.Ctx) error {
		return c.SendString(strconv.Itoa(len(c.Body())))
	})
	app.Post("/form", func(c *fiber.Ctx) error {
		fields, err := url.ParseQuery(string(c.Body()))
		if err != nil {
			return fiber.ErrBadRequest
		}
		return c.SendString(fmt.Sprintf("%d %s", len(fields), fields.Get("last")))
	})
	app.Get("/cookies", func(c *fiber.Ctx) error { return c.SendString(c.Cookies("session")) })
	log.Fatal(app.Listen("127.0.0.1:" + os.Args[1]))
}
