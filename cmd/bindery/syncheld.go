package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
)

// decide takes in what the command line says about plans that were held.
func (c *syncCmd) decide(ctx context.Context, h *house, p pair) error {
	for _, list := range []struct {
		ids []string
		do  func(ctx context.Context, owner, id, seen string) error
	}{{c.Approve, h.bindings.Approve}, {c.Reject, h.bindings.Reject}} {
		for _, id := range list.ids {
			plan, err := h.bindings.Plan(ctx, p.binding.Owner, id)
			if err != nil {
				return err
			}
			if plan.Binding != p.binding.ID {
				return usagef("sync: the plan %s is not about %s and %s", id, p.ends[0], p.ends[1])
			}
			if err := list.do(ctx, p.binding.Owner, id, plan.Mark); err != nil {
				return err
			}
		}
	}
	return nil
}

// heldShown is how many items the explanation of a plan names.
const heldShown = 5

// explain says what was held, why, and what to do now.
func (c *syncCmd) explain(ctx context.Context, h *house, p pair, class dataclass.Class, id string) (string, error) {
	plan, err := h.bindings.Plan(ctx, p.binding.Owner, id)
	if err == nil && plan.Slow {
		return fmt.Sprintf("\n%s: held. %s Nothing was written to either side. To approve, run\n\n  %s\n", class, slowSentence, c.again("--approve", id)), nil
	}
	if err != nil || len(plan.Held) == 0 {
		return "", err
	}
	var lines []string
	for i, side := range []engine.Side{engine.Source, engine.Target} {
		from, to := p.ends[i], p.ends[1-i]
		if p.swapped {
			from, to = to, from
		}
		lines = append(lines, sentences(plan.Held, side.String(), from, to)...)
	}
	what := strings.Join(lines, " ")
	return fmt.Sprintf("\n%s: held. %s Nothing was written to either side but what was approved before. If this is what you want, run\n\n  %s\n\nIf it is not, have everything sent back with\n\n  %s\n",
		class, what, c.again("--approve", id), c.again("--reject", id)), nil
}

// sentences say what is held of one side.
func sentences(held []bindings.HeldItem, side string, from, to end) []string {
	var lines []string
	for verb, form := range map[string]string{
		"delete":  "%s in %s: %s (%s). The same would be deleted in %s.",
		"replace": "%s in %s: %s (%s). That would overwrite what %s holds.",
	} {
		some := slices.DeleteFunc(slices.Clone(held), func(h bindings.HeldItem) bool { return h.Side != side || h.Verb != verb })
		if len(some) == 0 {
			continue
		}
		deed := map[string]string{"delete": "deleted", "replace": "changed"}[verb]
		lines = append(lines, fmt.Sprintf(form, counted(len(some), deed), from, some[0].Why, titles(some), to))
	}
	slices.Sort(lines)
	return lines
}

func counted(n int, deed string) string {
	if n == 1 {
		return "1 item was " + deed
	}
	return fmt.Sprintf("%d items were %s", n, deed)
}

// titles names the first items.
func titles(held []bindings.HeldItem) string {
	var names []string
	for _, h := range held[:min(len(held), heldShown)] {
		names = append(names, fmt.Sprintf("%q", h.Title))
	}
	if n := len(held) - len(names); n > 0 {
		names = append(names, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(names, ", ")
}

// again is the command line that decides about a plan.
func (c *syncCmd) again(flag, id string) string {
	words := []string{"bindery"}
	if c.data != "" {
		words = append(words, "--data", c.data)
	}
	words = append(words, "sync")
	if c.Class != "" {
		words = append(words, "--class", c.Class)
	}
	if c.Mode != "" && c.Mode != "two-way" {
		words = append(words, "--mode", c.Mode)
	}
	words = append(words, flag, id, c.A, c.B)
	for i, w := range words {
		words[i] = shellWord(w)
	}
	return strings.Join(words, " ")
}

// shellWord quotes a word for a shell if it must be.
func shellWord(w string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,+@%=", r)
	}
	if w != "" && strings.IndexFunc(w, func(r rune) bool { return !plain(r) }) < 0 {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
