package atom

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-sync/bindery/bindings/transfer"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/datastore"
)

// Import implements Importer.
func (s *server) Import(ctx context.Context, owner, client string, f transfer.File, o transfer.Options) (transfer.Report, error) {
	k := s.items.Kind()
	src, err := k.Open(ctx, sources.Client{Owner: owner, ID: client, Kind: k.Name, Origin: transfer.Origin})
	if err != nil {
		return transfer.Report{}, err
	}
	keys := 0
	o.NewKey = func() sources.Key { keys++; return sources.Key(fmt.Sprint(s.now().UnixNano(), keys)) }
	o.Together = s.together
	return transfer.Import(ctx, src, k.Caps, []transfer.File{f}, o)
}

const twoCards = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Example;Ada;;;\r\nFN:Ada Example\r\nEND:VCARD\r\n" +
	"BEGIN:VCARD\r\nVERSION:3.0\r\nN:New;Eve;;;\r\nFN:Eve New\r\nEND:VCARD\r\n"

// A store goes into a file and back, and is not doubled by it.
func TestStoreAsFile(t *testing.T) {
	s := newServer(t, nil)
	path := contentPath + "/" + s.datastore(s.admin.ID).ID
	s.wantGolden(s.ask("admin", "POST", path, twoCards, "Content-Type", "text/vcard; charset=utf-8"), "import")
	for _, tc := range []struct {
		name, path, accept, media string
		cards                     int
	}{
		{"by Accept", path, "text/vcard", "text/vcard; charset=utf-8", 2},
		{"of a dataclass", path + "/Contacts", "text/vcard", "text/vcard; charset=utf-8", 2},
		{"by the query", path + "?file=vcf", browserAccepts, "text/vcard; charset=utf-8", 2},
		{"rather than Atom", path, "application/atom+xml;q=0.3, text/vcard", "text/vcard; charset=utf-8", 2},
		{"a calendar", path, "text/calendar", "text/calendar; charset=utf-8", 0},
		{"Atom all the same", path, "application/atom+xml, text/vcard;q=0.3", "application/atom+xml; charset=utf-8", 0},
		{"anything", path, "*/*", "application/atom+xml; charset=utf-8", 0},
	} {
		got := s.ask("admin", "GET", tc.path, "", "Accept", tc.accept)
		if got.status != 200 || got.header.Get("Content-Type") != tc.media || strings.Count(got.body, "BEGIN:VCARD") != tc.cards {
			t.Errorf("%s: %d %v %s", tc.name, got.status, got.header, got.body)
		}
		if tc.cards == 0 {
			continue
		}
		if !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment; filename=") || got.header.Get("Content-Length") != fmt.Sprint(len(got.body)) {
			t.Errorf("%s: %v", tc.name, got.header)
		}
		head := s.ask("admin", "HEAD", tc.path, "", "Accept", tc.accept)
		if head.body != "" || head.header.Get("Content-Length") != got.header.Get("Content-Length") {
			t.Errorf("%s: HEAD %v", tc.name, head.header)
		}
		back := s.ask("admin", "POST", path, got.body, "Content-Type", "text/vcard")
		if back.status != 200 || !strings.Contains(back.body, `read="2" added="0" merged="0" there="2"`) {
			t.Errorf("%s, sent back: %d %s", tc.name, back.status, back.body)
		}
	}
	s.wantGolden(s.ask("admin", "GET", path, ""), "store")
	if n, err := s.items.Items(s.admin.ID, s.datastore(s.admin.ID).ID).Count(t.Context(), dataclass.Contacts); err != nil || n != 2 {
		t.Errorf("%d contacts, %v", n, err)
	}
}

func TestImportRefuses(t *testing.T) {
	s := newServer(t, nil)
	path := contentPath + "/" + s.datastore(s.admin.ID).ID
	for _, tc := range []struct {
		name, user, path, media, body string
		status                        int
		sentence                      string
	}{
		{"no file", "admin", path, "text/vcard", "", 400, "The file is empty"},
		{"an entry", "admin", path, "application/atom+xml", "<entry/>", 415, "A file of items is sent as"},
		{"no type", "admin", path, "", twoCards, 415, "A file of items is sent as"},
		{"a foreign store", "bob", path, "text/vcard", twoCards, 404, "Unknown Sync Client"},
		{"no store", "admin", contentPath + "/0190a000-0000-7000-8000-000000000009", "text/vcard", twoCards, 404, "Unknown Sync Client"},
		{"too big", "admin", path, "text/vcard", strings.Repeat("x", maxFile+1), 413, "too big"},
	} {
		s.wantSentence(tc.name, s.ask(tc.user, "POST", tc.path, tc.body, "Content-Type", tc.media), tc.status, tc.sentence)
	}
	rubbish := s.ask("admin", "POST", path, "no items at all\r\n"+twoCards[:60], "Content-Type", "text/vcard")
	if rubbish.status != 200 || strings.Contains(rubbish.body, "<imported") || !strings.Contains(rubbish.body, "could not be read") {
		t.Errorf("%d %s", rubbish.status, rubbish.body)
	}
	dry := s.ask("admin", "POST", path+"?dry=true", twoCards, "Content-Type", "text/vcard")
	if dry.status != 200 || !strings.Contains(dry.body, `added="2"`) {
		t.Errorf("%d %s", dry.status, dry.body)
	}
	if n, err := s.items.Items(s.admin.ID, s.datastore(s.admin.ID).ID).Count(t.Context(), dataclass.Contacts); err != nil || n != 0 {
		t.Errorf("%d contacts, %v", n, err)
	}
	s.wantSentence("contacts as a calendar", s.ask("admin", "GET", path+"/Contacts?file=ics", ""), 406, "Contacts are had as text/vcard")
	s.wantSentence("a dataclass that is none", s.ask("admin", "GET", path+"/Recipes?file=vcf", ""), 400, "A datastore holds")
}

// brokenItems fail behind the first page.
type brokenItems struct{ Items }

func (b brokenItems) List(context.Context, dataclass.Class, sources.ID, int) ([]datastore.Item, error) {
	return nil, errors.New("hidden reason")
}

// What cannot be sent whole is not sent at all.
func TestExportBreaksOff(t *testing.T) {
	s := newServer(t, func(o *Options) {
		open := o.Content
		o.Content = func(owner, client string) Items { return brokenItems{open(owner, client)} }
	})
	for _, path := range []string{contentPath + "/" + s.datastore(s.admin.ID).ID + "?file=vcf", "/v2/accounts/" + s.admin.ID + "/export?file=zip"} {
		got := s.ask("admin", "GET", path, "")
		s.wantSentence(path, got, 500, "Something went wrong in the server")
		if got.header.Get("Content-Disposition") != "" && strings.Contains(got.body, "hidden") {
			t.Errorf("%v %s", got.header, got.body)
		}
	}
}

// Few files are made at a time; who comes too early is told to come again.
func TestTransfersAreFew(t *testing.T) {
	s := newServer(t, nil)
	a := &api{transfers: make(chan struct{}, 1)}
	leave, err := a.enterTransfer()
	s.must(err)
	if _, err := a.enterTransfer(); !errors.Is(err, sources.ErrBusy) {
		t.Errorf("%v", err)
	}
	leave()
	if _, err := a.enterTransfer(); err != nil {
		t.Error(err)
	}
}

func TestAccountExport(t *testing.T) {
	s := routeServer(t)
	s.card(s.bob.ID, "card", "Bob's own")
	path := "/v2/accounts/" + s.bob.ID + "/export"
	for _, user := range []string{"bob"} {
		got := s.ask(user, "GET", path, "", "Accept", "application/zip")
		z, err := zip.NewReader(strings.NewReader(got.body), int64(len(got.body)))
		if got.status != 200 || err != nil {
			t.Fatalf("%s: %d %v", user, got.status, err)
		}
		var names []string
		for _, f := range z.File {
			names = append(names, f.Name)
			if r, err := f.Open(); err == nil {
				data, err := io.ReadAll(r)
				s.must(err)
				if bytes.Contains(data, []byte("Ada")) || bytes.Contains(data, []byte(phoneID)) {
					t.Errorf("%s holds what is admin's", f.Name)
				}
			}
		}
		if !slices.Contains(names, "account.json") || !slices.Contains(names, "stores/"+s.datastore(s.bob.ID).ID+"/Contacts/000001.vcf") {
			t.Errorf("%v", names)
		}
	}
	for _, query := range []string{"", "?file=zip"} { // owners see only their own; administrators manage accounts
		s.wantSentence("an administrator", s.ask("admin", "GET", path+query, ""), 403, "Only the account itself")
	}
	s.wantSentence("another's", s.ask("bob", "GET", "/v2/accounts/"+s.admin.ID+"/export", ""), 404, "Unknown account")
	if got := s.ask("bob", "GET", path, ""); got.status != 200 || !strings.Contains(got.body, path+"?file=zip") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := s.browse("bob", path+"?file=zip"); got.header.Get("Content-Type") != "application/zip" {
		t.Errorf("a browser gets %v", got.header)
	}
	if got := s.browse("bob", "/v2/accounts/"); !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
		t.Errorf("a browser gets %v of the accounts", got.header)
	}
}
