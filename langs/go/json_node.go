package trivet

import (
	"encoding/json"
	"strings"
)

// node is a JSON value whose members are kept as they stood, for the search for what is wrong. It is
// only made of a text that is valid JSON no deeper than encoding/json takes.
type node struct {
	raw     []byte // the text of a scalar
	kind    byte   // of " 0 t n [ {: string, number, boolean, null, array, object
	members []nodeMember
	items   []*node
}

type nodeMember struct {
	name  string
	value *node
}

type nodeParser struct {
	text []byte
	at   int
}

func parseNode(text []byte) *node {
	p := &nodeParser{text: text}
	return p.value()
}

// skip goes past space and the separators, which are known to be right.
func (p *nodeParser) skip() byte {
	for strings.IndexByte(" \t\r\n,:", p.text[p.at]) >= 0 {
		p.at++
	}
	return p.text[p.at]
}

func (p *nodeParser) value() *node {
	switch first := p.skip(); first {
	case '{':
		n := &node{kind: '{'}
		for p.at++; p.skip() != '}'; {
			name := p.scalar()
			var decoded string
			_ = json.Unmarshal(name, &decoded)
			n.members = append(n.members, nodeMember{decoded, p.value()})
		}
		p.at++
		return n
	case '[':
		n := &node{kind: '['}
		for p.at++; p.skip() != ']'; {
			n.items = append(n.items, p.value())
		}
		p.at++
		return n
	case '"', 'n', 't':
		return &node{kind: first, raw: p.scalar()}
	case 'f':
		return &node{kind: 't', raw: p.scalar()}
	default:
		return &node{kind: '0', raw: p.scalar()}
	}
}

func (p *nodeParser) scalar() []byte {
	begin := p.at
	if p.text[p.at] == '"' {
		for p.at++; p.text[p.at] != '"'; p.at++ {
			if p.text[p.at] == '\\' {
				p.at++
			}
		}
		p.at++
		return p.text[begin:p.at]
	}
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n,:]}", p.text[p.at]) < 0 {
		p.at++
	}
	return p.text[begin:p.at]
}

// appendTo writes the value as JSON.
func (n *node) appendTo(text []byte) []byte {
	switch n.kind {
	case '{':
		text = append(text, '{')
		for i, m := range n.members {
			if i > 0 {
				text = append(text, ',')
			}
			name, _ := json.Marshal(m.name)
			text = append(append(text, name...), ':')
			text = m.value.appendTo(text)
		}
		return append(text, '}')
	case '[':
		text = append(text, '[')
		for i, item := range n.items {
			if i > 0 {
				text = append(text, ',')
			}
			text = item.appendTo(text)
		}
		return append(text, ']')
	default:
		return append(text, n.raw...)
	}
}

// find returns the last member that encoding/json takes for a field: of its name, or of its name in
// another case where no other field has that name exactly.
func (n *node) find(o *object, name string) *node {
	for i := len(n.members) - 1; i >= 0; i-- {
		m := &n.members[i]
		if m.name == name || (strings.EqualFold(m.name, name) && o.byName[m.name] == nil) {
			return m.value
		}
	}
	return nil
}
