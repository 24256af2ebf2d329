package wire

import (
	"strconv"

	"github.com/bindery-sync/bindery/sources/xmltree"
)

// Codes of alerts (Sync Protocol 1.1, chapter 6).
const (
	AlertTwoWay            = 200
	AlertSlow              = 201
	AlertOneWayFromClient  = 202
	AlertRefreshFromClient = 203
	AlertOneWayFromServer  = 204
	AlertRefreshFromServer = 205
	AlertNextMessage       = 222
	AlertNoEnd             = 223
	AlertSuspend           = 224
	AlertResume            = 225
)

// An Alert announces a sync of a database, or asks for something about the session.
type Alert struct {
	CmdID  string
	NoResp bool
	Code   int
	Items  []Item
}

// Name is "Alert".
func (*Alert) Name() string { return "Alert" }

// ID is the command's CmdID.
func (a *Alert) ID() string { return a.CmdID }

func parseAlert(e *xmltree.Element) *Alert {
	return &Alert{CmdID: str(e, "CmdID"), NoResp: has(e, "NoResp"), Code: num(e, "Data", 0),
		Items: parseItems(e)}
}

func (a *Alert) build(space string) *xmltree.Element {
	e := xmltree.New(space, "Alert").Add(leaf(space, "CmdID", a.CmdID),
		leaf(space, "Data", strconv.Itoa(a.Code)))
	return buildItems(e, a.Items)
}
