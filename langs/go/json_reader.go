package trivet

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonDepthMax is how deep a jsonReader goes into types that hold themselves.
const jsonDepthMax = 100

// jsonNestingMax is how deep encoding/json lets a text nest.
const jsonNestingMax = 10_000

// jsonReader fills values by their plans in one pass over the text, where encoding/json makes two and
// looks up each field anew. It reads what programs write. Whatever is wrong, ambiguous or rare, it
// leaves: encoding/json then reads the same text into the same value, so that what is right, and what
// is said of what is not, is said in one place.
type jsonReader struct {
	text  []byte
	at    int
	depth int
}

// unmarshal is [json.Unmarshal] for a type with a plan; `to` can be set.
func (v *value) unmarshal(text []byte, to reflect.Value) error {
	if v.runsReaders && !json.Valid(text) {
		return json.Unmarshal(text, to.Addr().Interface())
	}
	var before reflect.Value // unless there is nothing
	if !to.IsZero() {
		before = reflect.New(to.Type()).Elem()
		before.Set(to)
	}
	if r := (jsonReader{text: text}); r.value(v, to) && r.next() == 0 && r.at == len(text) {
		return nil
	}
	if before.IsValid() {
		to.Set(before)
	} else {
		to.SetZero()
	}
	return json.Unmarshal(text, to.Addr().Interface())
}

// next is the first byte that is no whitespace; 0 at the end, and of a NUL, which no JSON has there.
func (r *jsonReader) next() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (r *jsonReader) takes(c byte) bool {
	if r.next() != c {
		return false
	}
	r.at++
	return true
}

func (r *jsonReader) takesWord(word string) bool {
	if r.at+len(word) > len(r.text) || string(r.text[r.at:r.at+len(word)]) != word {
		return false
	}
	r.at += len(word)
	return true
}

func (r *jsonReader) value(v *value, to reflect.Value) bool {
	first := r.next()
	if v.isQuoted || v.object != nil && v.object.isRare {
		return false
	}
	if !v.isPlain() {
		return r.delegate(to)
	}
	if first == 'n' {
		if v.pointers > 0 || to.Kind() == reflect.Slice {
			to.SetZero()
		} // encoding/json leaves others as they are
		return r.takesWord("null")
	}
	for range v.pointers {
		if !to.IsNil() { // a name that comes twice, or a value from before
			return false
		}
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	switch v.kind {
	case kindBoolean:
		to.SetBool(first == 't')
		return r.takesWord("true") || r.takesWord("false")
	case kindInteger:
		return r.integer(to)
	case kindNumber:
		return r.number(to)
	case kindString:
		text, is := r.string()
		to.SetString(text)
		return is
	case kindList:
		return r.list(v, to)
	default:
		return r.object(v.object, to)
	}
}

// isPlain says whether a value is read here and not by encoding/json.
func (v *value) isPlain() bool {
	switch v.kind {
	case kindBoolean, kindInteger, kindString, kindObject:
		return true
	case kindNumber:
		return v.t.Kind() != reflect.String // as that of json.Number is
	case kindList:
		return v.t.Kind() == reflect.Slice
	default:
		return false
	}
}

// delegate has encoding/json read one value. What is there already is not touched, for it might be read
// a second time.
func (r *jsonReader) delegate(to reflect.Value) bool {
	text, is := r.raw()
	return is && to.IsZero() && json.Unmarshal(text, to.Addr().Interface()) == nil
}

// raw passes one value, which is not looked at otherwise.
func (r *jsonReader) raw() ([]byte, bool) {
	begin, depth := r.at, 0
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case '"':
			if _, is := r.quoted(); !is {
				return nil, false
			}
		case '{', '[':
			if depth++; depth+r.depth > jsonNestingMax {
				return nil, false
			}
			r.at++
			continue
		case '}', ']':
			if depth == 0 {
				return r.text[begin:r.at], r.at > begin
			}
			depth--
			r.at++
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return r.text[begin:r.at], r.at > begin
			}
			r.at++
			continue
		default:
			r.at++
			continue
		}
		if depth == 0 {
			return r.text[begin:r.at], true
		}
	}
	return r.text[begin:], depth == 0 && r.at > begin
}

func (r *jsonReader) object(o *object, to reflect.Value) bool {
	if !r.takes('{') || r.depth == jsonDepthMax {
		return false
	}
	if r.takes('}') {
		return true
	}
	r.depth++
	for following := 0; ; {
		if r.next() != '"' {
			return false
		}
		name, is := r.plain()
		if !is || !r.takes(':') {
			return false
		}
		m, at := o.find(name, following)
		following = at + 1
		if m == nil {
			if !r.unknown(o, name) {
				return false
			}
		} else if field, is := m.in(to); !is || !r.value(m.value, field) {
			return false
		}
		if !r.takes(',') {
			r.depth--
			return r.takes('}')
		}
	}
}

// find is the member of a name, and its place; most texts have the order of the fields.
func (o *object) find(name []byte, following int) (*member, int) {
	if following < len(o.members) && o.members[following].name == string(name) {
		return o.members[following], following
	}
	if m := o.byName[string(name)]; m != nil {
		return m, m.place
	}
	return nil, following - 1
}

// in is the field of a member; it is not there when it is in an embedded struct that is yet to be made.
func (m *member) in(to reflect.Value) (reflect.Value, bool) {
	for _, at := range m.index {
		if to.Kind() == reflect.Pointer {
			return to, false
		}
		to = to.Field(at)
	}
	return to, true
}

// unknown passes the value of a name that no member has, unless encoding/json, to which case is the
// same, would find one.
func (r *jsonReader) unknown(o *object, name []byte) bool {
	for _, m := range o.members {
		if strings.EqualFold(m.name, string(name)) {
			return false
		}
	}
	r.next()
	text, is := r.raw()
	return is && json.Valid(text)
}

func (r *jsonReader) list(v *value, to reflect.Value) bool {
	if !r.takes('[') || to.Cap() > 0 || r.depth == jsonDepthMax {
		return false
	}
	if r.takes(']') {
		to.Set(reflect.MakeSlice(v.t, 0, 0))
		return true
	}
	r.depth++
	for count := 0; ; count++ {
		if count == to.Cap() {
			to.Grow(max(count, 4))
		}
		to.SetLen(count + 1)
		if !r.value(v.elem, to.Index(count)) {
			return false
		}
		if !r.takes(',') {
			r.depth--
			return r.takes(']')
		}
	}
}

// digits passes digits and says how many.
func (r *jsonReader) digits() int {
	begin := r.at
	for r.at < len(r.text) && r.text[r.at]-'0' <= 9 {
		r.at++
	}
	return r.at - begin
}

// whole passes the part of a number before its point.
func (r *jsonReader) whole() bool {
	if r.at < len(r.text) && r.text[r.at] == '-' {
		r.at++
	}
	first := r.at
	count := r.digits()
	return count == 1 || count > 1 && r.text[first] != '0'
}

func (r *jsonReader) integer(to reflect.Value) bool {
	begin := r.at
	if !r.whole() || r.at < len(r.text) && bytes.IndexByte([]byte(".eE"), r.text[r.at]) >= 0 {
		return false // a fraction, or wrong
	}
	text := r.text[begin:r.at]
	if to.CanUint() {
		number, err := strconv.ParseUint(string(text), 10, 64)
		if err != nil || to.OverflowUint(number) {
			return false
		}
		to.SetUint(number)
		return true
	}
	number, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || to.OverflowInt(number) {
		return false
	}
	to.SetInt(number)
	return true
}

func (r *jsonReader) number(to reflect.Value) bool {
	begin := r.at
	if !r.whole() {
		return false
	}
	if r.at < len(r.text) && r.text[r.at] == '.' {
		r.at++
		if r.digits() == 0 {
			return false
		}
	}
	if r.at < len(r.text) && r.text[r.at]|' ' == 'e' {
		r.at++
		if r.at < len(r.text) && (r.text[r.at] == '+' || r.text[r.at] == '-') {
			r.at++
		}
		if r.digits() == 0 {
			return false
		}
	}
	number, err := strconv.ParseFloat(string(r.text[begin:r.at]), to.Type().Bits())
	if err != nil {
		return false
	}
	to.SetFloat(number)
	return true
}

// isSimple says which bytes of a text are characters of their own, for which nothing is to be done.
var isSimple = func() (table [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

// simple is a text of ASCII without escapes; nil when it is another.
func (r *jsonReader) simple() []byte {
	rest := r.text[r.at+1:]
	for at, c := range rest {
		if !isSimple[c] {
			if c != '"' {
				return nil
			}
			r.at += at + 2
			return rest[:at:at]
		}
	}
	return nil
}

// plain is a text without escapes, as it stands.
func (r *jsonReader) plain() ([]byte, bool) {
	if text := r.simple(); text != nil {
		return text, true
	}
	text, is := r.quoted()
	return text, is && bytes.IndexByte(text, '\\') < 0 && isText(text)
}

// quoted passes a text and gives what stands between its quotes.
func (r *jsonReader) quoted() ([]byte, bool) {
	begin := r.at + 1
	for at := begin; ; {
		quote := bytes.IndexByte(r.text[at:], '"')
		if quote < 0 {
			return nil, false
		}
		at += quote
		slashes := 0
		for at-slashes > begin && r.text[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			r.at = at + 1
			return r.text[begin:at], true
		}
		at++
	}
}

// isText says whether a text holds no control characters and is UTF-8.
func isText(text []byte) bool {
	isASCII := true
	for _, c := range text {
		if c < ' ' {
			return false
		}
		isASCII = isASCII && c < utf8.RuneSelf
	}
	return isASCII || utf8.Valid(text)
}

func (r *jsonReader) string() (string, bool) {
	if r.next() != '"' {
		return "", false
	}
	if text := r.simple(); text != nil {
		return string(text), true
	}
	text, is := r.quoted()
	if !is || !isText(text) {
		return "", false
	}
	if bytes.IndexByte(text, '\\') < 0 {
		return string(text), true
	}
	return unescape(text)
}

// unescape is a text with the characters that its escapes stand for.
func unescape(text []byte) (string, bool) {
	made := make([]byte, 0, len(text))
	for {
		slash := bytes.IndexByte(text, '\\')
		if slash < 0 {
			return string(append(made, text...)), true
		}
		made = append(made, text[:slash]...)
		letter := text[slash+1] // what ends in a single slash is no text between quotes
		text = text[slash+2:]
		if letter == 'u' {
			first, is := hexRune(text)
			if !is {
				return "", false
			}
			text = text[4:]
			if utf16.IsSurrogate(first) {
				if len(text) < 2 || text[0] != '\\' || text[1] != 'u' {
					return "", false
				}
				second, is := hexRune(text[2:])
				first = utf16.DecodeRune(first, second)
				if !is || first == utf8.RuneError {
					return "", false
				}
				text = text[6:]
			}
			made = utf8.AppendRune(made, first)
			continue
		}
		at := strings.IndexByte(`"\/bfnrt`, letter)
		if at < 0 {
			return "", false
		}
		made = append(made, "\"\\/\b\f\n\r\t"[at])
	}
}

func hexRune(text []byte) (rune, bool) {
	if len(text) < 4 {
		return 0, false
	}
	number, err := strconv.ParseUint(string(text[:4]), 16, 16)
	return rune(number), err == nil
}
