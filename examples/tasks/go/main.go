// The tasks demo in Go: a small API and the page that uses it.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

func main() {
	port := flag.Int("port", 8000, "port to listen on")
	page := flag.String("page", "../page/index.html", "the HTML page; live.html lies beside it")
	flag.Parse()
	log.SetFlags(0)

	pages := pages{
		index: read(*page),
		live:  read(filepath.Join(filepath.Dir(*page), "live.html")),
	}
	tasks := &store{}
	tasks.add("Light the fire", true)
	tasks.add("Put the pot on the trivet", false)
	app, err := newApp(pages, tasks)
	if err != nil {
		log.Fatalf("tasks: %v", err)
	}
	if err := app.Listen(fmt.Sprintf("127.0.0.1:%d", *port)); err != nil {
		log.Fatalf("tasks: %v", err)
	}
}

func read(page string) string {
	html, err := os.ReadFile(page)
	if err != nil {
		log.Fatalf("tasks: the page cannot be read: %v", err)
	}
	return string(html)
}
