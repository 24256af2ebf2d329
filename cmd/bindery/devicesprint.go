package main

import (
	"fmt"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
)

// print tells all that is known of a phone.
func (r *deviceReport) print(term *terminal) {
	p := devicePrinter{term}
	p.line("account", r.Account)
	p.line("client", r.Client)
	p.line("device id", r.DeviceID)
	p.line("title", r.Title)
	if r.Declared == nil {
		p.line("declared", "nothing")
	} else {
		p.declared(r.Declared)
	}
	for _, d := range r.Synced {
		p.line("synchronises", fmt.Sprintf("%s with %s: %s", d.Name, d.Ours, d.Class))
	}
	if !r.Alerted.IsZero() {
		answer := "it has not come"
		if !r.Answered.IsZero() {
			answer = "it came " + stamp(r.Answered)
		}
		p.line("alerted", fmt.Sprintf("%s for a sync of mode %d, %s", stamp(r.Alerted), r.Asked, answer))
	}
	for _, l := range r.Learned {
		p.learned(l)
	}
	if len(r.Rules) == 0 {
		p.line("rules", "none")
	}
	for _, name := range r.Rules {
		p.line("rule", name)
	}
	for _, o := range r.Options {
		p.line("", o)
	}
	term.printf("\n")
}

type devicePrinter struct{ term *terminal }

// line prints a name and what there is to say, if there is.
func (p devicePrinter) line(name, text string) {
	if text != "" {
		p.term.printf("%-14s%s\n", name, legible(text))
	}
}

func (p devicePrinter) declared(d *deviceDeclared) {
	p.line("declared", stamp(d.At)+", version "+d.Version)
	p.line("manufacturer", d.Manufacturer)
	p.line("model", d.Model)
	p.line("OEM", d.OEM)
	p.line("firmware", d.Firmware)
	p.line("software", d.Software)
	p.line("hardware", d.Hardware)
	p.line("type", d.Type)
	var can []string
	for _, c := range []struct {
		has  bool
		what string
	}{{d.UTC, "UTC"}, {d.NumberOfChanges, "number of changes"}, {d.LargeObjects, "large objects"}} {
		if c.has {
			can = append(can, c.what)
		}
	}
	p.line("understands", strings.Join(can, ", "))
	for _, s := range d.Databases {
		p.database(s)
	}
	p.formats(d.Formats)
}

func (p devicePrinter) database(s deviceDatabase) {
	p.line("database", s.Name)
	p.line("", "takes "+strings.Join(s.Takes, ", "))
	p.line("", "sends "+strings.Join(s.Sends, ", "))
	p.line("", fmt.Sprintf("types of sync %s", strings.Trim(fmt.Sprint(s.SyncTypes), "[]")))
	if s.MaxGUIDSize > 0 {
		p.line("", fmt.Sprintf("names of items up to %d long", s.MaxGUIDSize))
	}
	var takes []string
	if s.MaxItems > 0 {
		takes = append(takes, fmt.Sprintf("up to %d items", s.MaxItems))
	}
	if s.MaxBytes > 0 {
		takes = append(takes, fmt.Sprintf("up to %d bytes", s.MaxBytes))
	}
	if s.Shared {
		takes = append(takes, "in room that it shares")
	}
	p.line("", strings.Join(takes, ", "))
	p.formats(s.Formats)
}

func (p devicePrinter) formats(all []deviceFormat) {
	for _, f := range all {
		var props []string
		for _, q := range f.Properties {
			text := q.Name
			if q.Count > 0 {
				text += fmt.Sprintf(" ×%d", q.Count)
			}
			if q.Size > 0 {
				text += fmt.Sprintf(" ≤%d", q.Size)
			}
			props = append(props, text)
		}
		p.line("holds", f.Type+": "+strings.Join(props, ", "))
	}
}

func (p devicePrinter) learned(l deviceLearned) {
	var kept, losses []string
	for _, k := range l.Kept {
		kept = append(kept, fmt.Sprintf("%s ×%d ≤%d", k.Name, k.Places, k.Longest))
	}
	for _, loss := range l.Losses {
		losses = append(losses, lossInWords(loss))
	}
	if len(kept) > 0 {
		p.line("seen to keep", string(l.Dataclass)+": "+strings.Join(kept, ", "))
	}
	if len(losses) > 0 {
		p.line("seen to lose", string(l.Dataclass)+": "+strings.Join(losses, ", "))
	}
}

// lossInWords tells what a phone was learned to do to a property.
func lossInWords(l dataclass.Loss) string {
	text := l.Name
	if l.Position > 0 {
		text += fmt.Sprintf(" from the %d. on", l.Position)
	}
	if l.Component > 0 {
		text += fmt.Sprintf(", component %d", l.Component)
	}
	if l.Length > 0 {
		unit := "characters"
		if l.Octets {
			unit = "octets"
		}
		text += fmt.Sprintf(" behind %d %s", l.Length, unit)
	}
	for _, w := range []struct {
		is   bool
		word string
	}{{l.Dropped, "dropped"}, {l.Upper, "in capitals"}, {l.Lower, "in small letters"}, {l.Title, "with capitals"},
		{l.ASCII, "in ASCII"}, {l.Digits, "digits only"}} {
		if w.is {
			text += " " + w.word
		}
	}
	return text
}
