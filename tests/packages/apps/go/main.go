package main

import (
	"fmt"
	"os"
	"time"

	"github.com/trivet/trivet/langs/go"
)

func newApp() *trivet.App {
	app := trivet.New()
	app.Get("/", func(c *trivet.Ctx) error { return c.Text(fmt.Sprint(os.Getpid())) })
	app.Get("/held", func(c *trivet.Ctx) error {
		if err := os.WriteFile("arrived", nil, 0o600); err != nil {
			return err
		}
		for {
			if _, err := os.Stat("go-on"); err == nil {
				return c.Text("held")
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
	return app
}

func main() {
	if len(os.Args) > 1 {
		fmt.Println(trivet.Version())
		return
	}
	newApp().Run("")
}
