package wire

import "github.com/bindery-sync/bindery/sources/xmltree"

// A StoreRoom is how much a database takes (DevInf 1.2, DSMem). What is not told is 0.
type StoreRoom struct {
	Bytes, Items int
	// Shared says that databases share the room.
	Shared bool
}

// StoreRooms reads the room of each database in a DevInf element, by its SourceRef. SyncML 1.0 writes MaxId in places.
func StoreRooms(e *xmltree.Element) map[string]StoreRoom {
	out := make(map[string]StoreRoom)
	for _, s := range e.Children("DataStore") {
		if m := s.Child("DSMem"); m != nil {
			out[str(s, "SourceRef")] = StoreRoom{Bytes: max(0, num(m, "MaxMem", 0)), Items: max(0, num(m, "MaxID", num(m, "MaxId", 0))), Shared: has(m, "SharedMem")}
		}
	}
	return out
}
