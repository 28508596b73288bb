package trivet

import "encoding/json"

// parameters lists those of the plan, and those of the pattern that the plan does not take.
func (r *route) parameters(s *schemas) (list []Map) {
	taken := map[string]bool{}
	for i := range r.doc.plan.parametersOf() {
		f := &r.doc.plan.parameters[i]
		if f.in == inForm {
			continue
		}
		parameter := Map{"name": f.name, "in": f.in.String(), "schema": f.schema(s)}
		if f.in == inPath {
			taken[f.name] = true
		}
		if f.in == inPath || f.value.isRequired {
			parameter["required"] = true
		}
		if text := f.field.Tag.Get("doc"); text != "" {
			parameter["description"] = text
		}
		list = append(list, parameter)
	}
	for _, segment := range patternSegments(r.pattern) {
		if segment.isParameter && !taken[segment.text] {
			list = append(list, Map{
				"name": segment.text, "in": "path", "required": true,
				"schema": constraintSchema(segment.constraint),
			})
		}
	}
	return list
}

func (p *plan) parametersOf() []parameter {
	if p == nil {
		return nil
	}
	return p.parameters
}

// schema is that of a parameter, which cannot be null: it is there or not.
func (f *parameter) schema(s *schemas) Map {
	there := *f.value
	there.isRequired, there.pointers = true, 0
	schema := s.of(&there)
	if f.value.kind == kindList && f.value.parse != nil {
		schema = Map{"type": "string", "format": "uuid"}
	}
	if f.initial != nil {
		if text, err := json.Marshal(f.initial().Interface()); err == nil {
			schema["default"] = json.RawMessage(text)
		}
	}
	return schema
}

// requestBody describes the content; nil when none is read.
func (p *plan) requestBody(s *schemas) Map {
	switch {
	case p == nil:
		return nil
	case p.body != nil:
		return Map{"required": true, "content": Map{"application/json": Map{"schema": s.of(p.body)}}}
	case !p.hasForm:
		return nil
	}
	properties, required, hasFile := orderedMap{}, []string{}, false
	for i := range p.parameters {
		f := &p.parameters[i]
		if f.in != inForm {
			continue
		}
		schema := f.schema(s)
		if f.isFile {
			hasFile = true
			schema = Map{"type": "string", "format": "binary"}
			if f.value.kind == kindList {
				schema = Map{"type": "array", "items": schema}
				f.value.addRules(schema)
			}
		}
		if text := f.field.Tag.Get("doc"); text != "" {
			schema["description"] = text
		}
		properties = append(properties, orderedMember{f.name, schema})
		if f.value.isRequired {
			required = append(required, f.name)
		}
	}
	schema := Map{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	content := Map{"multipart/form-data": Map{"schema": schema}}
	if !hasFile {
		content["application/x-www-form-urlencoded"] = Map{"schema": schema}
	}
	return Map{"required": true, "content": content}
}
