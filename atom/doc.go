// Package atom is the Atom REST API: it shows Sync Clients, bindings, the sync log, items and what waits
// for a person as Atom documents (RFC 4287) below /v2/, and lets their owner bind, synchronise and decide.
//
// The documents are those of the Sync Engine API: elements of its own are in the namespace
// http://schemas.obexcode.com/syncserver/2009. What is written follows that API to the letter, and adds
// what RFC 4287 demands; what is read may have its elements in that namespace, in Atom's, or in none.
//
// HTTP carries no reason phrases that could be relied on, so the sentences of the API, such as "Binding
// source not provided", are the bodies of error answers, as plain text.
//
// Every request signs in, by name and password (RFC 7617) or by a token (RFC 6750), and sees only what belongs
// to the account. A path ends with a slash or without one; both are the same resource.
//
// Whoever prefers HTML gets a page at the same address (page_*.go; package pages draws them). People sign in on a
// page, by a cookie, which is good for looking and for the forms of the pages, and for nothing else.
package atom
