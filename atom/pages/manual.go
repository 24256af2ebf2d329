package pages

import (
	"regexp"
	"strings"
)

// A Manual is a page of the API's documentation.
type Manual struct {
	// Name is its heading.
	Name   string
	Blocks []Block
}

// Template implements View.
func (Manual) Template() string { return "doc" }

// Title implements View.
func (m Manual) Title() string { return m.Name }

// A Block is a paragraph of Spans, unless it is a heading or code, whose text is Text, or a list of Items.
type Block struct {
	Heading, Code bool
	Text          string
	Items         [][]Span
	Spans         []Span
}

// A Span is a piece of a line: plain text, code, or a link.
type Span struct {
	Text string
	Code bool
	Path string
}

// NewManual reads the Markdown that the documentation is written in: headings, paragraphs of one line, lists of lines
// that begin with "- ", fenced code, and in lines code and links.
func NewManual(markdown string) Manual {
	var m Manual
	var code *Block
	for line := range strings.Lines(markdown) {
		line = strings.TrimSuffix(line, "\n")
		last := len(m.Blocks) - 1
		switch {
		case strings.HasPrefix(line, "```"):
			if code != nil {
				m.Blocks, code = append(m.Blocks, *code), nil
			} else {
				code = &Block{Code: true}
			}
		case code != nil:
			code.Text += line + "\n"
		case strings.HasPrefix(line, "# "):
			m.Name = line[2:]
		case strings.HasPrefix(line, "## "):
			m.Blocks = append(m.Blocks, Block{Heading: true, Text: line[3:]})
		case strings.HasPrefix(line, "- "):
			if last < 0 || m.Blocks[last].Items == nil {
				m.Blocks, last = append(m.Blocks, Block{}), last+1
			}
			m.Blocks[last].Items = append(m.Blocks[last].Items, spans(line[2:]))
		case line != "":
			m.Blocks = append(m.Blocks, Block{Spans: spans(line)})
		}
	}
	if code != nil {
		m.Blocks = append(m.Blocks, *code)
	}
	return m
}

// special is code or a link in a line.
var special = regexp.MustCompile("`([^`]+)`|\\[([^\\]]+)\\]\\(([^)]+)\\)")

func spans(line string) []Span {
	var out []Span
	at := 0
	for _, m := range special.FindAllStringSubmatchIndex(line, -1) {
		if m[0] > at {
			out = append(out, Span{Text: line[at:m[0]]})
		}
		if at = m[1]; m[2] >= 0 {
			out = append(out, Span{Text: line[m[2]:m[3]], Code: true})
		} else {
			out = append(out, Span{Text: line[m[4]:m[5]], Path: line[m[6]:m[7]]})
		}
	}
	if at < len(line) {
		out = append(out, Span{Text: line[at:]})
	}
	return out
}
