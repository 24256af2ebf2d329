//go:build mutants

package bindings

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// numbered is a mutant and its number in the list.
type numbered struct {
	i int
	m mutant
}

// An edit puts a text in the place of another, that of the bytes from at to end.
type edit struct {
	at, end int
	text    string
}

// weaveMutants gives a source in which each of the mutants stands beside the function that it changes, under a name of its
// own. The function calls it as long as it lives. Also the name of the package.
func weaveMutants(text []byte, those []numbered) (woven []byte, pkg string, err error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, "", err
	}
	s := &shuttle{text: string(text), set: set}
	for _, n := range those {
		at := strings.Index(s.text, n.m.old)
		if at < 0 {
			return nil, "", fmt.Errorf("%s: its text is not there", n.m.name)
		}
		if err := s.add(file, n, at); err != nil {
			return nil, "", fmt.Errorf("%s: %w", n.m.name, err)
		}
	}
	out := s.text
	slices.SortStableFunc(s.edits, func(a, b edit) int { return b.at - a.at })
	for _, e := range s.edits {
		out = out[:e.at] + e.text + out[e.end:]
	}
	return []byte(out + strings.Join(s.copies, "")), file.Name.Name, nil
}

// A shuttle collects what is to change in one source.
type shuttle struct {
	text   string
	set    *token.FileSet
	edits  []edit
	copies []string
}

func (s *shuttle) offset(p token.Pos) int { return s.set.Position(p).Offset }

// add puts the copy of the function that a mutant changes beside it.
func (s *shuttle) add(file *ast.File, n numbered, at int) error {
	f := s.function(file, at, at+len(n.m.old))
	if f == nil {
		return errors.New("no function has its text")
	}
	from, name := s.offset(f.Pos()), s.offset(f.Name.Pos())
	mutated := s.text[name+len(f.Name.Name):at] + n.m.with + s.text[at+len(n.m.old):s.offset(f.End())]
	if at < s.offset(f.Body.Lbrace) {
		return errors.New("it changes the head of a function")
	}
	other := fmt.Sprintf("mutant%d%s", n.i, f.Name.Name) // not exported, for tests that look at a type's methods
	s.copies = append(s.copies, "\n\n"+s.text[from:name]+other+mutated+"\n")
	call := s.receiver(f) + other + typeArguments(f) + "(" + s.arguments(f) + ")"
	if f.Type.Results != nil {
		call = "return " + call
	} else {
		call += "; return"
	}
	inside := s.offset(f.Body.Lbrace) + 1
	s.edits = append(s.edits, edit{inside, inside, fmt.Sprintf(" if mutantAlive == \"%d\" { %s };", n.i, call)})
	return nil
}

// function gives the function in which a part of the source lies.
func (s *shuttle) function(file *ast.File, from, to int) *ast.FuncDecl {
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil && s.offset(f.Pos()) <= from && to <= s.offset(f.End()) {
			return f
		}
	}
	return nil
}

// receiver gives what stands before the name in a call of a method.
func (s *shuttle) receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	return s.names(f.Recv, "receiver")[0] + "."
}

// arguments are those that a function has itself been given.
func (s *shuttle) arguments(f *ast.FuncDecl) string {
	names := s.names(f.Type.Params, "argument")
	if n := len(f.Type.Params.List); n > 0 {
		if _, many := f.Type.Params.List[n-1].Type.(*ast.Ellipsis); many {
			names[len(names)-1] += "..."
		}
	}
	return strings.Join(names, ", ")
}

// names gives the names of parameters, and names to those that have none.
func (s *shuttle) names(list *ast.FieldList, word string) []string {
	var all []string
	for _, field := range list.List {
		if len(field.Names) == 0 {
			all = append(all, fmt.Sprintf("%s%d", word, len(all)))
			at := s.offset(field.Type.Pos())
			s.name(at, at, all[len(all)-1]+" ")
		}
		for _, id := range field.Names {
			all = append(all, id.Name)
			if id.Name == "_" {
				all[len(all)-1] = fmt.Sprintf("%s%d", word, len(all)-1)
				s.name(s.offset(id.Pos()), s.offset(id.End()), all[len(all)-1])
			}
		}
	}
	return all
}

// name puts the name of a parameter, once.
func (s *shuttle) name(at, end int, text string) {
	if e := (edit{at, end, text}); !slices.Contains(s.edits, e) {
		s.edits = append(s.edits, e)
	}
}

// typeArguments are those of a generic function.
func typeArguments(f *ast.FuncDecl) string {
	if f.Type.TypeParams == nil {
		return ""
	}
	var names []string
	for _, field := range f.Type.TypeParams.List {
		for _, id := range field.Names {
			names = append(names, id.Name)
		}
	}
	return "[" + strings.Join(names, ", ") + "]"
}
