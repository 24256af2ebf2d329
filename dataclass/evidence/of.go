package evidence

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/bindery-sync/bindery/dataclass"
)

// Of gives the digest of an item, in whatever dialect it stands; the zero Digest for nil and for a class that
// nothing is known of. The same content gives the same digest, but for its UID.
func Of(it *dataclass.Item) Digest {
	if it == nil {
		return Digest{}
	}
	fp := it.Fingerprint()
	switch it.Class() {
	case dataclass.Contacts:
		if c, err := dataclass.AsContact(it); err == nil {
			return contactDigest(newWriter('C', fp), c)
		}
	case dataclass.Events:
		if e, err := dataclass.AsEvent(it); err == nil {
			return eventDigest(newWriter('E', fp), e)
		}
	case dataclass.Tasks:
		if t, err := dataclass.AsTask(it); err == nil {
			return taskDigest(newWriter('T', fp), t)
		}
	case dataclass.Notes:
		if n, err := dataclass.AsNote(it); err == nil {
			return noteDigest(newWriter('N', fp), n)
		}
	}
	return Digest{}
}

// How many octets of each sort of value are kept, and how many values.
const (
	maxName, maxWord, maxMail, maxLine = 44, 16, 32, 28
	maxPhones, maxMails                = 6, 3
)

func contactDigest(w *writer, c dataclass.Contact) Digest {
	addNames(w, c)
	addPhones(w, c.Phones())
	for i, m := range c.Emails() {
		if i == maxMails {
			break
		}
		w.add(kEmail, strings.ToLower(strings.TrimSpace(strings.TrimPrefix(m.Value, "mailto:"))), maxMail)
	}
	w.add(kBirthday, dateDigits(c.Birthday()), 10)
	for i, o := range c.Organizations() {
		if i == 2 {
			break
		}
		w.add(kOrg, fold(o.Name), maxLine)
		w.add(kTitle, fold(o.Title), maxWord)
	}
	for i, a := range c.Addresses() {
		if i == 2 {
			break
		}
		addAddress(w, a)
	}
	w.add(kNote, fold(plain(c.Note())), maxLine)
	addUID(w, c.UID())
	for i, u := range c.URLs() {
		if i == 2 {
			break
		}
		w.add(kURL, fold(u.Value), maxWord)
	}
	for i, m := range c.IMs() {
		if i == 2 {
			break
		}
		w.add(kIM, fold(m.Address), maxWord)
	}
	for _, n := range c.Nicknames() {
		w.add(kNick, fold(n), maxWord)
	}
	return w.digest()
}

// addNames adds what a contact is called. Where the structure is of no use, because everything stands in one
// field, the words stand without.
func addNames(w *writer, c dataclass.Contact) {
	n := c.Name()
	given, family, more, prefix := fold(n.Given), fold(n.Family), fold(n.Additional), fold(n.Prefix)
	full := fold(c.FormattedName())
	mark := generationOf(fold(n.Suffix))
	if mark == "" {
		mark = generation(full)
	}
	switch {
	case given != "" && family != "":
		w.add(kGiven, without(given, mark), maxName)
		w.add(kFamily, without(family, mark), maxName)
		w.add(kNick, lacking(full, given+" "+family+" "+more+" "+prefix+" "+mark+" "+fold(n.Suffix)), maxWord)
		w.add(kMore, more, maxWord)
		w.add(kMore, prefix, maxWord)
	case given != "" || family != "":
		w.add(kFull, without(given+family, mark), maxName)
		w.add(kMore, more, maxWord)
		w.add(kMore, prefix, maxWord)
		if extra := lacking(full, given+family+" "+more+" "+prefix+" "+mark); extra != "" {
			w.add(kFull, extra, maxName)
		}
	case full != "":
		w.add(kFull, without(full, mark), maxName)
	default:
		for i, nick := range c.Nicknames() {
			if i == 0 {
				w.add(kFull, fold(nick), maxName)
			}
		}
	}
	w.add(kMark, mark, 4)
	if mark == "" {
		addBare(w, kGiven, n.Given)
		addBare(w, kFamily, n.Family)
		if n.Given == "" || n.Family == "" {
			addBare(w, kFull, n.Given+n.Family)
			addBare(w, kFull, c.FormattedName())
		}
	}
}

// addBare adds how many letters of each word of a name go where a device drops what ASCII lacks.
func addBare(w *writer, part kind, s string) {
	if isASCII(s) {
		return
	}
	bare := strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf && unicode.Is(unicode.Latin, r) {
			return -1
		}
		return r
	}, norm.NFC.String(s))
	all, left := strings.Fields(fold(s)), strings.Fields(fold(bare))
	if len(all) != len(left) {
		return
	}
	lost, some := []byte{'a' + byte(part)}, false
	for i := range all {
		n := max(0, min(9, len(all[i])-len(left[i])))
		lost, some = append(lost, byte('0'+n)), some || n > 0
	}
	if some {
		w.add(kBare, string(lost), maxWord)
	}
}

// lacking gives the words of s that stand nowhere in t, if they are at least two: one is a title.
func lacking(s, t string) string {
	have := strings.Fields(t)
	var out []string
	for _, f := range strings.Fields(s) {
		if !slices.Contains(have, f) && !slices.Contains(have, generation(f)) {
			out = append(out, f)
		}
	}
	if len(have) > 0 && len(out) < 1 {
		return ""
	}
	return strings.Join(out, " ")
}

// without takes the words that tell a generation out of a name.
func without(s, mark string) string {
	if mark == "" {
		return s
	}
	return strings.Join(slices.DeleteFunc(strings.Fields(s), func(f string) bool { return generation(f) == mark }), " ")
}

// generation gives which of several people of one name is meant, if the words tell.
func generation(s string) string {
	fields := strings.Fields(s)
	for i := len(fields) - 1; i >= 0; i-- {
		switch fields[i] {
		case "jr", "jun", "junior", "jnr":
			return "jr"
		case "sr", "sen", "senior", "snr":
			return "sr"
		case "ii", "2nd":
			return "ii"
		case "iii", "3rd":
			return "iii"
		case "iv", "4th":
			return "iv"
		}
	}
	return ""
}

// generationOf is generation for what stands behind a name, where letters may stand for words: d. J., d. Ä.
func generationOf(suffix string) string {
	switch suffix {
	case "d j", "dj":
		return "jr"
	case "d a", "da", "d ae":
		return "sr"
	}
	return generation(suffix)
}

func addPhones(w *writer, list []dataclass.Typed) {
	n := 0
	for _, p := range list {
		k := kPhone
		switch {
		case slices.Contains(p.Types, "cell") || slices.Contains(p.Types, "mobile"):
			k = kMobile
		case slices.Contains(p.Types, "fax"):
			k = kFax
		}
		digits := phoneDigits(p.Value)
		if digits == "" {
			continue
		}
		if n++; n > maxPhones {
			return
		}
		w.add(k, digits, maxDigits)
	}
}

// dateDigits gives a date as eight digits, zeros where nothing is said; what is nearly a date as the digits that it
// has, and nothing for what is none.
func dateDigits(s string) string {
	if strings.HasPrefix(s, "--") {
		s = "0000-" + s[2:]
	}
	s, _, _ = strings.Cut(s, "T")
	b := make([]byte, 0, 10)
	for i := 0; i < len(s) && len(b) < 10; i++ {
		if s[i] >= '0' && s[i] <= '9' {
			b = append(b, s[i])
		}
	}
	switch len(b) {
	case 4:
		b = append(b, "0000"...)
	case 6:
		b = append(b, "00"...)
	case 0, 1, 2, 3, 5:
		return ""
	}
	return string(b)
}

func addAddress(w *writer, a dataclass.Address) {
	street := fold(a.Street)
	if street == "" {
		street = fold(a.Extended)
	}
	if street == "" {
		street = fold(a.POBox)
	}
	w.add(kStreet, street, maxLine)
	w.add(kPost, strings.ReplaceAll(fold(a.PostalCode), " ", ""), 10)
	w.add(kTown, fold(a.Locality), maxWord)
}

// addUID adds a UID, but for one that was made of an id: it says nothing of the item, which has none.
func addUID(w *writer, uid string) {
	if dataclass.MadeOf(strings.TrimSpace(uid)) != "" {
		return
	}
	if uid = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(uid), "urn:uuid:")); uid != "" {
		w.add(kUID, string(binary.BigEndian.AppendUint64(nil, hash64('u', uid))), 8)
	}
}
