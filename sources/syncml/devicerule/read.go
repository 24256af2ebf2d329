package devicerule

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"reflect"
	"regexp"
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

// Parse reads a file of rules. Every error is an *Error, or several of them joined, a line each: what is no TOML, an
// option that there is not, a value that means nothing, a rule without a name or for no phone. Name is what errors
// call the file.
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
	var all []error
	for i := range file.Rules {
		for _, m := range file.Rules[i].mistakes() {
			all = append(all, &Error{name, lines.of(i, m.key), strings.TrimSpace(m.key + ": " + m.err.Error())})
		}
	}
	if err := errors.Join(all...); err != nil {
		return nil, err
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
		return &Error{name, row, inWords(wrong)}
	}
	return &Error{name, 1, strings.TrimPrefix(err.Error(), "toml: ")}
}

// ofWrongType is how the decoder says that an option has a value of another type.
var ofWrongType = regexp.MustCompile(`cannot decode TOML (.+) into struct field .*\.(\w+) of type (\S+)`)

// inWords says what a decoder's error means in words of the file.
func inWords(wrong *toml.DecodeError) string {
	text := strings.TrimPrefix(wrong.Error(), "toml: ")
	m := ofWrongType.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	is := map[string]string{"integer": "a number", "float": "a fraction", "string": "a text", "boolean": "true or false", "array": "a list"}[m[1]]
	wants := map[string]string{"string": "a text in quotes", "int": "a whole number", "bool": "true or false", "[]string": "a list of texts in quotes",
		"[]int": "a list of whole numbers"}[m[3]]
	return fmt.Sprintf("%s: wants %s, not %s", optionOf(wrong, m[2]), cmp.Or(wants, "a table"), cmp.Or(is, "that"))
}

// optionOf names an option as the file does; field is what the code calls it.
func optionOf(wrong *toml.DecodeError, field string) string {
	if key := wrong.Key(); len(key) > 0 {
		return key[len(key)-1]
	}
	if f, ok := reflect.TypeFor[Rule]().FieldByName(field); ok {
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		return name
	}
	return strings.ToLower(field)
}

// A mistake is what is wrong with a key of a rule.
type mistake struct {
	key string
	err error
}

// mistakes lists what is wrong with a rule: without a name, for no phone, and the first of its options that means
// nothing.
func (r *Rule) mistakes() (out []mistake) {
	if strings.TrimSpace(r.Name) == "" {
		out = append(out, mistake{"name", errors.New("a rule needs a name")})
	}
	any := false
	for _, l := range r.Match.lists(Device{}) {
		any = any || len(l.patterns) > 0
	}
	if !any {
		out = append(out, mistake{"match", errors.New(`a rule names the phones that it is for, such as match.manufacturer = ["NOKIA"]`)})
	}
	if key, err := r.validate(); err != nil {
		out = append(out, mistake{key, err})
	}
	return out
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
