// A folder on Trivet in Go: `static_go FOLDER PORT`.
package main

import (
	"log"
	"os"

	"github.com/trivet/trivet/langs/go"
)

func main() {
	app := trivet.New()
	app.Static("/files", os.Args[1])
	if err := app.Listen("127.0.0.1:" + os.Args[2]); err != nil {
		log.Fatal(err)
	}
}
