package syncml

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

var errEncoding = errors.New("unknown content encoding")

// readBody reads a body of no more bytes than the limit.
func readBody(body io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	return data, nil
}

// inflate unpacks a request body that may be compressed, as S60 phones and Windows Mobile can do it.
func inflate(body io.Reader, encoding string) (io.Reader, error) {
	switch encoding = strings.ToLower(strings.TrimSpace(encoding)); encoding {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		r, err := gzip.NewReader(body)
		if err != nil {
			return nil, fmt.Errorf("read gzip: %w", err)
		}
		return r, nil
	case "deflate":
		return deflated(body)
	}
	return nil, fmt.Errorf("%w: %.20q", errEncoding, encoding)
}

// deflated reads what HTTP calls deflate: zlib (RFC 9110 8.4.1.2), or without its frame, as many have sent it.
func deflated(body io.Reader) (io.Reader, error) {
	in := bufio.NewReader(body)
	head, err := in.Peek(2)
	if err != nil {
		return nil, fmt.Errorf("read deflate: %w", err)
	}
	if head[0]&0x0f != 8 || (int(head[0])<<8|int(head[1]))%31 != 0 {
		return flate.NewReader(in), nil
	}
	r, err := zlib.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("read zlib: %w", err)
	}
	return r, nil
}
