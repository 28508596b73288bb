// Command godoc prints the exported interface of a Go package as one page of Markdown, as `go doc
// -all` shows it: godoc FOLDER. The tests of the package are read for their examples.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"strings"
)

// page gathers the text; set and pkg are what it is made of.
type page struct {
	bytes.Buffer
	set *token.FileSet
	pkg *doc.Package
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: godoc FOLDER")
	}
	text, err := reference(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(text)
}

func reference(folder string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return "", err
	}
	p := page{set: token.NewFileSet()}
	var files []*ast.File
	for _, path := range paths {
		file, err := parser.ParseFile(p.set, path, nil, parser.ParseComments)
		if err != nil {
			return "", err
		}
		files = append(files, file)
	}
	p.pkg, err = doc.NewFromFiles(p.set, files, "github.com/trivet/trivet/langs/go")
	if err != nil {
		return "", err
	}
	p.printf("# Go reference\n\n`import %q`\n\n%s\n", p.pkg.ImportPath, p.prose(p.pkg.Doc))
	p.examples(p.pkg.Examples)
	p.printf("## Constants\n\n")
	p.values(p.pkg.Consts)
	p.printf("## Variables\n\n")
	p.values(p.pkg.Vars)
	p.functions(p.pkg.Funcs, "##")
	for _, t := range p.pkg.Types {
		p.printf("## type %s { #%s }\n\n", t.Name, strings.ToLower(t.Name))
		p.code(t.Decl)
		p.printf("%s\n", p.prose(t.Doc))
		p.examples(t.Examples)
		p.values(t.Consts)
		p.values(t.Vars)
		p.functions(t.Funcs, "###")
		p.functions(t.Methods, "###")
	}
	return strings.TrimRight(p.String(), "\n") + "\n", nil
}

func (p *page) printf(layout string, arguments ...any) { fmt.Fprintf(p, layout, arguments...) }

// prose is a comment as Markdown; links to names of the package lead to their headings' text.
func (p *page) prose(text string) string {
	made := p.pkg.Printer()
	made.HeadingLevel = 4
	made.DocLinkURL = target
	return string(made.Markdown(p.pkg.Parser().Parse(text)))
}

// target is where the page tells of a name: the anchor of its heading.
func target(link *comment.DocLink) string {
	switch {
	case link.ImportPath != "":
		return link.DefaultURL("https://pkg.go.dev")
	case link.Recv != "":
		return "#func-" + strings.ToLower(link.Recv+"-"+link.Name)
	case ast.IsExported(link.Name):
		return "#" + strings.ToLower(link.Name)
	}
	return ""
}

func (p *page) code(node any) {
	p.printf("```go\n")
	config := printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}
	if err := config.Fprint(p, p.set, node); err != nil {
		log.Fatal(err)
	}
	p.printf("\n```\n\n")
}

// values are constants or variables, each with an anchor for the links to it.
func (p *page) values(values []*doc.Value) {
	for _, value := range values {
		for _, name := range value.Names {
			p.printf("<a id=%q></a>", strings.ToLower(name))
		}
		p.printf("\n\n")
		p.code(value.Decl)
		p.printf("%s\n", p.prose(value.Doc))
	}
}

func (p *page) functions(functions []*doc.Func, level string) {
	for _, f := range functions {
		name, anchor := f.Name, strings.ToLower(f.Name)
		if f.Recv != "" {
			receiver := strings.Trim(f.Recv, "*")
			name = fmt.Sprintf("(%s) %s", f.Recv, f.Name)
			anchor = "func-" + strings.ToLower(receiver+"-"+f.Name)
		}
		p.printf("%s `func %s` { #%s }\n\n", level, name, anchor)
		f.Decl.Body = nil
		p.code(f.Decl)
		p.printf("%s\n", p.prose(f.Doc))
		p.examples(f.Examples)
	}
}

func (p *page) examples(examples []*doc.Example) {
	for _, example := range examples {
		var source bytes.Buffer
		if err := format.Node(&source, p.set, &printer.CommentedNode{
			Node: example.Code, Comments: example.Comments,
		}); err != nil {
			log.Fatal(err)
		}
		text := strings.TrimSpace(source.String())
		if inner, ok := strings.CutPrefix(text, "{\n"); ok {
			text = strings.ReplaceAll(strings.TrimSuffix(inner, "\n}"), "\n\t", "\n")
			text = strings.TrimPrefix(text, "\t")
		}
		p.printf("Example%s:\n\n```go\n%s\n```\n\n", strings.TrimSpace(" "+example.Suffix), text)
		if example.Output != "" {
			p.printf("prints\n\n```text\n%s```\n\n", example.Output)
		}
	}
}
