package yeartest

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// fresh makes a word that nobody has used.
func (w *world) fresh() string {
	w.names++
	n := (w.names*1103515245+12345)%(1<<31) + 1<<31
	const on, in = "bdfgklmnprstvz", "aeiou"
	word := ""
	for n > 0 {
		word += string(on[n%len(on)]) + string(in[n/len(on)%len(in)])
		n /= len(on) * len(in)
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

var firstNames = []string{"Anna", "Bernd", "Chloé", "Dörte", "Emil", "Frieda", "Göran", "Hedwig", "Iván", "Jutta", "Åsa", "Luise"}

func pick[T any](w *world, all []T) T { return all[w.rand.IntN(len(all))] }

// given makes a given name. A long one is cut by some phones, one that is typed on such a phone is short.
func (w *world) given(short bool) string {
	if short {
		return w.fresh()
	}
	return w.fresh() + "-" + pick(w, firstNames) + pick(w, []string{"", "-" + w.fresh()})
}

// value makes a value of a kind.
func (w *world) value(kind string) phonetest.Value {
	word := strings.ToLower(w.fresh())
	v := phonetest.Value{Kind: kind}
	switch kind {
	case phonetest.Tel:
		v.Type = pick(w, []string{"CELL", "HOME", "WORK"})
		v.Text = "+4930" + strconv.Itoa(1000000+w.names*7919%8999999)
	case phonetest.Email:
		v.Text = word + "@example.org"
	case phonetest.Note:
		v.Text = "Met " + word + "; likes tea, " + pick(w, []string{"Grüße", "50 % off = good", "two\nlines"}) +
			strings.Repeat(" and "+word, w.rand.IntN(4)*w.rand.IntN(60))
	case phonetest.Photo:
		b := make([]byte, 40+w.rand.IntN(4000))
		_, _ = source{w.rand}.Read(b)
		v.Text = "\xff\xd8\xff\xe0" + string(b)
	default:
		v.Text = strings.ToUpper(word[:1]) + word[1:] + " & " + w.fresh()
	}
	return v
}

// contact makes a new contact.
func (w *world) contact(short bool) phonetest.Contact {
	c := phonetest.Contact{Family: w.fresh(), Given: w.given(short)}
	if !short && w.rand.IntN(3) == 0 {
		c.Family += "-" + w.fresh() + "mühle"
	}
	for range 1 + w.rand.IntN(3) {
		w.another(&c)
	}
	return c
}

// another adds a value. There is one of each kind but numbers, of which there are up to five.
func (w *world) another(c *phonetest.Contact) {
	kind := pick(w, []string{phonetest.Tel, phonetest.Tel, phonetest.Email, phonetest.Note, phonetest.Title, phonetest.Org, phonetest.Photo})
	if n := len(c.Texts(kind)); n > 0 && kind != phonetest.Tel || n > 4 {
		return
	}
	if kind == phonetest.Photo && w.rand.IntN(2) > 0 {
		return
	}
	c.Values = append(c.Values, w.value(kind))
}

// change makes a small change to a contact.
func (w *world) change(c phonetest.Contact, short bool) phonetest.Contact {
	c = c.Clone()
	i := w.rand.IntN(len(c.Values) + 1)
	switch n := w.rand.IntN(10); {
	case n < 3 || i == len(c.Values):
		w.another(&c)
	case n == 3:
		if given := w.given(short); known(c) {
			c.Given = given
		}
	case n == 4 && len(c.Values) > 1:
		c.Values = slices.Delete(c.Values, i, i+1)
	default:
		v := w.value(c.Values[i].Kind)
		v.Type = c.Values[i].Type
		c.Values[i] = v
	}
	return c
}

// known reports whether a person is known by more than the name. A phone that has lost its anchors and brings somebody under
// another given name, with nothing that is his own, brings another person (docs/engine.md 7.2).
func known(c phonetest.Contact) bool {
	return len(c.Texts(phonetest.Email)) > 0 || slices.ContainsFunc(c.Values, func(v phonetest.Value) bool {
		return v.Kind == phonetest.Tel && v.Type == "CELL"
	})
}

// edits lets the users of both sides do something, n times.
func (w *world) edits(n int) {
	for range n {
		if w.rand.IntN(2) == 0 {
			w.editPhone()
		} else {
			w.editServer()
		}
	}
}

// capacity is how many contacts there are at most.
var capacity = 200

func (w *world) editPhone() {
	items := w.phone.Items()
	luids := slices.Sorted(maps.Keys(items))
	short := w.phone.NameLen > 0
	switch n := w.rand.IntN(12); {
	case len(luids) < 3 || n < 4 && len(luids) < capacity:
		c := w.phone.Stored(w.contact(short))
		w.truth.write(onPhone, phonetest.Contact{}, c, w.whole)
		w.note("phone: %s added as %s", c.Family, w.phone.Add(c))
	case n < 6:
		luid := pick(w, luids)
		w.truth.bury(onPhone, items[luid], w.wholeOf(items[luid]), w.shown)
		w.halved(items[luid])
		w.note("phone: %s (%s) deleted", items[luid].Family, luid)
		w.phone.Delete(luid)
	default:
		luid := pick(w, luids)
		to := w.phone.Stored(w.change(items[luid], short))
		if same(to, items[luid]) || w.amid && w.truth.of(items[luid]).edited&onServer != 0 {
			return
		}
		w.truth.write(onPhone, items[luid], to, w.wholeOf(items[luid]))
		w.note("phone: %s (%s) edited: %s", to.Family, luid, brief(to))
		w.phone.Edit(luid, to)
	}
}

func (w *world) editServer() {
	w.t.Helper()
	all := w.server()
	ids := slices.Sorted(maps.Keys(all))
	put := func(id sources.ID, c phonetest.Contact) {
		body := dataclass.Body{Type: "text/vcard;version=3.0", Data: []byte(c.Card30())}
		if _, err := w.items.Put(w.t.Context(), dataclass.Contacts, id, "", body); err != nil {
			w.fail("edit: %v", err)
		}
	}
	switch n := w.rand.IntN(12); {
	case len(ids) < 3 || n < 4 && len(ids) < capacity:
		c := w.contact(false)
		w.truth.write(onServer, phonetest.Contact{}, c, w.whole)
		w.note("datastore: %s added: %s", c.Family, brief(c))
		put("", c)
	case n < 6:
		id := pick(w, ids)
		c := w.read(all[id])
		w.truth.bury(onServer, c, w.wholeOf(c), func(string) bool { return true })
		w.halved(c)
		w.note("datastore: %s deleted", c.Family)
		if err := w.items.Delete(w.t.Context(), dataclass.Contacts, id, ""); err != nil {
			w.fail("delete: %v", err)
		}
	default:
		id := pick(w, ids)
		from := w.read(all[id])
		to := w.change(from, false)
		if same(to, from) || w.amid && w.truth.of(from).edited&onPhone != 0 {
			return
		}
		w.truth.write(onServer, from, to, w.wholeOf(from))
		w.note("datastore: %s edited: %s", to.Family, brief(to))
		put(id, to)
	}
}

// halved notes that who deletes one of a doubtful pair does not delete the other.
func (w *world) halved(c phonetest.Contact) {
	for _, d := range w.doubts() {
		if name(d[0]) == name(c) || name(d[1]) == name(c) {
			w.truth.of(c).doubt()
		}
	}
}

// whole is the text itself.
func (w *world) whole(v string) string { return v }

// wholeOf gives back what a contact's text is the image of on a phone that cuts names.
func (w *world) wholeOf(c phonetest.Contact) func(string) string {
	f := w.truth.of(c)
	return func(v string) string {
		if _, ok := f.values[v]; ok || !strings.HasPrefix(v, "given ") {
			return v
		}
		for full := range f.values {
			given, ok := strings.CutPrefix(full, "given ")
			if ok && "given "+w.phone.Stored(phonetest.Contact{Given: given}).Given == v {
				return full
			}
		}
		return v
	}
}

// shown reports whether the phone shows such a text at all.
func (w *world) shown(v string) bool {
	switch {
	case strings.HasPrefix(v, phonetest.Photo):
		return !w.phone.NoPhoto
	case strings.HasPrefix(v, phonetest.Tel):
		return w.phone.MaxTels == 0
	}
	return true
}
