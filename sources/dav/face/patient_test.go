package face

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// waiting is a ResponseWriter that counts how often its time is prolonged.
type waiting struct {
	*httptest.ResponseRecorder
	times int
}

// SetWriteDeadline is what http.ResponseController looks for.
func (w *waiting) SetWriteDeadline(time.Time) error {
	w.times++
	return nil
}

// A long answer over a slow line is not broken off in the middle.
func TestLongAnswersHaveTime(t *testing.T) {
	w := &waiting{ResponseRecorder: httptest.NewRecorder()}
	c := &call{w: w, out: newSluice(w), r: httptest.NewRequestWithContext(t.Context(), "PROPFIND", "/dav/", nil)}
	out, end := c.xml(http.StatusMultiStatus)
	for range 3 {
		if _, err := out.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := end(); err != nil || w.times != 3 || w.Body.String() != "xxx" {
		t.Errorf("%v, %d times, %q", err, w.times, w.Body)
	}
}
