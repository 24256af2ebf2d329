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
	ClientAdded         Notice = "client-added"
	ClientChanged       Notice = "client-changed"
	CollectionsChanged  Notice = "collections-changed"
	ClientRemoved       Notice = "client-removed"
	ClientReplaced      Notice = "client-replaced"
	BroughtBack         Notice = "brought-back"
	SourceAdded         Notice = "source-added"
	SourceRemoved       Notice = "source-removed"
	AuthorisedAgain     Notice = "authorised-again"
	ScheduleAdded       Notice = "schedule-added"
	ScheduleRemoved     Notice = "schedule-removed"
	ScheduleRun         Notice = "schedule-run"
	PhoneAsked          Notice = "phone-asked"
	NothingToSync       Notice = "nothing-to-sync"
	HoldApproved        Notice = "hold-approved"
	HoldRejected        Notice = "hold-rejected"
	ReviewDecided       Notice = "review-decided"
	ReviewOpen          Notice = "review-open"
	RetryAsked          Notice = "retry-asked"
	RetryBusy           Notice = "retry-busy"
	Meanwhile           Notice = "meanwhile"
	PlanGrown           Notice = "plan-grown"
	PairChanged         Notice = "pair-changed"
	SomeChanged         Notice = "some-changed"
	SettingsMeanwhile   Notice = "settings-meanwhile"
	NothingChosen       Notice = "nothing-chosen"
	TokenRevoked        Notice = "token-revoked"
	FeedRevoked         Notice = "feed-revoked"
	AccountMade         Notice = "account-made"
	AccountSaved        Notice = "account-saved"
	AccountDeleted      Notice = "account-deleted"
	PasswordChanged     Notice = "password-changed"
)

// notices are what they say.
var notices = map[Notice]string{
	SignedOut:           "You are signed out.",
	SignedOutEverywhere: "You are signed out on all devices.",
	BindingMade:         "The binding is made. Start its first sync when you are ready.",
	BindingChanged:      "The settings are saved.",
	BindingRemoved:      "The binding is removed. No item was deleted anywhere.",
	SyncBegun:           "The synchronizations have begun. They are in the list below.",
	ClientAdded:         "It is added. Bind it to another client on the overview.",
	ClientChanged:       "The settings are saved.",
	CollectionsChanged:  "The collections are as you chose. The next synchronization compares all that there is; nothing is deleted because of it.",
	ClientRemoved:       "It is removed. No item was deleted on any other client.",
	ClientReplaced:      "This phone has taken the place of the other one.",
	BroughtBack:         "It is back.",
	SourceAdded:         "The server answered as it should, and is registered.",
	SourceRemoved:       "The source is removed.",
	AuthorisedAgain:     "The other server took that. Its bindings go on.",
	ScheduleAdded:       "The schedule is added.",
	ScheduleRemoved:     "The schedule is removed.",
	ScheduleRun:         "It runs as soon as there is room for it.",
	PhoneAsked:          "The phone was asked to begin the synchronization.",
	NothingToSync:       "There was nothing to synchronize.",
	HoldApproved:        "You approved it. The next synchronization carries it out; until then you can still reject it.",
	HoldRejected:        "You rejected it. The next synchronization sends it back; until then you can still approve it.",
	ReviewDecided:       "That is noted. The next synchronization acts on it; until then you can take it back.",
	ReviewOpen:          "It is open again. Nothing happens to the pair until somebody decides.",
	RetryAsked:          "The next synchronization tries it again.",
	RetryBusy:           "The binding is being synchronized. Try it again when that is over.",
	Meanwhile:           "Somebody else decided meanwhile, or a synchronization has acted on it. What you sent changed nothing there; this is how it stands now.",
	PlanGrown:           "The plan has grown or changed since you looked, so nothing was decided. Look again: this is what it holds now.",
	PairChanged:         "One of the two has changed since you compared them, so nothing was decided. This is what they say now.",
	SomeChanged:         "Some of the pairs that you marked have changed since, or somebody else has decided about them: those stay as they are below. The others are noted.",
	SettingsMeanwhile:   "It was changed meanwhile, so nothing was saved. Here is how it stands.",
	NothingChosen:       "You chose nothing, so nothing was changed.",
	TokenRevoked:        "The token is revoked.",
	FeedRevoked:         "The address of the feed is revoked.",
	AccountMade:         "The account is made.",
	AccountSaved:        "The settings are saved.",
	AccountDeleted:      "The account is deleted, with everything that it owned.",
	PasswordChanged:     "The password is changed, and every browser of the account is signed out.",
}

// Sentence is what a notice says; empty for a code that there is not.
func (n Notice) Sentence() string { return notices[n] }
