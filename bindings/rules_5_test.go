package bindings

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/syncml"
)

func TestRule_9_Counting(t *testing.T) {
	w := newWorld(t)
	firstContact(w)
	w.mustSync()
	got := w.lastLog()
	want := LogEntry{Mode: 201, State: "done", Kinds: [2]string{"syncml", "datastore"}, Duplicates: 1, Removed: 1,
		Sides: [2]SideCounts{{ReplacesIn: 6, AddsOut: 5}, {AddsIn: 6, AddsOut: 5}}}
	check := func() {
		t.Helper()
		want.ID, want.Owner, want.Binding, want.Class = got.ID, got.Owner, got.Binding, got.Class
		want.Started, want.Finished = got.Started, got.Finished
		if got != want {
			t.Errorf("log\n%+v, wanted\n%+v", got, want)
		}
	}
	check()
	w.phone.edit(w.phone.find("Phone0"), card("Phone0", "NOTE:x"))
	w.phone.add(card("New"))
	w.phone.remove(w.phone.find("Phone1"))
	if err := w.peer.Delete(dataclass.Contacts, peerID(w, "Peer1")); err != nil {
		t.Fatal(err)
	}
	if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Peer0"), card("Peer0", "NOTE:y")); err != nil {
		t.Fatal(err)
	}
	mustPut(w, card("Newer"))
	w.mustSync()
	got = w.lastLog()
	want = LogEntry{Mode: 200, State: "done", Kinds: want.Kinds, Sides: [2]SideCounts{
		{AddsIn: 1, ReplacesIn: 1, DeletesIn: 1, AddsOut: 1, ReplacesOut: 1, DeletesOut: 1},
		{AddsIn: 1, ReplacesIn: 1, DeletesIn: 1, AddsOut: 1, ReplacesOut: 1, DeletesOut: 1}}}
	check()
}

func TestRule_6_ConflictsAreDecidedAndTheLoserIsKept(t *testing.T) {
	for _, winner := range []string{WinnerSource, WinnerTarget} {
		t.Run(winner+" wins", func(t *testing.T) {
			w := newWorld(t)
			ctx := context.Background()
			if _, err := w.store.SetWinner(ctx, w.owner, 1, winner); err != nil {
				t.Fatal(err)
			}
			w.phone.add(card("Ann", "NOTE:old"))
			w.mustSync()
			w.phone.edit("1", card("Ann", "NOTE:phone", "TITLE:T"))
			if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "NOTE:peer", "ROLE:R")); err != nil {
				t.Fatal(err)
			}
			w.mustSync()
			w.mustAgree(1)
			if got := w.lastLog().Conflicts; got != 1 {
				t.Errorf("%d conflicts", got)
			}
			kept, lost := "NOTE:phone", "NOTE:peer"
			if winner == WinnerTarget {
				kept, lost = lost, kept
			}
			b := string(w.phone.items["1"].Data)
			for _, line := range []string{kept, "TITLE:T", "ROLE:R"} {
				if !strings.Contains(b, line) {
					t.Errorf("%s is not in the merged card:\n%s", line, b)
				}
			}
			if !w.inHistory(lost) {
				t.Errorf("%s is not in the history", lost)
			}
		})
	}
}

func TestHistoryKeepsWhatIsDeleted(t *testing.T) {
	w := newWorld(t)
	w.phone.add(card("Ann", "NOTE:dear"))
	w.mustSync()
	w.phone.remove("1")
	w.mustSync()
	w.mustAgree(0)
	if !w.inHistory("NOTE:dear") {
		t.Error("the deleted card is not in the history")
	}
}

// TestP14_IsolationOfOwners lets two owners have phones and items of the same names.
func TestP14_IsolationOfOwners(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	other, err := w.store.CreateAccount(ctx, NewAccount{Name: "olaf", Password: "battery staple"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.phones.TakeOver(ctx, other.ID, w.phone.client); err == nil {
		t.Error("another owner takes over the phone")
	}
	foreign := syncml.Phone{Owner: other.ID, Client: w.phone.client, Fence: 1}
	for name, err := range map[string]error{
		"put":    w.phones.Put(ctx, foreign, simDB, false, []syncml.Incoming{add("1", card("X"))}),
		"start":  w.phones.Start(ctx, foreign, simDB, 200, time.Second),
		"finish": w.phones.Finish(ctx, foreign, simDB, true),
	} {
		if err == nil {
			t.Errorf("%s as another owner goes through", name)
		}
	}
	w.phone.add(card("Ann"))
	w.mustSync()
	if list, err := w.store.Log(ctx, other.ID, 0, 10); err != nil || len(list) != 0 {
		t.Errorf("another owner reads the log: %v, %v", list, err)
	}
}

// poorPhone keeps vCard 2.1 without photos and with at most three numbers.
func poorPhone(t *testing.T) func(dataclass.Body) dataclass.Body {
	return func(b dataclass.Body) dataclass.Body {
		it, err := dataclass.Decode(dataclass.Contacts, b)
		if err != nil {
			t.Fatal(err)
		}
		if it, err = it.Project(dataclass.VCard21); err != nil {
			t.Fatal(err)
		}
		var out []string
		tels, photo := 0, false
		for _, line := range strings.Split(string(it.Body().Data), "\r\n") {
			switch {
			case strings.HasPrefix(line, "PHOTO"):
				photo = true
				continue
			case photo && (line == "" || strings.HasPrefix(line, " ")):
				continue
			case strings.HasPrefix(line, "TEL"):
				if tels++; tels > 3 {
					continue
				}
			}
			photo = false
			out = append(out, line)
		}
		return dataclass.Body{Type: it.Body().Type, Data: []byte(strings.Join(out, "\r\n"))}
	}
}

func TestRule_5_3_APhoneThatCannotKeepAPhotoDeletesNone(t *testing.T) {
	w := newWorld(t)
	w.phone.store = poorPhone(t)
	full := card("Ann", "TEL;TYPE=CELL:+15550001", "TEL;TYPE=HOME:+15550002", "TEL;TYPE=WORK:+15550003",
		"TEL;TYPE=FAX:+15550004", "PHOTO;ENCODING=b;TYPE=JPEG:AAECAwQFBgcICQ==", "X-UNKNOWN:kept")
	mustPut(w, full)
	w.mustSync()
	luid := w.phone.find("Ann")
	poor := string(w.phone.items[luid].Data)
	if strings.Contains(poor, "PHOTO") || strings.Count(poor, "TEL") != 3 || !strings.Contains(poor, "VERSION:2.1") {
		t.Fatalf("the phone is not poor:\n%s", poor)
	}
	edited := strings.Replace(poor, "5550001", "5559999", 1)
	edited = strings.Replace(edited, "END:VCARD", "NOTE:from the phone\r\nEND:VCARD", 1)
	w.phone.edit(luid, dataclass.Body{Type: "text/x-vcard", Data: []byte(edited)})
	w.mustSync()
	got, err := w.peer.Get(dataclass.Contacts, peerID(w, "Ann"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"+15559999", "+15550002", "+15550003", "+15550004", "AAECAwQFBgcICQ", "from the phone", "X-UNKNOWN"} {
		if !strings.Contains(string(got.Data), want) {
			t.Errorf("%s is lost:\n%s", want, got.Data)
		}
	}
	if strings.Contains(string(got.Data), "+15550001") {
		t.Errorf("the changed number stands beside the old one:\n%s", got.Data)
	}
	if out := w.lastLog().Sides[engine.Source]; out.ReplacesOut != 0 {
		t.Errorf("the phone was sent what it cannot keep: %+v", out)
	}
	// A number that the phone itself had is deleted when it comes back without.
	again := strings.Replace(edited, "TEL;WORK:+15550003\r\n", "", 1)
	if again == edited {
		t.Fatalf("no such number:\n%s", edited)
	}
	w.phone.edit(luid, dataclass.Body{Type: "text/x-vcard", Data: []byte(again)})
	w.mustSync()
	if got, err = w.peer.Get(dataclass.Contacts, peerID(w, "Ann")); err != nil || strings.Contains(string(got.Data), "+15550003") {
		t.Errorf("a number that the phone had sent and deleted is still there (%v):\n%s", err, got.Data)
	}
	if !strings.Contains(string(got.Data), "+15550004") || !strings.Contains(string(got.Data), "PHOTO") {
		t.Errorf("what the phone never had is gone with it:\n%s", got.Data)
	}
}

// TestPendingEditAgainstPhoneEdit lets a phone edit an item before it was told the peer's edit of the
// same property: the binding's winner decides also then.
func TestRule_6_2_AnEditThatThePhoneWasNotToldYet(t *testing.T) {
	for _, winner := range []string{WinnerSource, WinnerTarget} {
		w := newWorld(t)
		if _, err := w.store.SetWinner(context.Background(), w.owner, 1, winner); err != nil {
			t.Fatal(err)
		}
		w.phone.add(card("Ann", "NOTE:old"))
		w.mustSync()
		if err := w.peer.Edit(dataclass.Contacts, peerID(w, "Ann"), card("Ann", "NOTE:peer")); err != nil {
			t.Fatal(err)
		}
		s := w.session()
		s.start(engine.TwoWay)
		s.finish(false) // the phone died before it was sent anything
		w.phone.edit("1", card("Ann", "NOTE:phone"))
		w.mustSync()
		w.mustAgree(1)
		kept, lost := "NOTE:phone", "NOTE:peer"
		if winner == WinnerTarget {
			kept, lost = lost, kept
		}
		if got := string(w.phone.items["1"].Data); !strings.Contains(got, kept) {
			t.Errorf("%s wins, and the card holds:\n%s", winner, got)
		}
		if got := w.lastLog().Conflicts; got != 1 || !w.inHistory(lost) {
			t.Errorf("%s wins: %d conflicts, loser in the history: %v", winner, got, w.inHistory(lost))
		}
	}
}
