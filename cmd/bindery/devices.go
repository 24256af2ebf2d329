package main

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
)

// devicesCmd is "bindery devices".
type devicesCmd struct {
	Account string `help:"Only the phones of that account." placeholder:"NAME"`
	JSON    bool   `help:"The same as --output json." hidden:"" name:"json"`
	Device  string `arg:"" optional:"" help:"All about one phone: its client's UUID, or its device id."`
	deviceRules
}

// A deviceReport is all that is known of one phone, in the words of --json.
type deviceReport struct {
	Account  string          `json:"account" says:"whose it is"`
	Client   string          `json:"client" says:"UUID of the phone"`
	DeviceID string          `json:"device_id" says:"what it calls itself"`
	Title    string          `json:"title,omitempty" says:"what the user calls it"`
	Declared *deviceDeclared `json:"declared,omitempty" says:"what it declared, if anything"`
	Learned  []deviceLearned `json:"learned" says:"what it was seen to keep"`
	Synced   []deviceSynced  `json:"synchronised" says:"the databases that it has synchronised"`
	Alerted  time.Time       `json:"alerted,omitzero" says:"when it was alerted last"`
	Asked    int             `json:"alert_mode,omitempty" says:"what for: the mode that it was asked to begin (SyncML code)"`
	Answered time.Time       `json:"answered,omitzero" says:"when it came after that"`
	Rules    []string        `json:"rules" says:"device rules that apply"`
	Options  []string        `json:"options" says:"what they say"`
}

type deviceDeclared struct {
	At              time.Time        `json:"at" says:"when"`
	Version         string           `json:"version" says:"version of the device information"`
	Manufacturer    string           `json:"manufacturer"`
	Model           string           `json:"model"`
	OEM             string           `json:"oem,omitempty"`
	Firmware        string           `json:"firmware,omitempty"`
	Software        string           `json:"software,omitempty"`
	Hardware        string           `json:"hardware,omitempty"`
	Type            string           `json:"type,omitempty"`
	UTC             bool             `json:"utc" says:"understands UTC"`
	NumberOfChanges bool             `json:"number_of_changes" says:"understands numbers of changes"`
	LargeObjects    bool             `json:"large_objects" says:"understands items in pieces"`
	Databases       []deviceDatabase `json:"databases" says:"its databases"`
	Formats         []deviceFormat   `json:"formats,omitempty" says:"formats for all databases"`
}

type deviceDatabase struct {
	Name        string         `json:"name" says:"its name"`
	Takes       []string       `json:"takes" says:"types that it takes, the preferred first"`
	Sends       []string       `json:"sends" says:"types that it sends"`
	SyncTypes   []int          `json:"sync_types" says:"types of sync: 1 two-way, 2 slow, 3 to 6 one-way and refresh, 7 alerted by the server"`
	MaxGUIDSize int            `json:"max_guid_size,omitempty" says:"longest id it keeps"`
	MaxBytes    int            `json:"max_bytes,omitempty" says:"how many bytes it takes"`
	MaxItems    int            `json:"max_items,omitempty" says:"how many items it takes"`
	Shared      bool           `json:"shared_memory,omitempty" says:"it shares the room with other databases"`
	Formats     []deviceFormat `json:"formats,omitempty" says:"formats for all databases"`
}

type deviceSynced struct {
	Name  string `json:"name" says:"the phone's name of it"`
	Ours  string `json:"ours" says:"what the phone calls ours"`
	Class string `json:"dataclass" says:"the dataclass"`
}

type deviceFormat struct {
	Type       string           `json:"type"`
	Properties []deviceProperty `json:"properties" says:"properties that it holds"`
}

type deviceProperty struct {
	Name  string `json:"name" says:"its name"`
	Size  int    `json:"size,omitempty" says:"longest value"`
	Count int    `json:"count,omitempty" says:"most values"`
}

type deviceLearned struct {
	Dataclass dataclass.Class  `json:"dataclass" says:"the dataclass"`
	Kept      []dataclass.Kept `json:"kept" says:"properties seen to come back"`
	Losses    []dataclass.Loss `json:"losses" says:"what it was learned to lose"`
}

// Run lists the phones of all accounts, or tells all about one.
func (c *devicesCmd) Run(ctx context.Context, term *terminal, p place) error {
	rules, err := c.load(p)
	if err != nil {
		return err
	}
	return p.visit(ctx, quiet(term), func(h *house) error {
		all, err := c.reports(ctx, h, rules)
		switch {
		case err != nil:
			return err
		case len(all) == 0 && c.Device != "":
			return fmt.Errorf("there is no phone %q", c.Device)
		case term.json:
			return printReports(term, all)
		case c.Device != "":
			for i := range all {
				all[i].print(term)
			}
			return nil
		}
		return listDevices(term, all)
	})
}

// reports gathers the phones that are asked for.
func (c *devicesCmd) reports(ctx context.Context, h *house, rules devicerule.Table) ([]deviceReport, error) {
	var out []deviceReport
	found := c.Account == ""
	err := h.each(ctx, func(a bindings.Account) error {
		if c.Account != "" && a.Name != c.Account {
			return nil
		}
		found = true
		clients, err := h.bindings.Clients(ctx, a.ID, "syncml")
		if err != nil {
			return err
		}
		told, err := syncml.Devices(ctx, h.db, a.ID)
		if err != nil {
			return err
		}
		for _, cl := range clients {
			if c.Device != "" && c.Device != cl.ID && c.Device != cl.DeviceID {
				continue
			}
			r, err := newReport(ctx, h, a, cl, told, rules)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("there is no account %q", c.Account)
	}
	return out, err
}

func newReport(ctx context.Context, h *house, a bindings.Account, cl bindings.Client, told []syncml.DeviceInfo, rules devicerule.Table) (deviceReport, error) {
	r := deviceReport{Account: a.Name, Client: cl.ID, DeviceID: cl.DeviceID, Title: cl.Title, Learned: []deviceLearned{}}
	var of devicerule.Device
	for i := range told {
		if told[i].Client == cl.ID {
			of, r.Declared = told[i].Device, declared(&told[i])
		}
	}
	apply := rules.Match(of)
	r.Rules, r.Options = append([]string{}, apply.Names...), append([]string{}, apply.Lines()...)
	if err := r.talked(ctx, h, a.ID); err != nil {
		return r, err
	}
	learned, err := h.bindings.Learned(ctx, a.ID, cl.ID)
	for _, l := range learned {
		r.Learned = append(r.Learned, deviceLearned{Dataclass: l.Class, Kept: l.Kept, Losses: l.Losses})
	}
	return r, err
}

// talked adds what the phone and the server had to do with each other.
func (r *deviceReport) talked(ctx context.Context, h *house, owner string) error {
	r.Synced = []deviceSynced{}
	list, err := syncml.PhoneDatabases(ctx, h.db, owner)
	for _, d := range list {
		if d.Client == r.Client {
			r.Synced = append(r.Synced, deviceSynced{d.Name, d.Ours, d.Class})
		}
	}
	if err != nil {
		return err
	}
	alerts, err := h.alerter(nil).Records(ctx, owner)
	alert := alerts[r.Client]
	r.Alerted, r.Asked, r.Answered = utc(alert.Sent), alert.Mode, utc(alert.Answered)
	return err
}

// declared puts what a phone declared into the report's words.
func declared(d *syncml.DeviceInfo) *deviceDeclared {
	out := &deviceDeclared{At: utc(d.Changed), Version: d.Version, Manufacturer: d.Device.Manufacturer, Model: d.Device.Model,
		OEM: d.Device.OEM, Firmware: d.Device.Firmware, Software: d.Device.Software, Hardware: d.Device.Hardware,
		Type: d.Device.Type, UTC: d.UTC, NumberOfChanges: d.NumberOfChanges, LargeObjects: d.LargeObjects,
		Databases: []deviceDatabase{}, Formats: deviceFormats(d.Formats)}
	for _, s := range d.Databases {
		out.Databases = append(out.Databases, deviceDatabase{Name: s.Name, Takes: s.Takes, Sends: s.Sends,
			SyncTypes: s.SyncTypes, MaxGUIDSize: s.MaxGUIDSize,
			MaxBytes: s.MaxBytes, MaxItems: s.MaxItems, Shared: s.SharedMemory, Formats: deviceFormats(s.Formats)})
	}
	return out
}

func deviceFormats(all []syncml.DeviceFormat) []deviceFormat {
	var out []deviceFormat
	for _, f := range all {
		to := deviceFormat{Type: f.Type, Properties: []deviceProperty{}}
		for _, p := range f.Properties {
			to.Properties = append(to.Properties, deviceProperty(p))
		}
		out = append(out, to)
	}
	return out
}

func printReports(term *terminal, all []deviceReport) error {
	for i := range all {
		if err := term.line(&all[i]); err != nil {
			return err
		}
	}
	return nil
}

// listDevices prints one line for each phone.
func listDevices(term *terminal, all []deviceReport) error {
	t := newTable(term, "ACCOUNT", "CLIENT", "DEVICE", "MANUFACTURER", "MODEL", "FIRMWARE", "DATABASES", "RULES")
	for i := range all {
		r := &all[i]
		d := r.Declared
		if d == nil {
			d = &deviceDeclared{}
		}
		var names []string
		for _, s := range d.Databases {
			names = append(names, s.Name)
		}
		t.row(r.Account, r.Client, legible(r.DeviceID), legible(d.Manufacturer), legible(d.Model), legible(d.Firmware),
			legible(strings.Join(names, ", ")), strings.Join(r.Rules, ", "))
	}
	return t.flush(nil)
}

// legible gives a phone's text without what would move the cursor.
func legible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
}
