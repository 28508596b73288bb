// Hello on Fiber v2, as its documentation writes it. One process, GOMAXPROCS=1 from the runner.
package main

import (
	"log"
	"os"

	"github.com/gofiber/fiber/v2"
)

func main() {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/hello", func(c *fiber.Ctx) error {
		return c.SendString("Hello, World!")
	})
	log.Fatal(app.Listen("127.0.0.1:" + os.Args[1]))
}
