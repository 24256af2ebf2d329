package peertest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Counts are items that one side got in a session.
type Counts struct{ Added, Updated, Removed int }

// A Report is what the client says about one session.
type Report struct {
	// Exit is the program's exit status, Output what it printed.
	Exit   int
	Output string
	// Status is the session's SyncML status or the client's own code; 0 and 200 are good. Database is
	// that of the address book.
	Status, Database int
	// Mode is the mode that the sync ran in at last, as the client spells it.
	Mode string
	// Local counts what the device got, Remote what it sent. In a slow sync every item that was sent
	// counts as added.
	Local, Remote Counts
	// LocalErrors and RemoteErrors count items that failed.
	LocalErrors, RemoteErrors int
}

// OK reports whether the session and every item in it went well.
func (r Report) OK() bool {
	return r.Exit == 0 && (r.Status == 0 || r.Status == 200) && r.Database == 0 &&
		r.LocalErrors == 0 && r.RemoteErrors == 0
}

// String gives the report in one line, for a test's message.
func (r Report) String() string {
	return fmt.Sprintf("exit %d, status %d/%d, mode %s, local %v, remote %v, errors %d/%d",
		r.Exit, r.Status, r.Database, r.Mode, r.Local, r.Remote, r.LocalErrors, r.RemoteErrors)
}

// reports lists the status.ini files under dir, where the client keeps one folder for each session.
func reports(dir string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(dir, "server@phone-*", "status.ini"))
	if err != nil {
		return nil, err
	}
	set := make(map[string]bool, len(files))
	for _, f := range files {
		set[f] = true
	}
	return set, nil
}

// readReport reads the one report under dir that is not among the old ones.
func readReport(dir string, old map[string]bool) (Report, error) {
	all, err := reports(dir)
	if err != nil {
		return Report{}, err
	}
	for f := range all {
		if old[f] {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			return Report{}, err
		}
		return parseReport(string(text))
	}
	return Report{}, errors.New("no new status.ini")
}

// parseReport reads the lines "name = value" of a status.ini. A number that is missing is 0; the status
// must be there.
func parseReport(text string) (Report, error) {
	values := make(map[string]string)
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), " = "); ok {
			values[name] = value
		}
	}
	if _, ok := values["status"]; !ok {
		return Report{}, errors.New("status.ini without a status")
	}
	var err error
	number := func(name string) int {
		s, ok := values[name]
		if !ok {
			return 0
		}
		n, bad := strconv.Atoi(s)
		if bad != nil {
			err = fmt.Errorf("status.ini: %s: %w", name, bad)
		}
		return n
	}
	const prefix = "source-addressbook-"
	counts := func(side string) Counts {
		p := prefix + "stat-" + side
		return Counts{number(p + "-added-total"), number(p + "-updated-total"), number(p + "-removed-total")}
	}
	r := Report{
		Status: number("status"), Database: number(prefix + "status"), Mode: values[prefix+"mode"],
		Local: counts("local"), Remote: counts("remote"),
		LocalErrors: number(prefix + "stat-local-any-error"), RemoteErrors: number(prefix + "stat-remote-any-error"),
	}
	return r, err
}
