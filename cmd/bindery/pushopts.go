package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/push"
)

// pushOptions say how alerts get to phones. Serve, alert and sync take the same, so they are best set in the
// environment, where a header's password does not show in the list of processes either.
type pushOptions struct {
	Command string        `help:"Program that takes an alert to a phone; the alert is its standard input. {address}, {type}, {hex}, {base64} and {file} are replaced in its arguments." env:"BINDERY_PUSH_COMMAND" placeholder:"PROGRAM"`
	Arg     []string      `help:"An argument of that program; may be repeated." sep:"none" env:"BINDERY_PUSH_ARG" placeholder:"ARG"`
	URL     string        `help:"Address of an HTTP gateway that an alert is posted to; {address} and the others are replaced." env:"BINDERY_PUSH_URL" placeholder:"URL"`
	Header  []string      `help:"A header for that gateway, NAME: VALUE; may be repeated." sep:"none" env:"BINDERY_PUSH_HEADER" placeholder:"HEADER"`
	Body    string        `help:"What is posted to that gateway instead of the alert as it is; {address}, {hex} and the others are replaced." env:"BINDERY_PUSH_BODY" placeholder:"TEXT"`
	Timeout time.Duration `help:"How long one attempt may take; there are three." default:"30s" env:"BINDERY_PUSH_TIMEOUT"`
}

// pushOptionsOfEnv are the options that the environment gives, for a command that has no flags of them.
func pushOptionsOfEnv() (pushOptions, error) {
	o := pushOptions{Command: os.Getenv("BINDERY_PUSH_COMMAND"), URL: os.Getenv("BINDERY_PUSH_URL"), Body: os.Getenv("BINDERY_PUSH_BODY")}
	for name, list := range map[string]*[]string{"BINDERY_PUSH_ARG": &o.Arg, "BINDERY_PUSH_HEADER": &o.Header} {
		if v := os.Getenv(name); v != "" {
			*list = []string{v}
		}
	}
	if v := os.Getenv("BINDERY_PUSH_TIMEOUT"); v != "" {
		var err error
		if o.Timeout, err = time.ParseDuration(v); err != nil {
			return o, usagef("BINDERY_PUSH_TIMEOUT: %w", err)
		}
	}
	return o, o.Validate()
}

// Validate checks what can be checked before anything is touched. Kong calls it.
func (o *pushOptions) Validate() error {
	switch {
	case o.Command != "" && o.URL != "":
		return errors.New("--push-command and --push-url: give one of them")
	case o.Command == "" && len(o.Arg) > 0:
		return errors.New("--push-arg goes with --push-command")
	case o.URL == "" && (len(o.Header) > 0 || o.Body != ""):
		return errors.New("--push-header and --push-body go with --push-url")
	case o.Timeout < 0:
		return errors.New("--push-timeout is less than nothing")
	}
	if _, err := o.headers(); err != nil {
		return err
	}
	if o.URL == "" {
		return nil
	}
	// The marks are no part of a URL's grammar; what they become is.
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(o.URL))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("--push-url is no URL like https://push.example.org/send?to={address}")
	}
	return nil
}

// headers reads the headers. Its errors do not show them: they hold passwords.
func (o *pushOptions) headers() (http.Header, error) {
	all := http.Header{}
	for _, line := range o.Header {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || strings.ContainsFunc(name, notTokenRune) || strings.ContainsAny(value, "\r\n\x00") {
			return nil, errors.New("--push-header is no header like Authorization: Bearer TOKEN")
		}
		all.Add(name, value)
	}
	return all, nil
}

// notTokenRune reports what cannot stand in a header's name (RFC 9110 section 5.6.2).
func notTokenRune(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

// gateway gives what takes alerts to phones, nil if nothing was named.
func (o *pushOptions) gateway(log *slog.Logger) (push.Gateway, error) {
	var g push.Gateway
	switch {
	case o.Command != "":
		name, err := exec.LookPath(o.Command)
		if err != nil {
			return nil, fmt.Errorf("--push-command: %w", err)
		}
		g = push.Command{Name: name, Args: o.Arg, Env: os.Environ()}
	case o.URL != "":
		head, err := o.headers()
		if err != nil {
			return nil, err
		}
		g = push.HTTP{URL: o.URL, Header: head, Template: o.Body}
	default:
		return nil, nil
	}
	return push.NewSender(g, push.Options{Timeout: o.Timeout, Log: log}), nil
}

// alerter makes what alerts the phones of a house.
func (o *pushOptions) alerter(h *house) (*syncml.Alerter, error) {
	g, err := o.gateway(h.log)
	if err != nil {
		return nil, err
	}
	return h.alerter(g), nil
}

// alerter makes what alerts phones through a gateway, nil for none.
func (h *house) alerter(g push.Gateway) *syncml.Alerter {
	return syncml.NewAlerter(syncml.AlerterOptions{Store: h.db, Secrets: h.secrets, Gateway: g, Log: h.log})
}
