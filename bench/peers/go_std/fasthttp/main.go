// Hello on fasthttp: `fasthttp PORT`. One process, GOMAXPROCS=1 from the runner.
package main

import (
	"log"
	"os"

	"github.com/valyala/fasthttp"
)

func handle(c *fasthttp.RequestCtx) {
	if !c.IsGet() || string(c.Path()) != "/hello" {
		c.SetStatusCode(fasthttp.StatusNotFound)
		return
	}
	c.SetContentType("text/plain; charset=utf-8")
	c.SetBodyString("Hello, World!")
}

func main() {
	log.Fatal(fasthttp.ListenAndServe("127.0.0.1:"+os.Args[1], handle))
}
