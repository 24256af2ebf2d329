package dav

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/ledger"
)

// places chooses UID and path for the items of Adds. One that broke off keeps its own; a UID that another item has is
// used by no second one.
func (w *writer) places(ctx context.Context, jobs []*job, adds map[string]addRow) error {
	var uids, hrefs []string
	for _, j := range jobs {
		if j.ended() || j.op.Verb != sources.Add {
			continue
		}
		if a, ok := adds[string(j.op.Key)]; ok && j.op.Key != "" {
			j.uid, j.href, j.pending, j.unsure = a.UID, a.Href, true, true
			j.renamed, j.noted = j.uid != j.it.UID(), true
			continue
		}
		if j.uid = j.it.UID(); j.uid == "" || len(j.uid) > 1000 {
			if err := w.another(j); err != nil {
				return err
			}
		}
		j.href = w.hrefFor(j.uid)
		uids, hrefs = append(uids, j.uid), append(hrefs, j.href)
	}
	used, err := w.used(ctx, uids, hrefs)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if j.ended() || j.op.Verb != sources.Add || j.pending {
			continue
		}
		if r := used[j.uid]; r != nil && w.isUnseen(r) {
			j.fail(errEntered)
			continue
		}
		if used[j.uid] != nil || used[j.href] != nil {
			if err := w.another(j); err != nil {
				return err
			}
		}
		mine := &itemRow{Life: ledger.Life{AddKey: string(j.op.Key), Origin: w.origin}}
		used[j.uid], used[j.href] = mine, mine
	}
	return nil
}

// errEntered means that somebody else entered an item of that UID, of which whoever adds one does not know yet.
var errEntered = fmt.Errorf("%w: it was entered there meanwhile", sources.ErrConflict)

// isUnseen reports whether somebody else's item is newer than all that this session has shown. An Add that was planned before it
// came, such as one of a run that broke off, would make a second item of its UID.
func (w *writer) isUnseen(r *itemRow) bool {
	known := w.from
	if w.showed {
		known = w.upto
	}
	return r.Created > known && r.AddKey == "" && (r.Origin == "" || r.Origin != w.origin)
}

// used gives the items that have some of the UIDs and paths, by these.
func (w *writer) used(ctx context.Context, uids, hrefs []string) (map[string]*itemRow, error) {
	out := make(map[string]*itemRow)
	err := w.d.store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		for column, values := range map[string][]string{"uid": uids, "href": hrefs} {
			rows, err := ledger.Find[*itemRow](by(db, column, w.client, w.class).Where("dead = 0 OR other = 1"), column, values)
			if err != nil {
				return err
			}
			for _, r := range rows {
				out[r.UID], out[r.Href] = r, r
			}
		}
		return nil
	})
	delete(out, "")
	return out, err
}

// hrefFor gives the path of a new item.
func (w *writer) hrefFor(uid string) string {
	ext := ".ics"
	if w.class == "Contacts" {
		ext = ".vcf"
	}
	return pathOf(w.wire.base) + canonical(nameFor(uid)) + ext
}

// another gives an Add another UID: always the same for its key, so that it is the same when the Add is repeated.
func (w *writer) another(j *job) error {
	name := string(j.op.Key)
	if name == "" {
		var err error
		if name, err = w.d.random(); err != nil {
			return err
		}
	}
	sum := []byte(shortHash([]byte("uid " + name + " " + j.uid)))
	j.uid = fmt.Sprintf("%x-%x-%x", sum[:4], sum[4:8], sum[8:16])
	j.href, j.renamed, j.pending = w.hrefFor(j.uid), true, false
	return nil
}

// saysOf is saying of what a job is to write. A card that is sent as it came need not be read again: what it says does not
// depend on its UID.
func (w *writer) saysOf(j *job) string {
	if w.class == dataclass.Contacts && bytes.Equal(j.data, j.op.Body.Data) {
		return sayingOf(j.it)
	}
	return saying(w.class, j.data)
}

// reserve notes Adds before they are sent.
func (w *writer) reserve(ctx context.Context, jobs []*job) error {
	keyed := func(j *job) bool { return j.op.Verb == sources.Add && j.op.Key != "" }
	atOnce(jobs, func(j *job) {
		if keyed(j) {
			j.says = w.saysOf(j)
		}
	})
	var fresh, again []addRow
	for _, j := range jobs {
		if !keyed(j) {
			continue
		}
		row := addRow{Owner: w.client.owner, Client: w.client.id, Class: string(w.class), Key: string(j.op.Key),
			Origin: w.origin, UID: j.uid, Href: j.href, At: w.d.o.Now().Unix(), Says: j.says}
		if j.noted {
			again = append(again, row)
		} else {
			fresh = append(fresh, row)
		}
	}
	if len(fresh)+len(again) == 0 {
		return nil
	}
	err := w.d.store.Update(ctx, func(_ context.Context, tx *gorm.DB) error {
		return errors.Join(ledger.Enter(tx, fresh...), ledger.Save(tx, again...))
	})
	for _, j := range jobs {
		j.noted = j.noted || keyed(j) && err == nil
	}
	return err
}
