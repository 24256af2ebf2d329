package wbxml

import (
	"fmt"
	"strings"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Encode writes a tree of SyncML or of DevInf as WBXML in UTF-8, with the numeric public identifier
// and, unless there are tags without a token, no string table. A tag without a token is written as a
// literal one, which loses its namespace if that is not its parent's or, at the root, the document's.
//
// Text is written as an inline string; if it is marked Opaque or holds a NUL, as an OPAQUE block. All of
// it is written, so white space between elements should not be in the tree. A DevInf element inside a
// SyncML document becomes a WBXML document of its own in an OPAQUE block, as the protocol has it.
//
// The error wraps ErrUnencodable. Root must be no deeper than 10000.
func Encode(root *xmltree.Element, o Options) ([]byte, error) {
	if o.Version == 0 {
		o.Version = 2
	}
	if o.Version > 3 {
		return nil, fmt.Errorf("%w: WBXML version byte %d", ErrUnencodable, o.Version)
	}
	t, err := dtdFor(root, o.DTD)
	if err != nil {
		return nil, err
	}
	w := &encoder{o: o, dtd: t, body: make([]byte, headRoom, headRoom+room(root))}
	if err := w.element(root); err != nil {
		return nil, err
	}
	return w.document(), nil
}

// dtdFor gives the document type to write a tree as.
func dtdFor(root *xmltree.Element, version string) (dtd, error) {
	k := kindSyncML
	if strings.EqualFold(root.Space, DevInfSpace) { // whichever element of it
		k = kindDevInf
	}
	switch {
	case version != "":
	case k == kindDevInf:
		version = root.Child("VerDTD").Text()
	case isSyncMLSpace(root.Space):
		version = root.Space[len(syncMLPrefix):]
	}
	if t, ok := findDTD(k, version); ok {
		return t, nil
	}
	return dtd{}, fmt.Errorf("%w: unknown DTD version %.20q", ErrUnencodable, version)
}

// syncMLPrefix begins the namespaces of all versions of SyncML, without case.
const syncMLPrefix = "SYNCML:SYNCML"

func isDevInf(e *xmltree.Element) bool {
	return e.Local == "DevInf" && strings.EqualFold(e.Space, DevInfSpace)
}

type encoder struct {
	o       Options
	dtd     dtd
	page    byte
	body    []byte // after headRoom
	table   []byte
	indexes map[string]int // of the strings in table
}

// headRoom is kept free in front of the body: a byte and three numbers.
const headRoom = 1 + 3*5

// room is about how many bytes an element takes, rather more than less.
func room(e *xmltree.Element) int {
	n := 4
	for i := range e.Nodes {
		if inner := e.Nodes[i].Elem; inner != nil {
			n += room(inner)
		} else {
			n += len(e.Nodes[i].Text) + 4
		}
	}
	return n
}

// document puts the header in front of the body, in the room that was kept if no string table comes between.
func (w *encoder) document() []byte {
	head := append(make([]byte, 0, headRoom), w.o.Version)
	head = appendNumber(head, w.dtd.number)
	head = appendNumber(head, utf8Charset)
	head = appendNumber(head, uint32(len(w.table)))
	if len(w.table) > 0 {
		return append(append(head, w.table...), w.body[headRoom:]...)
	}
	return w.body[headRoom-copy(w.body[headRoom-len(head):], head):]
}

// appendNumber appends an mb_u_int32.
func appendNumber(dst []byte, n uint32) []byte {
	for shift := 28; shift > 0; shift -= 7 {
		if n>>shift != 0 {
			dst = append(dst, 0x80|byte(n>>shift))
		}
	}
	return append(dst, byte(n&0x7F))
}

func (w *encoder) element(e *xmltree.Element) error {
	if len(e.Attrs) > 0 {
		return fmt.Errorf("%w: element %.40q has attributes", ErrUnencodable, e.Local)
	}
	if w.dtd.kind == kindSyncML && isDevInf(e) {
		return w.nested(e)
	}
	if err := w.tag(e); err != nil {
		return err
	}
	if len(e.Nodes) == 0 {
		return nil
	}
	for _, n := range e.Nodes {
		if n.Elem == nil {
			w.text(n)
		} else if err := w.element(n.Elem); err != nil {
			return err
		}
	}
	w.body = append(w.body, tokEnd)
	return nil
}

// nested writes device information as a document inside the document.
func (w *encoder) nested(e *xmltree.Element) error {
	version := e.Child("VerDTD").Text()
	if _, known := findDTD(kindDevInf, version); !known {
		version = w.dtd.version
	}
	inner, err := Encode(e, Options{DTD: version, Version: w.o.Version})
	if err != nil {
		return err
	}
	w.text(xmltree.Opaque(string(inner)))
	return nil
}

func (w *encoder) tag(e *xmltree.Element) error {
	var content byte
	if len(e.Nodes) > 0 {
		content = hasContent
	}
	number, token := w.dtd.tokenOf(e)
	if token == 0 {
		return w.literal(e.Local, content)
	}
	if number != w.page {
		w.page = number
		w.body = append(w.body, tokSwitchPage, number)
	}
	w.body = append(w.body, token|content)
	return nil
}

func (w *encoder) literal(name string, content byte) error {
	if !xmltree.IsName(name) {
		return fmt.Errorf("%w: %.40q is no tag name", ErrUnencodable, name)
	}
	index, ok := w.indexes[name]
	if !ok {
		if w.indexes == nil {
			w.indexes = map[string]int{}
		}
		index = len(w.table)
		w.indexes[name] = index
		w.table = append(append(w.table, name...), 0)
	}
	w.body = appendNumber(append(w.body, tokLiteral|content), uint32(index))
	return nil
}

func (w *encoder) text(n xmltree.Node) {
	if n.Opaque || strings.IndexByte(n.Text, 0) >= 0 {
		w.body = appendNumber(append(w.body, tokOpaque), uint32(len(n.Text)))
		w.body = append(w.body, n.Text...)
		return
	}
	w.body = append(append(append(w.body, tokStrI), n.Text...), 0)
}

// tokenOf gives the code page and the token of an element, token 0 if it has none.
func (t dtd) tokenOf(e *xmltree.Element) (number, token byte) {
	switch {
	case strings.EqualFold(e.Space, MetInfSpace):
		if t.kind != kindSyncML {
			return 0, 0
		}
		number = 1
	case strings.EqualFold(e.Space, DevInfSpace):
		if t.kind != kindDevInf {
			return 0, 0
		}
	case e.Space != "" && (t.kind != kindSyncML || !isSyncMLSpace(e.Space)):
		return 0, 0
	}
	p, _ := t.pageOf(number)
	return number, p.token(e.Local)
}

func isSyncMLSpace(space string) bool {
	return len(space) >= len(syncMLPrefix) && strings.EqualFold(space[:len(syncMLPrefix)], syncMLPrefix)
}

// token gives the token of a name, 0 if it has none. Pages are short.
func (p page) token(name string) byte {
	if name == "" {
		return 0
	}
	for i, n := range p {
		if n == name {
			return byte(i + firstTag)
		}
	}
	return 0
}
