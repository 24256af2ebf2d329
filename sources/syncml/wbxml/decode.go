package wbxml

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Decode reads one WBXML document. Every length in it is checked against the input, and l bounds its
// size, depth and number of nodes, as well as the sum of what is taken from the string table. Text that
// is not UTF-8 although it should be is kept as it is; an OPAQUE block becomes text marked Opaque,
// which for device information DevInf reads.
//
// Bytes after the root element are refused, but for NULs if l.Lax is set. The strings of the tree
// share the memory of the whole document. Errors are *xmltree.Error, with xmltree.ErrSyntax or
// xmltree.ErrLimit.
func Decode(data []byte, l xmltree.Limits) (*Document, error) {
	d := &decoder{l: l.WithDefaults()}
	if len(data) > d.l.Bytes {
		return nil, d.fail(xmltree.ErrLimit, "longer than %d bytes", d.l.Bytes)
	}
	d.s = string(data)
	d.budget = d.l.Bytes
	if err := d.header(); err != nil {
		return nil, err
	}
	if err := d.body(); err != nil {
		return nil, err
	}
	d.guessVersion()
	return &d.doc, nil
}

type decoder struct {
	s      string
	pos    int
	l      xmltree.Limits
	doc    Document
	dtd    dtd
	enc    encoding.Encoding // nil for UTF-8
	table  string
	budget int // bytes that may still be taken from the string table
	nodes  int
	open   []*xmltree.Element
	number byte // of the code page
	page   page
	space  string
}

func (d *decoder) fail(kind error, format string, args ...any) error {
	return &xmltree.Error{Kind: kind, Offset: d.pos, Msg: fmt.Sprintf(format, args...)}
}

func (d *decoder) byte() (byte, error) {
	if d.pos == len(d.s) {
		return 0, d.fail(xmltree.ErrSyntax, "unexpected end")
	}
	d.pos++
	return d.s[d.pos-1], nil
}

// number32 reads an mb_u_int32.
func (d *decoder) number32() (uint32, error) {
	var n uint64
	for range 5 {
		b, err := d.byte()
		if err != nil {
			return 0, err
		}
		n = n<<7 | uint64(b&0x7F)
		if n > 0xFFFFFFFF {
			break
		}
		if b < 0x80 {
			return uint32(n), nil
		}
	}
	return 0, d.fail(xmltree.ErrSyntax, "number too great")
}

// block reads a length and that many bytes.
func (d *decoder) block() (string, error) {
	n, err := d.number32()
	if err != nil {
		return "", err
	}
	if uint64(n) > uint64(len(d.s)-d.pos) {
		return "", d.fail(xmltree.ErrSyntax, "%d bytes expected, %d left", n, len(d.s)-d.pos)
	}
	start := d.pos
	d.pos += int(n)
	return d.s[start:d.pos], nil
}

// header reads all that stands before the body. A public identifier that is a string-table index can
// only be looked up at the end.
func (d *decoder) header() error {
	var err error
	if d.doc.Version, err = d.byte(); err != nil {
		return err
	}
	if d.doc.Version < 1 || d.doc.Version > 3 {
		return d.fail(xmltree.ErrSyntax, "no WBXML version 1.1 to 1.3")
	}
	public, err := d.number32()
	if err != nil {
		return err
	}
	var index uint32
	if public == 0 {
		if index, err = d.number32(); err != nil {
			return err
		}
	}
	if err := d.charset(); err != nil {
		return err
	}
	if d.table, err = d.block(); err != nil {
		return err
	}
	return d.publicID(public, index)
}

func (d *decoder) charset() error {
	mib, err := d.number32()
	if err != nil {
		return err
	}
	enc, known := charsetOf(mib)
	if !known {
		return d.fail(xmltree.ErrSyntax, "unknown character set %d", mib)
	}
	d.doc.Charset, d.enc = uint(mib), enc
	return nil
}

func (d *decoder) publicID(number, index uint32) error {
	if number != 0 {
		d.setDTD(dtdByNumber(number))
		return nil
	}
	text, err := d.fromTable(index)
	if err == nil {
		d.setDTD(dtdByText(text))
	}
	return err
}

func (d *decoder) setDTD(t dtd) {
	d.dtd, d.doc.PublicID = t, t.text
	d.page, d.space = t.pageOf(d.number)
}

// fromTable gives the string at an index of the string table.
func (d *decoder) fromTable(index uint32) (string, error) {
	if uint64(index) >= uint64(len(d.table)) {
		return "", d.fail(xmltree.ErrSyntax, "index %d is outside the string table", index)
	}
	s := d.table[index:]
	if end := strings.IndexByte(s, 0); end >= 0 {
		s = s[:end]
	}
	// Many references to one long string would make little input a lot of work.
	if d.budget -= len(s); d.budget < 0 {
		return "", d.fail(xmltree.ErrLimit, "more than %d bytes from the string table", d.l.Bytes)
	}
	return d.decodeText(s)
}

// decodeText turns text of the document's character set into UTF-8.
func (d *decoder) decodeText(s string) (string, error) {
	if d.enc == nil {
		return s, nil
	}
	out, err := d.enc.NewDecoder().String(s)
	if err != nil {
		return "", d.fail(xmltree.ErrSyntax, "decode characters: %v", err)
	}
	return out, nil
}

// body reads the root element with everything in it, and what may follow.
func (d *decoder) body() error {
	for {
		b, err := d.byte()
		if err != nil {
			return err
		}
		if err := d.token(b); err != nil {
			return err
		}
		if d.doc.Root != nil && len(d.open) == 0 {
			break
		}
	}
	rest := d.s[d.pos:]
	if d.l.Lax {
		rest = strings.Trim(rest, "\x00")
	}
	if rest != "" {
		return d.fail(xmltree.ErrSyntax, "%d bytes after the root element", len(rest))
	}
	return nil
}

func (d *decoder) token(b byte) error {
	switch b {
	case tokSwitchPage:
		return d.switchPage()
	case tokEnd:
		if len(d.open) == 0 {
			return d.fail(xmltree.ErrSyntax, "end without element")
		}
		d.open = d.open[:len(d.open)-1]
		return nil
	case tokStrI, tokStrT, tokEntity, tokOpaque:
		return d.content(b)
	}
	return d.tag(b)
}

// switchPage takes up another code page. It stays until the next switch, whatever elements end.
func (d *decoder) switchPage() error {
	n, err := d.byte()
	if err != nil {
		return err
	}
	d.number = n
	d.page, d.space = d.dtd.pageOf(n)
	return nil
}

func (d *decoder) content(b byte) error {
	if len(d.open) == 0 {
		return d.fail(xmltree.ErrSyntax, "text outside the root element")
	}
	var text string
	var err error
	switch b {
	case tokStrI:
		text, err = d.inline()
	case tokStrT:
		var index uint32
		if index, err = d.number32(); err == nil {
			text, err = d.fromTable(index)
		}
	case tokEntity:
		text, err = d.entity()
	case tokOpaque:
		text, err = d.block()
	}
	if err != nil {
		return err
	}
	return d.add(xmltree.Node{Text: text, Opaque: b == tokOpaque})
}

func (d *decoder) inline() (string, error) {
	end := strings.IndexByte(d.s[d.pos:], 0)
	if end < 0 {
		return "", d.fail(xmltree.ErrSyntax, "string is not ended")
	}
	text := d.s[d.pos : d.pos+end]
	d.pos += end + 1
	return d.decodeText(text)
}

func (d *decoder) entity() (string, error) {
	n, err := d.number32()
	if err != nil {
		return "", err
	}
	if n == 0 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return "", d.fail(xmltree.ErrSyntax, "entity %d is no character", n)
	}
	return string(rune(n)), nil
}

func (d *decoder) tag(b byte) error {
	if b&hasAttrs != 0 {
		return d.fail(xmltree.ErrSyntax, "token %#02x: attributes and extensions are not supported", b)
	}
	if d.dtd.kind == kindUnknown {
		d.guessKind(b)
	}
	e, err := d.element(b &^ hasContent)
	if err != nil {
		return err
	}
	if len(d.open) == d.l.Depth {
		return d.fail(xmltree.ErrLimit, "deeper than %d elements", d.l.Depth)
	}
	if err := d.add(xmltree.Node{Elem: e}); err != nil {
		return err
	}
	if b&hasContent != 0 {
		d.open = append(d.open, e)
	}
	return nil
}

// element makes the element for a tag token. A literal tag is on no code page and says nothing about its
// namespace: it gets that of its parent, or the document's own if it is the root.
func (d *decoder) element(token byte) (*xmltree.Element, error) {
	if token != tokLiteral {
		name := d.page.name(token)
		if name == "" {
			return nil, d.fail(xmltree.ErrSyntax, "unknown tag %#02x on code page %d", token, d.number)
		}
		return &xmltree.Element{Space: d.space, Local: name}, nil
	}
	index, err := d.number32()
	if err != nil {
		return nil, err
	}
	name, err := d.fromTable(index)
	if err != nil {
		return nil, err
	}
	if !xmltree.IsName(name) {
		return nil, d.fail(xmltree.ErrSyntax, "%.40q is no tag name", name)
	}
	_, space := d.dtd.pageOf(0)
	if len(d.open) > 0 {
		space = d.open[len(d.open)-1].Space
	}
	return &xmltree.Element{Space: space, Local: name}, nil
}

// add puts a node into the innermost open element, or makes it the root.
func (d *decoder) add(n xmltree.Node) error {
	if d.nodes++; d.nodes > d.l.Nodes {
		return d.fail(xmltree.ErrLimit, "more than %d nodes", d.l.Nodes)
	}
	if len(d.open) == 0 {
		d.doc.Root = n.Elem
		return nil
	}
	parent := d.open[len(d.open)-1]
	parent.Nodes = append(parent.Nodes, n)
	return nil
}
