package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCmd is "bindery completion".
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a script that completes commands, options and their values.
func (c *completionCmd) Run(term *terminal) error {
	var all cli
	k, err := kong.New(&all, kong.Name("bindery"))
	if err != nil {
		return err
	}
	tree := completions(k.Model.Node)
	switch c.Shell {
	case "bash":
		term.printf("%s", bashScript(tree))
	case "zsh":
		term.printf("#compdef bindery\nautoload -U +X bashcompinit && bashcompinit\n%s", bashScript(tree))
	default:
		term.printf("%s", fishScript(tree))
	}
	return nil
}

// A completion is what may follow a command's words.
type completion struct {
	path     string // its words, "" for the program
	commands []*kong.Node
	flags    []*kong.Flag
}

// completions walks the tree of commands, the program first.
func completions(n *kong.Node) []completion {
	c := completion{path: wordsOf(n)}
	for m := n; m != nil; m = m.Parent {
		for _, f := range m.Flags {
			if !f.Hidden {
				c.flags = append(c.flags, f)
			}
		}
	}
	var below []completion
	for _, child := range n.Children {
		if child.Hidden || child.Type != kong.CommandNode {
			continue
		}
		c.commands = append(c.commands, child)
		below = append(below, completions(child)...)
	}
	return append([]completion{c}, below...)
}

// words are the names of commands and options, in order.
func (c completion) words() []string {
	var out []string
	for _, n := range c.commands {
		out = append(out, n.Name)
	}
	for _, f := range c.flags {
		out = append(out, "--"+f.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// valuesOf gives what an option may be, none for one that may be much.
func valuesOf(f *kong.Flag) []string {
	var out []string
	for _, v := range strings.Split(f.Enum, ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// bashScript completes in bash, and in zsh by its bashcompinit. It needs no associative arrays, which old ones lack.
func bashScript(tree []completion) string {
	var next, words, choices strings.Builder
	var valued []string
	for _, c := range tree {
		for _, n := range c.commands {
			fmt.Fprintf(&next, "\t'%s/%s') path='%s' ;;\n", c.path, n.Name, wordsOf(n))
		}
		fmt.Fprintf(&words, "\t'%s') words='%s' ;;\n", c.path, strings.Join(c.words(), " "))
		for _, f := range c.flags {
			if !f.IsBool() {
				valued = append(valued, fmt.Sprintf("'%s --%s'", c.path, f.Name))
			}
			if v := valuesOf(f); len(v) > 0 {
				fmt.Fprintf(&choices, "\t'%s --%s') words='%s' ;;\n", c.path, f.Name, strings.Join(v, " "))
			} else if !f.IsBool() {
				fmt.Fprintf(&choices, "\t'%s --%s') files=1 ;;\n", c.path, f.Name)
			}
		}
	}
	return `_bindery() {
	local path='' words='' files='' i cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"
	for ((i = 1; i < COMP_CWORD; i++)); do
	case "$path ${COMP_WORDS[i]}" in
	` + strings.Join(valued, "|") + `) i=$((i + 1)); continue ;;
	esac
	case "$path/${COMP_WORDS[i]}" in
` + next.String() + `	esac
	done
	case "$path $prev" in
` + choices.String() + `	esac
	if [ -z "$words$files" ]; then
	case "$path" in
` + words.String() + `	esac
	fi
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _bindery bindery
`
}

// fishScript completes in fish, with the help of each command and option.
func fishScript(tree []completion) string {
	var known, lines strings.Builder
	for _, c := range tree {
		for _, n := range c.commands {
			fmt.Fprintf(&known, " '%s'", wordsOf(n))
			fmt.Fprintf(&lines, "complete -c bindery -f -n '__bindery_at \"%s\"' -a %s -d %s\n", c.path, n.Name, fishWord(n.Help))
		}
		for _, f := range c.flags {
			more := ""
			if v := valuesOf(f); len(v) > 0 {
				more = " -x -a '" + strings.Join(v, " ") + "'"
			} else if !f.IsBool() {
				more = " -r"
			}
			fmt.Fprintf(&lines, "complete -c bindery -n '__bindery_at \"%s\"' -l %s%s -d %s\n", c.path, f.Name, more, fishWord(strings.ReplaceAll(f.Help, "${enum}", f.Enum)))
		}
	}
	return `function __bindery_at
	set -l path ''
	set -l tokens (commandline -opc)
	for word in $tokens[2..]
		set -l longer (string trim "$path $word")
		if contains -- "$longer"` + known.String() + `
			set path $longer
		end
	end
	test "$path" = "$argv[1]"
end
` + lines.String()
}

func fishWord(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
