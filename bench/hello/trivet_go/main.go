// Hello on Trivet in Go: `trivet_go inline|goroutine PORT`.
package main

import (
	"log"
	"os"

	"github.com/trivet/trivet/langs/go"
)

func hello(c *trivet.Ctx) error {
	return c.Text("Hello, World!")
}

func main() {
	app := trivet.New()
	if os.Args[1] == "inline" {
		app.Get("/hello", hello, trivet.Inline)
	} else {
		app.Get("/hello", hello)
	}
	if err := app.Listen("127.0.0.1:" + os.Args[2]); err != nil {
		log.Fatal(err)
	}
}
