package sqlstore

import (
	"context"
	"errors"
	"testing"

	"gorm.io/gorm"
)

// TestWhole: what joins by the context of Whole and fails is committed by nobody, whatever those around it make of its
// error; only an Update that joined with a savepoint of its own around it can be undone alone.
func TestWhole(t *testing.T) {
	fails := func(ctx context.Context, tx *gorm.DB) error { return errors.Join(insert(2)(ctx, tx), errTest) }
	cases := map[string]struct {
		// inside is done inside an Update that has written one row; its error is not passed on.
		inside func(ctx context.Context, s *Store) error
		err    error
		want   int
	}{
		"nothing fails": {func(ctx context.Context, s *Store) error { return s.Update(s.Whole(ctx), insert(2)) }, nil, 2},
		"one fails":     {func(ctx context.Context, s *Store) error { return s.Update(s.Whole(ctx), fails) }, errTest, 0},
		"one that joined it fails": {func(ctx context.Context, s *Store) error {
			return s.Update(s.Whole(ctx), func(ctx context.Context, tx *gorm.DB) error {
				_ = s.Update(ctx, fails)
				return insert(3)(ctx, tx)
			})
		}, errTest, 0},
		"one fails, another goes well": {func(ctx context.Context, s *Store) error {
			return errors.Join(s.Update(s.Whole(ctx), fails), s.Update(s.Whole(ctx), insert(3)))
		}, errTest, 0},
		"one fails inside of what can be undone": {func(ctx context.Context, s *Store) error {
			return s.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
				_ = s.Update(s.Whole(ctx), fails)
				return nil
			})
		}, nil, 1},
		"one that can be undone fails": {func(ctx context.Context, s *Store) error { return s.Update(ctx, fails) }, nil, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := testStore(t, Options{})
			err := s.Update(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
				if err := insert(1)(ctx, tx); err != nil {
					return err
				}
				_ = c.inside(ctx, s)
				return nil
			})
			if !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
			wantCount(t, s, c.want)
		})
	}
}

// TestWholeOutside: outside of an Update, or inside that of another Store, there is nothing that could be whole.
func TestWholeOutside(t *testing.T) {
	a, b := testStore(t, Options{}), testStore(t, Options{})
	if ctx := a.Whole(t.Context()); ctx != t.Context() {
		t.Error("another context")
	}
	err := a.Update(t.Context(), func(ctx context.Context, _ *gorm.DB) error {
		return b.Update(b.Whole(ctx), insert(1))
	})
	if err != nil {
		t.Fatal(err)
	}
	wantCount(t, a, 0)
	wantCount(t, b, 1)
}
