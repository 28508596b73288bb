// Validated JSON on Trivet in Go: `trivet_orders_go inline|goroutine PORT`.
package main

import (
	"log"
	"os"

	"github.com/trivet/trivet/langs/go"
)

type line struct {
	SKU      string  `json:"sku" validate:"required,min=1,max=32"`
	Quantity int     `json:"quantity" validate:"required,min=1,max=1000"`
	Price    float64 `json:"price" validate:"required,min=0"`
}

type order struct {
	Reference string  `json:"reference" validate:"required,pattern=^[A-Z]{3}-[0-9]{4}$"`
	Customer  string  `json:"customer" validate:"required,min=1,max=100"`
	Street    string  `json:"street" validate:"required,min=1,max=200"`
	City      string  `json:"city" validate:"required,min=1,max=100"`
	Currency  string  `json:"currency" validate:"required,oneof=EUR USD GBP"`
	Priority  int     `json:"priority" validate:"required,min=1,max=5"`
	Express   bool    `json:"express" validate:"required"`
	Discount  float64 `json:"discount" validate:"min=0,max=1" default:"0"`
	Note      *string `json:"note" validate:"omitempty,max=500"`
	Lines     []line  `json:"lines" validate:"required,min=1,max=100"`
}

type receipt struct {
	Reference string `json:"reference"`
	Lines     int    `json:"lines"`
	Quantity  int    `json:"quantity"`
}

func create(_ *trivet.Ctx, in order) (receipt, error) {
	quantity := 0
	for _, line := range in.Lines {
		quantity += line.Quantity
	}
	return receipt{in.Reference, len(in.Lines), quantity}, nil
}

func main() {
	app := trivet.New()
	app.Get("/hello", func(c *trivet.Ctx) error { return c.Text("Hello, World!") })
	if os.Args[1] == "inline" {
		trivet.Post(app, "/orders", create, trivet.Inline)
	} else {
		trivet.Post(app, "/orders", create)
	}
	if err := app.Listen("127.0.0.1:" + os.Args[2]); err != nil {
		log.Fatal(err)
	}
}
