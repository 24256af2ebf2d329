package pages

// A Notice says what was just done. It travels in an address, so only its code does: nobody can make a link that puts
// words of his own on a page.
type Notice string

// The notices.
const (
	SignedOut           Notice = "signed-out"
	SignedOutEverywhere Notice = "signed-out-everywhere"
	BindingMade         Notice = "binding-made"
	BindingChanged      Notice = "binding-changed"
	BindingRemoved      Notice = "binding-removed"
	SyncBegun           Notice = "sync-begun"
	PhoneAsked          Notice = "phone-asked"
	NothingToSync       Notice = "nothing-to-sync"
)

// notices are what they say.
var notices = map[Notice]string{
	SignedOut:           "You are signed out.",
	SignedOutEverywhere: "You are signed out on all devices.",
	BindingMade:         "The binding is made. Start its first sync when you are ready.",
	BindingChanged:      "The settings are saved.",
	BindingRemoved:      "The binding is removed. No item was deleted anywhere.",
	SyncBegun:           "The synchronizations have begun. They are in the list below.",
	PhoneAsked:          "The phone was asked to begin the synchronization.",
	NothingToSync:       "There was nothing to synchronize.",
}

// Sentence is what a notice says; empty for a code that there is not.
func (n Notice) Sentence() string { return notices[n] }
