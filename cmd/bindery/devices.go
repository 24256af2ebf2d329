package main

import (
	"context"
	"encoding/json"
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
	JSON    bool   `help:"One JSON object a line and phone." name:"json"`
	Device  string `arg:"" optional:"" help:"All about one phone: its client's UUID, or its device id."`
	deviceRules
}

// A deviceReport is all that is known of one phone, in the words of --json.
type deviceReport struct {
	Account  string          `json:"account"`
	Client   string          `json:"client"`
	DeviceID string          `json:"device_id"`
	Title    string          `json:"title,omitempty"`
	Declared *deviceDeclared `json:"declared,omitempty"`
	Learned  []deviceLearned `json:"learned"`
	Rules    []string        `json:"rules"`
	Options  []string        `json:"options"`
}

type deviceDeclared struct {
	At              time.Time        `json:"at"`
	Version         string           `json:"version"`
	Manufacturer    string           `json:"manufacturer"`
	Model           string           `json:"model"`
	OEM             string           `json:"oem,omitempty"`
	Firmware        string           `json:"firmware,omitempty"`
	Software        string           `json:"software,omitempty"`
	Hardware        string           `json:"hardware,omitempty"`
	Type            string           `json:"type,omitempty"`
	UTC             bool             `json:"utc"`
	NumberOfChanges bool             `json:"number_of_changes"`
	LargeObjects    bool             `json:"large_objects"`
	Databases       []deviceDatabase `json:"databases"`
	Formats         []deviceFormat   `json:"formats,omitempty"`
}

type deviceDatabase struct {
	Name        string         `json:"name"`
	Takes       []string       `json:"takes"`
	Sends       []string       `json:"sends"`
	SyncTypes   []int          `json:"sync_types"`
	MaxGUIDSize int            `json:"max_guid_size,omitempty"`
	Formats     []deviceFormat `json:"formats,omitempty"`
}

type deviceFormat struct {
	Type       string           `json:"type"`
	Properties []deviceProperty `json:"properties"`
}

type deviceProperty struct {
	Name  string `json:"name"`
	Size  int    `json:"size,omitempty"`
	Count int    `json:"count,omitempty"`
}

type deviceLearned struct {
	Dataclass dataclass.Class  `json:"dataclass"`
	Kept      []dataclass.Kept `json:"kept"`
	Losses    []dataclass.Loss `json:"losses"`
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
		case c.JSON:
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
	learned, err := h.bindings.Learned(ctx, a.ID, cl.ID)
	for _, l := range learned {
		r.Learned = append(r.Learned, deviceLearned{Dataclass: l.Class, Kept: l.Kept, Losses: l.Losses})
	}
	return r, err
}

// declared puts what a phone declared into the report's words.
func declared(d *syncml.DeviceInfo) *deviceDeclared {
	out := &deviceDeclared{At: d.Changed, Version: d.Version, Manufacturer: d.Device.Manufacturer, Model: d.Device.Model,
		OEM: d.Device.OEM, Firmware: d.Device.Firmware, Software: d.Device.Software, Hardware: d.Device.Hardware,
		Type: d.Device.Type, UTC: d.UTC, NumberOfChanges: d.NumberOfChanges, LargeObjects: d.LargeObjects,
		Databases: []deviceDatabase{}, Formats: deviceFormats(d.Formats)}
	for _, s := range d.Databases {
		out.Databases = append(out.Databases, deviceDatabase{Name: s.Name, Takes: s.Takes, Sends: s.Sends,
			SyncTypes: s.SyncTypes, MaxGUIDSize: s.MaxGUIDSize, Formats: deviceFormats(s.Formats)})
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
		text, err := json.Marshal(&all[i])
		if err != nil {
			return err
		}
		term.printf("%s\n", text)
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
