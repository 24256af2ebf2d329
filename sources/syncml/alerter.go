package syncml

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml/push"
	"github.com/bindery-sync/bindery/sources/syncml/san"
)

// Why a phone cannot be alerted as things are set up. Each of the others is an ErrUnreachable.
var (
	ErrUnreachable = errors.New("phone cannot be alerted")
	// ErrNoAddress: it was never said what the gateway knows the phone by; see SetReach.
	ErrNoAddress = fmt.Errorf("%w: it has no address", ErrUnreachable)
	// ErrNoGateway: the Alerter has none.
	ErrNoGateway = fmt.Errorf("%w: nothing is set up that takes alerts to phones", ErrUnreachable)
	// ErrOtherDatabase: there is no database of the name that was asked for.
	ErrOtherDatabase = fmt.Errorf("%w: there is no such database", ErrUnreachable)
	// ErrNoDatabase: the phone has not synchronised yet what is asked for, so that the names by which its
	// profile calls our databases are not known.
	ErrNoDatabase = fmt.Errorf("%w: the name of its database is not known before its first sync", ErrUnreachable)
)

// Secrets encrypts what must be kept but not be readable in the database, for one owner each.
type Secrets interface {
	Seal(owner string, plain []byte) ([]byte, error)
	Open(owner string, sealed []byte) ([]byte, error)
}

// AlerterOptions are what an Alerter needs. Store and Secrets are required.
type AlerterOptions struct {
	Store   *sqlstore.Store
	Secrets Secrets
	// Gateway takes notifications to phones; nil if none is set up.
	Gateway push.Gateway
	Now     func() time.Time
	Log     *slog.Logger
}

// An Alerter asks phones to begin a session. It is safe for concurrent use, also by several processes on one
// database.
type Alerter struct {
	o     AlerterOptions
	store storage
}

// NewAlerter makes an Alerter. The Migrations must have been run on o.Store.
func NewAlerter(o AlerterOptions) *Alerter {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Alerter{o: o, store: storage{db: o.Store, now: o.Now}}
}

// DefaultServerID is the server's id in a notification if none was set for the phone.
const DefaultServerID = "bindery"

// A Reach is how a phone is alerted.
type Reach struct {
	// Address is what the gateway knows the phone by, "" if that was never said.
	Address string
	// ServerID is the id of the server's profile on the phone; "" means DefaultServerID.
	ServerID string
	// Version is "1.0", "1.1" or "1.2"; "" means the version in which the phone described itself, or 1.2.
	Version string
	// Keyed is true if there is a password of the server's, by which the phone knows who calls.
	Keyed bool
}

// A ReachChange changes what is not nil. A Password of "" is none.
type ReachChange struct{ Address, ServerID, Version, Password *string }

// maxPassword bounds a server's password, in bytes.
const maxPassword = 255

// SetReach changes how a phone is alerted. It returns a push.ErrAddress, a san.ErrRange or a san.ErrVersion
// for what cannot be used. The caller has made sure that the client is the owner's, and a phone.
func (a *Alerter) SetReach(ctx context.Context, owner, client string, c ReachChange) error {
	if err := c.check(); err != nil {
		return err
	}
	var sealed []byte
	if c.Password != nil && *c.Password != "" {
		var err error
		if sealed, err = a.o.Secrets.Seal(owner, []byte(*c.Password)); err != nil {
			return err
		}
	}
	_, err := a.store.changeAlert(ctx, owner, client, func(row *alertRow) {
		for _, f := range []struct{ to, from *string }{{&row.Address, c.Address}, {&row.ServerID, c.ServerID}, {&row.Version, c.Version}} {
			if f.from != nil {
				*f.to = *f.from
			}
		}
		if c.Password != nil {
			row.Password = sealed
		}
	})
	return err
}

func (c ReachChange) check() error {
	if c.Address != nil && *c.Address != "" {
		if err := push.CheckAddress(*c.Address); err != nil {
			return err
		}
	}
	if c.Password != nil && len(*c.Password) > maxPassword {
		return fmt.Errorf("%w: the server's password has more than %d bytes", san.ErrRange, maxPassword)
	}
	if v := c.Version; v != nil && !slices.Contains([]string{"", "1.0", "1.1", "1.2"}, *v) {
		return fmt.Errorf("%w: there are 1.0, 1.1 and 1.2, and no %.16q", san.ErrVersion, *v)
	}
	probe := san.Notification{Version: "1.2", Server: DefaultServerID, Syncs: []san.Sync{{Mode: san.TwoWay, URI: "x"}}}
	if c.Version != nil {
		probe.Version = cmp.Or(*c.Version, probe.Version)
	}
	if c.ServerID != nil {
		probe.Server = cmp.Or(*c.ServerID, probe.Server)
	}
	_, err := san.Encode(probe, san.Key{})
	return err
}

// An AlertRecord is how a phone is alerted and what became of it the last time.
type AlertRecord struct {
	Reach
	// Sent is when the phone was alerted last; zero if it never was. Mode is what it was asked for, 200 to
	// 205, under the session id Session.
	Sent    time.Time
	Mode    int
	Session uint16
	// Error says why the gateway did not take it; "" if it did.
	Error string
	// Answered is when the phone began a session after it; zero if it has not. ByID tells that it did so
	// under the id that it was given, so that it came because of it.
	Answered time.Time
	ByID     bool
}

func (r alertRow) record() AlertRecord {
	return AlertRecord{Reach: Reach{Address: r.Address, ServerID: r.ServerID, Version: r.Version, Keyed: len(r.Password) > 0},
		Sent: microTime(r.SentAt), Mode: r.Mode, Session: uint16(r.Session), Error: r.Error,
		Answered: microTime(r.AnsweredAt), ByID: r.BySession}
}

func microTime(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// Records gives what is known of the owner's phones, by the client's UUID. Phones of which nothing was set
// and which were never alerted are not among them.
func (a *Alerter) Records(ctx context.Context, owner string) (map[string]AlertRecord, error) {
	rows, err := a.store.alertRows(ctx, owner)
	if err != nil {
		return nil, err
	}
	all := make(map[string]AlertRecord, len(rows))
	for _, r := range rows {
		all[r.Client] = r.record()
	}
	return all, nil
}

// An AlertRequest is what a phone is to be asked for.
type AlertRequest struct {
	// Mode is 200 to 205, with the phone as the client. There is no alert for a slow sync, 201: the phone is
	// asked for a two-way one, and answered 508 when it comes.
	Mode int
	// Databases are names of databases of ours, or of the phone's; Classes are dataclasses whose databases
	// are meant. Without either all that the phone synchronised before are meant.
	Databases []string
	Classes   []dataclass.Class
	// Only, where neither names anything, leaves out databases of other dataclasses; one of events and tasks is meant
	// where both are. Without any, all are meant.
	Only []dataclass.Class
}

// Alert asks a phone to begin a session, and gives what is recorded of it. It returns once the gateway took
// the notification, which says nothing of whether the phone comes. It returns an ErrUnreachable if something
// has to be set up first, and the errors of san.Encode and push.Sender.
//
// The caller has made sure that the client is the owner's, and a phone.
func (a *Alerter) Alert(ctx context.Context, owner, client string, r AlertRequest) (AlertRecord, error) {
	call, err := a.prepare(ctx, owner, client, r)
	if err != nil {
		return AlertRecord{}, err
	}
	row, err := a.record(ctx, call)
	if err != nil {
		return AlertRecord{}, err
	}
	call.san.SessionID = uint16(row.Session)
	body, err := san.Encode(call.san, call.key)
	if err == nil {
		err = a.o.Gateway.Push(ctx, push.Push{Address: row.Address, ContentType: san.Type(call.san.Version), Body: body})
	}
	if err != nil {
		err = fmt.Errorf("alert phone %s: %w", client, err)
		return row.record(), errors.Join(err, a.failed(ctx, row, err))
	}
	a.o.Log.InfoContext(ctx, "phone alerted", "client", client, "mode", r.Mode, "session", row.Session)
	return row.record(), nil
}

// A call is an alert that is to be sent.
type call struct {
	row  alertRow
	mode int
	san  san.Notification
	key  san.Key
	// slow are the phone's databases that are to be synchronised slowly.
	slow []string
}

// prepare finds out what there is to send, and refuses what cannot be, before anything is changed.
func (a *Alerter) prepare(ctx context.Context, owner, client string, r AlertRequest) (call, error) {
	code, ok := san.For(r.Mode)
	if !ok {
		return call{}, fmt.Errorf("%w: there is no sync mode %d", san.ErrRange, r.Mode)
	}
	row, err := a.store.alertRow(ctx, owner, client)
	if err != nil {
		return call{}, err
	}
	if row.Address == "" {
		return call{}, ErrNoAddress
	}
	if a.o.Gateway == nil {
		return call{}, ErrNoGateway
	}
	c := call{row: row, mode: r.Mode, san: san.Notification{Server: cmp.Or(row.ServerID, DefaultServerID)}}
	if len(row.Password) > 0 {
		plain, err := a.o.Secrets.Open(owner, row.Password)
		if err != nil {
			return call{}, fmt.Errorf("server's password for phone %s: %w", client, err)
		}
		c.key.Password = string(plain)
	}
	if err := a.address(ctx, &c); err != nil {
		return call{}, err
	}
	known, err := a.store.knownDatabases(ctx, owner, client)
	if err != nil {
		return call{}, err
	}
	return c, c.choose(r, code, known)
}

// address finds the version that the phone understands and the name by which it is called there.
func (a *Alerter) address(ctx context.Context, c *call) error {
	c.san.Version = c.row.Version
	if c.san.Version == "" {
		d, err := a.store.device(ctx, c.row.Owner, c.row.Client)
		if err != nil {
			return err
		}
		c.san.Version = "1.2"
		if d != nil && versions[d.VerDTD] != "" {
			c.san.Version = d.VerDTD
		}
	}
	if c.san.Version == "1.2" {
		c.san.UI = san.UIBackground
	}
	return nil
}

// record stores that the phone is alerted, under the next session id, and that the databases are to be
// synchronised slowly: before the gateway is asked, for the phone may come before that answers.
func (a *Alerter) record(ctx context.Context, c call) (alertRow, error) {
	var row alertRow
	err := a.o.Store.Update(ctx, func(ctx context.Context, _ *gorm.DB) error {
		for _, name := range c.slow {
			p := Phone{Owner: c.row.Owner, Client: c.row.Client}
			if err := a.store.changeAnchors(ctx, p, name, (*anchorRow).forgetPhone); err != nil {
				return err
			}
		}
		var err error
		row, err = a.store.changeAlert(ctx, c.row.Owner, c.row.Client, func(row *alertRow) {
			row.Session = row.Session%0xffff + 1
			row.Mode, row.SentAt, row.Error = c.mode, a.o.Now().UnixMicro(), ""
			row.AnsweredAt, row.BySession = 0, false
		})
		return err
	})
	return row, err
}

// failed notes why the gateway did not take an alert, also if the caller has gone. A newer alert stays.
func (a *Alerter) failed(ctx context.Context, sent alertRow, why error) error {
	_, err := a.store.changeAlert(context.WithoutCancel(ctx), sent.Owner, sent.Client, func(row *alertRow) {
		if row.SentAt == sent.SentAt && row.Session == sent.Session {
			row.Error = fmt.Sprintf("%.500s", why)
		}
	})
	return err
}
