package syncml

import (
	"errors"
	"fmt"
	"mime"
	"strings"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/wbxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// The content types of messages and of device information.
const (
	typeXML         = "application/vnd.syncml+xml"
	typeWBXML       = "application/vnd.syncml+wbxml"
	typeDevInfXML   = "application/vnd.syncml-devinf+xml"
	typeDevInfWBXML = "application/vnd.syncml-devinf+wbxml"
)

var errContentType = errors.New("content type is neither SyncML in XML nor in WBXML")

// A codec is the encoding that a phone used and is answered in.
type codec struct {
	binary bool
	// contentType is that of the reply: the phone's, with its charset parameter.
	contentType string
}

func codecFor(contentType string) (codec, bool) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil && media == "" {
		return codec{}, false
	}
	c := codec{binary: media == typeWBXML, contentType: media}
	if strings.EqualFold(params["charset"], "utf-8") {
		c.contentType += "; charset=UTF-8"
	}
	return c, media == typeXML || media == typeWBXML
}

func (c codec) decode(body []byte, l xmltree.Limits) (*xmltree.Element, error) {
	if !c.binary {
		return xmltree.Parse(body, l)
	}
	doc, err := wbxml.Decode(body, l)
	if err != nil {
		return nil, err
	}
	return doc.Root, nil
}

func (c codec) encode(m *wire.Message) ([]byte, error) {
	return c.encodeTree(m.Build(), m.Header.VerDTD)
}

func (c codec) encodeTree(root *xmltree.Element, version string) ([]byte, error) {
	if !c.binary {
		return root.Append(nil, xmltree.Options{Declaration: true}), nil
	}
	b, err := wbxml.Encode(root, wbxml.Options{DTD: version})
	if err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	return b, nil
}

// size is how many bytes a command adds to a message, to a few.
func (c codec) size(cmd wire.Command, version string) (int, error) {
	root := xmltree.New(wire.Space(version), "SyncML")
	empty, err := c.encodeTree(root, version)
	if err != nil {
		return 0, err
	}
	full, err := c.encodeTree(root.Add(wire.Element(cmd, version)), version)
	if err != nil {
		return 0, err
	}
	return len(full) - len(empty), nil
}

// devInfType is the media type of device information in this encoding.
func (c codec) devInfType() string {
	if c.binary {
		return typeDevInfWBXML
	}
	return typeDevInfXML
}

// versions are the protocol's versions that are spoken, by VerDTD.
var versions = map[string]string{"1.0": "SyncML/1.0", "1.1": "SyncML/1.1", "1.2": "SyncML/1.2"}

// spoken reports whether the message is in a version that we answer; phones fall back from one to
// the next on status 513.
func spoken(h wire.Header) bool { return versions[h.VerDTD] != "" }

// plainVersion reports whether a version has neither large objects nor counts of changes, nor words for
// them: SyncML 1.0.
func plainVersion(version string) bool { return version == "1.0" }

// devInfPath is where device information of a version lies.
func devInfPath(version string) string { return "./devinf" + strings.ReplaceAll(version, ".", "") }
