package main

import (
	"context"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// The forms of --output json. They do not change; new fields may come. Times are in UTC, and left out where there is
// none. docs/cli.md is made from the tags.

type jsonError struct {
	Error string `json:"error" says:"what went wrong"`
	Exit  int    `json:"exit" says:"the exit status"`
}

type jsonAccount struct {
	Name       string    `json:"name" says:"what the user logs in with"`
	Role       string    `json:"role" says:"user or admin"`
	MD5        bool      `json:"md5" says:"phones may log in by MD5"`
	LogContent bool      `json:"log_content" says:"the sessions log keeps what items hold"`
	Zone       string    `json:"zone,omitempty" says:"the time zone of its schedules; missing for UTC"`
	Created    time.Time `json:"created,omitzero" says:"when it was made"`
}

func roleOf(a bindings.Account) string {
	if a.Admin {
		return "admin"
	}
	return "user"
}

func accountJSON(a bindings.Account) jsonAccount {
	return jsonAccount{a.Name, roleOf(a), a.MD5, a.LogContent, a.Zone, utc(a.Created)}
}

// nameOf gives the name of an account, "" if it cannot be told.
func (h *house) nameOf(ctx context.Context, owner string) string {
	name := ""
	_ = h.each(ctx, func(a bindings.Account) error { // the name is only for people
		if a.ID == owner {
			name = a.Name
		}
		return nil
	})
	return name
}

type jsonToken struct {
	ID      string    `json:"id" says:"what it is revoked by"`
	Account string    `json:"account" says:"the account that it acts for"`
	Label   string    `json:"label" says:"what it is for"`
	Scope   string    `json:"scope" says:"read or write"`
	Created time.Time `json:"created,omitzero" says:"when it was made"`
	Expires time.Time `json:"expires,omitzero" says:"when it ends"`
	Used    time.Time `json:"used,omitzero" says:"when it was used last, to about a minute"`
	Token   string    `json:"token,omitempty" says:"the token itself, only when it is made"`
}

func tokenJSON(k bindings.Token, account string) jsonToken {
	return jsonToken{ID: k.ID, Account: account, Label: k.Label, Scope: k.Scope, Created: utc(k.Created), Expires: utc(k.Expires), Used: utc(k.Used)}
}

type jsonClient struct {
	UUID     string    `json:"uuid" says:"its name everywhere"`
	Kind     string    `json:"kind" says:"the kind of Sync Client"`
	Account  string    `json:"account" says:"whose it is"`
	Device   string    `json:"device_id,omitempty" says:"what a phone calls itself"`
	Title    string    `json:"title,omitempty" says:"what the user calls it"`
	Zone     string    `json:"zone,omitempty" says:"the time zone that a phone is in"`
	Created  time.Time `json:"created,omitzero" says:"when it was registered"`
	Alerted  time.Time `json:"alerted,omitzero" says:"when the phone was alerted last"`
	Answered time.Time `json:"answered,omitzero" says:"when it came after that"`
}

func clientJSON(c bindings.Client, account string, r syncml.AlertRecord) jsonClient {
	return jsonClient{c.ID, c.Kind, account, c.DeviceID, c.Title, c.Zone, utc(c.Created), utc(r.Sent), utc(r.Answered)}
}

type jsonReach struct {
	Client   string    `json:"client" says:"the phone's UUID"`
	Address  string    `json:"push_address" says:"what the gateway knows the phone by"`
	ServerID string    `json:"server_id" says:"the id of the server's profile on the phone"`
	Version  string    `json:"alert_version" says:"SyncML version of alerts, empty for the one that the phone speaks"`
	Keyed    bool      `json:"server_password" says:"whether there is a password by which the phone knows the server"`
	Sent     time.Time `json:"alerted,omitzero" says:"when it was alerted last"`
	Answered time.Time `json:"answered,omitzero" says:"when it came after that"`
	Error    string    `json:"failed,omitempty" says:"why the gateway did not take the alert"`
}

func reachJSON(phone bindings.Client, r syncml.AlertRecord) jsonReach {
	v := jsonReach{phone.ID, r.Address, r.ServerID, r.Version, r.Keyed, utc(r.Sent), utc(r.Answered), r.Error}
	return v
}

type jsonAlert struct {
	Client string `json:"client" says:"the phone that was alerted"`
	Device string `json:"device_id,omitempty" says:"what it calls itself"`
	Title  string `json:"title,omitempty" says:"what the user calls it"`
}

type jsonBinding struct {
	ID          int64     `json:"id" says:"the binding's number"`
	Account     string    `json:"account" says:"whose it is"`
	Source      string    `json:"source" says:"UUID of the source"`
	SourceKind  string    `json:"source_kind" says:"its kind"`
	Target      string    `json:"target" says:"UUID of the target"`
	TargetKind  string    `json:"target_kind" says:"its kind"`
	Winner      string    `json:"conflict" says:"whose value stands where both changed the same: source or target"`
	DeleteWins  bool      `json:"delete_wins" says:"an item that one side deletes and the other edits is deleted"`
	RemoveTwins bool      `json:"remove_twins" says:"slow syncs keep one of items that say exactly the same"`
	Direction   string    `json:"direction" says:"two-way, to-target or to-source"`
	Classes     []string  `json:"dataclasses" says:"what it synchronises; empty for all that both clients have"`
	AskSlow     bool      `json:"ask_slow" says:"a slow sync after the first is held until somebody approves of it"`
	OnChange    bool      `json:"on_change" says:"it is synchronised soon after a datastore on one side changed"`
	Created     time.Time `json:"created,omitzero" says:"when it was made"`
}

func bindingJSON(b bindings.Binding, account string) jsonBinding {
	v := jsonBinding{
		ID: b.ID, Account: account, Source: b.Source, SourceKind: b.Kinds[0], Target: b.Target, TargetKind: b.Kinds[1], Winner: b.Winner,
		DeleteWins: b.DeleteWins, RemoveTwins: b.RemoveTwins, Direction: string(b.Direction), Classes: []string{}, AskSlow: b.AskSlow, OnChange: b.OnChange, Created: utc(b.Created),
	}
	for _, c := range b.Classes {
		v.Classes = append(v.Classes, string(c))
	}
	return v
}

type jsonLog struct {
	Account  string    `json:"account" says:"whose it is"`
	Binding  int64     `json:"binding" says:"the binding's number"`
	Started  time.Time `json:"started,omitzero" says:"when the sync began"`
	Finished time.Time `json:"finished,omitzero" says:"when it ended"`
	Restored int       `json:"restored" says:"items that one side lacked in a slow sync and got again"`
	jsonReport
}

func logJSON(e bindings.LogEntry, account string) jsonLog {
	return jsonLog{account, e.Binding, utc(e.Started), utc(e.Finished), e.Restored, jsonReportOf(e, e.State)}
}

type jsonQuarantined struct {
	ID      string    `json:"id" says:"what retry names it by"`
	Since   time.Time `json:"since,omitzero" says:"when it was set aside"`
	Account string    `json:"account" says:"whose it is"`
	Binding int64     `json:"binding" says:"the binding's number"`
	Class   string    `json:"dataclass" says:"the dataclass"`
	Side    string    `json:"side" says:"the side that holds it: source or target"`
	Item    string    `json:"item" says:"its name there"`
	Title   string    `json:"title" says:"what a person calls it"`
	Why     string    `json:"why" says:"why it was set aside"`
	Until   time.Time `json:"until,omitzero" says:"when a sync tries it again by itself; missing if none does"`
}

// jsonVersion is a history entry.
type jsonVersion struct {
	ID      int64     `json:"id" says:"what restore names it by"`
	At      time.Time `json:"at" says:"when it was overwritten or deleted"`
	Account string    `json:"account" says:"whose it is"`
	Binding int64     `json:"binding" says:"the binding's number"`
	Class   string    `json:"dataclass" says:"the dataclass"`
	Sync    int64     `json:"log_id" says:"the sync that did it, 0 for a restore"`
	Side    string    `json:"side" says:"who held it: source, target or both"`
	Client  string    `json:"client" says:"UUID of that client"`
	Item    string    `json:"item" says:"its name there"`
	Verb    string    `json:"verb" says:"what happened to it: replace or delete"`
	Title   string    `json:"title" says:"what a person calls it"`
	Type    string    `json:"type,omitempty" says:"media type of the content, only in history show"`
	Content string    `json:"content,omitempty" says:"the version as it was, only in history show"`
}

func versionJSON(e bindings.HistoryEntry, account string) jsonVersion {
	return jsonVersion{ID: e.ID, At: e.When.UTC(), Account: account, Binding: e.Binding, Class: string(e.Class), Sync: e.Sync,
		Side: sideOf(e), Client: e.Client, Item: string(e.Item), Verb: e.Verb.String(), Title: e.Title}
}

type jsonRestored struct {
	ID      int64  `json:"id" says:"the history entry"`
	Class   string `json:"dataclass" says:"the dataclass"`
	Side    string `json:"side" says:"the side that was written"`
	Outcome string `json:"result" says:"what became of it"`
	Title   string `json:"title" says:"what a person calls it"`
	Error   string `json:"error,omitempty" says:"why it could not be restored"`
}

func restoredJSON(r bindings.Restored) jsonRestored {
	v := jsonRestored{ID: r.Entry.ID, Class: string(r.Entry.Class), Side: r.Side.String(), Outcome: r.Outcome.String(), Title: r.Entry.Title}
	if r.Err != nil {
		v.Error = r.Err.Error()
	}
	return v
}

type jsonPairItem struct {
	Item   string              `json:"item" says:"its name at its side"`
	Title  string              `json:"title" says:"what a person calls it"`
	Fields map[string][]string `json:"fields" says:"its properties by name"`
}

type jsonPair struct {
	ID      int64        `json:"id" says:"the pair's number"`
	Account string       `json:"account" says:"whose it is"`
	Binding int64        `json:"binding" says:"the binding's number"`
	Class   string       `json:"dataclass" says:"the dataclass"`
	Since   time.Time    `json:"since,omitzero" says:"when it was found"`
	Verdict string       `json:"verdict,omitempty" says:"what was decided: same or two"`
	Mark    string       `json:"mark" says:"changes when one of the two does; for --seen"`
	Source  jsonPairItem `json:"source" says:"the item of the source"`
	Target  jsonPairItem `json:"target" says:"the item of the target"`
}

func pairJSON(d bindings.DoubtfulPair, account string) jsonPair {
	item := func(i bindings.DoubtfulItem) jsonPairItem {
		return jsonPairItem{string(i.Item), i.Title, fieldsOf(d.Class, i.Body)}
	}
	return jsonPair{d.ID, account, d.Binding, string(d.Class), utc(d.Since), verdictWord(d.Verdict), d.Mark, item(d.Items[0]), item(d.Items[1])}
}

type jsonVerdict struct {
	Pair    int64  `json:"id" says:"the pair's number"`
	Verdict string `json:"verdict" says:"what the next sync makes of it: same or two"`
}

// verdictWord is what a person has said of a pair, "" for nothing.
func verdictWord(v engine.Verdict) string {
	return map[engine.Verdict]string{engine.Same: "same", engine.Two: "two"}[v]
}

type jsonExport struct {
	Items   int    `json:"items" says:"how many items were written"`
	Clients int    `json:"clients" says:"of how many Sync Clients"`
	Folder  string `json:"folder" says:"where they are"`
}

type jsonImport struct {
	Class    string `json:"dataclass" says:"the dataclass"`
	Found    int    `json:"read" says:"items that were read"`
	Added    int    `json:"added" says:"of these: added"`
	Merged   int    `json:"merged" says:"merged with one that was there"`
	There    int    `json:"there" says:"there already"`
	Doubtful int    `json:"doubtful" says:"like one that is there, and not added"`
	Failed   int    `json:"failed" says:"not taken"`
}

func quarantineJSON(e bindings.SetAside, account string) jsonQuarantined {
	return jsonQuarantined{e.ID, utc(e.Since), account, e.Binding, string(e.Class), e.Side.String(), string(e.Item), e.Title, e.Why, utc(e.Until)}
}
