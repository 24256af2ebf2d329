// Package evidence finds out which items of two sides are the same by what they say, where nothing else tells: in a
// slow sync (docs/engine.md 7). It is pure and deterministic, and the order of its inputs does not matter.
//
// # Digests
//
// [Of] draws from an item what it can be recognised by, at most [MaxDigest] octets, so that the bodies need not be in
// memory. Everything is folded to what poor devices and rich ones write alike (case, accents, other scripts, codes of
// countries), and texts are kept so that a text that was cut is known for the beginning of the other.
//
// # Model
//
// The model is that of Fellegi and Sunter, with more than one way not to match. A pair can be the same; it can be
// strangers; it can be kin (one household; or two of one series of meetings) and peers (colleagues; or two things at
// one time). Each relation gives each observation a probability: that of an equal landline is high for the same
// person and for a household, and among strangers it is the frequency of that number in both inputs. The logarithms
// are added up for each relation, and the relation of being the same stands against the sum of the others, weighted
// by how many relatives, colleagues and strangers an item has on the other side. So a rare name tells much and a common
// one little, a switchboard tells nothing among colleagues, and a different given name speaks against a pair
// that shares name, number and address. What one side lacks says nothing: devices drop fields. How far the clocks of
// one side are off is learned from the entries with rare titles, and what the sides do to values (cut them, misspell
// them, swap names) from the pairs that are sure after a first turn.
//
// The chance that two items are one rather than both alone is the prior times that, and the prior follows from how many
// items have a partner at all, which a first turn shows. As nobody has two partners, a rival that has a better one is
// hardly a rival: how probable each pair is beside all others is found by belief propagation. A pair that is probable
// enough is [Same]; that takes its items out of the game, which may decide others. What then is still probable, but
// not probable enough, or has equally good rivals, is [Doubtful]. Rivals that say exactly the same are none. The limits
// follow from what mistakes cost ([Options]).
//
// Some things are never Same, whatever the numbers say: two of one name with a different number, mail address or
// birthday and nothing else in common (namesakes); two of different generations (Jr. and Sr.); and two whose given
// names, generations or birthdays differ, with nothing in common that is one person's own (relatives). Landline,
// address, surname, firm, note and page are not; a mobile, a mail address on no other card and a UID are, and a
// birthday where the given names do not differ but by a slip. That the beginning of a name is a cut has to be shown by
// other pairs of the match, and so has that the sides are full of slips of the hand, which then excuse each other. Nor are
// two events or tasks the same whose titles differ in a number only (round 12, round 13), without one UID; nor two with
// different UIDs, where the sides are known to share theirs ([Options.Named]).
//
// Candidates are found by what is rare and equal: ends of numbers, beginnings of addresses, pairs of beginnings of
// words, consonants of names. A key that too many share brings nobody together, so that the time is n log n.
package evidence
