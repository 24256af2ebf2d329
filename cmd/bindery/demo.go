package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// demoCmd is "bindery demo".
type demoCmd struct{}

// demoPeople are invented; those of the second folder overlap with the first.
var demoPeople = map[string][]string{
	"laptop": {"Ada Example", "Ben Sample", "Cleo Muster", "Dan Invented", "Eve Nobody"},
	"phone":  {"Eve Nobody", "Finn Testperson", "Gala Placeholder"},
}

// Run makes two folders, synchronises them, edits both, and synchronises again.
func (c *demoCmd) Run(ctx context.Context, term *terminal) error {
	root, err := os.MkdirTemp("", "bindery-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	d := demo{ctx: ctx, term: term, root: root}
	for _, step := range []func() error{d.fill, d.sync, d.edit, d.sync} {
		if err := step(); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	term.printf("\nThe folders are %s and %s;\nwhat Bindery remembers of them is in %s. Try\n\n  bindery --data %s sync %s %s\n",
		d.at("laptop"), d.at("phone"), d.at("state"), d.at("state"), d.at("laptop"), d.at("phone"))
	return nil
}

type demo struct {
	ctx  context.Context
	term *terminal
	root string
}

func (d demo) at(name string) string { return filepath.Join(d.root, name) }

// fill makes the two folders.
func (d demo) fill() error {
	for _, folder := range []string{"laptop", "phone"} {
		if err := os.Mkdir(d.at(folder), 0o700); err != nil {
			return err
		}
		for _, name := range demoPeople[folder] {
			if err := os.WriteFile(d.card(folder, name), demoCard(folder, name), 0o600); err != nil {
				return err
			}
		}
		d.term.printf("%s holds %s.\n", folder, strings.Join(demoPeople[folder], ", "))
	}
	return nil
}

func (d demo) card(folder, name string) string {
	return filepath.Join(d.at(folder), demoUID(folder, name)+".vcf")
}

// demoUID gives what the folder calls a person: each has its own ids, as two devices have.
func demoUID(folder, name string) string {
	return folder + "-" + strings.ToLower(strings.ReplaceAll(name, " ", "-"))
}

func demoCard(folder, name string) []byte {
	first, last, _ := strings.Cut(name, " ")
	return fmt.Appendf(nil, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nN:%s;%s;;;\r\nFN:%s\r\nEMAIL:%s@example.org\r\nEND:VCARD\r\n",
		demoUID(folder, name), last, first, name, strings.ToLower(first))
}

// edit adds a line to one card on each side, and deletes a third.
func (d demo) edit() error {
	d.term.printf("\nAda gets a telephone number on the laptop, Finn a title on the phone, and Ben is deleted on the laptop.\n")
	return errors.Join(
		addLine(d.card("laptop", "Ada Example"), "TEL;TYPE=CELL:+1 555 0100"),
		addLine(d.card("phone", "Finn Testperson"), "TITLE:Tester"),
		os.Remove(d.card("laptop", "Ben Sample")),
	)
}

// addLine adds a property to a card.
func addLine(path, line string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.Replace(string(data), "END:VCARD", line+"\r\nEND:VCARD", 1)), 0o600)
}

// sync does what "bindery sync" does.
func (d demo) sync() error {
	d.term.printf("\nbindery sync laptop phone\n")
	c := syncCmd{Mode: "two-way", A: d.at("laptop"), B: d.at("phone")}
	return c.Run(d.ctx, d.term, place(d.at("state")))
}
