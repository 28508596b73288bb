// The conformance driver of the Go SDK: tests/conformance/start describes its routes.
package main

import (
	"flag"
	"fmt"
	"log"

	"github.com/trivet/trivet/langs/go"
)

func main() {
	port := flag.Int("port", 0, "port to listen on; the kernel chooses for 0")
	engine := flag.String("engine", "auto", "auto, uring or epoll")
	flag.Parse()
	log.SetFlags(0)

	d := newDriver(trivet.Engine(*engine))
	if err := d.app.Listen(fmt.Sprintf("127.0.0.1:%d", *port)); err != nil {
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
