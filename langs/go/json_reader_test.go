package trivet

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

type readName string

type readInner struct {
	Deep  int8    `json:"deep"`
	Share float32 `json:"share"`
}

type readBase struct {
	Base  string `json:"base"`
	Shade bool   `json:"shade"`
}

type readWhole struct {
	readBase
	Name   readName          `json:"name"`
	Plain  string            // no tag
	Count  int               `json:"count"`
	Small  uint8             `json:"small"`
	Price  float64           `json:"price"`
	Fine   bool              `json:"fine"`
	Inner  readInner         `json:"inner"`
	Other  *readInner        `json:"other"`
	Twice  **int             `json:"twice"`
	List   []readInner       `json:"list"`
	Texts  []string          `json:"texts"`
	Rows   [][]int           `json:"rows"`
	Ghosts []*readInner      `json:"ghosts"`
	Pair   [2]int            `json:"pair"`
	Labels map[string]string `json:"labels"`
	Bytes  []byte            `json:"bytes"`
	When   time.Time         `json:"when"`
	Any    any               `json:"any"`
	Exact  json.Number       `json:"exact"`
	Quoted int               `json:"quoted,string"`
	Raw    json.RawMessage   `json:"raw"`
	Next   *readWhole        `json:"next"`
	Hidden string            `json:"-"`
}

// readTexts are read without encoding/json, but for single values.
var readTexts = []string{
	`{}`, ` { "name" : "a" , "count":-12,"small":255,"price":1.5e-3 } ` + "\n\t\r",
	`{"Plain":"x","fine":true,"base":"b","shade":false,"price":-0}`,
	`{"inner":{"deep":-128,"share":3.25},"other":{"deep":1},"twice":7,"unknown":{"a":[1,{"b":"]}"}]}}`,
	`{"list":[{"deep":1},{"share":2,"deep":3}, {} ],"texts":[],"rows":[[1],[],[2,3,4,5,6]],"ghosts":[null,{}]}`,
	`{"pair":[1,2,3],"labels":{"a":"b"},"bytes":"aGk=","when":"2026-01-02T03:04:05Z","any":{"x":[1]},` +
		`"exact":1e400,"raw":{"r":[ 1 ]},"unknown":-1.5}`,
	`{"other":null,"list":null,"texts":null,"count":null,"inner":null,"labels":null,"any":null,"twice":null}`,
	`{"name":"caf\u00e9 \ud83d\ude00 \"q\" \\ \/ \b\f\n\r\t","Plain":"naïve 😀"}`,
	`{"next":{"next":{"count":2},"name":"n"},"count":9223372036854775807}`,
	`{"name":"\u0000\u2028\uFFFD"}`,
}

// unreadTexts are left to encoding/json, which takes some and refuses others.
var unreadTexts = []string{
	``, ` `, `[]`, `"x"`, `1`, `{`, `{"name"`, `{"name":`, `{"name":"a"`, `{"name":"a",}`, `{"name":"a"}}`,
	`{,}`, `{"name":"a" "count":1}`, `{"name":"a","name"}`, "{\"name\":\"a\nb\"}", "{\"name\":\"\xff\"}",
	"{\"name\x00\":1}", "{\"\xff\":1}", `{"NAME":"folded"}`, `{"ſmall":1}`, `{"n\u0061me":"a"}`,
	`{"name":"\ud83d"}`, `{"name":"\ude00\ud83d"}`, `{"name":"\ud83dx"}`, `{"name":"\x"}`, `{"name":"\u00g0"}`,
	`{"name":1}`, `{"count":"1"}`, `{"count":1.0}`, `{"count":1e2}`, `{"count":01}`, `{"count":-}`, `{"count":+1}`,
	`{"count":9223372036854775808}`, `{"small":256}`, `{"small":-1}`, `{"price":1e999}`, `{"price":.5}`,
	`{"price":1.}`, `{"price":1e}`, `{"price":1e+}`, `{"price":NaN}`, `{"price":0x1}`, `{"price":1_0}`,
	`{"inner":{"share":1e39}}`, `{"inner":{"deep":128}}`, `{"fine":tru}`, `{"fine":truex}`, `{"fine":1}`,
	`{"quoted":"12"}`, `{"list":[{"deep":1}],"list":[{"share":2}]}`, `{"other":{"deep":1},"other":{"share":2}}`,
	`{"list":[,]}`, `{"list":[{}`, `{"list":[{},]}`, `{"list":{}}`, `{"unknown":[1 2]}`, `{"unknown":[1}`,
	`{"unknown":}`, `{"unknown":"\x"}`, `{"unknown":12"x"}`, `{"when":"no"}`, `{"bytes":"%"}`, `{"pair":["a"]}`,
	`{"any":[}`, `{"name":nul}`, `{"name":nullx}`, `{"count":1}x`, `{"count":1} {}`, `{"inner":[]}`,
}

// expectSame holds what the reader reads of a text, if it does, against encoding/json.
func expectSame[T any](t *testing.T, text []byte) (isRead bool) {
	t.Helper()
	v, err := valueOf(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	var got, want, both T
	failure := json.Unmarshal(text, &want)
	r := jsonReader{text: text}
	isRead = r.value(v, reflect.ValueOf(&got).Elem()) && r.next() == 0 && r.at == len(text)
	if isRead && (failure != nil || !reflect.DeepEqual(got, want)) {
		t.Fatalf("%q gives %+v, not %+v, %v", text, got, want, failure)
	}
	err = v.unmarshal(text, reflect.ValueOf(&both).Elem())
	if (err == nil) != (failure == nil) || err == nil && !reflect.DeepEqual(both, want) {
		t.Fatalf("%q gives %+v, %v, not %+v, %v", text, both, err, want, failure)
	}
	return isRead
}

func TestJSONIsReadAsByTheStandardLibrary(t *testing.T) {
	for _, text := range readTexts {
		if !expectSame[readWhole](t, []byte(text)) {
			t.Errorf("%s is left to encoding/json", text)
		}
	}
	for _, text := range unreadTexts {
		if expectSame[readWhole](t, []byte(text)) {
			t.Errorf("%q is not left to encoding/json", text)
		}
	}
	if !expectSame[benchOrder](t, []byte(benchBody)) {
		t.Error("an order is left to encoding/json")
	}
}

func TestMutatedJSONIsReadAsByTheStandardLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{
		"null", "true", "{", "}", "[", "]", ",", ":", `"`, `\`, "\\u", "e", ".", "-", "0", "1e5", "\xc3",
		" ", "\x00", `"count":1`, `"list":[]`, `{}`, `"a"`,
	}
	count := 0
	for range 20_000 {
		text := []byte(readTexts[random.IntN(len(readTexts))])
		for range 1 + random.IntN(3) {
			at := random.IntN(len(text) + 1)
			switch random.IntN(3) {
			case 0:
				text = append(text[:at:at], text[min(at+1+random.IntN(4), len(text)):]...)
			case 1:
				piece := pieces[random.IntN(len(pieces))]
				text = append(text[:at:at], append([]byte(piece), text[at:]...)...)
			default:
				if at < len(text) {
					text[at] ^= 1 << random.IntN(8)
				}
			}
		}
		if expectSame[readWhole](t, text) {
			count++
		}
	}
	if count < 1_000 {
		t.Errorf("%d of the texts were read", count)
	}
}

func TestJSONOverWhatIsThere(t *testing.T) {
	v, err := valueOf(reflect.TypeFor[readWhole]())
	if err != nil {
		t.Fatal(err)
	}
	one := 1
	fill := func() readWhole {
		at := &one
		return readWhole{
			Count: 5, Other: &readInner{Deep: 3, Share: 4}, Texts: []string{"a", "b"}, Twice: &at,
			Labels: map[string]string{"k": "v"}, List: []readInner{{Deep: 9}},
		}
	}
	for _, text := range []string{
		`{}`, `{"count":7,"other":{"deep":1}}`, `{"texts":["c"],"labels":{"l":"w"}}`, `{"twice":2}`,
		`{"list":[{"share":1},{"share":2}],"texts":null,"other":null}`,
	} {
		got, want := fill(), fill()
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		one = 1
		if err := v.unmarshal([]byte(text), reflect.ValueOf(&got).Elem()); err != nil ||
			!reflect.DeepEqual(got, want) {
			t.Errorf("%s gives %+v, not %+v, %v", text, got, want, err)
		}
	}
}

type readAppender []string

func (a *readAppender) UnmarshalText(text []byte) error {
	*a = append(*a, string(text))
	return nil
}

type readPicky struct{ sees *[]string }

func (p *readPicky) UnmarshalJSON(text []byte) error {
	if p.sees != nil {
		*p.sees = append(*p.sees, string(text))
	}
	return nil
}

func TestRareTypesAreReadAsByTheStandardLibrary(t *testing.T) {
	isLeft := func(isRead bool) {
		t.Helper()
		if isRead {
			t.Error("it is not left to encoding/json")
		}
	}
	isLeft(expectSame[struct {
		readBase `json:"base"`
		Name     string
	}](t, []byte(`{"base":{"base":"b"},"Name":"n"}`)))
	isLeft(expectSame[struct {
		*readBase
		Name string
	}](t, []byte(`{"base":"b"}`)))
	isLeft(expectSame[struct {
		//lint:ignore SA5008 a name that encoding/json does not take
		A string `json:"a'b"`
	}](t, []byte(`{"A":"x"}`)))
	type tagged struct {
		Tags readAppender `json:"tags"`
		Name string       `json:"name"`
	}
	for _, rest := range []string{`"name":"x"`, `"Name":"x"`, `"n\u0061me":"x"`, `"name":1`, `"name":"x",`} {
		expectSame[tagged](t, []byte(`{"tags":"a",`+rest+`}`))
	}
	nested := append(bytes.Repeat([]byte{'['}, jsonNestingMax), bytes.Repeat([]byte{']'}, jsonNestingMax)...)
	isLeft(expectSame[readWhole](t, append(append([]byte(`{"unknown":`), nested...), '}')))
	expectSame[readWhole](t, append(append([]byte(`{"unknown":`), nested[1:len(nested)-1]...), '}'))
}

func TestWhatIsNoJSONReachesNoMethodAndNoValue(t *testing.T) {
	var seen []string
	v, err := valueOf(reflect.TypeFor[struct {
		Name  string
		Picky readPicky
	}]())
	if err != nil {
		t.Fatal(err)
	}
	to := reflect.New(v.t).Elem()
	to.Field(0).SetString("before")
	to.Field(1).Set(reflect.ValueOf(readPicky{&seen}))
	if v.unmarshal([]byte(`{"Name":"after","Picky":1,`), to) == nil || seen != nil ||
		to.Field(0).String() != "before" {
		t.Errorf("got %v, seen %v", to, seen)
	}
}

func TestFieldsThatAreNoContentHideOthersAllTheSame(t *testing.T) {
	type User struct{ ID, Name string }
	type input struct {
		ID string `path:"id"`
		User
		Note string `json:"note"`
	}
	app := New()
	Post(app, "/{id}", func(_ *Ctx, in input) (Map, error) {
		return Map{"id": in.ID, "user": in.User.ID, "name": in.Name}, nil
	})
	s := serve(t, app)
	for _, note := range []string{`"note"`, `"n\u006fte"`} {
		body := `{"ID":"x","Name":"n",` + note + `:"y"}`
		expectText(t, s.do(t, "POST", "/7", body), 200, `{"id":"7","name":"n","user":""}`)
	}
}

func TestDeepJSONIsLeftToTheStandardLibrary(t *testing.T) {
	var text []byte
	for range jsonDepthMax + 1 {
		text = append(text, `{"next":`...)
	}
	text = append(text, "{}"...)
	for range jsonDepthMax + 1 {
		text = append(text, '}')
	}
	if expectSame[readWhole](t, text) {
		t.Error("it is not left to encoding/json")
	}
}

func FuzzJSONReader(f *testing.F) {
	for _, text := range append(append([]string{benchBody}, readTexts...), unreadTexts...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		expectSame[readWhole](t, text)
		expectSame[benchOrder](t, text)
		expectSame[[]readInner](t, text)
	})
}
