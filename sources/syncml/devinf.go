package syncml

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/wbxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// put answers a phone's device information, which introduce has read. One that cannot be read is passed
// over: phones end the session on a refusal.
func (t *turn) put(p *wire.Put) {
	source := ""
	if len(p.Items) > 0 {
		source = p.Items[0].Source.URI
	}
	t.answerItem(p, p.NoResp, 200, "", source)
}

// results answers the answer to our Get.
func (t *turn) results(r *wire.Results) {
	source := ""
	for i := range r.Items {
		source = r.Items[i].Source.URI
	}
	t.answerItem(r, r.NoResp, 200, "", source)
}

// learn keeps the device information that an item holds.
func (t *turn) learn(item *wire.Item) {
	data := &xmltree.Element{Local: "Data", Nodes: []xmltree.Node{{Text: item.Data.Text}}}
	if item.Data.Elem != nil {
		data = xmltree.New("", "Data").Add(item.Data.Elem)
	}
	root, err := wbxml.DevInf(data, t.limits())
	if err != nil || root == nil || root.Local != "DevInf" {
		t.o.Log.Warn("device information not understood", "device", t.sess.row.DeviceID, "error", err)
		return
	}
	t.news = &device{info: wire.ParseDevInf(root), document: root.Append(nil, xmltree.Options{})}
	t.device = &t.news.info
	t.rules = t.o.Rules.Match(describe(t.device))
	t.state.Ask = false
}

// get notes that device information is asked for. It is answered with the rest of the package.
func (t *turn) get(g *wire.Get) {
	path := ""
	if len(g.Items) > 0 {
		path = g.Items[0].Target.URI
	}
	if !strings.HasPrefix(baseName(path), "devinf") {
		t.answerItem(g, g.NoResp, 404, path, "")
		return
	}
	t.state.Get = &getRef{MsgRef: t.in.msg.Header.MsgID, CmdRef: g.CmdID, Path: path}
	t.answerItem(g, g.NoResp, 200, path, "")
}

// ownDevInf is the answer to a Get. Some phones require the exact path of their version, others the one
// that they asked for; both are the same with a phone that keeps to its version.
func (t *turn) ownDevInf(g *getRef) *wire.Results {
	path := devInfPath(t.state.Version)
	modern := !plainVersion(t.state.Version)
	info := wire.DevInf{VerDTD: t.state.Version, Man: "Bindery", Mod: "Bindery", DevID: "bindery",
		DevTyp: "server", UTC: modern, NumberOfChanges: modern, LargeObjs: modern, Stores: t.stores()}
	t.tailor(&info)
	return &wire.Results{MsgRef: g.MsgRef, CmdRef: g.CmdRef, Meta: wire.Meta{Type: t.in.codec.devInfType()},
		Items: []wire.Item{{Source: wire.Location{URI: path}, Data: wire.Data{Elem: info.Build()}}}}
}

// stores lists the databases that the phone alerted, named as it names them; without any, all of ours.
func (t *turn) stores() []wire.DataStore {
	var all []wire.DataStore
	for _, d := range t.state.Databases {
		ref := d.Ours
		if ref == "" {
			ref = d.Theirs
		}
		all = append(all, ownStore(d.Class, ref, t.said(d)))
	}
	if all == nil {
		for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes} {
			all = append(all, ownStore(class, "./"+strings.ToLower(string(class)), wire.ContentType{}))
		}
	}
	return all
}

// said is the content type that the phone says it sends a database's items in.
func (t *turn) said(d *database) wire.ContentType {
	if c, ok := ruled(&t.rules, d.Class); ok {
		return c
	}
	if s := t.storeOf(d); s != nil {
		return s.TxPref
	}
	return wire.ContentType{}
}

// storeOf is what the phone told about one of its databases, nil if nothing.
func (t *turn) storeOf(d *database) *wire.DataStore { return storeIn(t.device, d.Name) }

func storeIn(dev *wire.DevInf, name string) *wire.DataStore {
	if dev == nil {
		return nil
	}
	i := slices.IndexFunc(dev.Stores, func(s wire.DataStore) bool {
		return baseName(s.SourceRef) == baseName(name)
	})
	if i < 0 {
		return nil
	}
	return &dev.Stores[i]
}
