package push

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// An HTTP is a Gateway that posts each notification to an address.
type HTTP struct {
	// URL is the address, in which {address}, {type}, {hex} and {base64} are replaced, escaped as a query
	// wants it. It may hold a password: no error tells it.
	URL string
	// Header is added to each request. Address and type are replaced in its values. A Content-Type
	// among it takes the place of the notification's.
	Header http.Header
	// Template, if not "", is the body, with address, type and notification replaced as in URL but not
	// escaped. Otherwise the body is the notification, with its content type.
	Template string
	// Client asks; nil is http.DefaultClient but that no redirection is followed: one followed by GET would
	// say that a notification was taken that was never posted.
	Client *http.Client
}

// maxAnswer is how much of an answer is read.
const maxAnswer = 4 << 10

// Push implements Gateway. A status of 2xx means taken; 408, 429 and 5xx, and no answer at all, that it failed;
// any other that it is refused.
func (h HTTP) Push(ctx context.Context, p Push) error {
	req, err := h.request(ctx, p)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, withoutURL(err))
	}
	res, err := h.client().Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFailed, withoutURL(err))
	}
	answer, readErr := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	closeErr := res.Body.Close()
	switch code := res.StatusCode; {
	case code >= 200 && code <= 299:
		return nil // whatever became of the rest of the answer
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code >= 500:
		return errors.Join(fmt.Errorf("%w: HTTP %s%s", ErrFailed, res.Status, said(answer)), readErr, closeErr)
	default:
		return fmt.Errorf("%w: HTTP %s%s", ErrRefused, res.Status, said(answer))
	}
}

func (h HTTP) request(ctx context.Context, p Push) (*http.Request, error) {
	body := p.Body
	if h.Template != "" {
		body = []byte(p.fill(h.Template, ""))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.fillWith(h.URL, "", url.QueryEscape), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if h.Template == "" {
		req.Header.Set("Content-Type", p.ContentType)
	}
	replace := strings.NewReplacer("{address}", p.Address, "{type}", p.ContentType)
	for name, values := range h.Header {
		req.Header.Del(name)
		for _, v := range values {
			req.Header.Add(name, replace.Replace(v))
		}
	}
	return req, nil
}

func (h HTTP) client() *http.Client {
	c := http.Client{}
	if h.Client != nil {
		c = *h.Client
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// withoutURL takes the address off an error: it may hold a password.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
