package trivet

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rule is one thing that a value must fulfil, in the words of JSON Schema.
type rule struct {
	code   string
	detail string
	schema Map // its keywords
	// Exactly one of these looks at a value of the field's type, its number of characters, items or
	// members, or its text.
	number func(v reflect.Value) bool
	size   func(n int) bool
	text   func(text string) bool
	// isUnique asks that no item repeats.
	isUnique bool
	// isImplied says that it comes with required: a text is not empty.
	isImplied bool
}

// parseRules reads a validate tag into the rules of v and, behind dive, of what v holds.
func (v *value) parseRules(tag string) error {
	defer v.dropImplied()
	for tag != "" {
		var word string
		if strings.HasPrefix(tag, "pattern=") {
			word, tag = tag, "" // it may hold commas, so it is the last one
		} else {
			word, tag, _ = strings.Cut(tag, ",")
		}
		name, parameter, _ := strings.Cut(word, "=")
		parameter = strings.NewReplacer("0x2C", ",", "0x7C", "|").Replace(parameter)
		switch name {
		case "":
		case "required":
			v.isRequired = true
			if v.kind == kindString {
				implied := v.sizeAtLeast(1)
				implied.isImplied = true
				v.rules = append(v.rules, implied)
			}
		case "omitempty":
			v.isOmitEmpty = true
		case "dive":
			if v.elem == nil {
				return fmt.Errorf("rule dive: %v holds no items", v.t)
			}
			return v.elem.parseRules(tag)
		default:
			added, err := v.makeRules(name, parameter)
			if err != nil {
				return fmt.Errorf("rule %s: %w", name, err)
			}
			v.rules = append(v.rules, added...)
		}
	}
	return nil
}

// dropImplied leaves out that a text is not empty where another rule asks for more: a value is told of
// once.
func (v *value) dropImplied() {
	asksForMore := slices.ContainsFunc(v.rules, func(r rule) bool {
		return r.code == "minLength" && !r.isImplied && !r.size(0)
	})
	if asksForMore {
		v.rules = slices.DeleteFunc(v.rules, func(r rule) bool { return r.isImplied })
	}
}

// makeRules makes what one word of a tag says.
func (v *value) makeRules(name, parameter string) ([]rule, error) {
	switch name {
	case "min", "max", "len", "gt", "gte", "lt", "lte", "eq", "ne":
		if v.kind == kindString && (name == "eq" || name == "ne") {
			return v.equalRule(name, strconv.Quote(parameter), parameter)
		}
		if (v.kind == kindInteger || v.kind == kindNumber) && v.parse != nil {
			return v.numberRules(name, parameter)
		}
		return v.sizeRules(name, parameter)
	case "oneof":
		return v.oneOf(parameter)
	case "unique":
		if v.kind != kindList {
			return nil, fmt.Errorf("%v is no list", v.t)
		}
		return []rule{{
			code: "uniqueItems", detail: "must not repeat an item",
			schema: Map{"uniqueItems": true}, isUnique: true,
		}}, nil
	case "pattern":
		return v.patternRule(parameter, parameter)
	case "contains":
		return v.patternRule(regexp.QuoteMeta(parameter), parameter)
	case "startswith":
		return v.patternRule("^"+regexp.QuoteMeta(parameter), parameter)
	case "endswith":
		return v.patternRule(regexp.QuoteMeta(parameter)+"$", parameter)
	}
	if pattern, is := rulePatterns[name]; is {
		return v.patternRule(pattern, pattern)
	}
	return v.formatRule(name, parameter)
}

// rulePatterns are the words that stand for a regular expression.
var rulePatterns = map[string]string{
	"alpha":     "^[a-zA-Z]+$",
	"alphanum":  "^[a-zA-Z0-9]+$",
	"numeric":   `^[-+]?[0-9]+(\.[0-9]+)?$`,
	"number":    "^[0-9]+$",
	"lowercase": `^[^\p{Lu}]+$`,
	"uppercase": `^[^\p{Ll}]+$`,
	"ascii":     `^[\x00-\x7F]*$`,
	"e164":      `^\+[1-9][0-9]{6,14}$`,
	"hexcolor":  "^#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$",
}

// formats are the words that stand for a format of JSON Schema.
var formats = map[string]struct {
	name  string
	check func(text string) bool
}{
	"email": {"email", isEmail}, "uuid": {"uuid", isUUID}, "url": {"uri", isURI},
	"uri": {"uri", isURI}, "http_url": {"uri", isHTTPURL}, "ipv4": {"ipv4", isIPv4},
	"ipv6": {"ipv6", isIPv6}, "ip4_addr": {"ipv4", isIPv4}, "ip6_addr": {"ipv6", isIPv6},
	"hostname": {"hostname", isHostname}, "hostname_rfc1123": {"hostname", isHostname},
}

func (v *value) formatRule(name, parameter string) ([]rule, error) {
	format, isKnown := formats[name]
	switch {
	case name == "datetime" && parameter == time.DateOnly:
		format.name, format.check = "date", isTime(time.DateOnly)
	case name == "datetime" && (parameter == time.RFC3339 || parameter == time.RFC3339Nano):
		format.name, format.check = "date-time", isTime(time.RFC3339Nano)
	case name == "datetime":
		return nil, fmt.Errorf("its layout is %s or %s, not %q", time.DateOnly, time.RFC3339, parameter)
	case name == "ip" || name == "ip_addr":
		return v.textRule(rule{
			code: "anyOf", detail: "must match one of the allowed forms", text: isIP,
			schema: Map{"anyOf": []Map{{"format": "ipv4"}, {"format": "ipv6"}}},
		})
	case !isKnown:
		return nil, fmt.Errorf("it is not known; write a Validate method for what tags cannot say")
	case parameter != "":
		return nil, fmt.Errorf("it takes no parameter")
	}
	return v.textRule(rule{
		code: "format", detail: "must be a valid " + format.name, text: format.check,
		schema: Map{"format": format.name},
	})
}

func (v *value) textRule(r rule) ([]rule, error) {
	if v.kind != kindString {
		return nil, fmt.Errorf("%v is no string", v.t)
	}
	return []rule{r}, nil
}

func (v *value) patternRule(pattern, source string) ([]rule, error) {
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	if source == "" {
		return nil, fmt.Errorf("its parameter is missing")
	}
	return v.textRule(rule{
		code: "pattern", detail: "must match " + pattern, text: compiled.MatchString,
		schema: Map{"pattern": pattern},
	})
}

// numberRules makes bounds of a number.
func (v *value) numberRules(name, parameter string) ([]rule, error) {
	bound := reflect.New(v.t).Elem()
	if err := v.parse(bound, parameter); err != nil {
		return nil, fmt.Errorf("its parameter %q is no value of %v", parameter, v.t)
	}
	text, err := json.Marshal(bound.Interface())
	if err != nil {
		return nil, err
	}
	shown, limit := string(text), json.RawMessage(text)
	switch name {
	case "len", "eq", "ne":
		if name == "len" {
			name = "eq"
		}
		return v.equalRule(name, shown, parameter)
	case "min", "gte":
		return []rule{{
			code: "minimum", detail: "must be at least " + shown, schema: Map{"minimum": limit},
			number: func(n reflect.Value) bool { return compareNumbers(n, bound) >= 0 },
		}}, nil
	case "max", "lte":
		return []rule{{
			code: "maximum", detail: "must be at most " + shown, schema: Map{"maximum": limit},
			number: func(n reflect.Value) bool { return compareNumbers(n, bound) <= 0 },
		}}, nil
	case "gt":
		return []rule{{
			code: "exclusiveMinimum", detail: "must be greater than " + shown,
			schema: Map{"exclusiveMinimum": limit},
			number: func(n reflect.Value) bool { return compareNumbers(n, bound) > 0 },
		}}, nil
	default: // lt
		return []rule{{
			code: "exclusiveMaximum", detail: "must be less than " + shown,
			schema: Map{"exclusiveMaximum": limit},
			number: func(n reflect.Value) bool { return compareNumbers(n, bound) < 0 },
		}}, nil
	}
}

// compareNumbers compares two values of one numeric type.
func compareNumbers(a, b reflect.Value) int {
	switch {
	case a.CanInt():
		return compare(a.Int(), b.Int())
	case a.CanUint():
		return compare(a.Uint(), b.Uint())
	default:
		return compare(a.Float(), b.Float())
	}
}

func compare[T int64 | uint64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// equalRule makes const, or its opposite; shown is the JSON of the value.
func (v *value) equalRule(name, shown, parameter string) ([]rule, error) {
	want := reflect.New(v.t).Elem()
	if err := v.parse(want, parameter); err != nil {
		return nil, fmt.Errorf("its parameter %q is no value of %v", parameter, v.t)
	}
	given := want.Interface()
	is := func(got reflect.Value) bool { return got.Interface() == given }
	if name == "ne" {
		return []rule{{
			code: "not", detail: "must not match", schema: Map{"not": Map{"const": given}},
			number: func(got reflect.Value) bool { return !is(got) },
		}}, nil
	}
	return []rule{{
		code: "const", detail: "must be " + shown, schema: Map{"const": given}, number: is,
	}}, nil
}

var oneOfWords = regexp.MustCompile(`'[^']*'|\S+`)

// oneOf makes an enum of words apart from each other by spaces; 'in quotes' they may hold some.
func (v *value) oneOf(parameter string) ([]rule, error) {
	var texts []string
	var values []any
	for _, word := range oneOfWords.FindAllString(parameter, -1) {
		one := reflect.New(v.t).Elem()
		if v.parse == nil || v.parse(one, strings.Trim(word, "'")) != nil {
			return nil, fmt.Errorf("its parameter %q is no value of %v", word, v.t)
		}
		text, err := json.Marshal(one.Interface())
		if err != nil {
			return nil, err
		}
		texts, values = append(texts, string(text)), append(values, one.Interface())
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("its values are missing")
	}
	r := rule{code: "enum", schema: Map{"enum": values}, detail: "must be one of " + listTexts(texts)}
	if v.kind == kindString {
		words := make([]string, len(values))
		for i, one := range values {
			words[i] = reflect.ValueOf(one).String()
		}
		r.text = func(text string) bool { return slices.Contains(words, text) }
	} else {
		r.number = func(got reflect.Value) bool { return slices.Contains(values, got.Interface()) }
	}
	return []rule{r}, nil
}

// listTexts names at most ten.
func listTexts(texts []string) string {
	if len(texts) > 10 {
		return strings.Join(texts[:10], ", ") + ", …"
	}
	return strings.Join(texts, ", ")
}
