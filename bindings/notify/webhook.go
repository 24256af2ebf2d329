package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// A Webhook is a server that each message is posted to, as JSON. A status of 2xx means that it has taken the message.
type Webhook struct {
	URL string
	// Client sends the requests, and guards where they go.
	Client *http.Client
}

// Tell implements Teller. Its errors do not show the address, which may hold a secret.
func (h Webhook) Tell(ctx context.Context, m Message) (err error) {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("the webhook's address makes no sense")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Bindery")
	res, err := h.Client.Do(r)
	if err != nil {
		return fmt.Errorf("the webhook was not reached: %w", inner(err))
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	text, _ := io.ReadAll(io.LimitReader(res.Body, tailSize)) // what is lost of it is missed by nobody
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("the webhook answered %d%s", res.StatusCode, said(text))
	}
	return nil
}

// inner gives an error without the address that net/http puts around it.
func inner(err error) error {
	for {
		in := errors.Unwrap(err)
		if in == nil {
			return err
		}
		err = in
	}
}
