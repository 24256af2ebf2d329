package memory

import (
	"fmt"
	"slices"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// An Answer is what a phone said about one op of its outbox.
type Answer struct {
	Key    sources.Key
	Result sources.Result
}

// Outbox gives the ops of a class that wait for the phone, oldest first.
func (p *Phone) Outbox(class dataclass.Class) []sources.Op {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ops []sources.Op
	for _, w := range p.outbox {
		if w.class == class {
			ops = append(ops, w.op)
		}
	}
	return ops
}

// Answer takes the op with that key from the outbox. With a nil refusal the phone carries it out, as
// far as it can, and the Result is Done with the new LUID of an Add; otherwise the Result is Failed
// with the refusal. A caller that throws the Result away plays a phone whose answer was lost. It
// returns ErrNoOp if the key is not in the outbox.
func (p *Phone) Answer(key sources.Key, refusal error) (sources.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.outbox, func(w waiting) bool { return w.op.Key == key })
	if i < 0 {
		return sources.Result{}, fmt.Errorf("answer %q: %w", key, ErrNoOp)
	}
	w := p.outbox[i]
	p.outbox = slices.Delete(p.outbox, i, i+1)
	if refusal != nil {
		return failed(w.op, refusal), nil
	}
	return p.carryOut(w.class, w.op), nil
}

// AnswerAll carries out every op of a class, oldest first, and gives the answers in that order.
func (p *Phone) AnswerAll(class dataclass.Class) []Answer {
	var answers []Answer
	for _, op := range p.Outbox(class) {
		res, err := p.Answer(op.Key, nil)
		if err == nil { // else another goroutine answered it
			answers = append(answers, Answer{op.Key, res})
		}
	}
	return answers
}

// Drop takes the op with that key from the outbox as if it had never reached the phone. It returns
// ErrNoOp if the key is not there.
func (p *Phone) Drop(key sources.Key) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.outbox)
	p.outbox = slices.DeleteFunc(p.outbox, func(w waiting) bool { return w.op.Key == key })
	if len(p.outbox) == n {
		return fmt.Errorf("drop %q: %w", key, ErrNoOp)
	}
	return nil
}

// enqueue puts an op at the end of the outbox; one with the same key that still waits is replaced.
func (p *Phone) enqueue(class dataclass.Class, op sources.Op) sources.Result {
	if limit := p.opts.MaxItemSize; limit > 0 && len(op.Body.Data) > limit {
		return failed(op, sources.ErrTooBig)
	}
	i := slices.IndexFunc(p.outbox, func(w waiting) bool { return w.op.Key == op.Key })
	if i >= 0 {
		p.outbox[i] = waiting{class, op}
	} else {
		p.outbox = append(p.outbox, waiting{class, op})
	}
	return sources.Result{State: sources.Pending, ID: op.ID}
}

// carryOut does on the phone what op says. A phone does not report it as a change of its own; what its
// user changed there and has not sent stays to be sent.
func (p *Phone) carryOut(class dataclass.Class, op sources.Op) sources.Result {
	items := p.items[class]
	_, exists := items[op.ID]
	switch {
	case op.Verb == sources.Add:
		return p.carryOutAdd(class, op)
	case op.Verb == sources.Replace && !exists:
		return failed(op, sources.ErrGone)
	case op.Verb == sources.Replace:
		items[op.ID] = p.opts.Store(op.Body)
	case op.Verb == sources.Delete:
		delete(items, op.ID)
		delete(p.unsent[class], op.ID) // the server has just said so itself
	default:
		return failed(op, sources.ErrUnsupported)
	}
	return sources.Result{State: sources.Done, ID: op.ID}
}

func (p *Phone) carryOutAdd(class dataclass.Class, op sources.Op) sources.Result {
	if first, ok := p.done[op.Key]; ok && p.remember {
		return first
	}
	id := p.freeID(class)
	for p.unsent[class][id] != nil { // a deleted LUID is not free before the server knows
		p.nextID++
		id = number(p.nextID)
	}
	p.items[class][id] = p.opts.Store(op.Body)
	res := sources.Result{State: sources.Done, ID: id}
	p.done[op.Key] = res
	return res
}
