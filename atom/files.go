package atom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/bindings/transfer"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// An Importer reads a file of items into a datastore client.
type Importer interface {
	Import(ctx context.Context, owner, client string, f transfer.File, o transfer.Options) (transfer.Report, error)
}

// Bounds of files of whole stores.
const (
	// maxFile is how many bytes a file that is imported may have.
	maxFile = 64 << 20
	// maxNotes is how much is said about single items of it.
	maxNotes = 100
	// transfersAll is how many files are made or read at a time.
	transfersAll = 4
)

// storePath is the address of all that a datastore holds.
const storePath = contentPath + "/{uuid:[0-9A-Fa-f-]+}"

// storeAddress is that of what files are posted to.
var storeAddress = regexp.MustCompile(`^` + contentPath + `/[0-9A-Fa-f-]+/?$`)

// exportAddress is that of an account's export.
var exportAddress = regexp.MustCompile(`^/v2/accounts/[0-9A-Fa-f-]+/export/?$`)

// fileResources are the addresses of whole stores and accounts as files.
func (a *api) fileResources() map[string]methods {
	return map[string]methods{
		storePath:                                  {http.MethodGet: a.getStore, http.MethodPost: a.importStore},
		storePath + "/{class:[A-Z][a-z]+}":         {http.MethodGet: a.getShelf, http.MethodPost: a.postContent},
		"/v2/accounts/{uuid:[0-9A-Fa-f-]+}/export": {http.MethodGet: a.exportAccount},
	}
}

// A fileKind is one of the files that a store can be had as.
type fileKind struct {
	word, media string
	format      dataclass.Format
	classes     []dataclass.Class
}

var fileKinds = []fileKind{
	{"vcf", "text/vcard", dataclass.VCard30, []dataclass.Class{dataclass.Contacts}},
	{"ics", "text/calendar", dataclass.ICalendar20, []dataclass.Class{dataclass.Events, dataclass.Tasks, dataclass.Notes}},
}

// wantedFile gives the file that a request wants instead of a document: by the word file in its query, or because its
// Accept header likes that best.
func wantedFile(r *http.Request) (fileKind, bool) {
	if !strings.HasPrefix(r.URL.Path, contentPath) {
		return fileKind{}, false
	}
	for _, k := range fileKinds {
		if r.URL.Query().Get("file") == k.word {
			return k, true
		}
	}
	list := r.Header.Values("Accept")
	best, found := preference(list, append([]string{"text/html"}, spokenTypes...)), false
	var out fileKind
	for _, k := range fileKinds {
		if one := preference(list, []string{k.media}); best.less(one) {
			best, out, found = one, k, true
		}
	}
	return out, found
}

// getStore answers GET of a datastore: as one file of cards or one calendar to whoever wants that, else as a feed of its
// dataclasses.
func (a *api) getStore(w http.ResponseWriter, r *http.Request) error {
	c, err := a.store(r, pathWord(r, "uuid"))
	if err != nil {
		return err
	}
	if k, ok := wantedFile(r); ok {
		return a.sendStore(w, r, c, k)
	}
	url := a.base(r) + contentPath + "/" + c.ID
	var entries []dated
	for _, class := range stored {
		at := url + "/" + string(class)
		entries = append(entries, dated{xmltree.New(nsAtom, "entry").Add(
			a.author(r), element("id", at), link(at, "self", ""), link(at, "alternate", "application/atom+xml"),
			link(at+"?file="+kindOf(class).word, "enclosure", kindOf(class).media), element("title", string(class)),
			timestamp("updated", c.Created), syncElement("dataclass", string(class)),
			xmltree.New(nsAtom, "content", xmltree.Text(string(class)+" of "+clean(firstOf(c.Title, c.ID)))).SetAttr("", "type", "text")), c.Created})
	}
	return a.collection(w, r, url, "All of "+clean(firstOf(c.Title, c.ID)), entries)
}

// kindOf gives the file that items of a dataclass go into.
func kindOf(class dataclass.Class) fileKind {
	i := slices.IndexFunc(fileKinds, func(k fileKind) bool { return slices.Contains(k.classes, class) })
	return fileKinds[max(i, 0)]
}

// getShelf answers GET of one dataclass of a datastore: as one file to whoever wants that, else as a feed.
func (a *api) getShelf(w http.ResponseWriter, r *http.Request) error {
	k, ok := wantedFile(r)
	if !ok {
		return a.listContent(w, r)
	}
	s, err := a.shelf(r)
	if err != nil {
		return err
	}
	if !slices.Contains(k.classes, s.class) {
		return errOtherFile
	}
	k.classes = []dataclass.Class{s.class}
	return a.sendStore(w, r, s.client, k)
}

// sendStore sends a store as a file. It is made before the first byte is sent, so that nobody takes half a file for all.
func (a *api) sendStore(w http.ResponseWriter, r *http.Request, c bindings.Client, k fileKind) error {
	return a.sendFile(w, r, k.media+"; charset=utf-8", c.ID+"."+k.word, func(out io.Writer) error {
		done, err := transfer.Export(r.Context(), a.Content(c.Owner, c.ID), out, k.format, k.classes...)
		if done.Left > 0 {
			w.Header().Set("Bindery-Left-Out", strconv.Itoa(done.Left))
		}
		return err
	})
}

// wantsZip reports whether a request wants an account's archive: by the word file in its query, or because its Accept
// header likes that best.
func wantsZip(r *http.Request) bool {
	list := r.Header.Values("Accept")
	others := preference(list, append([]string{"text/html"}, spokenTypes...))
	return exportAddress.MatchString(r.URL.Path) && (r.URL.Query().Get("file") == "zip" || others.less(preference(list, []string{"application/zip"})))
}

// exportAccount answers GET /v2/accounts/UUID/export: everything that the account owns, as one zip archive to whoever
// wants that, else an entry that says where it is. It is for the account itself: an administrator manages accounts, and
// does not see what they hold.
func (a *api) exportAccount(w http.ResponseWriter, r *http.Request) error {
	who, err := a.account(r)
	if err != nil {
		return err
	}
	if who.ID != callerOf(r).ID {
		return errOwnExport
	}
	if !wantsZip(r) {
		url := a.accountURL(r, who) + "/export"
		return write(w, http.StatusOK, xmltree.New(nsAtom, "entry").Add(
			person(who.Name, a.Contact), xmltree.New(nsAtom, "content", xmltree.Text(exportText)).SetAttr("", "type", "text"),
			element("id", url), link(url, "self", ""), link(url+"?file=zip", "enclosure", "application/zip"),
			element("title", "Everything of "+who.Name), timestamp("updated", who.Created)))
	}
	return a.sendFile(w, r, "application/zip", who.ID+".zip", func(out io.Writer) error {
		return transfer.Account(r.Context(), out, who, a.Books, func(client string) transfer.Items { return a.Content(who.ID, client) }, a.Keeps...)
	})
}

// exportText says what is in an account's archive.
const exportText = "The items of all datastores, the history and the quarantine as files, the sync log, and what is registered and set, " +
	"in one zip archive: ask for it with ?file=zip, or with Accept: application/zip"

// sendFile sends a file that fill writes.
func (a *api) sendFile(w http.ResponseWriter, r *http.Request, media, name string, fill func(io.Writer) error) error {
	leave, err := a.enterTransfer()
	if err != nil {
		return err
	}
	defer leave()
	f, err := spool()
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it is nobody's by now
	if err := fill(f); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("send file: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if held, ok := w.(*held); ok {
		w = held.direct()
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, f) // a caller that has gone reads no answer
	}
	return nil
}

// enterTransfer takes one of the few places for files.
func (a *api) enterTransfer() (leave func(), err error) {
	select {
	case a.transfers <- struct{}{}:
		return func() { <-a.transfers }, nil
	default:
		return nil, fmt.Errorf("too many files at a time: %w", sources.ErrBusy)
	}
}

// spool makes a file that is gone once it is closed.
func spool() (*os.File, error) {
	f, err := os.CreateTemp("", "bindery-")
	if err != nil {
		return nil, fmt.Errorf("make a file to be sent: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("make a file to be sent: %w", err), f.Close())
	}
	return f, nil
}

// importTypes are the media types of files of items.
var importTypes = []string{"text/vcard", "text/x-vcard", "text/directory", "text/calendar", "text/x-vcalendar", "text/x-vnote"}

// importStore answers POST of a file of any number of items to a datastore: what is there already is not doubled. With
// dry=true in the query nothing is written.
func (a *api) importStore(w http.ResponseWriter, r *http.Request) error {
	c, err := a.store(r, pathWord(r, "uuid"))
	if err != nil {
		return err
	}
	dry, err := dryRun(r)
	if err != nil {
		return err
	}
	said := r.Header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(said); err != nil || !slices.Contains(importTypes, media) {
		return errFileType
	}
	leave, err := a.enterTransfer()
	if err != nil {
		return err
	}
	defer leave()
	f, err := spool()
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it is nobody's by now
	n, err := io.Copy(f, r.Body)
	if err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	if n == 0 {
		return errNoFile
	}
	var notes []transfer.Note
	rep, err := a.Importer.Import(r.Context(), c.Owner, c.ID, transfer.File{
		Type: said, Open: func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(f, 0, n)), nil },
	}, transfer.Options{
		Dry: dry,
		Tell: func(n transfer.Note) {
			if len(notes) < maxNotes {
				notes = append(notes, n)
			}
		},
	})
	if err != nil {
		return contentError(err)
	}
	return write(w, http.StatusOK, a.importEntry(r, c, rep, notes))
}

// dryRun reads dry of a query. Whoever asks for nothing to be written and is not understood gets an error.
func dryRun(r *http.Request) (bool, error) {
	switch said := r.URL.Query()["dry"]; {
	case len(said) == 0, len(said) == 1 && said[0] == "false":
		return false, nil
	case len(said) == 1 && said[0] == "true":
		return true, nil
	}
	return false, errBadDry
}

// importEntry says what an import did.
func (a *api) importEntry(r *http.Request, c bindings.Client, rep transfer.Report, notes []transfer.Note) *xmltree.Element {
	url := a.base(r) + contentPath + "/" + c.ID
	var lines []string
	var counts []*xmltree.Element
	for _, class := range transfer.Classes {
		n := rep.Classes[class]
		if n == nil {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: %d read, %d added, %d merged, %d there already, %d doubtful, %d failed",
			class, n.Read, n.Added, n.Merged, n.There, n.Doubtful, n.Failed))
		e := xmltree.New(nsOwn, "imported").SetAttr("", "dataclass", string(class))
		for _, f := range []struct {
			name string
			n    int
		}{{"read", n.Read}, {"added", n.Added}, {"merged", n.Merged}, {"there", n.There}, {"doubtful", n.Doubtful}, {"failed", n.Failed}} {
			e.SetAttr("", f.name, strconv.Itoa(f.n))
		}
		counts = append(counts, e)
	}
	lines = append(lines, fmt.Sprintf("%d could not be read", rep.Unreadable))
	entry := xmltree.New(nsAtom, "entry").Add(
		a.author(r), xmltree.New(nsAtom, "content", xmltree.Text(strings.Join(lines, "\n"))).SetAttr("", "type", "text"),
		element("id", url), link(url, "self", ""), element("title", "Import"), timestamp("updated", a.Now()),
	).Add(counts...).Add(ownElement("unreadable", strconv.Itoa(rep.Unreadable)))
	for _, n := range notes {
		entry.Add(ownElement("note", n.Text).SetAttr("", "line", strconv.Itoa(n.Line)))
	}
	return entry
}
