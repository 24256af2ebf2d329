// Package simtest plays random histories of bindings and asks after each whether what the users want has
// come true. It is test code only.
//
// A history is made of a seed and nothing else: the clients, how they are bound, what their users do, when
// they synchronise, and what goes wrong then. Everything runs on one goroutine and a clock of its own, so
// the same seed gives the same history to the last call. The engine is the real one; its Journal is the
// one in memory, or that one side by side with the database's.
//
// The oracle knows of the engine's work only what users see. Each value that a user writes is unique and
// remembers the value that it was written over. At rest, a field must hold a value that nobody wrote over
// knowingly, what lost against it must lie in the history, and an item must be there, or be gone, on all
// clients (docs/engine.md 11).
package simtest
