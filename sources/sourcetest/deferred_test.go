package sourcetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/memory"
)

// bentPhone is a phone with a bend in its source, or with one of its own ways bent.
type bentPhone struct {
	*memory.Phone
	src    *bent
	put    func(p *bentPhone, class dataclass.Class)
	send   func(p *bentPhone, class dataclass.Class)
	answer func(p *bentPhone, class dataclass.Class) []Answer
}

func (p *bentPhone) Source(origin string) sources.Source {
	c := *p.src
	c.origin = origin
	return &c
}

func (p *bentPhone) Put(class dataclass.Class, body dataclass.Body) (sources.ID, error) {
	id, err := p.Phone.Put(class, body)
	if p.put != nil {
		p.put(p, class)
	}
	return id, err
}

func (p *bentPhone) Send(class dataclass.Class) {
	if p.send != nil {
		p.send(p, class)
		return
	}
	p.Phone.Send(class)
}

func (p *bentPhone) AnswerAll(class dataclass.Class) []Answer {
	if p.answer != nil {
		return p.answer(p, class)
	}
	return p.Phone.AnswerAll(class)
}

// phoneOptions open phones with a bend.
func (bd bend) phoneOptions() Options {
	n := 0
	o := memory.PhoneOptions{Options: memory.Options{ReuseIDs: true, MaxBatch: 10}}
	return Options{
		Open: func(*testing.T) Client {
			n++
			o.Name = fmt.Sprint("phone-", n)
			c := bd.phone
			c.Phone = memory.NewPhone(o)
			c.src = &bent{phone: c.Phone, bend: bd, keys: &marks{}}
			return &c
		},
		Caps: memory.NewPhone(o).Caps(),
	}.withDefaults()
}

func TestDeferredMutants(t *testing.T) {
	good := bend{}.phoneOptions()
	if bad := failures(t, good); len(bad) > 0 {
		t.Fatalf("checks that fail with a good phone: %v", bad)
	}
	runMutants(t, deferredMutants(), good, func(m mutant) Options { return m.bend.phoneOptions() })
}

func deferredMutants() map[string]mutant {
	all := map[string]mutant{
		"seen before it sends": {by: []string{"NothingBeforeSend"}, bend: bend{phone: bentPhone{
			put: func(p *bentPhone, class dataclass.Class) { p.Phone.Send(class) }}}},
		"always sends all": {by: []string{"SentSeenOnce"}, bend: bend{phone: bentPhone{
			send: func(p *bentPhone, class dataclass.Class) { p.SendAll(class) }}}},
		"sends nothing": {by: []string{"SentSeenOnce", "DeferredCloseWithoutCommitRepeats", "SendDuringSession"}, bend: bend{phone: bentPhone{
			send: func(*bentPhone, dataclass.Class) {}}}},
		"answers and does nothing":    {by: []string{"AnswersCarryOut", "SameKeyWaitsOnce"}, bend: bend{phone: bentPhone{answer: answerOnly}}},
		"sends back what it was sent": {by: []string{"NoEchoOfAnswers"}, bend: bend{phone: bentPhone{answer: answerAndTouch}}},
		"hides the slow mark":         {by: []string{"SlowMarked"}, bend: each(func(ch *change) { ch.Slow = false })},
		"marks all as slow":           {by: []string{"SentSeenOnce"}, bend: each(func(ch *change) { ch.Slow = true })},
		"hides used ids":              {by: []string{"RenewedLUID"}, bend: each(func(ch *change) { ch.Renewed = false })},
		"says done": {by: []string{"ApplyPending"}, bend: results(func(_ []sources.Op, res []sources.Result) {
			for i := range res {
				res[i] = sources.Result{State: sources.Done, ID: "x"}
			}
		})},
		"makes every op a new one": {by: []string{"SameKeyWaitsOnce"}, bend: bend{
			apply: func(b *bent, s session, ctx ctxT, list []sources.Op) ([]sources.Result, error) {
				for i, op := range list {
					for b.keys.put(op.Key) {
						op.Key += "again"
					}
					list[i] = op
				}
				return s.Apply(ctx, list)
			}}},
		"fails every op": {by: []string{"MaxBatch"}, bend: results(func(list []sources.Op, res []sources.Result) {
			for i, op := range list {
				res[i] = sources.Result{State: sources.Failed, ID: op.ID, Err: sources.ErrUnsupported}
			}
		})},
		"any class is good": {by: []string{"UnknownClass"}, bend: begin(
			func(b *bent, ctx ctxT, _ dataclass.Class, since sources.Cursor) (sources.Session, error) {
				return b.inner().Begin(ctx, dataclass.Notes, since)
			})},
	}
	for _, list := range []map[string]mutant{careless(), cursorMutants()} {
		for name, m := range list {
			if phonesToo[name] != nil {
				all[name] = mutant{bend: m.bend, by: phonesToo[name]}
			}
		}
	}
	all["no ops, no answer"] = mutant{bend: formMutants()["a nil result for no ops"].bend, by: []string{"NoOps"}}
	return all
}

// phonesToo are the mutants of other clients that a phone can be too, with the checks that catch it.
var phonesToo = map[string][]string{
	"cursor covers what came later": {"SendDuringSession"},
	"unknown cursor lists all":      {"CursorGarbage", "CursorForeign", "CursorOfOtherClass"},
	"any cursor lists all":          {"SentSeenOnce", "NoEchoOfAnswers"},
	"ignores the context":           {"ContextCancel"},
	"closes once only":              {"CloseTwice"},
	"leaves a goroutine behind":     {"GoroutineLeak"},
}

// answerOnly says that everything is done.
func answerOnly(p *bentPhone, class dataclass.Class) []Answer {
	var answers []Answer
	for _, op := range p.Outbox(class) {
		if err := p.Drop(op.Key); err == nil {
			answers = append(answers, Answer{Key: op.Key, Result: sources.Result{State: sources.Done, ID: "x"}})
		}
	}
	return answers
}

// answerAndTouch takes what it was sent for a change of its user.
func answerAndTouch(p *bentPhone, class dataclass.Class) []Answer {
	answers := p.Phone.AnswerAll(class)
	items, err := p.List(class)
	for id, body := range items {
		err = errors.Join(err, p.Edit(class, id, body))
	}
	if err != nil {
		panic(err)
	}
	return answers
}
