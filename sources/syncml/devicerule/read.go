package devicerule

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

//go:embed own.toml
var own []byte

// Own gives the rules that come with Bindery.
func Own() Table {
	t, err := Parse("own.toml", own)
	if err != nil {
		panic(err) // a test reads them
	}
	return t
}

// maxFile bounds a file of rules.
const maxFile = 1 << 20

// An Error says where in a file of rules something is wrong, and what.
type Error struct {
	File string
	Line int // from 1
	Why  string
}

// Error gives all three, as editors read it.
func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Why) }

// Parse reads a file of rules. Every error is an *Error: what is no TOML, an option that there is not, a value
// that means nothing, a rule without a name or for no phone. Name is what errors call the file.
func Parse(name string, data []byte) (Table, error) {
	if len(data) > maxFile {
		return nil, &Error{name, 1, fmt.Sprintf("the file is larger than %d bytes", maxFile)}
	}
	var file struct {
		Rules Table `toml:"rule"`
	}
	d := toml.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, located(name, err)
	}
	lines := linesOf(data)
	for i := range file.Rules {
		if key, err := file.Rules[i].validate(); err != nil {
			return nil, &Error{name, lines.of(i, key), strings.TrimSpace(key + ": " + err.Error())}
		}
	}
	return file.Rules, nil
}

// located gives a decoder's error its place.
func located(name string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		first := strict.Errors[0]
		row, _ := first.Position()
		key := first.Key()
		return &Error{name, row, fmt.Sprintf("there is no option %q", key[len(key)-1])}
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, _ := wrong.Position()
		return &Error{name, row, strings.TrimPrefix(wrong.Error(), "toml: ")}
	}
	return &Error{name, 1, strings.TrimPrefix(err.Error(), "toml: ")}
}

// validate tells which key of a rule is wrong, and why.
func (r *Rule) validate() (key string, err error) {
	if strings.TrimSpace(r.Name) == "" {
		return "name", errors.New("a rule needs a name")
	}
	any := false
	for _, l := range r.Match.lists(Device{}) {
		any = any || len(l.patterns) > 0
	}
	if !any {
		return "match", errors.New(`a rule names the phones that it is for, such as match.manufacturer = ["NOKIA"]`)
	}
	return r.Options.validate()
}

// places are the lines of a file's rules: of each the line of its head under "", and those of its keys.
type places []map[string]int

// of gives the line of a rule's key, or where the rule begins.
func (p places) of(rule int, key string) int {
	if rule >= len(p) {
		return 1
	}
	if line, ok := p[rule][key]; ok {
		return line
	}
	return p[rule][""]
}

// linesOf finds the lines of rules and keys in a file that can be decoded. A rule that stands in an inline table
// is not found; then the first line is blamed.
func linesOf(data []byte) places {
	var p unstable.Parser
	p.Reset(data)
	var out places
	limits, inRule := 0, false
	for p.NextExpression() {
		e := p.Expression()
		var path []string
		it := e.Key()
		line := 0
		for it.Next() {
			if path = append(path, string(it.Node().Data)); line == 0 {
				line = p.Shape(it.Node().Raw).Start.Line
			}
		}
		key := strings.Join(path, ".")
		switch {
		case e.Kind == unstable.ArrayTable && key == "rule":
			out, limits, inRule = append(out, map[string]int{"": line}), 0, true
		case len(out) == 0:
		case e.Kind == unstable.ArrayTable && key == "rule.limit":
			out[len(out)-1][fmt.Sprintf("limit %d", limits)] = line
			limits, inRule = limits+1, false
		case e.Kind == unstable.KeyValue && inRule:
			out[len(out)-1][path[0]] = line
		case e.Kind != unstable.KeyValue:
			inRule = false
		}
	}
	return out
}
