package transfer

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// Books are what an account's export reads besides the items; a *bindings.Store is one.
type Books interface {
	Clients(ctx context.Context, owner, kind string) ([]bindings.Client, error)
	RemovedClients(ctx context.Context, owner string) ([]bindings.RemovedClient, error)
	Bindings(ctx context.Context, owner string) ([]bindings.Binding, error)
	FilterList(ctx context.Context, owner string, binding int64) (map[int64][]bindings.FilterChange, error)
	Schedules(ctx context.Context, owner string) ([]bindings.Schedule, error)
	LogPage(ctx context.Context, owner string, f bindings.LogFilter) ([]bindings.LogEntry, error)
	History(ctx context.Context, owner string, f bindings.HistoryFilter) ([]bindings.HistoryEntry, error)
	HistoryEntry(ctx context.Context, owner string, id int64) (bindings.HistoryEntry, error)
	Quarantine(ctx context.Context, owner string, binding int64) ([]bindings.SetAside, error)
	Tokens(ctx context.Context, owner string) ([]bindings.Token, error)
}

// More gives what somebody else keeps of an account, each file by its name in the archive, when it was changed (the zero
// time where nobody knows) and its content.
type More func(ctx context.Context, owner string, add func(name string, at time.Time, data []byte) error) error

// What an account's export is made of.
type (
	zipAccount struct {
		Version  int          `json:"version"`
		Name     string       `json:"name"`
		Admin    bool         `json:"admin"`
		Created  time.Time    `json:"created"`
		Clients  []zipClient  `json:"clients"`
		Removed  []zipClient  `json:"removed_clients"`
		Bindings []zipBinding `json:"bindings"`
		Tokens   []zipToken   `json:"tokens"`
		// LeftOut says what is not in the archive.
		LeftOut string `json:"left_out"`
		// Unreadable items are in the quarantine folder.
		Items map[dataclass.Class]int `json:"items"`
	}
	zipClient struct {
		UUID   string `json:"uuid"`
		Kind   string `json:"kind"`
		Device string `json:"device_id,omitempty"`
		Title  string `json:"title,omitempty"`
		Zone   string `json:"zone,omitempty"`
		// Folder is where its items are in the archive.
		Folder string `json:"folder,omitempty"`
	}
	zipBinding struct {
		ID          int64             `json:"id"`
		Source      string            `json:"source"`
		Target      string            `json:"target"`
		Winner      string            `json:"conflict_winner"`
		Direction   string            `json:"direction"`
		Classes     []dataclass.Class `json:"dataclasses,omitempty"`
		DeleteWins  bool              `json:"delete_wins,omitempty"`
		RemoveTwins bool              `json:"remove_twins,omitempty"`
		AskSlow     bool              `json:"ask_slow,omitempty"`
		OnChange    bool              `json:"on_change"`
		Filters     []zipFilter       `json:"filters,omitempty"`
		Schedules   []zipSchedule     `json:"schedules,omitempty"`
		Created     time.Time         `json:"created"`
	}
	zipFilter struct {
		Side     string          `json:"side"`
		Class    dataclass.Class `json:"dataclass"`
		Back     int             `json:"days_back,omitempty"`
		Ahead    int             `json:"days_ahead,omitempty"`
		Category string          `json:"category,omitempty"`
	}
	zipToken struct {
		Label   string    `json:"label"`
		Scope   string    `json:"scope"`
		Created time.Time `json:"created"`
	}
	zipVersion struct {
		ID      int64           `json:"id"`
		Binding int64           `json:"binding"`
		Class   dataclass.Class `json:"dataclass"`
		When    time.Time       `json:"when"`
		Was     string          `json:"was"`
		Client  string          `json:"client"`
		Item    sources.ID      `json:"item"`
		Title   string          `json:"title,omitempty"`
		File    string          `json:"file"`
	}
	zipAside struct {
		ID      string          `json:"id"`
		Binding int64           `json:"binding"`
		Class   dataclass.Class `json:"dataclass"`
		Side    string          `json:"side"`
		Item    sources.ID      `json:"item"`
		Why     string          `json:"why"`
		File    string          `json:"file"`
	}
)

// account is one export of an account at work.
type account struct {
	books Books
	open  func(client string) Items
	who   bindings.Account
	z     *zip.Writer
	items map[dataclass.Class]int
}

// Account writes a whole account into one zip archive: the items of its datastores, each in a file as it is stored; the
// history and the quarantine, each version in a file; the sync log; and what is registered and set, in account.json. There
// are no passwords and no tokens in it, and nothing of the folders and phones that are clients, which hold their items
// themselves. What others keep of the account comes by more: each adds files, and folders whose names end in a slash.
// It reads a page at a time. What is written meanwhile may or may not be in it.
func Account(ctx context.Context, w io.Writer, who bindings.Account, books Books, open func(client string) Items, more ...More) error {
	x := &account{books: books, open: open, who: who, z: zip.NewWriter(w), items: make(map[dataclass.Class]int)}
	for _, part := range []func(context.Context) error{x.stores, x.history, x.quarantine, x.log, x.about} {
		if err := part(ctx); err != nil {
			return fmt.Errorf("export account: %w", err)
		}
	}
	for _, m := range more {
		if err := m(ctx, who.ID, x.file); err != nil {
			return fmt.Errorf("export account: %w", err)
		}
	}
	if err := x.z.Close(); err != nil {
		return fmt.Errorf("export account: %w", err)
	}
	return nil
}

// file writes one file of the archive.
func (x *account) file(name string, at time.Time, data []byte) error {
	if at.IsZero() {
		at = x.who.Created
	}
	f, err := x.z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at.UTC().Truncate(time.Second)})
	if err == nil {
		_, err = f.Write(data)
	}
	return err
}

func (x *account) json(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return x.file(name, x.who.Created, append(data, '\n'))
}

// stores writes the items of every datastore, also of removed ones.
func (x *account) stores(ctx context.Context) error {
	list, err := x.books.Clients(ctx, x.who.ID, datastore.KindName)
	if err != nil {
		return err
	}
	gone, err := x.books.RemovedClients(ctx, x.who.ID)
	if err != nil {
		return err
	}
	for _, c := range gone {
		if c.Kind == datastore.KindName {
			list = append(list, c.Client)
		}
	}
	for _, c := range list {
		for _, class := range Classes {
			if err := x.store(ctx, c.ID, class); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *account) store(ctx context.Context, client string, class dataclass.Class) error {
	items := x.open(client)
	for after, n := sources.ID(""), 1; ; {
		page, err := items.List(ctx, class, after, 0)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, it := range page {
			name := fmt.Sprintf("stores/%s/%s/%06d%s", client, class, n, suffixOf(it.Body.Type))
			if err := x.file(name, it.Changed, it.Body.Data); err != nil {
				return err
			}
			x.items[class]++
			n++
		}
		after = page[len(page)-1].ID
	}
}

// suffixOf gives the suffix of a file of that media type.
func suffixOf(mediaType string) string {
	switch dataclass.ParseFormat(mediaType).Type {
	case dataclass.VCard30.Type, dataclass.VCard21.Type, "text/directory":
		return ".vcf"
	case dataclass.ICalendar20.Type:
		return ".ics"
	case dataclass.VCalendar10.Type:
		return ".vcs"
	case dataclass.VNote11.Type:
		return ".vnt"
	}
	return ".txt"
}

// historyPage and logPage are how many entries are read at a time.
const (
	historyPage = 200
	logPage     = 500
)

// history writes what syncs overwrote or deleted.
func (x *account) history(ctx context.Context) error {
	all := []zipVersion{}
	for f := (bindings.HistoryFilter{Limit: historyPage}); ; {
		page, err := x.books.History(ctx, x.who.ID, f)
		if err != nil {
			return err
		}
		for _, e := range page {
			whole, err := x.books.HistoryEntry(ctx, x.who.ID, e.ID)
			if errors.Is(err, bindings.ErrNotFound) {
				continue // its time ran out just now
			}
			if err != nil {
				return err
			}
			v := zipVersion{e.ID, e.Binding, e.Class, e.When.UTC(), e.Verb.String(), e.Client, e.Item, e.Title,
				"history/" + strconv.FormatInt(e.ID, 10) + suffixOf(whole.Body.Type)}
			if err := x.file(v.File, e.When, whole.Body.Data); err != nil {
				return err
			}
			all = append(all, v)
		}
		if len(page) < historyPage {
			return x.json("history.json", all)
		}
		f.Before = page[len(page)-1].ID
	}
}

// quarantine writes the items that were set aside, as they came.
func (x *account) quarantine(ctx context.Context) error {
	list, err := x.books.Quarantine(ctx, x.who.ID, 0)
	if err != nil {
		return err
	}
	all := []zipAside{}
	for _, e := range list {
		v := zipAside{e.ID, e.Binding, e.Class, e.Side.String(), e.Item, e.Why, "quarantine/" + e.ID + suffixOf(e.Body.Type)}
		if err := x.file(v.File, e.Since, e.Body.Data); err != nil {
			return err
		}
		all = append(all, v)
	}
	return x.json("quarantine.json", all)
}

// log writes the sync log as a table, the newest entry first.
func (x *account) log(ctx context.Context) error {
	f, err := x.z.CreateHeader(&zip.FileHeader{Name: "synclog.csv", Method: zip.Deflate, Modified: x.who.Created.UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(f, logHead+"\r\n"); err != nil {
		return err
	}
	for filter := (bindings.LogFilter{Limit: logPage}); ; {
		page, err := x.books.LogPage(ctx, x.who.ID, filter)
		if err != nil {
			return err
		}
		for _, e := range page {
			if _, err := io.WriteString(f, logLine(e)+"\r\n"); err != nil {
				return err
			}
		}
		if len(page) < logPage {
			return nil
		}
		filter.Before = page[len(page)-1].ID
	}
}

const logHead = "id,binding,dataclass,sync_mode,state,started,finished," +
	"source_adds_in,source_replaces_in,source_deletes_in,source_adds_out,source_replaces_out,source_deletes_out," +
	"target_adds_in,target_replaces_in,target_deletes_in,target_adds_out,target_replaces_out,target_deletes_out," +
	"duplicates_detected,duplicates_removed,conflicts_detected,held,quarantined,restored"

// logLine is a line of the table. No word in it has a comma or a quote.
func logLine(e bindings.LogEntry) string {
	words := []string{strconv.FormatInt(e.ID, 10), strconv.FormatInt(e.Binding, 10), string(e.Class), strconv.Itoa(e.Mode), e.State}
	for _, t := range []time.Time{e.Started, e.Finished} {
		if t.IsZero() {
			words = append(words, "")
			continue
		}
		words = append(words, t.UTC().Format(time.RFC3339))
	}
	for _, s := range e.Sides {
		for _, n := range []int{s.AddsIn, s.ReplacesIn, s.DeletesIn, s.AddsOut, s.ReplacesOut, s.DeletesOut} {
			words = append(words, strconv.Itoa(n))
		}
	}
	for _, n := range []int{e.Duplicates, e.Removed, e.Conflicts, e.Held, e.Quarantined, e.Restored} {
		words = append(words, strconv.Itoa(n))
	}
	return strings.Join(words, ",")
}

// about writes what is registered and set.
func (x *account) about(ctx context.Context) error {
	v := zipAccount{Version: 1, LeftOut: "passwords, tokens, and what Sync Clients sign in to other servers with", Name: x.who.Name, Admin: x.who.Admin, Created: x.who.Created.UTC(), Items: x.items,
		Clients: []zipClient{}, Removed: []zipClient{}, Bindings: []zipBinding{}, Tokens: []zipToken{}}
	clients, err := x.books.Clients(ctx, x.who.ID, "")
	if err != nil {
		return err
	}
	for _, c := range clients {
		v.Clients = append(v.Clients, zipClientOf(c))
	}
	gone, err := x.books.RemovedClients(ctx, x.who.ID)
	if err != nil {
		return err
	}
	for _, c := range gone {
		v.Removed = append(v.Removed, zipClientOf(c.Client))
	}
	if v.Bindings, err = x.bindings(ctx); err != nil {
		return err
	}
	tokens, err := x.books.Tokens(ctx, x.who.ID)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		v.Tokens = append(v.Tokens, zipToken{t.Label, t.Scope, t.Created.UTC()})
	}
	return x.json("account.json", v)
}

func zipClientOf(c bindings.Client) zipClient {
	v := zipClient{UUID: c.ID, Kind: c.Kind, Device: c.DeviceID, Title: c.Title, Zone: c.Zone}
	if c.Kind == datastore.KindName {
		v.Folder = "stores/" + c.ID
	}
	return v
}

func (x *account) bindings(ctx context.Context) ([]zipBinding, error) {
	out := []zipBinding{}
	list, err := x.books.Bindings(ctx, x.who.ID)
	if err != nil {
		return out, err
	}
	schedules, err := x.schedules(ctx)
	if err != nil {
		return out, err
	}
	filters, err := x.books.FilterList(ctx, x.who.ID, 0)
	for _, b := range list {
		v := zipBinding{ID: b.ID, Source: b.Source, Target: b.Target, Winner: b.Winner, Direction: string(b.Direction), Classes: b.Classes,
			DeleteWins: b.DeleteWins, RemoveTwins: b.RemoveTwins, AskSlow: b.AskSlow, OnChange: b.OnChange, Schedules: schedules[b.ID], Created: b.Created.UTC()}
		for _, f := range filters[b.ID] {
			v.Filters = append(v.Filters, zipFilter{f.Side.String(), f.Class, f.Filter.Back, f.Filter.Ahead, f.Filter.Category})
		}
		out = append(out, v)
	}
	return out, err
}
