// Package cuttest cuts the sessions of fake phones after every message in turn, once before the server saw
// the message and once after, with the real SyncML face, the real engine and the real database behind it. A
// sync that nobody cuts follows, and then both sides hold the same, each contact once. It is test code only.
package cuttest
