package atom

import (
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	// onceKept is how long the server remembers that a form was sent, mostOnce how many it remembers.
	onceKept = time.Hour
	mostOnce = 10_000
)

// onceForms remembers forms that made something, by the key that their page gave them: who presses twice, or loads again
// what he was shown, has made it once. It forgets when the server is started anew.
type onceForms struct {
	mu   sync.Mutex
	sent map[string]*onceSent
}

// A onceSent is a form that was sent, and where it led.
type onceSent struct {
	mu   sync.Mutex
	to   done
	made bool
	at   time.Time
}

// entry gives what is known of a key, and forgets what is old.
func (o *onceForms) entry(key string, now time.Time) *onceSent {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.sent[key]
	if e != nil {
		return e
	}
	if len(o.sent) >= mostOnce {
		for k, e := range o.sent {
			if now.Sub(e.at) > onceKept {
				delete(o.sent, k)
			}
		}
	}
	e = &onceSent{at: now}
	if len(o.sent) < mostOnce {
		if o.sent == nil {
			o.sent = make(map[string]*onceSent)
		}
		o.sent[key] = e
	}
	return e
}

// once calls do for a form, unless that form of the caller's was done already: then it gives where that led, and again is
// true. A form that failed may be sent again, and one without a key is done whenever it comes.
func (a *api) once(r *http.Request, f url.Values, do func() (done, error)) (to done, again bool, err error) {
	key := f.Get("once")
	if key == "" || len(key) > 64 {
		to, err = do()
		return to, false, err
	}
	e := a.sent.entry(callerOf(r).ID+" "+r.URL.Path+" "+key, a.Now())
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.made && a.Now().Sub(e.at) <= onceKept {
		return e.to, true, nil
	}
	to, err = do()
	e.to, e.made = to, err == nil
	return to, false, err
}

// onceFormer is a former whose form is done once.
func (a *api) onceFormer(do former) former {
	return func(r *http.Request, f url.Values) (done, error) {
		to, _, err := a.once(r, f, func() (done, error) { return do(r, f) })
		return to, err
	}
}
