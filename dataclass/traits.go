package dataclass

import "strings"

// A kind says how the value of a property is to be read.
type kind uint8

const (
	kindUnknown  kind = iota // nobody knows: escapes are kept as they are
	kindText                 // one text
	kindParts                // texts between semicolons: N, ADR, ORG
	kindList                 // texts between commas: CATEGORIES
	kindURI                  // text that is not escaped when written
	kindDate                 // text that may have hyphens and colons
	kindMedia                // bytes, or where to find them
	kindAgent                // a nested card
	kindRecord               // bookkeeping that is no content
	kindWord                 // one word of a fixed set, such as STATUS
	kindTime                 // one date or time
	kindTimes                // dates or times between commas: EXDATE
	kindRule                 // a recurrence rule
	kindTexts                // texts between commas that are one value: NICKNAME
	kindPhone                // a number, or a tel: URI
	kindIM                   // an address with the word of its service in front: IMPP
	kindGeo                  // a latitude and a longitude
	kindZone                 // a time zone
	kindRelation             // somebody, by name or by address
	kindGender               // a letter and a text
	kindBeing                // a person, a group …: KIND
)

// A trait is what is known about a property by its name.
type trait struct {
	kind   kind
	single bool // a card has one; two that differ are in conflict
}

func (t trait) isText() bool {
	switch t.kind {
	case kindText, kindParts, kindList, kindURI, kindDate, kindTexts, kindPhone, kindIM, kindGeo, kindZone, kindRelation, kindGender, kindBeing:
		return true
	}
	return false
}

func (t trait) isList() bool { return t.kind == kindList || t.kind == kindTimes }

// upper gives s in upper case, without allocating if it is so already.
func upper(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c >= 'a' && c <= 'z') || c >= 0x80 {
			return strings.ToUpper(s)
		}
	}
	return s
}
