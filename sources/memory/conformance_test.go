package memory_test

import (
	"fmt"
	"testing"

	"github.com/bindery-sync/bindery/sources/memory"
	"github.com/bindery-sync/bindery/sources/sourcetest"
)

func TestConformance(t *testing.T) {
	for name, o := range map[string]memory.Options{
		"plain":    {},
		"limited":  {MaxBatch: 40, MaxItemSize: 20_000},
		"reuseIDs": {ReuseIDs: true},
		"keyless":  {Keyless: true},
	} {
		t.Run(name, func(t *testing.T) {
			kind, n := memory.NewKind("memory", o), 0
			sourcetest.Run(t, sourcetest.Options{
				Open: func(*testing.T) sourcetest.Client { n++; return kind.Client("ann", fmt.Sprint(n)) },
				Foreign: func(*testing.T) (sourcetest.Client, sourcetest.Client) {
					n++
					return kind.Client("ann", fmt.Sprint(n)), kind.Client("bob", fmt.Sprint(n))
				},
				Caps: kind.Kind().Caps,
				Many: map[bool]int{true: 1000}[o.ReuseIDs], // to look for the lowest free id takes time
			})
		})
	}
}

func TestConformanceDeferred(t *testing.T) {
	for name, o := range map[string]memory.PhoneOptions{
		"plain":    {},
		"reuseIDs": {Options: memory.Options{ReuseIDs: true, MaxBatch: 10}, RemembersKeys: true},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			sourcetest.Run(t, sourcetest.Options{
				Open: func(*testing.T) sourcetest.Client { n++; p := o; p.Name = fmt.Sprint(n); return memory.NewPhone(p) },
				Caps: memory.NewPhone(o).Caps(),
			})
		})
	}
}
