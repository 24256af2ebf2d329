package face

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/davitem"
	"github.com/bindery-sync/bindery/sources/dav/davxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// maxBusy is how many times that somebody is busy are told at once.
const maxBusy = 20_000

// freeBusy is the report free-busy-query (RFC 4791 section 7.10). Its times are those of what was asked, so that the
// same question has the same answer.
func (c *call) freeBusy(t *target, root *xmltree.Element) error {
	e := root.Child("time-range")
	if e == nil || e.Attr("", "start") == "" || e.Attr("", "end") == "" {
		return badRequest("free-busy-query needs a time-range with start and end")
	}
	r, err := davitem.ParseRange(e)
	if err != nil {
		return badRequest("%v", err)
	}
	places, err := c.places(t)
	if err != nil {
		return err
	}
	var list []davitem.Busy
	for _, l := range places {
		if l.Class != dataclass.Events {
			continue
		}
		err := c.found(l, search{span: r}, func(i *target) error {
			sent, _ := i.sent(davitem.Form{})
			more, err := davitem.BusyIn(sent, *r)
			if list = append(list, more...); len(list) > maxBusy {
				err = davitem.ErrInstances
			}
			return err
		})
		if errors.Is(err, davitem.ErrInstances) {
			return refuse(http.StatusForbidden, davxml.DAV, "number-of-matches-within-limits")
		}
		if err != nil {
			return err
		}
	}
	data := davitem.FreeBusy(*r, r.From, list)
	c.w.Header().Set("Content-Type", "text/calendar; charset=utf-8; component=vfreebusy")
	c.w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = c.w.Write(data) // a client that hung up wants no answer
	return nil
}
