package peertest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
)

// A Fault is what a proxy does to a message.
type Fault int

// The faults.
const (
	// None: the message and its reply arrive.
	None Fault = iota
	// LoseRequest: the connection breaks before the server sees the message.
	LoseRequest
	// LoseReply: the server handles the message, and the connection breaks before the phone sees the reply.
	LoseReply
	// Repeat: the server gets the message again after it answered; the phone gets the second reply.
	Repeat
	// Twice: the server gets the message two times at once; the phone gets one of the replies.
	Twice
)

// An Exchange is one message as it went through a proxy.
type Exchange struct {
	// Type and ReplyType are media types.
	Type, ReplyType string
	Request, Reply  []byte
	// Status is the reply's HTTP status; 0 if there was none.
	Status int
	Fault  Fault
	// Differs is set if the two replies to a repeated message were not the same bytes.
	Differs bool
}

// A Proxy stands between a phone and the server. It numbers the messages from 1, keeps them, and does to
// each what Plan says.
type Proxy struct {
	// URL is what the phone is told to be the server.
	URL string

	target string
	client *http.Client

	mu     sync.Mutex
	plan   func(n int) Fault
	before func(n int)
	log    []Exchange
}

// NewProxy starts a proxy before the server whose SyncML URL is target; it ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: u.Scheme + "://" + u.Host, client: &http.Client{Transport: &http.Transport{}}}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	p.URL = s.URL + u.Path
	return p
}

// Play forgets what was and does to the n-th message from now on what plan says; a nil plan lets
// everything through. Before, if it is not nil, is called before the n-th message is sent on.
func (p *Proxy) Play(plan func(n int) Fault, before func(n int)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan, p.before, p.log = plan, before, nil
}

// Log gives the messages since the last Play.
func (p *Proxy) Log() []Exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Exchange(nil), p.log...)
}

// ServeHTTP handles one message of the phone. Messages are handled one after the other.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	n := len(p.log) + 1
	e := Exchange{Type: r.Header.Get("Content-Type"), Request: body}
	if p.plan != nil {
		e.Fault = p.plan(n)
	}
	if p.before != nil {
		p.before(n)
	}
	reply := p.exchange(r, &e)
	p.log = append(p.log, e)
	if reply == nil || e.Fault == LoseRequest || e.Fault == LoseReply {
		panic(http.ErrAbortHandler) // breaks the connection
	}
	w.Header().Set("Content-Type", reply.contentType)
	w.WriteHeader(reply.status)
	_, _ = w.Write(reply.body) // the phone may be gone; that is its fault
}

// exchange sends the message on as often as its fault says.
func (p *Proxy) exchange(r *http.Request, e *Exchange) *reply {
	var first, second *reply
	switch e.Fault {
	case LoseRequest:
		return nil
	case Repeat:
		first = p.send(r, e.Request)
		second = p.send(r, e.Request)
	case Twice:
		var wg sync.WaitGroup
		wg.Go(func() { first = p.send(r, e.Request) })
		second = p.send(r, e.Request)
		wg.Wait()
	default:
		second = p.send(r, e.Request)
		first = second
	}
	e.Differs = !same(first, second)
	if second != nil {
		e.Status, e.ReplyType, e.Reply = second.status, second.contentType, second.body
	}
	return second
}

type reply struct {
	status      int
	contentType string
	body        []byte
}

func same(a, b *reply) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.status == b.status && bytes.Equal(a.body, b.body)
}

// send gives the server's reply, or nil if there was none.
func (p *Proxy) send(r *http.Request, body []byte) *reply {
	req, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, p.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil
	}
	req.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	req.Header.Set("User-Agent", r.Header.Get("User-Agent"))
	res, err := p.client.Do(req)
	if err != nil {
		return nil
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return nil
	}
	return &reply{res.StatusCode, res.Header.Get("Content-Type"), got}
}
