package main

import "github.com/trivet/trivet/langs/go"

// queryInput and what follows are checked: every SDK answers the same to what is wrong with them.
type queryInput struct {
	Limit   int      `json:"limit" query:"limit" validate:"min=1,max=100" default:"20"`
	Ratio   *float64 `json:"ratio" query:"ratio" validate:"lt=1"`
	Verbose bool     `json:"verbose" query:"verbose"`
	Sort    string   `json:"sort" query:"sort" validate:"oneof=asc desc" default:"asc"`
	Tag     []string `json:"tag" query:"tag" validate:"max=2"`
	N       []int    `json:"n" query:"n"`
	Q       *string  `json:"q" query:"q" validate:"min=2"`
}

type headInput struct {
	ID     int    `path:"id" validate:"min=10"`
	Tenant string `header:"x-tenant" validate:"required,max=8,pattern=^[a-z]+$"`
	Level  []int  `header:"x-level"`
	SID    string `cookie:"sid" validate:"required,min=3"`
}

type orderLine struct {
	SKU string `json:"sku" validate:"required,pattern=^[A-Z]{3}-[0-9]+$"`
	Qty int    `json:"qty" validate:"min=1,max=10" default:"1"`
}

type order struct {
	Customer string      `json:"customer" validate:"required,min=2,max=5"`
	Items    []orderLine `json:"items" validate:"required,min=1,max=3"`
	Count    int         `json:"count" validate:"min=-9007199254740991,max=9007199254740991"`
	Weight   float64     `json:"weight" validate:"gt=0" default:"1.5"`
	Priority string      `json:"priority" validate:"oneof=low high" default:"low"`
	Note     *string     `json:"note"`
	Gift     bool        `json:"gift"`
}

type formInput struct {
	Title string   `json:"title" form:"title" validate:"required,min=3"`
	Count int      `json:"count" form:"count" validate:"min=1,max=5" default:"1"`
	Gift  bool     `json:"gift" form:"gift"`
	Tag   []string `json:"tag" form:"tag" validate:"max=2"`
}

type allInput struct {
	ID     int    `path:"id" validate:"min=10"`
	Limit  int    `query:"limit" validate:"required,min=1,max=100"`
	Tenant string `header:"x-tenant" validate:"required,max=8,pattern=^[a-z]+$"`
	SID    string `cookie:"sid" validate:"required,min=3"`
	order
}

func validationRoutes(app *trivet.App) {
	group := app.Group("/v")
	trivet.Get(group, "/query", func(_ *trivet.Ctx, in queryInput) (queryInput, error) {
		in.Tag, in.N = append([]string{}, in.Tag...), append([]int{}, in.N...)
		return in, nil
	})
	trivet.Get(group, "/head/{id:int}", func(_ *trivet.Ctx, in headInput) (trivet.Map, error) {
		level := append([]int{}, in.Level...)
		return trivet.Map{"id": in.ID, "tenant": in.Tenant, "level": level, "sid": in.SID}, nil
	})
	trivet.Post(group, "/orders", func(_ *trivet.Ctx, in order) (order, error) { return in, nil })
	trivet.Post(group, "/form", func(_ *trivet.Ctx, in formInput) (formInput, error) {
		in.Tag = append([]string{}, in.Tag...)
		return in, nil
	})
	trivet.Post(group, "/all/{id:int}", func(_ *trivet.Ctx, in allInput) (trivet.Map, error) {
		return trivet.Map{"id": in.ID, "limit": in.Limit, "tenant": in.Tenant, "sid": in.SID}, nil
	})
}
