// The conformance driver of the Go SDK: tests/conformance/README.md describes its routes.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/trivet/trivet/langs/go"
)

func main() {
	port := flag.Int("port", 0, "port to listen on; the kernel chooses for 0")
	engine := flag.String("engine", "auto", "auto, uring or epoll")
	workers := flag.Int("workers", 1, "processes to serve with")
	threads := flag.Int("threads", 1, "loops in each process")
	hasHooks := flag.Bool("hooks", false, "hooks named app on the app")
	mapsErrors := flag.Bool("errors", false, "one handler for every error")
	flag.Parse()
	log.SetFlags(0)

	d := newDriver(trivet.Config{
		Engine: trivet.Engine(*engine), Workers: *workers, Threads: *threads,
	})
	d.app.OnError(errorHandler(*mapsErrors))
	if *hasHooks {
		d.app.Before(before("app"))
		d.app.Around(around("app"))
		d.app.After(after("app"))
	}
	address := os.Getenv("TRIVET_HOST") // a Unix socket
	if address == "" {
		address = fmt.Sprintf("127.0.0.1:%d", *port)
	}
	if err := d.app.Listen(address); err != nil {
		log.Fatalf("driver: %v", err)
	}
}

// ready tells the runner where the driver listens.
func ready(l *trivet.Loop) {
	info, err := l.Info()
	if err != nil {
		log.Fatalf("driver: %v", err)
	}
	fmt.Printf("READY %d\n", info.Port)
}

func stopped(context.Context) error {
	fmt.Println("STOPPED")
	return nil
}
