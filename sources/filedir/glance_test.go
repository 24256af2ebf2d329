package filedir

import (
	"crypto/sha256"
	"testing"
	"time"
)

// TestGlanceIsTaken: what a Glance read is not read again if nothing says that it is another file, or another state of it.
func TestGlanceIsTaken(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	old := stamp{size: 3, mtime: at.Add(-tick).UnixNano(), ctime: at.UnixNano(), inode: 7}
	young := old
	young.mtime++
	read := func(name string, st stamp) *unread {
		return &unread{name: name, stamp: st, regular: true, is: content{stamp: st, hash: sha256.Sum256([]byte("abc")), data: []byte("abc")}}
	}
	g := &glance{at: at, files: map[string]*unread{"old": read("old", old), "young": read("young", young)}}
	other := func(change func(*stamp)) stamp {
		st := old
		change(&st)
		return st
	}
	cases := map[string]struct {
		name  string
		stamp stamp
		was   *entry
		link  bool
		want  bool
	}{
		"as it was":                         {name: "old", stamp: old, want: true},
		"too young for its time":            {name: "young", stamp: young},
		"a new file":                        {name: "new", stamp: old},
		"written since":                     {name: "old", stamp: other(func(s *stamp) { s.mtime -= 5 })},
		"written since, its time put back":  {name: "old", stamp: other(func(s *stamp) { s.ctime++ })},
		"longer":                            {name: "old", stamp: other(func(s *stamp) { s.size++ })},
		"another file":                      {name: "old", stamp: other(func(s *stamp) { s.inode++ })},
		"no plain file any more":            {name: "old", stamp: old, link: true},
		"known of before, perhaps as other": {name: "old", stamp: old, was: &entry{name: "old"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := &unread{name: c.name, stamp: c.stamp, was: c.was, regular: !c.link}
			if got := g.same(f); (got != nil) != c.want || got != nil && got != g.files[c.name] {
				t.Errorf("taken: %v", got)
			}
			if (*glance)(nil).same(f) != nil {
				t.Error("taken from no glance")
			}
		})
	}
	f := &Folders{glanced: &glance{path: "/a"}}
	if f.seen("/b") != nil || f.seen("/a") != nil {
		t.Error("taken after a look at another folder, or twice")
	}
	f.glanced = g
	if g.path = "/a"; f.seen("/a") != g || f.seen("/a") != nil {
		t.Error("not taken once")
	}
}
