// Package entry reads and writes the entries of the Google Data protocol, versions 2 and 3: contacts, groups
// and events, and the feeds and batches that they travel in.
//
// An update replaces the whole entry at the server, so an entry is edited in place: what nobody here
// understands stays, and what says already what the item says is not touched. One table of fields for contacts
// and one for events say what crosses and drive both directions; docs/gdata.md is printed from them.
//
// The package is pure: no I/O, no clock, no HTTP. Whatever arrives is untrusted and bounded; it ends in an error
// that wraps dataclass.ErrMalformed or dataclass.ErrTooBig.
package entry
