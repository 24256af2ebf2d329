package sourcetest

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// corpusFiles are invented items that software has been seen to damage: "corpus/21-…" are vCard 2.1,
// "corpus/30-…" 3.0.
//
//go:embed corpus
var corpusFiles embed.FS

// readChecks test what comes back.
func readChecks() []check {
	return []check{
		{name: "ReadOrder", run: readOrder},
		{name: "ReadIsNow", run: readIsNow},
		{name: "ReadMany", run: readMany, once: true},
		{name: "RoundTrip", need: keepsAll, run: roundTrip, once: true},
	}
}

func readOrder(k *kit) {
	a, b, gone := k.put(1), k.put(2), k.put(3)
	k.delete(gone)
	s := k.begin("")
	asked := []sources.ID{b, gone, a, b}
	list := k.all(s.Read(k.ctx, asked))
	if len(list) != len(asked) {
		k.Fatalf("read of %d ids gives %d items", len(asked), len(list))
	}
	for i, ch := range list {
		if ch.ID != asked[i] {
			k.Fatalf("item %d is %s, asked for %s", i, ch.ID, asked[i])
		}
	}
	k.isItem(list[0], 2)
	k.isDelete(list[1])
	k.isItem(list[2], 1)
	for _, i := range []int{0, 2} {
		if list[i].Verb != sources.Replace {
			k.Fatalf("read gives the verb %s for an item", list[i].Verb)
		}
	}
	if n := len(k.all(s.Read(k.ctx, nil))); n != 0 {
		k.Fatalf("read of nothing gives %d items", n)
	}
	k.finish(s)
}

// readIsNow: unlike a listing, Read shows what happened after Begin.
func readIsNow(k *kit) {
	a, b := k.put(1), k.put(2)
	s := k.begin("")
	k.edit(a, 3)
	k.delete(b)
	list := k.all(s.Read(k.ctx, []sources.ID{a, b}))
	k.isItem(list[0], 3)
	k.isDelete(list[1])
	k.finish(s)
}

// readMany: more than fits into one statement or page, bodies of very different size.
func readMany(k *kit) {
	n := min(1200, k.opts.Bulk)
	ops := make([]sources.Op, n)
	for i := range ops {
		ops[i] = k.add(i)
		if i%100 == 7 {
			ops[i].Body = sample(k.class, i, strings.Repeat("x", k.room(300_000)))
		}
	}
	var ids []sources.ID
	for _, r := range k.apply(ops...) {
		ids = append([]sources.ID{k.done(r)}, ids...)
	}
	s := k.begin("")
	for i, ch := range k.all(s.Read(k.ctx, ids)) {
		if want := ops[n-1-i].Body; ch.ID != ids[i] || !k.opts.Same(want, ch.Body) {
			k.Fatalf("read: item %d is not the one asked for", i)
		}
	}
	k.finish(s)
}

// room is n, or less where an item may not be so big.
func (k *kit) room(n int) int {
	if limit := k.opts.Caps.MaxItemSize; limit > 0 {
		return min(n, max(0, limit-1000))
	}
	return n
}

// corpus gives the items of the round trip by name.
func corpus() (map[string]dataclass.Body, error) {
	items := map[string]dataclass.Body{
		"30-long-note": sample(dataclass.Contacts, 1, strings.Repeat("long ", 64<<10/5)),
	}
	err := fs.WalkDir(corpusFiles, "corpus", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := corpusFiles.ReadFile(path)
		if err != nil {
			return err
		}
		version := "3.0"
		if strings.HasPrefix(d.Name(), "21-") {
			version = "2.1"
		}
		items[d.Name()] = dataclass.Body{Type: "text/vcard;version=" + version, Data: data}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read corpus: %w", err)
	}
	return items, nil
}

// roundTrip: whatever was written comes back whole, by each way in and each way out.
func roundTrip(k *kit) {
	if k.class != dataclass.Contacts {
		return
	}
	items, err := corpus()
	k.must(err, "corpus")
	want := map[sources.ID]string{}
	for name, body := range items {
		if len(body.Data) != k.room(len(body.Data)) {
			continue
		}
		id := k.done(k.apply(sources.Op{Key: k.key(), Verb: sources.Add, Body: body})[0])
		want[id] = name
		id, err := k.client.Put(k.class, body)
		k.must(err, "user puts %s", name)
		want[id] = name
	}
	k.must(k.client.Reopen(), "reopen")
	s := k.beginAt(k.client.Source("engine"), "")
	list, held := k.collect(s), k.held()
	for id, name := range want {
		read := k.all(s.Read(k.ctx, []sources.ID{id}))
		for way, got := range map[string]dataclass.Body{"listing": list[id].Body, "read": read[0].Body, "user": held[id]} {
			if !k.opts.Same(items[name], got) {
				k.Fatalf("%s comes back damaged (%s): %.200q", name, way, got.Data)
			}
		}
	}
	k.finish(s)
}
