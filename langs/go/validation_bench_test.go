package trivet

import (
	"encoding/json"
	"reflect"
	"testing"
)

type benchItem struct {
	SKU   string  `json:"sku" validate:"required,max=20"`
	Qty   int     `json:"qty" validate:"min=1,max=1000"`
	Price float64 `json:"price" validate:"gt=0"`
}

type benchOrder struct {
	ID       string      `json:"id" validate:"required,uuid"`
	Email    string      `json:"email" validate:"required,email"`
	Name     string      `json:"name" validate:"required,min=2,max=80"`
	Age      int         `json:"age" validate:"gte=18,lte=150"`
	Active   bool        `json:"active"`
	Currency string      `json:"currency" validate:"required,oneof=EUR USD GBP"`
	Total    float64     `json:"total" validate:"gt=0"`
	Tags     []string    `json:"tags" validate:"max=5,dive,min=2"`
	Note     *string     `json:"note" validate:"omitempty,max=200"`
	Items    []benchItem `json:"items" validate:"min=1,max=100,dive"`
}

const benchBody = `{"id":"0194fdc2-fa2f-4cc0-81d3-ff12045b73c8","email":"ann@example.com",` +
	`"name":"Ann Smith","age":33,"active":true,"currency":"EUR","total":99.5,"tags":["new","red"],` +
	`"note":"ring twice","items":[{"sku":"A-1","qty":2,"price":10.5},{"sku":"B-2","qty":1,"price":20},` +
	`{"sku":"C-3","qty":5,"price":3.25}]}`

// BenchmarkValidatedBody decodes and checks ten fields and a list.
func BenchmarkValidatedBody(b *testing.B) {
	v, err := valueOf(reflect.TypeFor[benchOrder]())
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(benchBody)
	b.ReportAllocs()
	for b.Loop() {
		var in benchOrder
		var w wrongs
		if err := v.decodeBody(codec{}, body, reflect.ValueOf(&in).Elem(), &w); err != nil || w.total > 0 {
			b.Fatal(err, w)
		}
	}
}

// BenchmarkCheck is the part of it that looks at the rules.
func BenchmarkCheck(b *testing.B) {
	v, err := valueOf(reflect.TypeFor[benchOrder]())
	if err != nil {
		b.Fatal(err)
	}
	var in benchOrder
	if err := json.Unmarshal([]byte(benchBody), &in); err != nil {
		b.Fatal(err)
	}
	got := reflect.ValueOf(&in).Elem()
	b.ReportAllocs()
	for b.Loop() {
		if v.check(got, true) != isGood {
			b.Fatal("it is wrong")
		}
	}
}
