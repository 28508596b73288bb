package trivet

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"syscall"
	"testing"
)

type costSmall struct {
	Message string `json:"message"`
}

type costLine struct {
	SKU      string  `json:"sku"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"price"`
}

type costOrder struct {
	Reference string     `json:"reference"`
	Customer  string     `json:"customer"`
	Street    string     `json:"street"`
	City      string     `json:"city"`
	Currency  string     `json:"currency"`
	Priority  int        `json:"priority"`
	Express   bool       `json:"express"`
	Discount  float64    `json:"discount"`
	Note      *string    `json:"note"`
	Lines     []costLine `json:"lines"`
}

type costItem struct {
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

// TestJSONCost prints CPU nanoseconds a document for bench/json_codecs, which says where the documents
// are and for how many seconds each is read and written; nobody else runs it.
func TestJSONCost(t *testing.T) {
	documents, seconds := os.Getenv("TRIVET_JSON_DOCUMENTS"), os.Getenv("TRIVET_JSON_SECONDS")
	if documents == "" {
		t.Skip("a part of bench/json_codecs")
	}
	text, err := os.ReadFile(documents)
	if err != nil {
		t.Fatal(err)
	}
	var bodies map[string]json.RawMessage
	if err := json.Unmarshal(text, &bodies); err != nil {
		t.Fatal(err)
	}
	least, err := strconv.ParseFloat(seconds, 64)
	if err != nil {
		t.Fatal(err)
	}
	rows := costOf[costSmall](t, "small", bodies["small"], least)
	rows = append(rows, costOf[costOrder](t, "order", bodies["order"], least)...)
	rows = append(rows, costOf[[]costItem](t, "items", bodies["items"], least)...)
	line, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(string(line))
}

func costOf[T any](t *testing.T, name string, body []byte, seconds float64) [][]any {
	v, err := valueOf(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	if !expectSame[T](t, body) {
		t.Errorf("%s is left to encoding/json", name)
	}
	var whole T
	if err := json.Unmarshal(body, &whole); err != nil {
		t.Fatal(err)
	}
	return [][]any{
		{name, "trivet", "encode", cost(t, seconds, func() error {
			encoder := jsonEncoders.Get().(*jsonEncoder)
			defer encoder.release()
			return encoder.encode(whole)
		})},
		{name, "trivet", "decode", cost(t, seconds, func() error {
			return v.unmarshal(body, reflect.ValueOf(new(T)).Elem())
		})},
	}
}

// cost is CPU nanoseconds a call, over about that many seconds, with what the collector takes.
func cost(t *testing.T, seconds float64, call func() error) float64 {
	spent := func() int64 {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			t.Fatal(err)
		}
		return usage.Utime.Nano() + usage.Stime.Nano()
	}
	for count := 1; ; {
		begin := spent()
		for range count {
			if err := call(); err != nil {
				t.Fatal(err)
			}
		}
		took := spent() - begin
		if float64(took) >= seconds*1e9 {
			return float64(took) / float64(count)
		}
		count = max(count*2, int(float64(count)*seconds*1.1e9/float64(max(took, 1))))
	}
}
