package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/bindery-sync/bindery/engine"
)

// serveCmd is "bindery serve".
type serveCmd struct {
	Listen   string        `help:"Address to listen on." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	BaseURL  string        `help:"URL that clients reach the server by, if it is not the one they use." placeholder:"URL"`
	TLS      tlsOptions    `embed:"" prefix:"tls-"`
	AutoBind bool          `help:"Bind a phone to its owner's datastore when it logs in for the first time." default:"true" negatable:""`
	Push     pushOptions   `embed:"" prefix:"push-"`
	Notice   noticeOptions `embed:"" prefix:"notice-"`
	Metrics  string        `help:"Who may read /metrics: ${enum}. Loopback is this machine, and whoever has the token of an administrator." enum:"loopback,public,off" default:"loopback"`
	Zone     string        `help:"Time zone of the users, such as Europe/Vienna, for phones that know local times only. Without it only models that are known to are sent local times, in this machine's zone." placeholder:"ZONE"`
	deviceRules
	historyDays
	sessionDays
	proxies
	privateSources
	Database string `help:"Not yet: a PostgreSQL URL." placeholder:"URL"`
}

// How long the server waits, for whom.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 2 * time.Minute
	writeTimeout  = 2 * time.Minute // a phone is kept waiting for 20 s at most (docs/engine.md 1.6)
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 30 * time.Second
)

// Validate checks what can be checked before anything is touched. Kong calls it.
func (c *serveCmd) Validate() error {
	if c.Database != "" {
		return errors.New("--database: other databases than the one in --data come with a later release")
	}
	if err := errors.Join(c.historyDays.Validate(), c.sessionDays.Validate(), c.TLS.Validate(), c.Push.Validate(), c.Notice.Validate()); err != nil {
		return err
	}
	if _, err := c.proxies.prefixes(); err != nil {
		return err
	}
	if _, err := c.privateSources.allowed(); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	if err := validZone(c.Zone); err != nil {
		return err
	}
	return c.validateBaseURL()
}

func (c *serveCmd) validateBaseURL() error {
	if c.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" {
		return fmt.Errorf("--base-url: %q is no URL like https://sync.example.org", c.BaseURL)
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	return nil
}

// keyPair loads what HTTPS is served with; nil means HTTP.
func (c *serveCmd) keyPair() (*tls.Config, error) {
	if c.TLS.Cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key)
	if err != nil {
		return nil, fmt.Errorf("read --tls-cert %s and --tls-key %s: %w", c.TLS.Cert, c.TLS.Key, err)
	}
	return c.TLS.config(pair), nil
}

// Run serves until ctx ends, then lets what is under way come to its end. What can fail without the data
// directory fails before anything is made in it.
func (c *serveCmd) Run(ctx context.Context, term *terminal, p place) error {
	secure, err := c.keyPair()
	if err != nil {
		return err
	}
	rules, err := c.load(p)
	if err != nil {
		return err
	}
	log := slog.New(engine.LogHandler(slog.NewTextHandler(term.err, nil)))
	gateway, err := c.Push.gateway(log)
	if err != nil {
		return err
	}
	teller, err := c.Notice.teller()
	if err != nil {
		return err
	}
	if c.TLS.old() {
		log.Warn("TLS older than 1.2 is spoken: whoever sits between a phone and this server may read and change what they say", "tls-min", c.TLS.Min)
	}
	unlock, err := p.serveAlone()
	if err != nil {
		return err
	}
	allow, _ := c.privateSources.allowed() // Validate has seen to the error
	err = p.enter(ctx, log, func(h *house) error {
		h.garbage = term.garbage
		h.reach(allow)
		ln, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		// Nothing may fail between a password that is generated and the greeting that shows it, once.
		first, err := h.firstAccount(ctx, os.Getenv(adminPasswordEnv))
		if err != nil {
			return errors.Join(err, ln.Close())
		}
		faces := h.faces(c, rules, h.alerter(gateway))
		hello := c.greeting(ln.Addr(), string(p), first)
		faces.notices = h.notifier(teller, hello.url)
		sweeping, stop := context.WithCancel(ctx)
		var sweeper, runner sync.WaitGroup
		sweeper.Go(func() { faces.sweep(sweeping) })
		runner.Go(func() { faces.runner.Run(sweeping) })
		sweeper.Go(func() { faces.notify(sweeping) })
		term.printf("%s", hello)
		sdNotify(sdReady)
		alive, dead := context.WithCancel(context.WithoutCancel(ctx)) // also while it stops
		defer dead()
		go signOfLife(alive, watchdogSpan(), h.db.Readable, log)
		drained := context.AfterFunc(ctx, faces.drain)
		err = answer(ctx, ln, secure, faces, log)
		drained()
		stop()
		sweeper.Wait()
		err = errors.Join(err, faces.settle(ctx))
		runner.Wait() // what it had begun is over, or broken off
		return err
	})
	return errors.Join(err, unlock())
}

// httpServer waits for nobody for ever: neither for a header or a body that does not come, nor for somebody
// who does not read, nor for a connection's next request.
func httpServer(secure *tls.Config, handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, TLSConfig: secure, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// answer answers requests on ln until ctx ends, over TLS if secure says how, and then until what is under way is at its end.
func answer(ctx context.Context, ln net.Listener, secure *tls.Config, f faces, log *slog.Logger) error {
	srv := httpServer(secure, f.handler, log)
	ended := make(chan error, 1)
	go func() {
		if secure != nil {
			ended <- srv.ServeTLS(ln, "", "")
		} else {
			ended <- srv.Serve(ln)
		}
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	f.finish(ctx)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := srv.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("stop: %w", err), srv.Close())
	}
	return nil
}
