package gdata_test

import (
	"bytes"
	"net/http"
	"regexp"
	"testing"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
	"github.com/bindery-sync/bindery/sources/gdata/gdatatest"
)

var made = regexp.MustCompile(`code="201"`)

// Adds of a batch that were carried out, whatever the server says of them, are found by their marks and not made again.
func TestBatchDoneAndDenied(t *testing.T) {
	ways := map[string]gdatatest.Way{
		"500": gdatatest.Rewrite(func(b []byte) []byte { return made.ReplaceAll(b, []byte(`code="500"`)) }),
		"502": gdatatest.Rewrite(func(b []byte) []byte { return made.ReplaceAll(b, []byte(`code="502"`)) }),
		"interrupted": gdatatest.Rewrite(func(b []byte) []byte {
			all := regexp.MustCompile(`(?s)<entry.*?</entry>`).FindAllIndex(b, -1)
			return append(append([]byte{}, b[:all[0][1]]...),
				[]byte(`<entry><batch:interrupted xmlns:batch="http://schemas.google.com/gdata/batch" reason="x" success="1" failures="0" parsed="1"/></entry></feed>`)...)
		}),
		"no status": gdatatest.Rewrite(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`code="201"`), nil) }),
	}
	for name, way := range ways {
		for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events} {
			t.Run(name+" "+string(class), func(t *testing.T) {
				w := newWorld(t, class)
				w.look()
				w.Trouble(&gdatatest.Trouble{Method: http.MethodPost, Path: "/batch", Times: 1, Do: way})
				var ops []sources.Op
				for _, n := range []string{"a", "b", "c"} {
					ops = append(ops, w.op(sources.Add, "", w.sample(n)))
				}
				results, err := w.apply(ops...)
				unknown := 0
				for _, r := range results {
					if isErr(r.Err, sources.ErrUnknownOutcome) {
						unknown++
					}
				}
				if err == nil && unknown == 0 {
					t.Fatalf("the results are %v", results)
				}
				w.done(w.apply(ops...))
				w.holds(3)
			})
		}
	}
}
