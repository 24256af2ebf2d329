package engine

import "github.com/bindery-sync/bindery/dataclass"

// builtOn reports whether an item that a user edited was edited as an op of unknown outcome left it, and not
// as it was before: all that the op changed is there, or was written over by the user. If nothing tells, the
// op is believed to have been carried out: were it not believed, an edit that was made knowingly would
// pass for one that conflicts with it.
func builtOn(now, was, wrote *dataclass.Item) bool {
	mine := dataclass.Version{Shadow: was, Now: now, Keeps: dataclass.Keeps{All: true}}
	ours := dataclass.Version{Shadow: was, Now: wrote, Keeps: dataclass.Keeps{All: true}}
	m, err := dataclass.Merge3(was, mine, ours, dataclass.First)
	if err == nil && m.Item.Fingerprint() == now.Fingerprint() {
		return true
	}
	return dataclass.Apart(now, wrote) < dataclass.Apart(now, was)
}
