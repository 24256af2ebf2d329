package bindings

import (
	"context"
	"slices"
)

// wholes lists the datastores of an owner that hold what an account has as a whole, the first one first: not those that
// stand for one collection.
func (s *Store) wholes(ctx context.Context, owner string) ([]Client, error) {
	all, err := s.Clients(ctx, owner, kindDatastore)
	if err != nil || s.parts == nil {
		return all, err
	}
	parts, err := s.parts(ctx, owner)
	return slices.DeleteFunc(all, func(c Client) bool { return parts[c.ID] }), err
}
