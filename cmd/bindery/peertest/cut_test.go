package peertest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A trouble is something that happens at the n-th message of a session.
type trouble struct {
	name string
	// plan gives the fault of the m-th message if the trouble is at the n-th.
	plan func(n, m int) Fault
	// fatal tells that the session cannot end well: the phone gives up.
	fatal bool
}

// at makes the trouble that strikes one message only.
func at(f Fault) func(n, m int) Fault {
	return func(n, m int) Fault {
		if m == n {
			return f
		}
		return None
	}
}

// from makes the trouble that strikes one message and loses all that follow.
func from(f Fault) func(n, m int) Fault {
	return func(n, m int) Fault {
		switch {
		case m == n:
			return f
		case m > n:
			return LoseRequest
		}
		return None
	}
}

var troubles = []trouble{
	{"request lost", at(LoseRequest), false},
	{"reply lost", at(LoseReply), false},
	{"repeated", at(Repeat), false},
	{"twice at once", at(Twice), false},
	{"gone before", from(LoseRequest), true},
	{"gone after", from(LoseReply), true},
}

// Whatever happens to whichever message, by its number: the two phones end equal, with every contact
// once. With BINDERY_LONG=1 also in the way of old phones.
func TestTroubleAtEveryMessage(t *testing.T) {
	client := Need(t)
	server := Start(t, program(t))
	ways := []way{{}}
	if os.Getenv("BINDERY_LONG") == "1" {
		ways = append(ways, way{xml: true, old: true, basic: true, card21: true})
	}
	var names []string
	for _, w := range ways {
		for _, tr := range troubles {
			names = append(names, w.String()+" "+tr.name)
		}
	}
	group(t, names, func(t *testing.T, i int) {
		user := fmt.Sprintf("user%d", i)
		server.Account(t, user)
		tr := troubles[i%len(troubles)]
		newStory(t, client, server, ways[i/len(troubles)], user).trouble(t, tr)
		cut := strings.Count(server.Log(), `msg="session cut off" device=`+user+"-a ")
		if tr.fatal && cut == 0 {
			t.Error("the log does not tell that sessions were cut off")
		}
	})
}

// A story is two phones of one account and the people that both are to have in the end.
type story struct {
	sides
	// people are the numbers of those that are alive, ascending.
	people []int
	next   int
}

// newStory makes two phones that hold the same twelve people.
func newStory(t *testing.T, client *Client, server *Server, w way, user string) *story {
	t.Helper()
	proxy := NewProxy(t, server.URL)
	a, b := w.settings(server, user, user+"-a"), w.settings(server, user, user+"-b")
	a.URL, a.MaxMsgSize = proxy.URL, 5000
	s := &story{sides: sides{client.Device(t, a), client.Device(t, b), proxy}}
	s.born(t, s.a, 12)
	s.settle(t, "the beginning")
	return s
}

// born adds n new people to a device.
func (s *story) born(t *testing.T, d *Device, n int) {
	t.Helper()
	d.Fill(t, s.next, s.next+n)
	for range n {
		s.people = append(s.people, s.next)
		s.next++
	}
}

// change does on a device what its user may do: it removes the oldest of the people, edits the one who
// comes after the next two, and adds three.
func (s *story) change(t *testing.T, d *Device) {
	t.Helper()
	d.Remove(t, s.people[0])
	d.Edit(t, s.people[3], s.next)
	s.people = s.people[1:]
	s.born(t, d, 3)
}

// settle synchronises until both devices had a chance to get everything, and wants the last session to
// move nothing: the stores have come to rest.
func (s *story) settle(t *testing.T, what string) {
	t.Helper()
	s.proxy.Play(nil, nil)
	for _, d := range []*Device{s.a, s.b, s.a, s.b} {
		good(t, what, d)
	}
	s.a.want(t, what+": rest", Counts{}, Counts{})
	equal(t, what, s.a, s.b, len(s.people))
	if diff := cmp.Diff(s.people, s.a.People(t)); diff != "" {
		t.Fatalf("%s: the wrong people (-want +got):\n%s", what, diff)
	}
}

// good runs a session that must end well.
func good(t *testing.T, what string, d *Device) {
	t.Helper()
	if r := d.Sync(t, ""); !r.OK() {
		t.Fatalf("%s: %v\n%s", what, r, r.Output)
	}
}

// trouble lets it strike the first message, then the second, and so on until a session ends before it
// can strike. At each time both phones have something to say.
func (s *story) trouble(t *testing.T, tr trouble) {
	t.Helper()
	giveUp := 30
	if tr.fatal {
		giveUp = 3
	}
	for n := 1; ; n++ {
		what := fmt.Sprintf("%s, message %d", tr.name, n)
		s.change(t, s.b)
		good(t, what, s.b)
		s.change(t, s.a)
		s.proxy.Play(func(m int) Fault { return tr.plan(n, m) }, nil)
		r := s.a.Sync(t, "", Impatient(giveUp)...)
		log := s.proxy.Log()
		s.settle(t, what)
		if len(log) < n {
			if n <= 3 {
				t.Errorf("the session had only %d messages", len(log))
			}
			return
		}
		if r.OK() && tr.fatal {
			t.Errorf("%s: the session ended well", what)
		}
		for i, e := range log {
			if e.Differs {
				t.Errorf("%s: two answers to message %d", what, i+1)
			}
		}
	}
}

// A phone that speaks MD5 first finds its way into an account that MD5 is off for, each time anew.
func TestAccountWithoutMD5(t *testing.T) {
	client := Need(t)
	server := Start(t, program(t))
	server.Account(t, "ada", "--no-md5")
	d := client.Device(t, way{}.settings(server, "ada", "phone-0"))
	d.Fill(t, 0, 3)
	d.want(t, "first sync", Counts{}, Counts{Added: 3})
	d.Fill(t, 3, 4)
	d.want(t, "second sync", Counts{}, Counts{Added: 1})
	if log := server.Log(); strings.Count(log, `msg="session finished" device=phone-0`) != 2 {
		t.Errorf("want two sessions:\n%s", log)
	}
}

// The server dies before every message of a session and comes back: the session goes on as if nothing
// had happened.
func TestServerRestartsBetweenMessages(t *testing.T) {
	client := Need(t)
	server := Start(t, program(t))
	server.Account(t, "ada")
	s := newStory(t, client, server, way{}, "ada")
	s.change(t, s.b)
	good(t, "second device", s.b)
	s.change(t, s.a)
	s.proxy.Play(nil, func(int) { server.Restart(t) })
	s.a.want(t, "a server that dies between messages", Counts{3, 1, 1}, Counts{3, 1, 1})
	if n := len(s.proxy.Log()); n < 3 {
		t.Errorf("the session had only %d messages", n)
	}
	s.settle(t, "a server that dies between messages")
}
