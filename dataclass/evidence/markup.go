package evidence

import (
	"html"
	"strings"
)

// plain gives the text of what may be HTML, as some servers make of every text that passes through them. Text that
// merely has angle brackets in it stays as it is.
func plain(s string) string {
	if !isMarkup(s) {
		return s
	}
	s = s[:min(len(s), maxFold)]
	var b strings.Builder
	for s != "" {
		text, rest, tag := strings.Cut(s, "<")
		b.WriteString(html.UnescapeString(text))
		if !tag {
			break
		}
		name, after, closed := strings.Cut(rest, ">")
		if !closed {
			break
		}
		s = after
		end := strings.HasPrefix(name, "/")
		switch name = strings.ToLower(strings.Trim(name, "/ ")); {
		case end && !inline(name):
			b.WriteByte('\n')
		case strings.HasPrefix(name, "style"), strings.HasPrefix(name, "script"), strings.HasPrefix(name, "head"):
			s = afterElement(s, name)
			b.WriteByte('\n')
		case !inline(name):
			b.WriteByte('\n')
		}
	}
	return strings.TrimSpace(b.String())
}

// isMarkup reports whether a text has elements as HTML has them.
func isMarkup(s string) bool {
	if strings.IndexByte(s, '<') < 0 {
		return false
	}
	s = strings.ToLower(s[:min(len(s), maxFold)])
	for _, tag := range []string{"<html", "<body", "<div", "<p>", "<p ", "<br>", "<br/", "<br ", "</span>", "</a>", "</b>", "</li>"} {
		if strings.Contains(s, tag) {
			return true
		}
	}
	return false
}

// afterElement gives what stands from the end of an element on whose text is none.
func afterElement(s, name string) string {
	word, _, _ := strings.Cut(name, " ")
	for i := 0; i+2+len(word) <= len(s); i++ {
		if s[i] == '<' && s[i+1] == '/' && strings.EqualFold(s[i+2:i+2+len(word)], word) {
			return s[i:]
		}
	}
	return ""
}

// inline reports whether an element stands within a line.
func inline(name string) bool {
	word, _, _ := strings.Cut(name, " ")
	switch word {
	case "a", "b", "i", "u", "em", "strong", "span", "font", "code", "small":
		return true
	}
	return false
}
