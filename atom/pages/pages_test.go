package pages

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func at(minute int) time.Time { return time.Date(2009, 3, 18, 9, minute, 0, 0, time.UTC) }

func TestChanges(t *testing.T) {
	for _, tc := range []struct {
		c    Changes
		want string
		sum  int
	}{
		{Changes{}, "nothing", 0},
		{Changes{Added: 1}, "1 added", 1},
		{Changes{Added: 3, Deleted: 2}, "3 added and 2 deleted", 5},
		{Changes{Added: 1, Replaced: 2, Deleted: 3}, "1 added, 2 changed and 3 deleted", 6},
	} {
		if got := tc.c.String(); got != tc.want || tc.c.Sum() != tc.sum {
			t.Errorf("%+v is %q, %d", tc.c, got, tc.c.Sum())
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		count(1, "item"): "1 item", count(0, "item"): "0 items", count(2, "item was", "items were"): "2 items were",
		list(nil): "", list([]string{"a"}): "a", list([]string{"a", "b"}): "a and b", list([]string{"a", "b", "c"}): "a, b and c",
		string(when(time.Time{})):                        "never",
		string(when(at(5).In(time.FixedZone("", 3600)))): `<time datetime="2009-03-18T09:05:00Z">18 Mar 2009, 09:05 UTC</time>`,
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A chart shows the oldest on the left, and whatever is not nothing.
func TestChart(t *testing.T) {
	if c := NewChart([2]string{"a", "b"}, nil); len(c.Bars) != 0 {
		t.Errorf("a chart of nothing has %v", c.Bars)
	}
	rows := []SyncRow{
		{When: at(3), Changes: [2]Changes{{Added: 1000}, {}}}, {When: at(2)}, {When: at(1), Changes: [2]Changes{{}, {Deleted: 1}}},
	}
	c := NewChart([2]string{"a", "b"}, rows)
	if len(c.Bars) != 3 || c.Most != 1000 || c.Total != [2]int{1000, 1} || c.First != at(1) || c.Last != at(3) {
		t.Fatalf("%+v", c)
	}
	if first, last := c.Bars[0], c.Bars[2]; first.X != 0 || first.Height != [2]int{0, 3} || last.Height != [2]int{chartHeight, 0} || last.Y != [2]int{0, chartHeight} {
		t.Errorf("bars %+v", c.Bars)
	}
	for n := 1; n <= 100; n++ {
		many := make([]SyncRow, n)
		c := NewChart([2]string{}, many)
		if end := c.Bars[len(c.Bars)-1]; len(c.Bars) > maxBars || end.Beside()+end.Width > chartWidth {
			t.Errorf("%d syncs end at %d", n, end.Beside()+end.Width)
		}
	}
}

func TestFlow(t *testing.T) {
	f := Flow{Sides: [2]string{"A phone with a very long name", "b"}, In: [2]Changes{{Added: 3}, {}}, Out: [2]Changes{{}, {Added: 3}}}
	if got := f.Label(0); got != "A phone with…" || f.Label(1) != "b" {
		t.Errorf("labels %q, %q", got, f.Label(1))
	}
	if got, want := f.Sentence(), "A phone with a very long name told 3 added and was sent nothing; b told nothing and was sent 3 added."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	last := 0
	for _, n := range []int{0, 1, 10, 100} {
		w := f.Width(Changes{Added: n})
		if w <= last {
			t.Errorf("an arrow of %d is %d wide, one of less %d", n, w, last)
		}
		last = w
	}
}

// What a page needs is there: every template has a page around it, every asset a type, every notice a sentence.
func TestNothingIsMissing(t *testing.T) {
	for name, page := range drawn {
		if page.Lookup("main") == nil || page.Lookup("page") == nil {
			t.Errorf("template %s has no main or no frame", name)
		}
	}
	for file, name := range assetNames {
		if a, ok := FindAsset(name); !ok || a.Type == "" || len(a.Data) == 0 || !strings.HasPrefix(AssetPath(file), AssetsPath) {
			t.Errorf("asset %s: %q, %d bytes", file, a.Type, len(a.Data))
		}
	}
	if _, ok := FindAsset("style.css"); ok {
		t.Error("an asset is found without its hash")
	}
	for n, sentence := range notices {
		if !strings.HasSuffix(sentence, ".") || n == "" {
			t.Errorf("notice %q says %q", n, sentence)
		}
	}
	if got := Notice("You have won").Sentence(); got != "" {
		t.Errorf("a notice that there is not says %q", got)
	}
}

type unknownView struct{}

func (unknownView) Template() string { return "nowhere" }
func (unknownView) Title() string    { return "" }

func TestDrawRefuses(t *testing.T) {
	if _, err := Draw(Frame{View: unknownView{}}); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a view without template: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a template that cannot be read is taken")
		}
	}()
	parse(fstest.MapFS{"templates/frame/a.html": {Data: []byte("x")}, "templates/b.html": {Data: []byte("{{")}})
}

// The navigation marks the one place that a page is at or below.
func TestNav(t *testing.T) {
	for path, want := range map[string]string{
		"/v2/syncengine/": "Overview", "/v2/syncengine": "Overview", "/v2/syncengine/7": "Overview", "/v2/services/syncml/x": "Clients",
		"/v2/syncengine/holds/k": "Held", "/v2/syncengine/synchronization": "Sync log", "/v2/syncengine/synclog/7": "Sync log", "/v2/": "", "/v2/elsewhere": "",
	} {
		got := ""
		for _, n := range (Frame{Path: path}).Nav() {
			if n.Here {
				got += n.Title
			}
		}
		if got != want {
			t.Errorf("%s is at %q, want %q", path, got, want)
		}
	}
}
