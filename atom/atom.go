package atom

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/bindings/transfer"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/guesses"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
)

// Accounts tells who a caller is.
type Accounts interface {
	// Basic verifies a name and a password. It returns sources.ErrAuth for an unknown account and for
	// a wrong password alike, after the same work.
	Basic(ctx context.Context, name, password string) (owner string, err error)
	// Bearer tells whose a token is. It returns sources.ErrAuth for one that does not count.
	Bearer(ctx context.Context, secret string) (bindings.Token, error)
	// Account gives the account with that id.
	Account(ctx context.Context, owner string) (bindings.Account, error)
	// AccountByName gives the account of that name.
	AccountByName(ctx context.Context, name string) (bindings.Account, error)
	// Accounts lists all accounts by name.
	Accounts(ctx context.Context) ([]bindings.Account, error)
	CreateAccount(ctx context.Context, n bindings.NewAccount) (bindings.Account, error)
	SetPassword(ctx context.Context, owner, password string) error
	SetAdmin(ctx context.Context, owner string, admin bool) (bindings.Account, error)
	RemoveAccount(ctx context.Context, owner string) error
	// SetLogContent says whether the log of sessions keeps what the owner's items hold.
	SetLogContent(ctx context.Context, owner string, on bool) error
	// SetZone says in which time zone schedules are that name none; "" is UTC.
	SetZone(ctx context.Context, owner, zone string) error
}

// Tokens keeps the tokens of programs. Its errors are the classes of package bindings.
type Tokens interface {
	Tokens(ctx context.Context, owner string) ([]bindings.Token, error)
	Token(ctx context.Context, owner, id string) (bindings.Token, error)
	CreateToken(ctx context.Context, owner string, n bindings.NewToken) (bindings.Token, string, error)
	RevokeToken(ctx context.Context, owner, id string) error
}

// Kinds tells what kinds of Sync Client there are.
type Kinds interface {
	Names() []string
	Kind(name string) (sources.Kind, error)
}

// Bindings keeps the bindings. Its errors are the classes of package bindings.
type Bindings interface {
	Bindings(ctx context.Context, owner string) ([]bindings.Binding, error)
	Binding(ctx context.Context, owner string, id int64) (bindings.Binding, error)
	CreateBinding(ctx context.Context, owner string, n bindings.NewBinding) (bindings.Binding, error)
	Change(ctx context.Context, owner string, id int64, c bindings.Change) (bindings.Binding, error)
	FilterList(ctx context.Context, owner string, binding int64) (map[int64][]bindings.FilterChange, error)
	Withheld(ctx context.Context, owner string, binding int64) (map[dataclass.Class]int, error)
	RemoveBinding(ctx context.Context, owner string, id int64) error
}

// Clients keeps the Sync Clients. Its errors are the classes of package bindings.
type Clients interface {
	Clients(ctx context.Context, owner, kind string) ([]bindings.Client, error)
	Client(ctx context.Context, owner, id string) (bindings.Client, error)
	CreateClient(ctx context.Context, owner string, n bindings.NewClient) (bindings.Client, error)
	ChangeClient(ctx context.Context, owner, id string, c bindings.ClientChange) (bindings.Client, error)
	RemoveClient(ctx context.Context, owner, id string) error
	RemovedClients(ctx context.Context, owner string) ([]bindings.RemovedClient, error)
	RestoreClient(ctx context.Context, owner, id string) (bindings.Client, error)
	RemovedBindings(ctx context.Context, owner string) ([]bindings.RemovedBinding, error)
	// LastRemoval gives when the owner last removed a binding or a client, zero if never.
	LastRemoval(ctx context.Context, owner string) (time.Time, error)
	RestoreBinding(ctx context.Context, owner string, id int64) (bindings.Binding, error)
}

// Log keeps the sync log.
type Log interface {
	// LogPage gives the entries that the filter chooses, the newest first.
	LogPage(ctx context.Context, owner string, f bindings.LogFilter) ([]bindings.LogEntry, error)
	// LogEntry gives one entry. Its errors are the classes of package bindings.
	LogEntry(ctx context.Context, owner string, id int64) (bindings.LogEntry, error)
}

// Starter starts synchronizations.
type Starter interface {
	// Request synchronises a binding, or asks its phone to. Its errors are the classes of package bindings; an
	// ErrInUse for a phone that cannot be asked, and for a binding that is being synchronised.
	Request(ctx context.Context, owner string, binding int64, mode int, classes ...dataclass.Class) (bindings.Started, error)
}

// Options say what an API shows and what it stands on. All up to Content are
// required.
type Options struct {
	Accounts Accounts
	Tokens   Tokens
	// Keeps give what others keep of an account, for its export.
	Keeps []transfer.More
	// WebSessions keeps who is signed in with a browser.
	WebSessions WebSessions
	Kinds       Kinds
	Bindings    Bindings
	Clients     Clients
	SyncLog     Log
	Starter     Starter
	// Background starts synchronizations for who prefers not to wait.
	Background Background
	Matters    Matters
	Notices    Notices
	History    History
	Restorer   Restorer
	Sessions   Sessions
	Replacer   Replacer
	// Importer reads files into datastores, Books are what an account's export reads.
	Importer Importer
	Books    transfer.Books
	// Schedules keeps when bindings are to be synchronised.
	Schedules Schedules
	// Remotes keeps the servers that were registered, and the clients on them.
	Remotes Remotes
	// Unauthorised, if set, lists the clients whose credentials were refused.
	Unauthorised func(ctx context.Context, owner string) ([]bindings.Unauthorisation, error)
	// PhoneStores binds phones to datastores.
	PhoneStores PhoneStores
	// Devices gives what an owner's phones declared.
	Devices func(ctx context.Context, owner string) ([]syncml.DeviceInfo, error)
	// Content opens a datastore client.
	Content func(owner, client string) Items
	// CountItems, if set, tells how many items a datastore client holds.
	CountItems func(ctx context.Context, owner, client string) (int, error)
	// Links, if set, tells on the pages what stands where something was overwritten.
	Links Links
	// Learned and Rules, if set, tell on the pages how a phone was seen to keep items and which device rules apply to it.
	Learned func(ctx context.Context, owner, client string) ([]bindings.Learned, error)
	Rules   func(d devicerule.Device) devicerule.Rules
	// Together, if set, runs fn in one transaction: all that is read and written with its context. It may run fn more
	// than once. Without it nothing keeps two writers apart who have seen the same.
	Together func(ctx context.Context, fn func(ctx context.Context) error) error
	// Where tells which clients hold an item.
	Where Finder
	// Operator is the author of feeds; "Bindery" by default.
	Operator string
	// Contact is the mail address in the author of entries; none by default.
	Contact string
	// BaseURL is scheme and host of all ids and links, such as "https://sync.example.org". By default
	// they follow the Host of each request.
	BaseURL string
	// Now is the clock of the request log; by default time.Now.
	Now func() time.Time
	// Rand is where request ids come from; by default the system's source. It must be safe for
	// concurrent use.
	Rand io.Reader
	// Guesses bounds attempts to sign in; by default the API has a limit of its own.
	Guesses *guesses.Limit
	// Ending, if set, is closed when the server stops: streams end then.
	Ending <-chan struct{}
	// Log receives one line for each request, without bodies and credentials.
	Log *slog.Logger

	pace pace
}

// api is the handlers' common state.
type api struct {
	Options
	// open are the streams that are open.
	open streams
	// transfers has a place for each file that is made or read.
	transfers chan struct{}
	// sent are the forms that made something.
	sent onceForms
}

// New makes the handler of everything below /v2/.
func New(o Options) http.Handler {
	if o.Operator == "" {
		o.Operator = "Bindery"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Guesses == nil {
		o.Guesses = guesses.New(o.Now)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	if o.pace == (pace{}) {
		o.pace = usualPace
	}
	a := &api{Options: o, transfers: make(chan struct{}, transfersAll)}
	return chain(a.router(), a.identify, a.record, a.rescue, a.sameOrigin, a.outside, a.signIn, a.acceptable, conditional, a.limitBody, a.ownForms)
}

// base gives scheme and host for the links of an answer to r.
func (a *api) base(r *http.Request) string {
	switch {
	case a.BaseURL != "":
		return a.BaseURL
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
