package syncml

import (
	"strings"

	"github.com/bindery-sync/bindery/sources"
)

// escaper keeps a database's name free of the space that ends it.
var (
	escaper   = strings.NewReplacer("%", "%25", " ", "%20")
	unescaper = strings.NewReplacer("%25", "%", "%20", " ")
)

// ItemID names an item of a phone to the engine: the phone's database, with a space as %20 and a
// percent sign as %25, then a space and the LUID. The same LUID in another database is another item.
func ItemID(database, luid string) sources.ID {
	return sources.ID(escaper.Replace(database) + " " + luid)
}

// SplitID is the reverse of ItemID. An id that ItemID did not make is a LUID without a database.
func SplitID(id sources.ID) (database, luid string) {
	name, luid, ok := strings.Cut(string(id), " ")
	if !ok {
		return "", string(id)
	}
	return unescaper.Replace(name), luid
}
