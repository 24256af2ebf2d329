package atom

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

// Whatever a request carries ends in an answer of the caller's fault, or in a binding with two sides.
func FuzzReadBinding(f *testing.F) {
	for _, name := range []string{"create-binding.request", "update-binding.request", "list-bindings"} {
		b, err := os.ReadFile("testdata/spec/" + name + ".xml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`<entry><source><uuid>a</uuid></source><target><uuid>b</uuid></target></entry>`))
	f.Add([]byte("\xef\xbb\xbf<entry/>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/v2/syncengine/", bytes.NewReader(body))
		r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, maxBody)
		n, err := readBinding(r)
		switch status, sentence, known := answer(err); {
		case err != nil && (!known || status < 400 || status > 499 || sentence == ""):
			t.Errorf("%v is answered %d %q", err, status, sentence)
		case err == nil && (n.Source == "" || n.Target == ""):
			t.Errorf("no error, but %+v", n)
		}
	})
}
