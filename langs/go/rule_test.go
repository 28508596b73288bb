package trivet

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func compileTest(t reflect.Type, rules string) (*value, error) {
	var k compiler
	v, err := k.compile(t, rules)
	if err == nil {
		v.settle()
	}
	return v, err
}

func TestRules(t *testing.T) {
	for _, one := range []struct {
		good, bad any
		rules     string
		detail    string
	}{
		{3, 2, "min=3", "must be at least 3"},
		{3, 4, "max=3", "must be at most 3"},
		{3, 2, "len=3", "must be 3"},
		{uint8(3), uint8(2), "eq=3", "must be 3"},
		{2, 3, "ne=3", "must not match"},
		{1.5, 1.25, "gt=1.25", "must be greater than 1.25"},
		{1.0, 1.25, "lt=1.25", "must be less than 1.25"},
		{2, 4, "oneof=1 2 3", "must be one of 1, 2, 3"},
		{"äöü", "äö", "len=3", "must have at least 3 characters"},
		{"äöü", "äöüß", "len=3", "must have at most 3 characters"},
		{"ab", "a", "gt=1", "must have at least 2 characters"},
		{"a", "ab", "lt=2", "must have at most 1 character"},
		{"a", "b", "ne=b", "must not match"},
		{"b", "a", "eq=b", `must be "b"`},
		{[]int{1}, []int{1, 2}, "lte=1", "must have at most 1 item"},
		{[]int{1, 2}, []int{1, 1}, "unique", "must not repeat an item"},
		{[]testRange{{1, 2}}, []testRange{{1, 2}, {1, 2}}, "unique", "must not repeat an item"},
		{map[string]int{"a": 1}, map[string]int{}, "gte=1", "must have at least 1 member"},
		{"a@b.example", "a@b@", "email", "must be a valid email"},
		{"a.b+c/d@x", ".a@x", "email", "must be a valid email"},
		{"0194fdc2-fa2f-4cc0-81d3-ff12045b73c8", "0194fdc2-fa2f-4cc0-81d3-ff12045b73cg", "uuid", "must be a valid uuid"},
		{"https://a.de/b?c", "/b", "url", "must be a valid uri"},
		{"mailto:a@b", "a b:c", "uri", "must be a valid uri"},
		{"http://a", "ftp://a", "http_url", "must be a valid uri"},
		{"1.2.3.4", "1.2.3", "ipv4", "must be a valid ipv4"},
		{"::1", "1.2.3.4", "ipv6", "must be a valid ipv6"},
		{"::1", "x", "ip", "must match one of the allowed forms"},
		{"a-b.c", "a-.c", "hostname", "must be a valid hostname"},
		{"2026-02-28", "2026-02-30", "datetime=2006-01-02", "must be a valid date"},
		{"2026-02-28T01:02:03.5Z", "2026-02-28", "datetime=2006-01-02T15:04:05Z07:00", "must be a valid date-time"},
		{"ab", "a1", "alpha", "must match ^[a-zA-Z]+$"},
		{"-1.5", "x", "numeric", `must match ^[-+]?[0-9]+(\.[0-9]+)?$`},
		{"a,b", "ab", "pattern=^a,b$", "must match ^a,b$"},
		{"a.b", "ab", "contains=.", `must match \.`},
		{"ab", "ba", "startswith=a", "must match ^a"},
		{"ba", "ab", "endswith=a", "must match a$"},
		{"x,y", "xy", "contains=0x2C", "must match ,"},
	} {
		v, err := compileTest(reflect.TypeOf(one.good), one.rules)
		if err != nil {
			t.Errorf("%s of %T: %v", one.rules, one.good, err)
			continue
		}
		if v.check(reflect.ValueOf(one.good), true) != isGood {
			t.Errorf("%s: %v is wrong", one.rules, one.good)
		}
		if v.check(reflect.ValueOf(one.bad), true) != isWrong {
			t.Errorf("%s: %v is good", one.rules, one.bad)
		}
		var w wrongs
		v.addWrong(&w, "body", "", reflect.ValueOf(one.bad))
		if len(w.list) != 1 || w.list[0].Detail != one.detail {
			t.Errorf("%s: %+v", one.rules, w.list)
		}
		if one.rules != "len=3" && v.rules[0].schema == nil {
			t.Errorf("%s has no schema", one.rules)
		}
	}
}

func TestRulesThatCannotBe(t *testing.T) {
	for _, one := range []struct {
		of     any
		rules  string
		detail string
	}{
		{"", "eqfield=Other", "rule eqfield: it is not known; write a Validate method for what tags cannot say"},
		{"", "rgb|rgba", "rule rgb|rgba: it is not known"},
		{"", "email=x", "rule email: it takes no parameter"},
		{1, "email", "rule email: int is no string"},
		{1, "min=x", `rule min: its parameter "x" is no value of int`},
		{"", "min=-1", `rule min: its parameter "-1" is no size`},
		{"", "lt=0", "rule lt: nothing has a size below 0"},
		{true, "min=1", "rule min: bool has neither a value to compare nor a size"},
		{time.Time{}, "gt=1", "time.Time has neither"},
		{1, "oneof=a", `rule oneof: its parameter "a" is no value of int`},
		{1, "oneof=", "rule oneof: its values are missing"},
		{"", "unique", "rule unique: string is no list"},
		{"", "dive,min=1", "rule dive: string holds no items"},
		{"", "pattern=[", "rule pattern: error parsing regexp"},
		{"", "contains=", "rule contains: its parameter is missing"},
		{"", "datetime=Kitchen", `rule datetime: its layout is 2006-01-02 or`},
		{[]string{}, "dive,nope", "rule nope: it is not known"},
	} {
		_, err := compileTest(reflect.TypeOf(one.of), one.rules)
		if err == nil || !strings.Contains(err.Error(), one.detail) {
			t.Errorf("%s of %T: %v", one.rules, one.of, err)
		}
	}
}

func TestTypesThatCannotBe(t *testing.T) {
	type deep struct {
		Rows []struct {
			Done chan int `json:"done"`
		}
	}
	for detail, of := range map[string]any{
		"field Rows.Done of trivet.deep: a chan int cannot be JSON": deep{},
		"a func() cannot be JSON":                                   struct{ F func() }{},
		"no value of the interface error can be made":               struct{ E error }{},
		"has no keys that JSON can hold":                            struct{ M map[float64]int }{},
		`default "x" is no value of int`: struct {
			N int `default:"x"`
		}{},
		`field N of struct`: struct {
			N int `default:"5" validate:"max=4"`
		}{},
		`default "5" must be at most 4`: struct {
			N int `default:"5" validate:"max=4"`
		}{},
		"a map takes no default": struct {
			M map[string]int `default:"{}"`
		}{},
	} {
		if _, err := compileTest(reflect.TypeOf(of), ""); err == nil || !strings.Contains(err.Error(), detail) {
			t.Errorf("%T: %v", of, err)
		}
	}
}
