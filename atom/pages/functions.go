package pages

import (
	"fmt"
	"html/template"
	"strings"
	"time"
)

// functions are what templates may call.
var functions = template.FuncMap{
	"when": when, "asset": AssetPath, "count": count, "list": list,
}

// when prints a time so that a person reads it and a program too; a time that is zero is "never".
func when(t time.Time) template.HTML {
	if t.IsZero() {
		return "never"
	}
	t = t.UTC()
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, t.Format(time.RFC3339), t.Format("2 Jan 2006, 15:04 UTC")))
}

// count says how many there are of something: "1 item", "3 items".
func count(n int, one string, many ...string) string {
	word := one
	if n != 1 {
		word = one + "s"
		if len(many) > 0 {
			word = many[0]
		}
	}
	return fmt.Sprintf("%d %s", n, word)
}

// list joins words as a person does: "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
