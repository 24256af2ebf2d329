package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Bash completes with the script, and the last word of a line is what it completes.
func TestCompletionInBash(t *testing.T) {
	script := filepath.Join(t.TempDir(), "bindery.bash")
	if err := os.WriteFile(script, []byte(said(t, "completion", "bash")), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		line []string
		want []string
	}{
		"a command":               {[]string{"bind"}, []string{"binding"}},
		"behind an option":        {[]string{"--data", "x", "quar"}, []string{"quarantine"}},
		"a command of a command":  {[]string{"hold", "ap"}, []string{"approve"}},
		"all of them":             {[]string{"quarantine", ""}, []string{"--data", "--help", "--output", "list", "retry"}},
		"an option":               {[]string{"binding", "set", "1", "--remove"}, []string{"--remove-twins"}},
		"an option of everything": {[]string{"log", "--out"}, []string{"--output"}},
		"a value":                 {[]string{"binding", "add", "--conflict", "t"}, []string{"target"}},
		"values of everything":    {[]string{"log", "--output", ""}, []string{"json", "text"}},
		"a file":                  {[]string{"doctor", "--tls-cert", "zz"}, nil},
		"no hidden option":        {[]string{"devices", "--js"}, nil},
		"a value is no command":   {[]string{"--data", "log", "serv"}, []string{"serve"}},
		"nothing":                 {[]string{"nonsense-"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"-c", `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bindery; printf '%s\n' "${COMPREPLY[@]}"`, script, "bindery"}, c.line...)
			out, err := exec.CommandContext(t.Context(), "bash", args...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			got := strings.Fields(string(out))
			slices.Sort(got)
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever the shell, no command and no option is left out.
func TestCompletionIsWhole(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script := said(t, "completion", shell)
		for _, n := range leaves(t) {
			if !strings.Contains(script, "'"+wordsOf(n)+"'") {
				t.Errorf("%s does not know %s", shell, wordsOf(n))
			}
			for _, f := range n.Flags {
				if has := strings.Contains(script, "--"+f.Name) || strings.Contains(script, "-l "+f.Name+" "); has == f.Hidden {
					t.Errorf("%s: --%s of %s: %v", shell, f.Name, wordsOf(n), has)
				}
			}
		}
	}
	if !strings.HasPrefix(said(t, "completion", "zsh"), "#compdef bindery\n") {
		t.Error("zsh does not find it")
	}
}
