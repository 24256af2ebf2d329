package pages

import "time"

// Tokens lists what programs sign in with.
type Tokens struct {
	List   []Token
	Scopes []Choice
	Ends   []Choice
}

// Template implements View.
func (Tokens) Template() string { return "tokens" }

// Title implements View.
func (Tokens) Title() string { return "Tokens" }

// A Token is one of them.
type Token struct {
	// Again says that its form was sent again: it was made, and shown, before.
	Again       bool
	Path, Label string
	// May says what it may do in words.
	May string
	// Expires and Used are zero for never.
	Created, Expires, Used time.Time
	// Over says that it is not valid any more.
	Over bool
	// Secret is what the program sends. It is known only when the token was made just now.
	Secret string
}

// Template implements View.
func (Token) Template() string { return "token" }

// Title implements View.
func (t Token) Title() string { return "Token " + t.Label }

// Crumbs implements Trail.
func (Token) Crumbs() []Crumb { return []Crumb{{"Tokens", "/v2/tokens/"}} }

// Accounts lists all accounts for an administrator, for others their own.
type Accounts struct {
	List []Account
	// Admin says that whoever looks may make accounts.
	Admin bool
}

// Template implements View.
func (Accounts) Template() string { return "accounts" }

// Title implements View.
func (Accounts) Title() string { return "Accounts" }

// An Account is the page of one account.
type Account struct {
	Path, Name string
	Created    time.Time
	// Admin says that the account may administer others, MD5 that phones may log in to it by MD5, Content that the log
	// of sessions keeps what items hold.
	Admin, MD5, Content bool
	// Zone is the time zone of its schedules, "" for UTC.
	Zone string
	// Mine says that it is that of whoever looks, ByAdmin that an administrator looks.
	Mine, ByAdmin bool
	// Cookie says that whoever looks signed in with a browser.
	Cookie bool
}

// Template implements View.
func (Account) Template() string { return "account" }

// Title implements View.
func (a Account) Title() string { return "Account " + a.Name }

// Crumbs implements Trail.
func (Account) Crumbs() []Crumb { return []Crumb{{"Accounts", "/v2/accounts/"}} }
