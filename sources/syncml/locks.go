package syncml

import "sync"

// A keyedMutex lets one goroutine at a time work on a key. The zero value is ready.
type keyedMutex struct {
	mu   sync.Mutex
	held map[string]*holder
}

type holder struct {
	mu    sync.Mutex
	users int
}

// lock waits for the key and gives the function that lets it go.
func (k *keyedMutex) lock(key string) func() {
	k.mu.Lock()
	if k.held == nil {
		k.held = make(map[string]*holder)
	}
	h := k.held[key]
	if h == nil {
		h = &holder{}
		k.held[key] = h
	}
	h.users++
	k.mu.Unlock()
	h.mu.Lock()
	return func() { k.unlock(key, h) }
}

func (k *keyedMutex) unlock(key string, h *holder) {
	h.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if h.users--; h.users == 0 {
		delete(k.held, key)
	}
}
