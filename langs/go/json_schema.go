package trivet

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// schemas writes values as JSON Schema 2020-12. Named structs become schemas of their own, which others
// refer to.
type schemas struct {
	prefix   string // of references: #/components/schemas/
	isOutput bool   // what is written, not what is taken
	names    *schemaNames
	used     Map // the schemas that were referred to, by name
}

// schemaNames gives the structs of an app their names; two with one name are Name and Name2.
type schemaNames struct {
	byType map[schemaKey]string
	texts  map[string]string // the schema that has a name
}

type schemaKey struct {
	t        reflect.Type
	isOutput bool
}

func newSchemaNames() *schemaNames {
	return &schemaNames{make(map[schemaKey]string), make(map[string]string)}
}

// of writes the schema of a value at one place.
func (s *schemas) of(v *value) Map {
	schema := s.plain(v)
	v.addRules(schema)
	if !v.isNullable() || v.kind == kindAny {
		return schema
	}
	if kind, has := schema["type"]; has {
		schema["type"] = []any{kind, "null"}
		if values, has := schema["enum"].([]any); has {
			schema["enum"] = append(append([]any{}, values...), nil)
		}
		return schema
	}
	return Map{"anyOf": []Map{schema, {"type": "null"}}}
}

// addRules adds the keywords of the rules; a zero value passes by those behind omitempty.
func (v *value) addRules(schema Map) {
	to := schema
	if v.isOmitEmpty && len(v.rules) > 0 {
		to = Map{}
		switch v.kind {
		case kindString:
			schema["anyOf"] = []Map{{"const": ""}, to}
		case kindInteger, kindNumber:
			schema["anyOf"] = []Map{{"const": 0}, to}
		default:
			to = schema
		}
	}
	for i := range v.rules {
		for keyword, limit := range v.rules[i].schema {
			if _, isTaken := to[keyword]; isTaken && keyword != "minimum" && keyword != "maximum" {
				all, _ := to["allOf"].([]Map)
				to["allOf"] = append(all, Map{keyword: limit})
				continue
			}
			to[keyword] = limit
		}
	}
}

// plain is the schema of a value's type.
func (s *schemas) plain(v *value) Map {
	switch v.kind {
	case kindBoolean:
		return Map{"type": "boolean"}
	case kindInteger:
		return integerSchema(v.t)
	case kindNumber:
		return Map{"type": "number"}
	case kindString, kindText:
		return Map{"type": "string"}
	case kindTime:
		return Map{"type": "string", "format": "date-time"}
	case kindBytes:
		return Map{"type": "string", "contentEncoding": "base64"}
	case kindList:
		return Map{"type": "array", "items": s.of(v.elem)}
	case kindMap:
		return Map{"type": "object", "additionalProperties": s.of(v.elem)}
	case kindObject:
		return s.object(v)
	}
	if v.isQuoted {
		return Map{"type": "string"}
	}
	return Map{}
}

func integerSchema(t reflect.Type) Map {
	schema := Map{"type": "integer"}
	if t.Bits() == 64 {
		if low, _ := bounds(t); low == "0" {
			schema["minimum"] = 0
		} else {
			schema["format"] = "int64"
		}
		return schema
	}
	low, high := bounds(t)
	schema["minimum"], schema["maximum"] = json.RawMessage(low), json.RawMessage(high)
	return schema
}

// object refers to the schema of a struct with a name, and writes that of one without.
func (s *schemas) object(v *value) Map {
	if v.t.Name() == "" {
		return s.properties(v.object)
	}
	key := schemaKey{v.t, s.isOutput}
	name, isKnown := s.names.byType[key]
	if !isKnown {
		name = s.names.reserve(key)
	}
	if _, isUsed := s.used[name]; !isUsed {
		s.used[name] = Map{} // a struct may hold itself
		schema := s.properties(v.object)
		if !isKnown {
			if shared := s.names.settle(key, name, schema); shared != name {
				delete(s.used, name)
				name = shared
			}
		}
		s.used[name] = schema
	}
	return Map{"$ref": s.prefix + name}
}

// reserve finds a free name.
func (n *schemaNames) reserve(key schemaKey) string {
	base := schemaName(key.t.Name())
	if other, isTaken := n.byType[schemaKey{key.t, !key.isOutput}]; isTaken {
		base = other + map[bool]string{true: "Output", false: "Input"}[key.isOutput]
	}
	name := base
	for i := 2; ; i++ {
		if _, isTaken := n.texts[name]; !isTaken {
			break
		}
		name = base + strconv.Itoa(i)
	}
	n.byType[key], n.texts[name] = name, ""
	return name
}

// settle keeps the schema of a name. What is taken and what is written share one when they are alike.
func (n *schemaNames) settle(key schemaKey, name string, schema Map) string {
	text, _ := json.Marshal(schema)
	if other, has := n.byType[schemaKey{key.t, !key.isOutput}]; has && n.texts[other] == string(text) {
		delete(n.texts, name)
		n.byType[key] = other
		return other
	}
	n.texts[name] = string(text)
	return name
}

// schemaName makes Page_User of Page[example.com/app.User].
func schemaName(name string) string {
	outer, inner, isGeneric := strings.Cut(name, "[")
	outer = strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, outer)
	if !isGeneric {
		return outer
	}
	for argument := range strings.SplitSeq(strings.TrimSuffix(inner, "]"), ",") {
		argument = argument[strings.LastIndexAny(argument, "/.")+1:]
		outer += "_" + strings.Map(func(r rune) rune {
			if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
				return r
			}
			return -1
		}, argument)
	}
	return outer
}

// properties writes a struct.
func (s *schemas) properties(o *object) Map {
	properties, required := make(orderedMap, 0, len(o.members)), []string{}
	for _, m := range o.members {
		schema := s.of(m.value)
		if text := m.field.Tag.Get("doc"); text != "" {
			schema["description"] = text
		}
		if m.initialJSON != nil {
			schema["default"] = m.initialJSON
		}
		properties = append(properties, orderedMember{m.name, schema})
		isAlways := s.isOutput && !strings.Contains(m.field.Tag.Get("json"), ",omit")
		if m.value.isRequired || isAlways && len(m.index) == 1 {
			required = append(required, m.name)
		}
	}
	schema := Map{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// orderedMap is a JSON object in the order of its members.
type orderedMap []orderedMember

type orderedMember struct {
	name  string
	value any
}

// MarshalJSON implements [json.Marshaler].
func (o orderedMap) MarshalJSON() ([]byte, error) {
	text := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			text = append(text, ',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		text = append(append(append(text, name...), ':'), value...)
	}
	return append(text, '}'), nil
}

// bodySchema is the self-contained schema of a JSON content.
func (v *value) bodySchema() Map {
	s := schemas{prefix: "#/$defs/", names: newSchemaNames(), used: Map{}}
	schema := s.of(v)
	if len(s.used) > 0 {
		schema["$defs"] = s.used
	}
	return schema
}
