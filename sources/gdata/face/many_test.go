package face_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Contacts that come together are entered as those that come one by one: whichever of them is wrong or was posted before,
// all others are there, each once.
func TestManyInserts(t *testing.T) {
	mark := func(s string) string { return `<gd:extendedProperty name="x" value="` + s + `"/>` }
	for name, tc := range map[string]struct {
		before, posted []string
		statuses, all  string
	}{
		"all new":           {nil, []string{"A", "B", "C" + mark("c")}, "201 201 201", "A B C"},
		"alike and marked":  {nil, []string{"A" + mark("a"), "B", "A" + mark("a")}, "201 201 201", "A B"},
		"alike, not marked": {nil, []string{"A", "A"}, "201 201", "A A"},
		"one was posted":    {[]string{"B" + mark("b")}, []string{"A", "B" + mark("b"), "C" + mark("c")}, "201 201 201", "B A C"},
		"with much to say": {nil, []string{
			"A<gd:phoneNumber rel='" + entry.GD + "#work' primary='true'>1</gd:phoneNumber><gd:phoneNumber label='Yacht'>2</gd:phoneNumber>" +
				"<gd:organization rel='" + entry.GD + "#work'><gd:orgName>C</gd:orgName></gd:organization>" + mark("a") + "<gContact:nickname>N</gContact:nickname>",
			"B<gd:phoneNumber rel='" + entry.GD + "#work' uri='tel:2'>2</gd:phoneNumber>" + mark("b") + mark("c"),
			"C<gd:unknown>&lt;&#13;</gd:unknown><gd:email address='c@example.org' rel='" + entry.GD + "#home'/>",
		}, "201 201 201", "A B C"},
		"one says nothing": {nil, []string{"A", "", "C" + mark("c")}, "201 400 201", "A C"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			send := func(list []string) answer {
				var feed strings.Builder
				for i, s := range list {
					title, more, _ := strings.Cut(s, "<gd")
					inside := "<title>" + title + "</title><gd:name><gd:fullName>" + title + "</gd:fullName></gd:name>"
					if title == "" {
						inside = "<gd:deleted/>"
					}
					if more != "" {
						inside += "<gd" + more
					}
					fmt.Fprintf(&feed, "<entry><batch:id>%d</batch:id><batch:operation type='insert'/>%s</entry>", i, inside)
				}
				return w.do("POST", contactsPath+"/batch", "<feed"+namespaces+">"+feed.String()+"</feed>").is(200)
			}
			if tc.before != nil {
				send(tc.before)
			}
			got, broken, err := entry.ReadBatch(send(tc.posted).tree())
			if err != nil || broken != nil {
				t.Fatal(err, broken)
			}
			var statuses []string
			for i, b := range got {
				statuses = append(statuses, fmt.Sprint(b.Status))
				if b.ID != fmt.Sprint(i) {
					t.Errorf("answer %d is of %s", i, b.ID)
				}
				if b.Status != 201 {
					continue
				}
				now := w.do("GET", contactsPath+"/"+entry.ID(b.Entry), "").is(200).tree()
				b.Entry.Nodes = slices.DeleteFunc(b.Entry.Nodes, func(n xmltree.Node) bool { return n.Elem != nil && n.Elem.Space == entry.Batch })
				if diff := cmp.Diff(now, b.Entry); diff != "" {
					t.Errorf("entry %d was answered otherwise than it is read: %s", i, diff)
				}
			}
			if s := strings.Join(statuses, " "); s != tc.statuses {
				t.Errorf("statuses %s, want %s", s, tc.statuses)
			}
			if s := titles(w.do("GET", contactsPath, "").is(200).page()); s != tc.all {
				t.Errorf("in the end %s, want %s", s, tc.all)
			}
		})
	}
}
