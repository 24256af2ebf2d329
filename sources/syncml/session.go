package syncml

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
)

// A session is a phone's conversation, loaded for one message.
type session struct {
	// login is set in the message that opened the session.
	login *login
	row   sessionRow
	state state
}

// A phase is how far a conversation came, named by what the phone sends next.
type phase string

const (
	inOpening phase = "opening" // package 1: log-in, device information, alerts
	inChanges phase = "changes" // package 3: the phone's changes
	inAnswers phase = "answers" // package 4 is on its way, the phone sends statuses and maps
	inClosing phase = "closing" // our package 4 is out, package 5 is awaited
	isOver    phase = "over"
	// isSuspended: the phone has stopped for a while and may resume in another session.
	isSuspended phase = "suspended"
)

// A state is everything that a session knows between two messages. It is stored as JSON.
type state struct {
	Version string // VerDTD
	// Zone is that of the Phone.
	Zone string `json:",omitempty"`
	// Ours and Theirs are the two addresses: our Source, which is the phone's Target, and the phone.
	Ours    string
	RespURI string
	Theirs  wire.Location
	LastMsg string
	Phase   phase
	// Sending is the number of the package that is being sent to the phone, 0 if it is the phone's turn.
	Sending int
	// MaxMsg and MaxObj are the phone's limits in bytes, 0 if it has none.
	MaxMsg int
	MaxObj int
	// Header is the status of the header of the message in work; Queue are statuses that wait to be
	// sent, also from messages before.
	Header *wire.Status
	Queue  []wire.Status
	// Get is the phone's request for device information that is to be answered.
	Get *getRef
	// Ask is true while the phone is to be asked for its device information.
	Ask       bool
	Databases []*database
	// Sent are our commands that the phone has not given a status for, by message and command.
	Sent map[string]sent
	// Chunk is the phone's large object of which pieces have come; Torn are the items whose end is
	// missing, and the phone is to be told; Splitting is ours that is on its way.
	Chunk     *chunk
	Torn      []string
	Splitting *splitting
	// TornOut counts how often an object of ours was begun anew.
	TornOut int
	// Waits counts the messages that a run made the phone wait.
	Waits int
	// Idle counts the messages in a row that brought nothing while nothing was to be sent.
	Idle int
	// Began is when the session did, in milliseconds. Messages counts the phone's messages. Told is true
	// once the log tells that the session ended.
	Began    int64
	Messages int
	Told     bool
}

type getRef struct {
	MsgRef string
	CmdRef string
	Path   string
}

// A sent is one command of ours.
type sent struct {
	Kind     string // "Alert", "Get", "Sync" or the verb of an op
	Database int    // index into Databases
	Op       int64  // 0 for what is no op
	// Piece marks a piece of an op's item that is not the last one.
	Piece bool
}

// A database is one of a phone's databases in a session.
type database struct {
	Name   string // the phone's name, without its query
	Theirs string // as the phone writes it
	Ours   string // our database, as the phone writes it
	Class  dataclass.Class
	// Within is what the phone wants of it in this session.
	Within dataclass.Range
	// Mode is the alert code in force, 200 to 205; Asked is that which the phone asked for, if that goes one
	// way only and the Mode may be 201 for it.
	Mode  int
	Asked int
	// Last is the anchor that the phone remembered when it began; OurLast and OurNext are those that we send.
	Last    string
	OurLast string
	OurNext string
	// Resumed is true if the database goes on where an earlier session stopped. Before is true if changes had
	// come by then; Rest if they were all there and planned, so that what comes now is no listing.
	Resumed bool
	Before  bool
	Rest    bool
	// Alert is true while our Alert is to be sent.
	Alert bool
	// Refused is true once the phone refused our Alert.
	Refused bool
	// Early is true in the package that alerted the database, if a slow sync was demanded of it: what
	// changes the package holds, if any, are not the whole content.
	Early bool
	// Seen is true once the phone sent its Sync, Arrived once the Final after it came.
	Seen    bool
	Arrived bool
	// Ran is true once the run ended; Failed if it could not.
	Ran    bool
	Failed bool
	// Opened is true once our first Sync element went out; After is the last op that was handed out;
	// Done is true when nothing more is to be sent.
	Opened bool
	After  int64
	Done   bool
	// Stalls counts the messages in a row in which not even one change found room.
	Stalls int
	// Full is true once the phone said that it takes no more; ToldFull once the log tells that it lacks room. Free is
	// how much it said to have, nil if nothing.
	Full     bool
	ToldFull bool
	Free     *freeMem
	// Received and Sent count the changes that the phone sent, and that it was sent.
	Received int
	Sent     int
}

func (d *database) face() Database {
	return Database{Name: d.Name, Class: d.Class, Complete: d.listing(), Resumed: d.Resumed, Within: d.Within}
}

// way is the mode by which the database is synchronised.
func (d *database) way() int {
	mode := d.Mode
	if d.Asked != 0 {
		mode = d.Asked
	}
	if d.Rest {
		return restOf(mode)
	}
	return mode
}

// listing reports whether the phone's package is all that its database holds, together with what an earlier
// session got of it.
func (d *database) listing() bool { return complete(d.Mode) && !d.Rest }

func loadSession(row *sessionRow) (*session, error) {
	s := &session{row: *row}
	if err := json.Unmarshal(row.State, &s.state); err != nil {
		return nil, fmt.Errorf("read session: %w", err)
	}
	return s, nil
}

// over reports whether a session ended well, so that late messages can still be answered.
func (r *sessionRow) over() bool {
	var s state
	return json.Unmarshal(r.State, &s) == nil && s.Phase == isOver
}

func (s *session) phone() Phone {
	return Phone{Owner: s.row.Owner, Client: s.row.Client, Fence: s.row.Fence, Zone: s.state.Zone}
}

// stored gives the row with the state as it is now.
func (s *session) stored(now int64) (sessionRow, error) {
	b, err := json.Marshal(s.state)
	if err != nil {
		return sessionRow{}, fmt.Errorf("store session: %w", err)
	}
	row := s.row
	row.State, row.TouchedAt = b, now
	if s.state.Phase == isSuspended {
		row.TouchedAt = now + int64((suspendLimit - idleLimit).Seconds())
	}
	if s.state.Phase == isOver && row.EndedAt == 0 {
		row.EndedAt = now
	}
	return row, nil
}

// follows reports whether a message id is later than the last one.
func (s *state) follows(id string) bool {
	a, errA := strconv.Atoi(s.LastMsg)
	b, errB := strconv.Atoi(id)
	if errA != nil || errB != nil {
		return id != s.LastMsg
	}
	return b > a
}

// database finds a database by either side's name of it; nil if it was not alerted.
func (s *state) database(theirs, ours wire.Location) (int, *database) {
	for i, d := range s.Databases {
		if theirs.URI != "" && d.Name == phoneName(theirs.URI) {
			return i, d
		}
	}
	for i, d := range s.Databases {
		if ours.URI != "" && (d.Ours == ours.URI || baseName(d.Ours) == baseName(ours.URI)) {
			return i, d
		}
	}
	return 0, nil
}

func sentKey(msg, cmd string) string { return msg + "/" + cmd }
