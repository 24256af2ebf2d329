// Package yeartest plays a year of a phone's life: a fake phone of package phonetest and the owner's
// datastore, both edited by their users at random, with the real SyncML face, the real engine and the real
// database between them. Lines drop messages, servers die at any transaction or are started anew, phones
// lose their anchors or all they hold, clocks move. It is test code only.
//
// A year is made of a model and a seed and nothing else. Every text that a user enters is unique, so that
// at rest it can be said of each what has become of it: nothing is lost that nobody deleted, nothing is
// there twice, nothing comes back, and the last sync has nothing to say.
package yeartest
