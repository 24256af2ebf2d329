package peertest

import (
	"strings"
	"testing"
)

// What the users of the doors do to person 1, who has a mobile number 1 that everybody knows, and what may come of it.
func TestDoorsModel(t *testing.T) {
	const phone, dav, folder, gdata = 0, 1, 2, 3
	shows := func(cell string) map[int]who { return map[int]who{1: {Slots: map[string]string{"cell": cell}}} }
	nobody := map[int]who{}
	for _, c := range []struct {
		name string
		do   func(m *model)
		end  map[int]who
		bad  string // "" if it is well
		lost int    // values that have to be in the history
	}{
		{"nothing", func(*model) {}, shows("1"), "", 0},
		{"nothing, and gone", func(*model) {}, nobody, "not there", 0},
		{"an edit", func(m *model) { m.does(1, phone, 1, "cell", "2", shows("1")[1].Slots) }, shows("2"), "", 0},
		{"an edit is lost", func(m *model) { m.does(1, phone, 1, "cell", "2", shows("1")[1].Slots) }, shows("1"), "cell is", 1},
		{"a conflict", func(m *model) {
			m.does(1, phone, 1, "cell", "2", shows("1")[1].Slots)
			m.does(1, folder, 2, "cell", "3", shows("1")[1].Slots)
		}, shows("3"), "", 1},
		{"a conflict, and both stay", func(m *model) {
			m.does(1, phone, 1, "cell", "2", shows("1")[1].Slots)
			m.does(1, folder, 2, "cell", "3", shows("1")[1].Slots)
		}, shows("2" + between + "3"), "", 0},
		{"a conflict, and the old value beside it", func(m *model) {
			m.does(1, phone, 1, "cell", "2", shows("1")[1].Slots)
			m.does(1, folder, 2, "cell", "3", shows("1")[1].Slots)
		}, shows("1" + between + "3"), "cell is", 1},
		{"an edit of one who had seen the other", func(m *model) {
			m.does(1, phone, 1, "cell", "2", shows("1")[1].Slots)
			m.synced(phone, m.now, true, shows("2"))
			m.synced(folder, m.now, true, shows("2"))
			m.does(1, folder, 2, "cell", "3", shows("2")[1].Slots)
		}, shows("2"), "cell is", 1},
		{"an edit of an edit of one who had seen the other", func(m *model) {
			m.does(1, gdata, 1, "cell", "2", shows("1")[1].Slots)
			began := m.now
			m.synced(gdata, began, true, shows("2"))
			m.synced(dav, began, true, shows("2"))
			m.does(1, dav, 2, "cell", "3", shows("2")[1].Slots)
			m.does(1, dav, 3, "cell", "4", shows("3")[1].Slots)
			m.synced(dav, m.now, true, shows("4"))
		}, shows("4"), "", 0},
		{"what a DAV client gave up", func(m *model) {
			m.does(1, phone, 1, "cell", "2", shows("1")[1].Slots)
			m.does(1, dav, 2, "cell", "3", shows("1")[1].Slots)
			m.synced(dav, m.now, true, shows("2"))
		}, shows("2"), "", 0},
		{"a GData client wrote over it", func(m *model) {
			m.does(1, gdata, 1, "cell", "2", shows("1")[1].Slots)
			m.does(1, phone, 2, "cell", "3", shows("1")[1].Slots)
			m.overwrote(gdata, 1, "cell", "3", "2")
		}, shows("2"), "", 0},
		{"deleted", func(m *model) { m.does(1, phone, 1, "", "", shows("1")[1].Slots) }, nobody, "", 0},
		{"deleted and back", func(m *model) { m.does(1, phone, 1, "", "", shows("1")[1].Slots) }, shows("1"), "was deleted", 0},
		{"deleted here, edited there", func(m *model) {
			m.does(1, phone, 1, "", "", shows("1")[1].Slots)
			m.does(1, folder, 2, "cell", "2", shows("1")[1].Slots)
		}, nobody, "not there", 0},
		{"deleted here, edited there, and there", func(m *model) {
			m.does(1, phone, 1, "", "", shows("1")[1].Slots)
			m.does(1, folder, 2, "cell", "2", shows("1")[1].Slots)
		}, shows("2"), "", 0},
		{"deleted here, and there edited and back", func(m *model) {
			m.deletes(1, gdata, 1, shows("1")[1].Slots, shows("1")[1].Slots)
			m.does(1, folder, 2, "cell", "2", shows("1")[1].Slots)
			m.does(1, folder, 3, "cell", "1", shows("2")[1].Slots)
		}, nobody, "", 0},
		{"deleted by one who had seen the edit", func(m *model) {
			m.does(1, folder, 1, "cell", "2", shows("1")[1].Slots)
			m.synced(folder, m.now, true, shows("2"))
			m.synced(phone, m.now, true, shows("2"))
			m.does(1, phone, 2, "", "", shows("2")[1].Slots)
		}, shows("2"), "was deleted", 0},
		{"deleted by one against whom another had lost", func(m *model) {
			m.does(1, gdata, 1, "cell", "2", shows("1")[1].Slots)
			m.does(1, phone, 2, "cell", "3", shows("1")[1].Slots)
			began := m.now
			m.synced(gdata, began, true, shows("2"))
			m.synced(phone, began, true, shows("3"))
			m.settled(1, shows("3")[1])
			m.does(1, phone, 3, "", "", shows("3")[1].Slots)
		}, shows("2"), "was deleted", 0},
		{"deleted by one against whom another had lost, who lost against a third", func(m *model) {
			m.does(1, gdata, 1, "cell", "2", shows("1")[1].Slots)
			m.does(1, phone, 2, "cell", "3", shows("1")[1].Slots)
			m.does(1, folder, 3, "cell", "4", shows("1")[1].Slots)
			began := m.now
			for door, is := range map[int]string{gdata: "2", phone: "3", folder: "4"} {
				m.synced(door, began, true, shows(is))
			}
			m.settled(1, shows("3")[1])
			m.settled(1, shows("4")[1])
			m.does(1, folder, 4, "", "", shows("4")[1].Slots)
		}, shows("2"), "was deleted", 0},
		{"deleted by one who had lost against another", func(m *model) {
			m.does(1, gdata, 1, "cell", "2", shows("1")[1].Slots)
			m.does(1, phone, 2, "cell", "3", shows("1")[1].Slots)
			began := m.now
			m.synced(gdata, began, true, shows("2"))
			m.synced(phone, began, true, shows("3"))
			m.settled(1, shows("2")[1])
			m.does(1, phone, 3, "", "", shows("3")[1].Slots)
		}, nobody, "not there", 0},
		{"deleted by one against whom an edit on its way cannot have lost", func(m *model) {
			m.does(1, folder, 1, "cell", "2", shows("1")[1].Slots)
			m.does(1, phone, 2, "cell", "3", shows("1")[1].Slots)
			began := m.now
			m.synced(phone, began, true, shows("3"))
			m.settled(1, shows("3")[1])
			m.does(1, phone, 3, "", "", shows("3")[1].Slots)
		}, nobody, "not there", 0},
		{"deleted by one against whom an edit may have lost", func(m *model) {
			m.does(1, folder, 1, "cell", "2", shows("1")[1].Slots)
			m.does(1, phone, 2, "cell", "3", shows("1")[1].Slots)
			began := m.now
			m.synced(folder, began, false, shows("2"))
			m.synced(phone, began, true, shows("3"))
			m.settled(1, shows("3")[1])
			m.does(1, phone, 3, "", "", shows("3")[1].Slots)
		}, nobody, "", 0},
		{"edited by one against whom another had lost", func(m *model) {
			m.does(1, gdata, 1, "cell", "2", shows("1")[1].Slots)
			m.does(1, phone, 2, "cell", "3", shows("1")[1].Slots)
			began := m.now
			m.synced(gdata, began, true, shows("2"))
			m.synced(phone, began, true, shows("3"))
			m.settled(1, shows("3")[1])
			m.does(1, phone, 3, "cell", "4", shows("3")[1].Slots)
		}, shows("2"), "cell is", 1},
		{"deleted by one who may have had what his device does not show", func(m *model) {
			m.does(1, folder, 1, "x", "2", shows("1")[1].Slots)
			began := m.now
			m.synced(folder, began, true, map[int]who{1: {Slots: map[string]string{"cell": "1", "x": "2"}}})
			m.synced(phone, began, true, shows("1"))
			m.does(1, phone, 2, "", "", shows("1")[1].Slots)
		}, nobody, "", 0},
		{"deleted by one who cannot have had what his device does not show", func(m *model) {
			m.synced(phone, m.now, true, shows("1"))
			m.does(1, folder, 1, "x", "2", shows("1")[1].Slots)
			m.synced(folder, m.now, true, map[int]who{1: {Slots: map[string]string{"cell": "1", "x": "2"}}})
			m.does(1, phone, 2, "", "", shows("1")[1].Slots)
		}, nobody, "not there", 0},
		{"deleted, and back by a door that did not know of what was entered", func(m *model) {
			m.does(1, gdata, 1, "home", "2", shows("1")[1].Slots)
			m.does(1, gdata, 2, "", "", map[string]string{"cell": "1", "home": "2"})
			m.does(1, dav, 3, "cell", "3", shows("1")[1].Slots)
		}, shows("3"), "", 0},
		{"deleted, and back by a door that did not know of it, with what nobody entered", func(m *model) {
			m.does(1, gdata, 1, "home", "2", shows("1")[1].Slots)
			m.does(1, gdata, 2, "", "", map[string]string{"cell": "1", "home": "2"})
			m.does(1, dav, 3, "cell", "3", shows("1")[1].Slots)
		}, map[int]who{1: {Slots: map[string]string{"cell": "3", "home": "4"}}}, "home is", 0},
		{"deleted, and back without a value that everybody had", func(m *model) {
			m.does(1, gdata, 1, "", "", shows("1")[1].Slots)
			m.does(1, dav, 2, "home", "3", shows("1")[1].Slots)
		}, map[int]who{1: {Slots: map[string]string{"home": "3"}}}, "cell is", 0},
		{"a DAV client took a deletion back", func(m *model) {
			m.does(1, dav, 1, "", "", shows("1")[1].Slots)
			m.synced(dav, m.now, true, shows("1"))
		}, shows("1"), "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &model{people: map[int]*human{}, slots: slots, lacks: people.unedited}
			m.rest(shows("1"))
			c.do(m)
			one, there := c.end[1]
			bad, lost := m.people[1].judge(one, there, slots)
			if got := strings.Join(bad, "; "); (got == "") != (c.bad == "") || !strings.Contains(got, c.bad) {
				t.Errorf("%q, want %q", got, c.bad)
			}
			if len(lost) != c.lost {
				t.Errorf("lost %v, want %d", lost, c.lost)
			}
		})
	}
}
