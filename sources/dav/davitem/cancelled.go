package davitem

import (
	"bytes"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// An instance that was cancelled is there for CalDAV: it is found at its time and told with its status (RFC 4791 section
// 9.9 asks for no status). For everybody else it does not take place.

// keptStatus is what the status of such an instance is called while instances are listed.
const keptStatus = "X-BINDERY-STATUS"

// withCancelled gives a calendar of which cancelled instances are listed like others; restored ends that.
func withCancelled(data []byte) []byte {
	if !bytes.Contains(data, []byte("RECURRENCE-ID")) || !bytes.Contains(bytes.ToUpper(data), []byte("CANCELLED")) {
		return data
	}
	root, err := parse(data)
	if err != nil {
		return data
	}
	props := make([]contentline.Property, len(root.Props))
	for i, p := range root.Props {
		if p.Comp != nil && p.Comp.Find("RECURRENCE-ID") != nil {
			inside := make([]contentline.Property, len(p.Comp.Props))
			for j, l := range p.Comp.Props {
				if l.Comp == nil && l.Is("STATUS") && strings.EqualFold(strings.TrimSpace(l.Value), "CANCELLED") {
					l = contentline.Property{Name: keptStatus, Value: l.Value}
				}
				inside[j] = l
			}
			p.Comp = p.Comp.With(inside)
		}
		props[i] = p
	}
	return contentline.Print(root.With(props), contentline.MIMEDir)
}

// restored gives an expanded calendar with the status of cancelled instances.
func restored(data []byte) []byte {
	return bytes.ReplaceAll(data, []byte("\n"+keptStatus+":"), []byte("\nSTATUS:"))
}
