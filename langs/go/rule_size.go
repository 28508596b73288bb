package trivet

import (
	"fmt"
	"math"
	"strconv"
)

// sizeWords are what the sizes of strings, lists and maps are called.
var sizeWords = map[valueKind]struct{ suffix, one, many string }{
	kindString: {"Length", "character", "characters"},
	kindList:   {"Items", "item", "items"},
	kindMap:    {"Properties", "member", "members"},
}

// sizeRules makes bounds of the number of characters, items or members.
func (v *value) sizeRules(name, parameter string) ([]rule, error) {
	if _, has := sizeWords[v.kind]; !has {
		return nil, fmt.Errorf("%v has neither a value to compare nor a size", v.t)
	}
	n, err := strconv.Atoi(parameter)
	if err != nil || n < 0 || n > math.MaxInt32 {
		return nil, fmt.Errorf("its parameter %q is no size", parameter)
	}
	switch name {
	case "min", "gte":
		return []rule{v.sizeAtLeast(n)}, nil
	case "max", "lte":
		return []rule{v.sizeAtMost(n)}, nil
	case "gt":
		return []rule{v.sizeAtLeast(n + 1)}, nil
	case "lt":
		if n == 0 {
			return nil, fmt.Errorf("nothing has a size below 0")
		}
		return []rule{v.sizeAtMost(n - 1)}, nil
	case "len", "eq":
		return []rule{v.sizeAtLeast(n), v.sizeAtMost(n)}, nil
	default: // ne
		return []rule{{
			code: "not", detail: "must not match", size: func(size int) bool { return size != n },
			schema: Map{"not": Map{
				"min" + sizeWords[v.kind].suffix: n, "max" + sizeWords[v.kind].suffix: n,
			}},
		}}, nil
	}
}

func (v *value) sizeAtLeast(n int) rule {
	code := "min" + sizeWords[v.kind].suffix
	return rule{
		code: code, detail: "must have at least " + v.countOf(n), schema: Map{code: n},
		size: func(size int) bool { return size >= n },
	}
}

func (v *value) sizeAtMost(n int) rule {
	code := "max" + sizeWords[v.kind].suffix
	return rule{
		code: code, detail: "must have at most " + v.countOf(n), schema: Map{code: n},
		size: func(size int) bool { return size <= n },
	}
}

func (v *value) countOf(n int) string {
	words := sizeWords[v.kind]
	if n == 1 {
		return "1 " + words.one
	}
	return strconv.Itoa(n) + " " + words.many
}
