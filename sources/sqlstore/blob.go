package sqlstore

import "fmt"

// A Blob is a column of bytes that is read without another copy of them. Scanned into a []byte, the bytes of a row are copied
// once more, because other drivers use them again for the next row; the one of this house makes new ones for each
// (TestBlobsAreTheirReaders).
type Blob []byte

// Scan implements sql.Scanner. A NULL is nil.
func (b *Blob) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*b = nil
	case []byte:
		*b = v
	case string:
		*b = Blob(v)
	default:
		return fmt.Errorf("a column of bytes has a %T", src)
	}
	return nil
}
