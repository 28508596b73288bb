package main

import (
	"encoding/json"

	"github.com/trivet/trivet/langs/go"
)

// about is what the document says of the app.
var about = trivet.OpenAPI{
	Title: "Conformance", Version: "1.2.3", Description: "What all drivers do.",
	Servers: []trivet.APIServer{{URL: "/", Description: "this one"}},
}

// Item is what the described route takes and gives.
type Item struct {
	Name string `json:"name" validate:"required"`
	ID   int    `json:"-" path:"id"`
}

func openAPIRoutes(app *trivet.App) {
	trivet.Post(app, "/openapi/items/{id:int}", func(_ *trivet.Ctx, in Item) (Item, error) {
		return in, nil
	}, trivet.Status(201), trivet.Summary("Changes an item"))

	app.Get("/openapi/hidden", func(c *trivet.Ctx) error { return c.Text("hidden") }, trivet.Hidden)
}

func (d *driver) answerOpenAPI(c *trivet.Ctx) error {
	document, err := d.app.OpenAPI()
	if err != nil {
		return err
	}
	return c.JSON(json.RawMessage(document))
}
