// The tasks demo in Go: a small API and the page that uses it.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
)

func main() {
	port := flag.Int("port", 8000, "port to listen on")
	page := flag.String("page", "../page/index.html", "the HTML page")
	flag.Parse()
	log.SetFlags(0)

	html, err := os.ReadFile(*page)
	if err != nil {
		log.Fatalf("tasks: the page cannot be read: %v", err)
	}
	tasks := &store{}
	tasks.add("Light the fire", true)
	tasks.add("Put the pot on the trivet", false)
	app := newApp(string(html), tasks)
	if err := app.Listen(fmt.Sprintf("127.0.0.1:%d", *port)); err != nil {
		log.Fatalf("tasks: %v", err)
	}
}
