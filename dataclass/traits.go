package dataclass

import "strings"

// A kind says how the value of a property is to be read.
type kind uint8

const (
	kindUnknown kind = iota // nobody knows: escapes are kept as they are
	kindText                // one text
	kindParts               // texts between semicolons: N, ADR, ORG
	kindList                // texts between commas: CATEGORIES
	kindURI                 // text that is not escaped when written
	kindDate                // text that may have hyphens and colons
	kindMedia               // bytes, or where to find them
	kindAgent               // a nested card
	kindRecord              // bookkeeping that is no content
	kindWord                // one word of a fixed set, such as STATUS
	kindTime                // one date or time
	kindTimes               // dates or times between commas: EXDATE
	kindRule                // a recurrence rule
)

// A trait is what is known about a property by its name.
type trait struct {
	kind   kind
	single bool // a card has one; two that differ are in conflict
}

func (t trait) isText() bool {
	switch t.kind {
	case kindText, kindParts, kindList, kindURI, kindDate:
		return true
	}
	return false
}

func (t trait) isList() bool { return t.kind == kindList || t.kind == kindTimes }

// cardTrait knows the properties of vCard 2.1 and 3.0 (RFC 2426). The name is in upper case.
func cardTrait(name string) trait {
	switch name {
	case "N", "ORG":
		return trait{kindParts, true}
	case "ADR":
		return trait{kindParts, false}
	case "FN", "NOTE", "TITLE", "ROLE", "NICKNAME", "SORT-STRING", "MAILER", "TZ", "CLASS", "X-EVOLUTION-FILE-AS":
		return trait{kindText, true}
	case "TEL", "EMAIL", "LABEL":
		return trait{kindText, false}
	case "CATEGORIES":
		return trait{kindList, false}
	case "URL", "IMPP", "SOURCE", "FBURL", "CALURI", "CALADRURI":
		return trait{kindURI, false}
	case "BDAY", "ANNIVERSARY", "X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY":
		return trait{kindDate, true}
	case "PHOTO", "LOGO":
		return trait{kindMedia, true}
	case "SOUND", "KEY":
		return trait{kindMedia, false}
	case "AGENT":
		return trait{kindAgent, true}
	case "GEO":
		return trait{kindUnknown, true}
	case "VERSION", "PRODID", "REV", "UID":
		return trait{kindRecord, true}
	}
	return trait{}
}

// upper gives s in upper case, without allocating if it is so already.
func upper(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c >= 'a' && c <= 'z') || c >= 0x80 {
			return strings.ToUpper(s)
		}
	}
	return s
}
