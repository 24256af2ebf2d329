package face_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/entry"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A reader is a client that knows what it was told.
type reader struct {
	w     *world
	since string
	knows map[string]*xmltree.Element
}

// sync asks for what has changed.
func (c *reader) sync() {
	path := contactsPath + "?showdeleted=true&requirealldeleted=true&max-results=2&orderby=lastmodified&sortorder=ascending&updated-min=" + c.since
	for first := true; path != ""; first = false {
		p := c.w.do("GET", path, "").is(200).page()
		if first {
			c.since = p.Updated.Format("2006-01-02T15:04:05.000Z07:00")
		}
		for _, e := range p.Entries {
			if entry.Deleted(e) {
				delete(c.knows, entry.ID(e))
			} else {
				c.knows[entry.ID(e)] = e
			}
		}
		path = strings.TrimPrefix(p.Next, "http://example.com")
	}
}

// number adds a telephone number to what the client knows of a contact, and puts it. It tells whether that went well, and
// takes what the server says in its place if not.
func (c *reader) number(id, number string) bool {
	e := c.knows[id]
	text := string(entry.Append(nil, e))
	text = strings.Replace(text, "</entry>", `<gd:phoneNumber rel="http://schemas.google.com/g/2005#other">`+number+"</gd:phoneNumber></entry>", 1)
	a := c.w.do("PUT", contactsPath+"/"+id, text)
	switch a.status {
	case 200, 412:
		c.knows[id] = a.tree()
	case 404:
		delete(c.knows, id)
	default:
		a.is(200)
	}
	return a.status == 200
}

// TestTwoClients lets two clients and a phone edit the same contacts at random: what the server said yes to is there in the
// end, what an entry cannot say survives, and whoever asks for changes knows everything.
func TestTwoClients(t *testing.T) {
	w, n := newWorld(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		w.first = fmt.Sprint("s1-", n)
		clients := []*reader{{w, "1970-01-01T00:00:00.001Z", map[string]*xmltree.Element{}}, {w, "1970-01-01T00:00:00.001Z", map[string]*xmltree.Element{}}}
		truth := map[string][]string{} // the numbers of each contact
		items := w.items.Items("o-ann", w.first)
		for step := range rapid.IntRange(5, 25).Draw(rt, "steps") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(-2, 2).Draw(rt, "clock")) * time.Second)
			c := clients[rapid.IntRange(0, 1).Draw(rt, "client")]
			id := ""
			for known := range c.knows {
				if id == "" || known < id {
					id = known
				}
			}
			number := fmt.Sprint(100 + step)
			switch rapid.SampledFrom([]string{"sync", "post", "put", "put", "put", "delete", "phone", "vanish"}).Draw(rt, "what") {
			case "sync":
				c.sync()
			case "post":
				e := w.post(fmt.Sprint("C", step), "")
				truth[entry.ID(e)], c.knows[entry.ID(e)] = nil, e
			case "put":
				if id != "" && c.number(id, number) {
					truth[id] = append(truth[id], number)
				}
			case "delete":
				if id != "" && w.do("DELETE", contactsPath+"/"+id, "", "If-Match", entry.ETag(c.knows[id])).status == 200 {
					delete(truth, id)
					delete(c.knows, id)
				}
			case "phone": // another way in, with what entries do not have
				card := "BEGIN:VCARD\r\nVERSION:3.0\r\nN:P;;;;\r\nFN:P\r\nX-ODD:kept\r\nTEL:" + number + "\r\nEND:VCARD\r\n"
				it, err := items.Put(t.Context(), dataclass.Contacts, "", "", dataclass.Body{Type: "text/vcard", Data: []byte(card)})
				if err != nil {
					rt.Fatal(err)
				}
				truth[string(it.ID)] = []string{number}
			case "vanish":
				if id != "" && items.Delete(t.Context(), dataclass.Contacts, sources.ID(id), "") == nil {
					delete(truth, id)
				}
			}
		}
		checkTruth(rt, w, clients, truth)
	})
}

func checkTruth(rt *rapid.T, w *world, clients []*reader, truth map[string][]string) {
	for _, c := range clients {
		c.sync()
		if len(c.knows) != len(truth) {
			rt.Fatalf("a client knows %d contacts of %d", len(c.knows), len(truth))
		}
		for id, numbers := range truth {
			card, text := w.stored(id), string(entry.Append(nil, c.knows[id]))
			for _, n := range numbers {
				if !strings.Contains(card, n) || !strings.Contains(text, ">"+n+"<") {
					rt.Fatalf("%s is lost: %s %s", n, card, text)
				}
			}
			if strings.Contains(card, "FN:P") && !strings.Contains(card, "X-ODD:kept") {
				rt.Fatalf("X-ODD is lost: %s", card)
			}
		}
	}
}

// FuzzRequest looks for an address or a query that is answered otherwise than by a status.
func FuzzRequest(f *testing.F) {
	f.Add(contactsPath, "max-results=2&orderby=lastmodified")
	f.Add("/calendar/feeds/default/private/composite/x_20261124T090000Z", "start-min=2026-11-24T09:00:00Z&q=-a%20%22b")
	f.Add("/m8/feeds/photos/media/default/1", "page=dS4xLjIuMy40")
	w := newWorld(f)
	w.post("Ann", "")
	f.Fuzz(func(t *testing.T, path, query string) {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path+query, " \x00\r\n#?") {
			return
		}
		w.t = t
		if a := w.try(path, query); a.status == 0 || a.status >= 500 {
			t.Errorf("status %d: %s", a.status, a.body)
		}
	})
}
