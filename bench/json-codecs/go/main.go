// What JSON costs in Go: `codecs DOCUMENTS SECONDS` prints nanoseconds a document as JSON. What Trivet
// calls is measured inside its package, by TestJSONCost.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"
	"strconv"
	"syscall"

	"github.com/bytedance/sonic"
	gojson "github.com/goccy/go-json"
)

type small struct {
	Message string `json:"message"`
}

type line struct {
	SKU      string  `json:"sku"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"price"`
}

type order struct {
	Reference string  `json:"reference"`
	Customer  string  `json:"customer"`
	Street    string  `json:"street"`
	City      string  `json:"city"`
	Currency  string  `json:"currency"`
	Priority  int     `json:"priority"`
	Express   bool    `json:"express"`
	Discount  float64 `json:"discount"`
	Note      *string `json:"note"`
	Lines     []line  `json:"lines"`
}

type item struct {
	ID       int      `json:"id"`
	Name     string   `json:"name"`
	Category string   `json:"category"`
	Price    int      `json:"price"`
	Quantity int      `json:"quantity"`
	Active   bool     `json:"active"`
	Tags     []string `json:"tags"`
	Rating   struct {
		Score int `json:"score"`
		Count int `json:"count"`
	} `json:"rating"`
}

type codec struct {
	name   string
	encode func(any) ([]byte, error)
	decode func([]byte, any) error
}

var codecs = []codec{
	{"encoding/json", json.Marshal, json.Unmarshal},
	{"sonic", sonic.Marshal, sonic.Unmarshal},
	{"go-json", gojson.Marshal, gojson.Unmarshal},
}

func spent() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

// cost is CPU nanoseconds a call, over about that many seconds, with what the collector takes.
func cost(seconds float64, call func() error) float64 {
	for count := 1; ; {
		begin := spent()
		for range count {
			if err := call(); err != nil {
				log.Fatal(err)
			}
		}
		took := spent() - begin
		if float64(took) >= seconds*1e9 {
			return float64(took) / float64(count)
		}
		count = max(count*2, int(float64(count)*seconds*1.1e9/float64(max(took, 1))))
	}
}

func main() {
	seconds, err := strconv.ParseFloat(os.Args[2], 64)
	if err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var documents map[string]json.RawMessage
	if err := json.Unmarshal(text, &documents); err != nil {
		log.Fatal(err)
	}
	shapes := map[string]any{"small": small{}, "order": order{}, "items": []item{}}
	result := [][]any{}
	for name, shape := range shapes {
		text := documents[name]
		fresh := func() any { return reflect.New(reflect.TypeOf(shape)).Interface() }
		want := fresh()
		if err := json.Unmarshal(text, want); err != nil {
			log.Fatal(err)
		}
		for _, codec := range codecs {
			got := fresh()
			if err := codec.decode(text, got); err != nil || !reflect.DeepEqual(got, want) {
				log.Fatalf("%s decodes %s wrongly: %v", codec.name, name, err)
			}
			result = append(result,
				[]any{name, codec.name, "encode", cost(seconds, func() error {
					_, err := codec.encode(want)
					return err
				})},
				[]any{name, codec.name, "decode", cost(seconds, func() error {
					return codec.decode(text, fresh())
				})})
		}
	}
	line, err := json.Marshal(result)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}
