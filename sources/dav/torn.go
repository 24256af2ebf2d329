package dav

import (
	"bytes"
	"context"
	"net/http"

	"github.com/bindery-sync/bindery/dataclass"
)

const (
	// notGiven stands for an item that the server fails to give: nobody can read it as one, so it is set aside.
	notGiven = "an item that the server fails to give"
	// maxBroken is how many items of one gathering the server may fail to give. With more, it is not the items that are bad.
	maxBroken = 5
)

// breaks takes what a server answers 500 to each time, whatever else it gives, as one bad item, which stops no other.
func (g *gathering) breaks(href string, err error) (found, error) {
	if statusOf(err) != http.StatusInternalServerError {
		return found{}, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.broken++; g.broken > maxBroken {
		return found{}, err
	}
	return found{href: href, data: []byte(notGiven), broken: err}, nil
}

// torn reports whether bytes are no whole item: they do not end as they begin.
func torn(data []byte) bool {
	root := dataclass.Peek(data).Root
	last := bytes.TrimSpace(data)
	last = bytes.TrimSpace(last[bytes.LastIndexByte(last, '\n')+1:])
	return root == "" || !bytes.EqualFold(last, []byte("END:"+root))
}

// mended gives an item that came torn as it comes when it is asked for by itself. One that stays so is set aside, and is asked
// for again as what is listed and cannot be read is: the next answer may be whole, and the server will not tell that it is.
func (m *merging) mended(ctx context.Context, f found) (found, error) {
	if f.gone || f.broken == nil && !torn(f.data) {
		return f, nil
	}
	if f.broken == nil {
		again, err := m.wire.get(ctx, f.href)
		switch {
		case err == nil && (again.gone || !torn(again.data)):
			return again, nil
		case err != nil && ctx.Err() != nil:
			return f, err
		}
	}
	m.missed(f.href)
	f.etag, m.l.items[f.href] = "", ""
	return f, nil
}
