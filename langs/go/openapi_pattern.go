package trivet

import "strings"

// operationID is the route's name, or made of its first method and the words of its pattern.
func (r *route) operationID() string {
	if r.name != "" {
		return r.name
	}
	method, _, _ := strings.Cut(r.methods, ",")
	if method == "*" {
		method = "any"
	}
	id := strings.ToLower(method)
	for _, segment := range patternSegments(r.pattern) {
		word := strings.Map(func(c rune) rune {
			if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
				return c
			}
			return '_'
		}, segment.text)
		if word != "" {
			id += "_" + word
		}
	}
	return id
}

// patternSegment is one part of a pattern: literal text, or a parameter with its constraint.
type patternSegment struct {
	text, constraint string
	isParameter      bool
}

// patternSegments takes a pattern apart, which the engine has found to be right.
func patternSegments(pattern string) (segments []patternSegment) {
	for pattern != "" {
		pattern = strings.TrimLeft(pattern, "/")
		begin := strings.IndexByte(pattern, '{')
		slash := strings.IndexByte(pattern, '/')
		if begin < 0 || slash >= 0 && slash < begin {
			text, rest, _ := strings.Cut(pattern, "/")
			segments = append(segments, patternSegment{text: text})
			pattern = rest
			continue
		}
		end, depth := begin, 0
		for ; end < len(pattern); end++ {
			if pattern[end] == '{' {
				depth++
			} else if pattern[end] == '}' {
				if depth--; depth == 0 {
					break
				}
			}
		}
		name, constraint, _ := strings.Cut(pattern[begin+1:min(end, len(pattern))], ":")
		segments = append(segments, patternSegment{name, constraint, true})
		pattern = pattern[min(end+1, len(pattern)):]
	}
	return segments
}

func constraintSchema(constraint string) Map {
	switch {
	case constraint == "int":
		return Map{"type": "integer", "format": "int64"}
	case constraint == "uuid":
		return Map{"type": "string", "format": "uuid"}
	case strings.HasPrefix(constraint, "regex("):
		pattern := strings.TrimSuffix(strings.TrimPrefix(constraint, "regex("), ")")
		return Map{"type": "string", "pattern": "^(?:" + pattern + ")$"}
	}
	return Map{"type": "string"}
}
