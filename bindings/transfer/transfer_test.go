package transfer_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/bindings/transfer"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/sqlstore"
)

// shop is an account with a datastore, on a database of its own.
type shop struct {
	t     *testing.T
	who   bindings.Account
	db    *sqlstore.Store
	books *bindings.Store
	all   *datastore.Datastore
	id    string
	keys  int
}

func newShop(t *testing.T) *shop {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "test.db"), Unsafe: true})
	s := &shop{t: t}
	s.must(err)
	t.Cleanup(func() { _ = db.Close() })
	s.must(db.Migrate(t.Context(), slices.Concat(bindings.Migrations(), datastore.Migrations())))
	now := func() time.Time { return time.Date(2009, 3, 18, 9, 0, 0, 0, time.UTC) }
	s.db = db
	s.all = datastore.New(db, datastore.Options{Now: now})
	s.books = bindings.Open(db, bindings.Options{Now: now})
	s.who, err = s.books.CreateAccount(t.Context(), bindings.NewAccount{Name: "ada", Password: "correct horse", NoMD5: true})
	s.must(err)
	list, err := s.books.Clients(t.Context(), s.who.ID, datastore.KindName)
	s.must(err)
	s.id = list[0].ID
	return s
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) items() datastore.Items { return s.all.Items(s.who.ID, s.id) }

func (s *shop) put(class dataclass.Class, typ, body string) {
	s.t.Helper()
	_, err := s.items().Put(s.t.Context(), class, "", "", dataclass.Body{Type: typ, Data: []byte(strings.ReplaceAll(body, "\n", "\r\n"))})
	s.must(err)
}

func (s *shop) export(format dataclass.Format, classes ...dataclass.Class) (string, transfer.Exported) {
	s.t.Helper()
	var b bytes.Buffer
	done, err := transfer.Export(s.t.Context(), s.items(), &b, format, classes...)
	s.must(err)
	return b.String(), done
}

// load imports texts as files.
func (s *shop) load(dry bool, files ...string) (transfer.Report, []transfer.Note) {
	s.t.Helper()
	k := s.all.Kind()
	src, err := k.Open(s.t.Context(), sources.Client{Owner: s.who.ID, ID: s.id, Kind: k.Name, Origin: transfer.Origin})
	s.must(err)
	var list []transfer.File
	for i, text := range files {
		list = append(list, transfer.File{Name: fmt.Sprint("file", i), Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(text)), nil
		}})
	}
	var notes []transfer.Note
	rep, err := transfer.Import(s.t.Context(), src, k.Caps, list, transfer.Options{
		Dry: dry, Together: s.db.Together, Tell: func(n transfer.Note) { notes = append(notes, n) },
		NewKey: func() sources.Key { s.keys++; return sources.Key(fmt.Sprint("key", s.keys)) },
	})
	s.must(err)
	return rep, notes
}

func (s *shop) count(class dataclass.Class) int {
	s.t.Helper()
	n, err := s.items().Count(s.t.Context(), class)
	s.must(err)
	return n
}

// fill puts items of every dataclass and dialect into the store.
func (s *shop) fill() {
	s.t.Helper()
	s.put(dataclass.Contacts, "text/vcard;version=3.0", "BEGIN:VCARD\nVERSION:3.0\nN:Example;Ada;;;\nFN:Ada Example\nEMAIL:ada@example.org\nNOTE:a\\nb\nEND:VCARD\n")
	s.put(dataclass.Contacts, "text/x-vcard;version=2.1", "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8:Müller;Bea;;;\nTEL;CELL:+491510001000\nEND:VCARD\n")
	s.put(dataclass.Contacts, "text/vcard;version=4.0", "BEGIN:VCARD\nVERSION:4.0\nFN:Cid Example\nN:Example;Cid;;;\nEMAIL:cid@example.org\nEND:VCARD\n")
	s.put(dataclass.Events, "text/calendar;version=2.0", "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Invented//Test//EN\nBEGIN:VEVENT\nUID:e1\nDTSTAMP:20090101T000000Z\nSUMMARY:Tea\nDTSTART:20090401T100000Z\nDTEND:20090401T110000Z\nRRULE:FREQ=WEEKLY;COUNT=3\nEND:VEVENT\nEND:VCALENDAR\n")
	s.put(dataclass.Events, "text/x-vcalendar;version=1.0", "BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VEVENT\nSUMMARY:Lunch\nDTSTART:20090402T100000Z\nDTEND:20090402T110000Z\nEND:VEVENT\nEND:VCALENDAR\n")
	s.put(dataclass.Tasks, "text/calendar;version=2.0", "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Invented//Test//EN\nBEGIN:VTODO\nUID:t1\nDTSTAMP:20090101T000000Z\nSUMMARY:Water the plants\nEND:VTODO\nEND:VCALENDAR\n")
	s.put(dataclass.Notes, "text/plain", "Shopping\nbread")
}

// TestExportAndBack is the fear of whoever moves house: what was exported is all there, and what is imported where it
// already is, is not there twice.
func TestExportAndBack(t *testing.T) {
	s := newShop(t)
	s.fill()
	cards, done := s.export(dataclass.VCard30, dataclass.Contacts)
	if done.Items[dataclass.Contacts] != 3 || done.Left != 0 || strings.Count(cards, "BEGIN:VCARD") != 3 || strings.Count(cards, "VERSION:3.0") != 3 {
		t.Fatalf("%+v\n%s", done, cards)
	}
	calendar, done := s.export(dataclass.ICalendar20, dataclass.Events, dataclass.Tasks, dataclass.Notes)
	if done.Items[dataclass.Events] != 2 || done.Items[dataclass.Tasks] != 1 || done.Items[dataclass.Notes] != 1 || done.Left != 0 {
		t.Fatalf("%+v\n%s", done, calendar)
	}
	rep, notes := s.load(false, cards, calendar)
	for class, n := range rep.Classes {
		if n.There != n.Read || n.Added+n.Merged+n.Doubtful+n.Failed > 0 {
			t.Errorf("%s: %+v, %v", class, *n, notes)
		}
	}
	if rep.Partly() || len(rep.Classes) != 4 {
		t.Errorf("%+v", rep)
	}
	fresh := newShop(t)
	if rep, _ := fresh.load(true, cards, calendar); rep.Classes[dataclass.Contacts].Added != 3 || fresh.count(dataclass.Contacts) != 0 {
		t.Errorf("a dry run: %+v, %d items", *rep.Classes[dataclass.Contacts], fresh.count(dataclass.Contacts))
	}
	fresh.load(false, cards, calendar)
	for _, class := range transfer.Classes {
		if fresh.count(class) != s.count(class) {
			t.Errorf("%s: %d, wanted %d", class, fresh.count(class), s.count(class))
		}
	}
	again, _ := fresh.export(dataclass.VCard30, dataclass.Contacts)
	if rep, _ := s.load(false, again); rep.Classes[dataclass.Contacts].There != 3 {
		t.Errorf("there and back: %+v", *rep.Classes[dataclass.Contacts])
	}
}

// TestImportCounts has a file with something of everything.
func TestImportCounts(t *testing.T) {
	s := newShop(t)
	s.fill()
	file := "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Example;Ada;;;\r\nFN:Ada Example\r\nEMAIL:ada@example.org\r\nTEL:+491510007777\r\nEND:VCARD\r\n" + // merged
		"BEGIN:VCARD\r\nVERSION:3.0\r\nN:New;Eve;;;\r\nFN:Eve New\r\nEND:VCARD\r\n" + // added
		"BEGIN:VCARD\r\nVERSION:3.0\r\nN:New;Eve;;;\r\nFN:Eve New\r\nEND:VCARD\r\n" + // there already
		"rubbish between\r\n" +
		"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Cut off" // unreadable
	rep, notes := s.load(false, file)
	n := rep.Classes[dataclass.Contacts]
	if n == nil || n.Read != 3 || n.Merged != 1 || n.Added != 1 || n.There != 1 || rep.Unreadable == 0 || !rep.Partly() || len(notes) != rep.Unreadable {
		t.Errorf("%+v %+v, %v", rep, n, notes)
	}
	if s.count(dataclass.Contacts) != 4 {
		t.Errorf("%d contacts", s.count(dataclass.Contacts))
	}
}

// full is a disk without room.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("no room")
	}
	return len(p), nil
}

// TestExportSaysWhenItBreaksOff: half a file is no export. What a format cannot hold is counted.
func TestExportSaysWhenItBreaksOff(t *testing.T) {
	s := newShop(t)
	s.fill()
	for _, room := range []int{0, 100, 200} {
		if _, err := transfer.Export(t.Context(), s.items(), &full{room}, dataclass.VCard30, dataclass.Contacts); err == nil {
			t.Errorf("room for %d bytes was enough", room)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := transfer.Export(ctx, s.items(), io.Discard, dataclass.VCard30, dataclass.Contacts); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	s.put(dataclass.Contacts, "text/vcard;version=3.0", "no card at all")
	if _, done := s.export(dataclass.VCard30, dataclass.Contacts); done.Left != 1 || done.Items[dataclass.Contacts] != 3 {
		t.Errorf("%+v", done)
	}
	if text, done := s.export(transfer.FormatOf(dataclass.Tasks), dataclass.Contacts, dataclass.Tasks); done.Left != 4 || strings.Contains(text, "VCARD") {
		t.Errorf("contacts in a calendar: %+v %s", done, text)
	}
}

// TestAccount looks into the archive of an account.
func TestAccount(t *testing.T) {
	s := newShop(t)
	s.fill()
	phone, err := s.books.CreateClient(t.Context(), s.who.ID, bindings.NewClient{Kind: "syncml", DeviceID: "SIM-1"})
	s.must(err)
	direction := bindings.ToTarget
	bound, err := s.books.CreateBinding(t.Context(), s.who.ID, bindings.NewBinding{Source: phone.ID, Target: s.id, Settings: bindings.Change{Direction: &direction}})
	s.must(err)
	_, err = s.books.CreateSchedule(t.Context(), s.who.ID, bindings.Timing{Binding: bound.ID, Every: 6 * time.Hour, Zone: "Europe/Oslo"})
	s.must(err)
	_, secret, err := s.books.CreateToken(t.Context(), s.who.ID, bindings.NewToken{Label: "page"})
	s.must(err)
	var b bytes.Buffer
	s.must(transfer.Account(t.Context(), &b, s.who, s.books, func(client string) transfer.Items { return s.all.Items(s.who.ID, client) }))
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	s.must(err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		s.must(err)
		data, err := io.ReadAll(r)
		s.must(err)
		files[f.Name] = string(data)
		if strings.Contains(string(data), "correct horse") || strings.Contains(string(data), secret) {
			t.Errorf("%s holds a secret", f.Name)
		}
	}
	if !strings.Contains(files["account.json"], `"interval": "6h0m0s"`) {
		t.Errorf("no schedule in %s", files["account.json"])
	}
	for name, want := range map[string]string{
		"account.json":    `"direction": "to-target"`,
		"history.json":    "[]",
		"quarantine.json": "[]",
		"synclog.csv":     "id,binding,dataclass",
		"stores/" + s.id + "/Contacts/000003.vcf": "VCARD",
		"stores/" + s.id + "/Tasks/000001.ics":    "Water the plants",
		"stores/" + s.id + "/Notes/000001.txt":    "bread",
	} {
		if text, ok := files[name]; !ok || !strings.Contains(text, want) {
			t.Errorf("%s: %v %q", name, ok, text)
		}
	}
	if len(files) != 7+4 || !strings.Contains(files["account.json"], `"Contacts": 3`) || !strings.Contains(files["account.json"], "SIM-1") {
		t.Errorf("%d files; %s", len(files), files["account.json"])
	}
	if err := transfer.Account(t.Context(), &full{200}, s.who, s.books, func(client string) transfer.Items { return s.all.Items(s.who.ID, client) }); err == nil {
		t.Error("a disk without room was enough")
	}
}
