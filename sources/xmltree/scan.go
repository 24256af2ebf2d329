package xmltree

import (
	"fmt"
	"strings"
)

// A parser goes through s once, keeping the open elements on a stack of its own.
type parser struct {
	s   string
	pos int
	l   Limits

	root  *Element
	open  []frame
	nodes []Node    // the children so far of all open elements
	bound []binding // the namespace declarations in force
	count int
	attrs []Attr // of the tag being read, prefixes in Space

	elemSlab []Element
	nodeSlab []Node
}

// A frame is an open element. Its children begin at nodes[first], its declarations at bound[decls].
type frame struct {
	elem         *Element
	name         string // as written
	first, decls int
}

func (p *parser) fail(kind error, at int, format string, args ...any) error {
	return &Error{Kind: kind, Offset: at, Msg: fmt.Sprintf(format, args...)}
}

func (p *parser) run() error {
	if p.l.Lax {
		p.s = strings.TrimRight(p.s, "\x00")
	}
	for p.pos < len(p.s) {
		if err := p.step(); err != nil {
			return err
		}
	}
	if len(p.open) > 0 {
		return p.fail(ErrSyntax, p.pos, "element %.40q is not closed", p.open[len(p.open)-1].name)
	}
	if p.root == nil {
		return p.fail(ErrSyntax, p.pos, "no element")
	}
	return nil
}

// step reads text up to the next "<", or one piece of markup.
func (p *parser) step() error {
	rest := p.s[p.pos:]
	end := strings.IndexByte(rest, '<')
	if end < 0 {
		end = len(rest)
	}
	if end > 0 {
		err := p.text(rest[:end], inText)
		p.pos += end
		return err
	}
	switch {
	case strings.HasPrefix(rest, "</"):
		return p.endTag()
	case strings.HasPrefix(rest, "<?"):
		return p.instruction()
	case strings.HasPrefix(rest, "<!--"):
		return p.comment()
	case strings.HasPrefix(rest, "<![CDATA["):
		return p.cdata()
	case strings.HasPrefix(rest, "<!DOCTYPE"):
		return p.doctype()
	}
	return p.startTag()
}

// text keeps a piece of text, which stands at pos.
func (p *parser) text(raw string, w where) error {
	if len(p.open) == 0 {
		if w == inText && strings.Trim(raw, " \t\r\n") == "" {
			return nil
		}
		return p.fail(ErrSyntax, p.pos, "text outside the root element")
	}
	s, err := p.unescape(raw, p.pos, w)
	if err != nil || s == "" {
		return err
	}
	return p.node(Node{Text: s})
}

// node adds a child to the innermost open element.
func (p *parser) node(n Node) error {
	p.count++
	if p.count > p.l.Nodes {
		return p.fail(ErrLimit, p.pos, "more than %d nodes", p.l.Nodes)
	}
	p.nodes = append(p.nodes, n)
	return nil
}

// until gives what stands between the next n bytes and the terminator, and moves behind both.
func (p *parser) until(n int, terminator, what string) (string, error) {
	rest := p.s[p.pos+n:]
	end := strings.Index(rest, terminator)
	if end < 0 {
		return "", p.fail(ErrSyntax, p.pos, "%s is not closed", what)
	}
	p.pos += n + end + len(terminator)
	return rest[:end], nil
}

func (p *parser) instruction() error {
	start := p.pos
	body, err := p.until(len("<?"), "?>", "processing instruction")
	if err == nil && nameLen(body) == 0 {
		err = p.fail(ErrSyntax, start, "processing instruction without name")
	}
	return err
}

func (p *parser) comment() error {
	if _, err := p.until(len("<!--"), "--", "comment"); err != nil {
		return err
	}
	if !strings.HasPrefix(p.s[p.pos:], ">") {
		return p.fail(ErrSyntax, p.pos, `"--" in a comment`)
	}
	p.pos++
	return nil
}

func (p *parser) cdata() error {
	start := p.pos
	body, err := p.until(len("<![CDATA["), "]]>", "CDATA section")
	if err != nil {
		return err
	}
	end := p.pos
	p.pos = start
	err = p.text(body, inCDATA)
	p.pos = end
	return err
}

// doctype skips a document type declaration. One with an internal subset could declare entities.
func (p *parser) doctype() error {
	if p.root != nil || len(p.open) > 0 {
		return p.fail(ErrSyntax, p.pos, "document type declaration after the root element began")
	}
	var quote byte
	for i := p.pos; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[':
			return p.fail(ErrSyntax, i, "document type with an internal subset")
		case c == '>':
			p.pos = i + 1
			return nil
		}
	}
	return p.fail(ErrSyntax, p.pos, "document type declaration is not closed")
}

func (p *parser) endTag() error {
	if len(p.open) == 0 {
		return p.fail(ErrSyntax, p.pos, "end tag without start tag")
	}
	top := p.open[len(p.open)-1]
	rest := p.s[p.pos+2:]
	if !strings.HasPrefix(rest, top.name) {
		return p.fail(ErrSyntax, p.pos, "end tag does not match %.40q", top.name)
	}
	p.pos += 2 + len(top.name)
	p.skipSpace()
	if !strings.HasPrefix(p.s[p.pos:], ">") {
		return p.fail(ErrSyntax, p.pos, "end tag does not match %.40q", top.name)
	}
	p.pos++
	p.close()
	return nil
}

// close ends the innermost open element.
func (p *parser) close() {
	top := p.open[len(p.open)-1]
	top.elem.Nodes = p.keepNodes(p.nodes[top.first:])
	clear(p.nodes[top.first:])
	p.nodes = p.nodes[:top.first]
	p.bound = p.bound[:top.decls]
	p.open = p.open[:len(p.open)-1]
}

// keepNodes copies children out of the stack. Many short lists share one block of memory.
func (p *parser) keepNodes(from []Node) []Node {
	if len(from) == 0 {
		return nil
	}
	if len(from) > cap(p.nodeSlab)-len(p.nodeSlab) {
		p.nodeSlab = make([]Node, 0, max(len(from), p.slab()))
	}
	start := len(p.nodeSlab)
	p.nodeSlab = append(p.nodeSlab, from...)
	return p.nodeSlab[start:len(p.nodeSlab):len(p.nodeSlab)]
}

func (p *parser) newElement() *Element {
	if len(p.elemSlab) == cap(p.elemSlab) {
		p.elemSlab = make([]Element, 0, p.slab())
	}
	p.elemSlab = append(p.elemSlab, Element{})
	return &p.elemSlab[len(p.elemSlab)-1]
}

// slab is how many nodes to make room for at once: few for a small document.
func (p *parser) slab() int { return min(max(p.count/2, 8), 512) }

func (p *parser) skipSpace() {
	for p.pos < len(p.s) && isSpace(p.s[p.pos]) {
		p.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
