package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/atom"
	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/bindings/notify"
	"github.com/bindery-sync/bindery/bindings/transfer"
	"github.com/bindery-sync/bindery/sources/guesses"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
)

// faces are what the server shows to the outside.
type faces struct {
	handler http.Handler
	phones  *syncml.Server
	runs    runs
	// background are the syncs that nobody waits for; ending is closed when the server stops.
	background *bindings.Background
	ending     chan struct{}
	// runner starts what is due.
	runner *bindings.Runner
	// watch tells how the server stands, notices who is to be told what needs a person.
	watch   *watch
	notices *notify.Notifier
	// sessions forgets old ones.
	sessions interface{ Purge(context.Context) error }
	log      *slog.Logger
	// forget ends what stays in the history for a time only.
	forget func(ctx context.Context) error
}

// runs are the syncs of phones that go on in the background.
type runs interface {
	// Wait returns when they are over, or when ctx ends.
	Wait(ctx context.Context) error
}

// faces builds the rooms that only a server has.
func (h *house) faces(c *serveCmd, rules devicerule.Table, alerter bindings.Alerter) faces {
	syncs := h.bindings.Syncs(h.kinds, h.log)
	phones := h.bindings.Phones(syncs, c.AutoBind)
	sessions := h.sessionsLog(c.sessionDays.SessionDays)
	background, ending := syncs.Background(h.log, whyFailed), make(chan struct{})
	starter := starter{syncs, background, alerter}
	guess := guesses.New(time.Now)
	behind, _ := c.proxies.prefixes() // Validate has seen to the error
	face := syncml.NewServer(syncml.Options{
		Accounts: h.bindings, Phones: phones, Syncs: phones, Store: h.db, Log: h.log, BaseURL: c.BaseURL,
		Sessions: sessions, Guesses: guess,
		Rules: rules, Zone: cmp.Or(c.Zone, machineZone()), LocalTimes: c.Zone != "",
	})
	api := atom.New(atom.Options{
		Accounts: h.bindings, Tokens: h.bindings, WebSessions: h.bindings, Links: h.bindings, Where: h.bindings, Together: h.db.Together, Learned: h.bindings.Learned, Rules: rules.Match, Kinds: h.kinds, Bindings: h.bindings, Clients: h.bindings, SyncLog: h.bindings,
		Starter: starter, Background: starter, Ending: ending, Matters: h.bindings, Notices: h.bindings.Notices(), History: h.bindings, Restorer: syncs, Replacer: phones, Importer: importer{h}, Books: h.bindings, Schedules: h.bindings, Sessions: sessions, PhoneStores: h.bindings,
		Remotes: h.remotes, Unauthorised: h.bindings.Unauthorisations,
		Devices: func(ctx context.Context, owner string) ([]syncml.DeviceInfo, error) {
			return syncml.Devices(ctx, h.db, owner)
		},
		Keeps: []transfer.More{h.davKeeps}, BaseURL: c.BaseURL, Log: h.log, CountItems: h.countItems,
		Content: func(owner, client string) atom.Items { return h.items.Items(owner, client) }, Guesses: guess,
	})
	watch := h.watchedBy(c, background)
	runner := h.bindings.Runner(bindings.RunnerOptions{Starter: background.Starter(alerter), Changes: h.items, Why: whyFailed, Log: h.log})
	h.items.OnWrite(runner.Wake)
	return faces{
		watch: watch, notices: h.notifier(nil, c.BaseURL),
		handler: guesses.Behind(behind, watch.around(route(face, api, h.gdataFace(c, guess), h.davFace(guess)))), phones: face, runs: phones, log: h.log, forget: h.forgetter(c.kept()),
		sessions: sessions, background: background, ending: ending,
		runner: runner,
	}
}

// drain is called once, when the server is to stop: nothing that lasts is begun any more.
func (f faces) drain() {
	f.watch.ready.drain()
	sdNotify(sdStopping)
	close(f.ending)
	f.phones.Drain()
}

// finish waits, a while, for the syncs that nobody waits for; requests are answered meanwhile. One that is not over by then
// is broken off, and its log entry says so.
func (f faces) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	f.background.Drain(ctx)
}

// settle waits, a while, for the runs that go on without their phones: after it the database is closed. One that is not
// over by then is taken up by the phone's next session.
func (f faces) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	f.background.Drain(ctx) // where the server did not stop by a signal
	if err := f.runs.Wait(ctx); err != nil {
		return fmt.Errorf("wait for running syncs: %w", err)
	}
	return nil
}

// How often the server looks for what only time tells.
const (
	expireEvery = time.Minute
	purgeEvery  = time.Hour
)

// sweep ends sessions of phones that fell silent, and forgets what nobody can ask for, until ctx ends.
func (f faces) sweep(ctx context.Context) {
	expire, purge := time.NewTicker(expireEvery), time.NewTicker(purgeEvery)
	defer expire.Stop()
	defer purge.Stop()
	f.report(ctx, "end broken syncs", f.background.Sweep(ctx))
	for {
		select {
		case <-ctx.Done():
			return
		case <-expire.C:
			f.report(ctx, "end silent sessions", f.phones.Expire(ctx))
			f.report(ctx, "end broken syncs", f.background.Sweep(ctx))
		case <-purge.C:
			f.report(ctx, "forget old replies", f.phones.Purge(ctx))
			f.report(ctx, "forget old versions", f.forget(ctx))
			f.report(ctx, "forget old sessions", f.sessions.Purge(ctx))
		}
	}
}

// report logs what a sweep could not do; it is tried again the next time.
func (f faces) report(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		f.log.ErrorContext(ctx, what, "error", err)
	}
}

// syncMLPath is where phones post to. A phone whose user typed a slash at the end means the same.
const syncMLPath = "/syncml"

// route sends a request to the face that it is for; what is nobody's is the API's to refuse.
func route(phones, api, gdata, dav http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if forDAV(r) {
			dav.ServeHTTP(w, r)
			return
		}
		if isGData(r.URL.Path) {
			gdata.ServeHTTP(w, r)
			return
		}
		switch strings.TrimSuffix(r.URL.Path, "/") {
		case syncMLPath:
			phones.ServeHTTP(w, r)
		default:
			api.ServeHTTP(w, r)
		}
	})
}
