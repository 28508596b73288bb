package trivet

import (
	"bytes"
	"encoding"
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
	"time"
)

type writeText int

func (w writeText) MarshalText() ([]byte, error) {
	return []byte("<" + strconv.Itoa(int(w)) + ">"), nil
}

type writeOnPointer struct{ A int }

func (*writeOnPointer) MarshalJSON() ([]byte, error) { return []byte(`"pointed"`), nil }

type writeBoth struct{}

func (writeBoth) MarshalText() ([]byte, error)  { return []byte("text"), nil }
func (*writeBoth) MarshalJSON() ([]byte, error) { return []byte(`"json"`), nil }

type writeKey string

type writeBase struct {
	ID   int
	Same string
}

type writeOther struct{ Same string }

type WritePart struct {
	Part string `json:"part"`
}

type writeInner struct {
	Deep  int8    `json:"deep,omitempty"`
	Share float32 `json:"share"`
}

type writeWhole struct {
	writeBase
	writeOther
	*WritePart
	Name    writeKey               `json:"na/me-1.$"`
	Empty   string                 `json:",omitempty"`
	None    *int                   `json:"none,omitempty"`
	Zero    writeInner             `json:"zero,omitzero"`
	Always  writeInner             `json:"always,omitempty"`
	Count   int64                  `json:"count"`
	Small   uint16                 `json:"small"`
	Price   float64                `json:"price"`
	Fine    bool                   `json:"fine"`
	Other   *writeInner            `json:"other"`
	List    []writeInner           `json:"list"`
	Pair    [2]string              `json:"pair"`
	Labels  map[writeKey]*int      `json:"labels"`
	Map     map[string]any         `json:"map"`
	Any     any                    `json:"any"`
	When    time.Time              `json:"when"`
	Text    writeText              `json:"text"`
	Texts   []writeText            `json:"texts"`
	Raw     json.RawMessage        `json:"raw"`
	Next    *writeWhole            `json:"next"`
	Deeper  map[string][]writeBase `json:"deeper,omitempty"`
	Skipped int                    `json:"-"`
	//lint:ignore SA5008 a name that looks like none
	Dash int `json:"-,"`
}

// expectWritten holds what is written of a value, if it is, against encoding/json.
func expectWritten(t *testing.T, v any) (isWritten bool) {
	t.Helper()
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	failure := encoder.Encode(v)
	got, isWritten := appendJSON([]byte("before"), v)
	if isWritten && (failure != nil || "before"+want.String() != string(got)+"\n") {
		t.Fatalf("%#v gives %s, not %s, %v", v, got, want.String(), failure)
	}
	return isWritten
}

func TestJSONIsWrittenAsByTheStandardLibrary(t *testing.T) {
	one := 1
	whole := writeWhole{
		Name: "a\"b\\c\b\f\n\r\t\x00\x1f\x7f</>&\u2028\u2029é😀\xff\xc3", Count: math.MinInt64, Small: 65535,
		Price: 1e21, Other: &writeInner{Share: 1e-7}, List: []writeInner{{}, {Deep: -1, Share: 3.4e38}},
		Labels: map[writeKey]*int{"z": nil, "a": &one, "\n": &one},
		Map:    map[string]any{"b": []any{1, "x", nil, 2.5, true}, "a": map[string]any{}, "": nil},
		Any:    Map{"k": uint8(3)}, When: time.Unix(1, 5).UTC(), Text: 7, Texts: []writeText{1, 2},
		Raw: json.RawMessage(`{"r": [1 , 2]}`), WritePart: &WritePart{"p"},
		Deeper: map[string][]writeBase{"d": {{ID: 1}}},
	}
	whole.Next = &writeWhole{Zero: writeInner{Deep: 1}, Empty: "not", None: &one}
	for _, v := range []any{
		nil, 1, "x", true, 1.5, &whole, whole,
		[]*writeWhole{&whole, nil},
		[]any(nil), map[string]int(nil), &one,
		(*int)(nil), (*time.Time)(nil), time.Unix(0, 0).UTC(),
		struct{}{},
		[]writeText{},
		[0]int{},
		Map{"a": &whole},
		costOrder{},
		[]costItem{{Tags: []string{"a"}}, {}},
		float32(0.1), math.Copysign(0, -1), uint64(math.MaxUint64),
	} {
		if !expectWritten(t, v) {
			t.Errorf("%#v is left to encoding/json", v)
		}
	}
}

func TestRareResultsAreLeftToTheStandardLibrary(t *testing.T) {
	circle := map[string]any{}
	circle["self"] = circle
	list := []any{nil}
	list[0] = list
	deep := any(1)
	for range jsonDepthMax + 1 {
		deep = []any{deep}
	}
	for _, v := range []any{
		func() {}, make(chan int), 1i, math.NaN(), math.Inf(-1), []byte("x"), json.Number("1"),
		map[int]string{1: "a"},
		map[writeText]int{1: 1},
		circle, list, deep,
		struct {
			A int `json:",string"`
		}{1},
		struct {
			A int `json:"a b"`
		}{1},
		struct {
			A time.Time `json:",omitzero"`
		}{},
		&struct{ *writeBase }{&writeBase{ID: 1}},
		struct {
			writeBase `json:"base"`
		}{writeBase{ID: 1}},
		struct {
			F func() `json:",omitempty"`
		}{},
		&struct{ T writeBoth }{},
		struct{ N encoding.TextMarshaler }{big.NewInt(5)},
		struct {
			//lint:ignore SA5008 a name that encoding/json does not take
			A int `json:"a'b"`
		}{},
		writeOnPointer{},
		[]writeOnPointer{{}},
		json.RawMessage("{"),
		[]any{func() {}},
	} {
		if expectWritten(t, v) {
			t.Errorf("%#v is not left to encoding/json", v)
		}
	}
	if !expectWritten(t, &writeOnPointer{}) {
		t.Error("a pointer with a method is left to encoding/json")
	}
}

func TestJSONNumbersAndTextsAreWrittenAsByTheStandardLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		number := math.Float64frombits(random.Uint64())
		expectWritten(t, []any{number, float32(number), math.Round(number), random.NormFloat64()})
		text := make([]byte, random.IntN(20))
		for i := range text {
			text[i] = byte(random.Uint32())
			if random.IntN(2) == 0 {
				text[i] &= 0x7f
			}
		}
		expectWritten(t, string(text))
		expectWritten(t, string([]rune{rune(random.IntN(0x110000)), rune(0x2020 + random.IntN(16))}))
	}
}

func TestTypesAreWrittenByManyAtOnce(t *testing.T) {
	done := make(chan []byte)
	for range 8 {
		go func() {
			text, _ := appendJSON(nil, writeWhole{Next: &writeWhole{}})
			done <- text
		}()
	}
	first := <-done
	for range 7 {
		if text := <-done; !reflect.DeepEqual(text, first) {
			t.Errorf("%s is not %s", text, first)
		}
	}
}
