// Package bindings is who is bound to whom, and where they stand: accounts and their log-in, Sync
// Clients, bindings, the engine's journal with its links, inbox, outbox and cursors, and the sync log.
//
// Everything is rows of one database behind one [Store]. A row has one owner, whose id is the first
// column of every key and is named by every query, so that no mistake of a caller can show one
// account's data to another. Methods take the owner's id as their second argument; what belongs to
// somebody else is not found.
//
// Passwords are kept as argon2id hashes. Where MD5 log-in of phones needs the clear password, it is
// kept encrypted under a key that is not in the database (see [Secrets]).
package bindings
