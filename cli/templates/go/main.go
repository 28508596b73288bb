// An HTTP app on Trivet.
package main

import (
	"github.com/trivet/trivet/langs/go"
)

func newApp() *trivet.App {
	app := trivet.New()
	app.Get("/", func(c *trivet.Ctx) error {
		next, err := app.URL("greet", trivet.Params{"name": "you"})
		if err != nil {
			return err
		}
		return c.JSON(trivet.Map{"hello": "world", "next": next})
	})
	app.Get("/hello/{name}", func(c *trivet.Ctx) error {
		return c.JSON(trivet.Map{"hello": c.Param("name")})
	}, trivet.Name("greet"))
	return app
}

func main() {
	newApp().Run("")
}
