// Fiber v2 with go-playground/validator, as their documentation writes it: an order. `fiber_orders
// PORT`; one process, GOMAXPROCS=1 from the runner.
package main

import (
	"log"
	"os"
	"regexp"

	"github.com/go-playground/validator/v10"
	"github.com/gofiber/fiber/v2"
)

type line struct {
	SKU      string  `json:"sku" validate:"required,min=1,max=32"`
	Quantity int     `json:"quantity" validate:"required,min=1,max=1000"`
	Price    float64 `json:"price" validate:"min=0"`
}

type order struct {
	Reference string  `json:"reference" validate:"required,reference"`
	Customer  string  `json:"customer" validate:"required,min=1,max=100"`
	Street    string  `json:"street" validate:"required,min=1,max=200"`
	City      string  `json:"city" validate:"required,min=1,max=100"`
	Currency  string  `json:"currency" validate:"required,oneof=EUR USD GBP"`
	Priority  int     `json:"priority" validate:"required,min=1,max=5"`
	Express   bool    `json:"express"`
	Discount  float64 `json:"discount" validate:"min=0,max=1"`
	Note      *string `json:"note" validate:"omitempty,max=500"`
	Lines     []line  `json:"lines" validate:"required,min=1,max=100,dive"`
}

type receipt struct {
	Reference string `json:"reference"`
	Lines     int    `json:"lines"`
	Quantity  int    `json:"quantity"`
}

func main() {
	pattern := regexp.MustCompile(`^[A-Z]{3}-[0-9]{4}$`)
	validate := validator.New(validator.WithRequiredStructEnabled())
	err := validate.RegisterValidation("reference", func(field validator.FieldLevel) bool {
		return pattern.MatchString(field.Field().String())
	})
	if err != nil {
		log.Fatal(err)
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Post("/orders", func(c *fiber.Ctx) error {
		var in order
		if err := c.BodyParser(&in); err != nil {
			return fiber.ErrBadRequest
		}
		if err := validate.Struct(&in); err != nil {
			return fiber.NewError(fiber.StatusUnprocessableEntity, err.Error())
		}
		quantity := 0
		for _, line := range in.Lines {
			quantity += line.Quantity
		}
		return c.JSON(receipt{in.Reference, len(in.Lines), quantity})
	})
	log.Fatal(app.Listen("127.0.0.1:" + os.Args[1]))
}
