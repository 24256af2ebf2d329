package main

import (
	"context"
	"crypto/rand"

	"github.com/bindery-sync/bindery/bindings/transfer"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// importer reads files into datastores for the API.
type importer struct{ h *house }

// Import implements atom.Importer.
func (i importer) Import(ctx context.Context, owner, client string, f transfer.File, o transfer.Options) (transfer.Report, error) {
	src, caps, err := i.h.kinds.Open(ctx, sources.Client{Owner: owner, ID: client, Kind: datastore.KindName, Origin: transfer.Origin})
	if err != nil {
		return transfer.Report{}, err
	}
	o.Together = i.h.db.Together
	o.NewKey = func() sources.Key { return sources.Key(rand.Text()) }
	return transfer.Import(ctx, src, caps, []transfer.File{f}, o)
}
