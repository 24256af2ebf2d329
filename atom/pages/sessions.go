package pages

import "time"

// Sessions lists conversations between phones and the server.
type Sessions struct {
	Rows []SessionRow
	// Of is the phone whose they are, and Path where it is; empty for all.
	Of, Path string
	// MorePath leads to a longer list; empty if this one is whole.
	MorePath string
}

// Template implements View.
func (Sessions) Template() string { return "sessions" }

// Title implements View.
func (s Sessions) Title() string {
	if s.Of != "" {
		return "Sessions with " + s.Of
	}
	return "Sessions with phones"
}

// Crumbs implements Trail.
func (Sessions) Crumbs() []Crumb { return []Crumb{{"Clients and devices", "/v2/services/"}} }

// A SessionRow is one conversation in a list.
type SessionRow struct {
	Path, Device string
	Started      time.Time
	Messages     int
	// Ending says how it ended, Bad that it did not end well.
	Ending string
	Bad    bool
}

// A Session is one conversation.
type Session struct {
	ID    int64
	Row   SessionRow
	About []Property
	// Exchanges are a part of it, First and Next where others are; empty for none.
	Exchanges   []Exchange
	First, Next string
}

// Template implements View.
func (Session) Template() string { return "session" }

// Title implements View.
func (s Session) Title() string { return "Session with " + s.Row.Device }

// Crumbs implements Trail.
func (s Session) Crumbs() []Crumb {
	return []Crumb{{"Clients and devices", "/v2/services/"}, {"Sessions", "/v2/services/syncml/sessions/"}}
}

// An Exchange is a message of the phone and the server's answer.
type Exchange struct {
	N    int
	At   time.Time
	Took string
	// HTTP is the status of the answer. Again says that the phone sent the message once more.
	HTTP      int
	Again     bool
	Said      [2]Saying
	WholePath string
}

// A Saying is what one of the two said.
type Saying struct {
	// Who said it, how many bytes it took, and in a few lines what.
	Who   string
	Bytes int
	Words []string
	// Raw is its beginning as XML, and Left how many bytes of that are not shown.
	Raw  string
	Left int
}
