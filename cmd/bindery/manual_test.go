package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/sources/dav/named"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// leaves are the commands, in the order of the help.
func leaves(t *testing.T) []*kong.Node {
	t.Helper()
	var c cli
	k, err := kong.New(&c, kong.Name("bindery"))
	if err != nil {
		t.Fatal(err)
	}
	return k.Model.Leaves(true)
}

// Every command has a page, with an example of itself, and forms for programs or a reason against them; no page is of
// nothing.
func TestManualIsWhole(t *testing.T) {
	pages, has := manual(), map[string]bool{}
	for _, n := range leaves(t) {
		words := wordsOf(n)
		has[words] = true
		p, ok := pages[words]
		if !ok || len(p.Examples) == 0 || len(p.Examples) > 2 || (len(p.Prints) == 0) == (p.Plain == "") {
			t.Errorf("bindery %s: no page, no example, or no word about --output json", words)
		}
		for _, e := range p.Examples {
			if !strings.HasPrefix(strings.Replace(e, " --data bindery-data", "", 1)+" list", "bindery "+words) && !strings.HasPrefix(e, "bindery "+strings.TrimSuffix(words, " list")) {
				t.Errorf("%q is no example of bindery %s", e, words)
			}
		}
		for _, form := range p.Prints {
			for _, f := range fieldsOfForm(reflect.TypeOf(form)) {
				if f.name == "" || f.says == "" {
					t.Errorf("bindery %s: a field of %T has no name, or nothing is said of it", words, form)
				}
			}
		}
	}
	for words := range pages {
		if !has[words] {
			t.Errorf("there is no bindery %s", words)
		}
	}
}

type formField struct{ name, kind, says string }

// fieldsOfForm lists the fields of a form; those of what it embeds are its own.
func fieldsOfForm(f reflect.Type) (out []formField) {
	for i := range f.NumField() {
		field := f.Field(i)
		if field.Anonymous {
			out = append(out, fieldsOfForm(field.Type)...)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		says := field.Tag.Get("says")
		if says == "" {
			says = strings.ReplaceAll(name, "_", " ") // the name says it
		}
		out = append(out, formField{name, kindOf(field.Type), says})
	}
	return out
}

func kindOf(f reflect.Type) string {
	switch f.Kind() {
	case reflect.Slice:
		return "list of " + kindOf(f.Elem())
	case reflect.Pointer:
		return kindOf(f.Elem())
	case reflect.Struct:
		if f.String() == "time.Time" {
			return "time"
		}
		return "object"
	case reflect.Map:
		return "object"
	case reflect.Bool, reflect.String:
		return f.Kind().String()
	}
	return "number"
}

// Every example of the manual and of the documents runs, in a folder of its own; those of the manual as text and as JSON.
func TestExamples(t *testing.T) {
	w := newExampleWorld(t)
	w.documents(t)
	for _, n := range leaves(t) {
		words := wordsOf(n)
		p := manual()[words]
		for i, e := range p.Examples {
			t.Run(fmt.Sprintf("%s/%d", words, i), func(t *testing.T) {
				out := w.copied(t).try(t, e)
				if p.Plain == "" && !strings.Contains(e, "json") && json.Valid([]byte(out)) && out != "" {
					t.Errorf("text is not the default: %s", out)
				}
				if p.Plain == "" {
					wantForms(t, p, w.copied(t).try(t, e+" --output json"), words)
				}
			})
		}
	}
}

// silent are commands that may have nothing to print.
var silent = []string{"doctor", "migrate"}

// wantForms wants every line to be one of the forms of a page, of which no field is unknown.
func wantForms(t *testing.T, p page, out, words string) {
	t.Helper()
	if out == "" && !slices.Contains(silent, words) {
		t.Error("it prints nothing")
	}
	for line := range strings.Lines(out) {
		if !slices.ContainsFunc(p.Prints, func(form any) bool {
			dec := json.NewDecoder(strings.NewReader(line))
			dec.DisallowUnknownFields()
			return dec.Decode(reflect.New(reflect.TypeOf(form)).Interface()) == nil
		}) {
			t.Errorf("none of the documented forms: %s", line)
		}
	}
}

// try runs an example in its world, wants it to end well, and gives what it printed. Who would be asked for a password
// gets it from a file, and a server is stopped when it has begun.
func (w *exampleWorld) try(t *testing.T, example string) string {
	t.Helper()
	t.Chdir(w.root)
	t.Setenv("HOME", w.root)
	t.Setenv("XDG_STATE_HOME", "")
	args, in, file := w.line(example)
	if args[0] == "account" && !slices.Contains(args, "--password-stdin") && slices.Contains([]string{"add", "passwd"}, args[1]) {
		args, in = append(args, "--password-stdin"), filepath.Join(w.root, "password")
	}
	term, ctx, out, wrong := terminal{in: os.Stdin}, t.Context(), new(stopper), new(bytes.Buffer)
	if args[0] == "serve" {
		ctx, out.stop = context.WithCancel(ctx)
		defer out.stop()
	}
	if i := slices.IndexFunc(args, named.IsAddress); i >= 0 && slices.Contains(args, "sync") {
		args[i] = newDAVWorld(t).b
	}
	if len(args) > 2 && slices.Equal(args[:3], []string{"client", "add", "dav"}) {
		args, in = w.addsDAV(t, args)
	}
	if len(args) > 2 && slices.Equal(args[:2], []string{"client", "set"}) && slices.ContainsFunc(args, isOfCollections) {
		args = w.movesDAV(t, args)
	}
	if args[0] == "health" {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { sayOK(w) }))
		defer web.Close()
		args[1] = web.URL
	}
	if in != "" {
		f, err := os.Open(in)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		term.in = f
	}
	term.out, term.err = out, wrong
	if code := run(ctx, args, term); code != exitDone {
		t.Errorf("bindery %q ends with %d: %s%s", args, code, out.String(), wrong)
	}
	if file != "" && out.Len() == 0 {
		t.Errorf("%s would be empty", file)
	}
	return out.String()
}

// A stopper stops a server that has said something.
type stopper struct {
	bytes.Buffer
	stop context.CancelFunc
}

// Write implements io.Writer.
func (s *stopper) Write(p []byte) (int, error) {
	if s.stop != nil {
		s.stop()
	}
	return s.Buffer.Write(p)
}

// documents runs the commands in blocks of the documents as they stand there. What follows two spaces is a remark.
func (w *exampleWorld) documents(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range append(files, filepath.Join("..", "..", "README.md")) {
		if filepath.Base(name) == "cli.md" {
			continue // these are the examples of the manual
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range commandsIn(string(text)) {
			n++
			t.Run(filepath.Base(name)+"/"+line, func(t *testing.T) {
				c := w.copied(t)
				if strings.Contains(line, "restore-backup") {
					c.try(t, "bindery backup /var/backups/bindery.db")
					line += " --yes"
				}
				c.try(t, line)
			})
		}
	}
	if n < 10 {
		t.Errorf("only %d commands were found", n)
	}
}

var documented = regexp.MustCompile(`^(?:    +)?(bindery .*?)(?:  .*)?$`)

// commandsIn gives the commands in the blocks of a document, fenced or indented.
func commandsIn(text string) (out []string) {
	fenced := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
			continue
		}
		if m := documented.FindStringSubmatch(line); m != nil && (fenced || strings.HasPrefix(line, "    ")) {
			out = append(out, m[1])
		}
	}
	return out
}

// docs/cli.md is written from the program. Run with -update to write it.
func TestCLIDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString(cliHead)
	for _, f := range globals(t) {
		fmt.Fprintf(&b, "| `--%s` | %s |\n", f.Name, inTable(f))
	}
	for _, n := range leaves(t) {
		writeCommand(&b, n, manual()[wordsOf(n)])
	}
	golden := filepath.Join("..", "..", "docs", "cli.md")
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("docs/cli.md is not what the program is; run go test ./cmd/bindery -run TestCLIDocument -update:\n%s", diff)
	}
}

const cliHead = `# Commands

This page is made from the program: ` + "`bindery COMMAND --help`" + ` says the same.

With ` + "`--output json`" + ` a command prints one JSON object a line. Names of fields do not change; new ones may come. Times are in UTC (RFC 3339), and left out where there is none. An error is one object on the standard error, ` + "`{\"error\": …, \"exit\": …}`" + `, with the exit status: 0 done, 1 done but for some items (or something was found), 2 usage, 3 held, 4 failed.

` + "`bindery completion bash`" + ` (or zsh, fish) prints a script that completes commands and options.

## Options of every command

| option | |
|---|---|
`

func globals(t *testing.T) []*kong.Flag {
	t.Helper()
	return leaves(t)[0].Parent.Flags
}

func inTable(f *kong.Flag) string {
	text := strings.NewReplacer("${enum}", f.Enum, "|", `\|`).Replace(f.Help)
	if f.HasDefault && f.Default != "" && !strings.Contains(text, "default") {
		text += " Default: `" + f.Default + "`."
	}
	return text
}

func writeCommand(b *strings.Builder, n *kong.Node, p page) {
	fmt.Fprintf(b, "\n## bindery %s\n\n%s\n\n```\n%s\n```\n", wordsOf(n), n.Help, strings.Join(p.Examples, "\n"))
	if len(n.Positional)+len(n.Flags) > 0 {
		b.WriteString("\n| | |\n|---|---|\n")
	}
	for _, a := range n.Positional {
		fmt.Fprintf(b, "| `%s` | %s |\n", a.Summary(), strings.ReplaceAll(a.Help, "|", `\|`))
	}
	for _, f := range n.Flags {
		if !f.Hidden {
			fmt.Fprintf(b, "| `%s` | %s |\n", f.String(), inTable(f))
		}
	}
	if p.Plain != "" {
		fmt.Fprintf(b, "\nNo `--output json`: %s.\n", p.Plain)
	}
	for i, form := range p.Prints {
		word := "JSON"
		if i > 0 {
			word = "or"
		}
		fmt.Fprintf(b, "\n%s:\n\n| field | | |\n|---|---|---|\n", word)
		for _, f := range fieldsOfForm(reflect.TypeOf(form)) {
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", f.name, f.kind, f.says)
		}
	}
}
