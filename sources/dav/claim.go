package dav

import (
	"encoding/base64"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/dataclass/evidence"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
)

// A claim is the Add that made a new item. A kin is not what was sent, but like it: it is shown by the next look as what
// somebody else wrote, so that what the server made of it is merged, and nothing that it dropped is believed to be there.
type claim struct {
	addRow
	kin bool
}

// claimed finds the items that Adds made: first by what they were written as, then by what they say, for servers that
// give what they take another UID and another path, and at last by the evidence, for those that make something else of it
// besides. No item is of two Adds.
func (m *merging) claimed(adds []addRow) error {
	m.claims = make(map[string]claim)
	var fresh []seen
	for _, e := range m.read {
		if e.ours && !m.rows[e.href].there() && m.renamed[e.href] == nil {
			fresh = append(fresh, e)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	says := make(map[string]said)
	for _, e := range fresh {
		data, _, err := m.spool.Get(e.href)
		if err != nil {
			return err
		}
		says[e.href] = heard(saying(m.class, data))
	}
	var left []addRow
	for _, a := range adds {
		like := func(e seen) bool { return e.uid == a.UID || e.href == a.Href }
		if !m.claimFirst(a, fresh, like, says) && a.Says != "" {
			left = append(left, a)
		}
	}
	adds, left = left, nil
	for _, a := range adds {
		if !m.claimFirst(a, fresh, func(e seen) bool { return says[e.href].same(heard(a.Says)) }, says) {
			left = append(left, a)
		}
	}
	m.claimKin(left, fresh, says)
	return nil
}

// claimFirst gives an Add the first item that is like it and no other's. One that says something else than was sent is a kin:
// its user may have edited it before we knew that it is there.
func (m *merging) claimFirst(a addRow, fresh []seen, like func(seen) bool, says map[string]said) bool {
	for _, e := range fresh {
		if _, taken := m.claims[e.href]; !taken && like(e) {
			m.claims[e.href] = claim{addRow: a, kin: !says[e.href].same(heard(a.Says))}
			return true
		}
	}
	return false
}

// kinSettled says how likely it is, before anything is compared, that an Add made one of the new items (see
// evidence.Options): likely enough that a name and a number are proof, which they are not in a first sync.
const kinSettled = 20

// claimKin gives Adds the items that are taken for them by the evidence (docs/engine.md 7.3). What is doubtful counts only
// for an Add that the server said it carried out, and if there are just as many new items as Adds: then nobody else seems to
// have entered anything meanwhile.
func (m *merging) claimKin(adds []addRow, fresh []seen, says map[string]said) {
	var free []seen
	var sent, there []evidence.Entry
	for _, e := range fresh {
		if _, taken := m.claims[e.href]; !taken {
			free = append(free, e)
			there = append(there, evidence.Entry{ID: e.href, Digest: says[e.href].evidence})
		}
	}
	for _, a := range adds {
		sent = append(sent, evidence.Entry{ID: a.Key, Digest: heard(a.Says).evidence})
	}
	for _, p := range evidence.Match(sent, there, evidence.Options{Settled: kinSettled}) {
		if p.Verdict == evidence.Same || m.taken[adds[p.A].Key] && len(sent) == len(there) {
			m.claims[free[p.B].href] = claim{addRow: adds[p.A], kin: true}
		}
	}
}

// A said is what an item says, its UID apart: the fingerprint, and what it is known again by where that has changed.
type said struct {
	fingerprint string
	evidence    evidence.Digest
}

// saying names what an item says, its UID apart (see heard); "" for what nobody can read.
func saying(class dataclass.Class, data []byte) string {
	it, err := dataclass.Decode(class, bodyOf(class, davitem.Named(data, "any")))
	if err != nil {
		return ""
	}
	return sayingOf(it)
}

// sayingOf is saying of an item that is read already.
func sayingOf(it *dataclass.Item) string {
	return it.Fingerprint().String() + " " + base64.RawStdEncoding.EncodeToString(evidence.Of(it).WithoutUID().Bytes())
}

// heard reads what saying gave, also where an older version did, which gave no evidence.
func heard(says string) (s said) {
	var rest string
	s.fingerprint, rest, _ = strings.Cut(says, " ")
	if data, err := base64.RawStdEncoding.DecodeString(rest); err == nil {
		s.evidence, _ = evidence.ParseDigest(data) // what cannot be read says nothing
	}
	return s
}

// same reports whether two items say the same.
func (s said) same(o said) bool { return s.fingerprint != "" && s.fingerprint == o.fingerprint }
