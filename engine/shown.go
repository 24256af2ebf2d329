package engine

import (
	"bytes"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources"
)

// shown notes what a side has shown of what was just written there, as if it had sent it: what it lacks of that later, its
// user has removed.
func (r *run) shown(st *Settlement, l *LinkWrite, in Intent, res sources.Result) {
	if res.Shows == "" || in.Op.Verb == sources.Delete || isSaid(l.Sent[in.Side]) {
		return
	}
	it, err := dataclass.Decode(r.job.Ref.Class, in.Op.Body)
	if err != nil {
		return
	}
	if now := l.Sent[in.Side].WithNamed(it, strings.Split(res.Shows, ",")...); !bytes.Equal(now, l.Sent[in.Side]) {
		l.Sent[in.Side] = now
		st.put(*l)
	}
}
