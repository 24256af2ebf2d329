package syncml

import (
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/syncml/wbxml"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// put takes a phone's device information. One that cannot be read is passed over: phones end the
// session on a refusal.
func (t *turn) put(p *wire.Put) {
	for i := range p.Items {
		t.learn(&p.Items[i])
	}
	source := ""
	if len(p.Items) > 0 {
		source = p.Items[0].Source.URI
	}
	t.answerItem(p, p.NoResp, 200, "", source)
}

// results takes the answer to our Get.
func (t *turn) results(r *wire.Results) {
	source := ""
	for i := range r.Items {
		t.learn(&r.Items[i])
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
	info := wire.DevInf{VerDTD: t.state.Version, Man: "Bindery", Mod: "Bindery", DevID: "bindery",
		DevTyp: "server", UTC: true, NumberOfChanges: true, LargeObjs: true, Stores: t.stores()}
	return &wire.Results{MsgRef: g.MsgRef, CmdRef: g.CmdRef, Meta: wire.Meta{Type: t.in.codec.devInfType()},
		Items: []wire.Item{{Source: wire.Location{URI: path}, Data: wire.Data{Elem: info.Build()}}}}
}

// stores lists the databases that the phone alerted, named as it names them; without any, our own name.
func (t *turn) stores() []wire.DataStore {
	var all []wire.DataStore
	for _, d := range t.state.Databases {
		ref := d.Ours
		if ref == "" {
			ref = d.Theirs
		}
		all = append(all, contactsStore(ref, t.prefersOld(d)))
	}
	if all == nil {
		all = []wire.DataStore{contactsStore("./contacts", false)}
	}
	return all
}

var (
	vcard21 = wire.ContentType{Type: "text/x-vcard", Version: "2.1"}
	vcard30 = wire.ContentType{Type: "text/vcard", Version: "3.0"}
)

// contactsStore describes an address book. What a server prefers to receive, most phones send.
func contactsStore(ref string, old bool) wire.DataStore {
	pref, other := vcard30, vcard21
	if old {
		pref, other = vcard21, vcard30
	}
	return wire.DataStore{SourceRef: ref, DisplayName: "Contacts", MaxGUIDSize: 64,
		RxPref: pref, Rx: []wire.ContentType{other}, TxPref: pref, Tx: []wire.ContentType{other},
		SyncCap: []int{1, 2}}
}

// prefersOld reports whether the phone would rather send vCard 2.1.
func (t *turn) prefersOld(d *database) bool {
	s := t.storeOf(d)
	return s != nil && isVCard21(s.TxPref)
}

func isVCard21(c wire.ContentType) bool {
	return strings.EqualFold(c.Type, vcard21.Type) || c.Version == "2.1"
}

// storeOf is what the phone told about one of its databases, nil if nothing.
func (t *turn) storeOf(d *database) *wire.DataStore {
	if t.device == nil {
		return nil
	}
	i := slices.IndexFunc(t.device.Stores, func(s wire.DataStore) bool {
		return baseName(s.SourceRef) == baseName(d.Name)
	})
	if i < 0 {
		return nil
	}
	return &t.device.Stores[i]
}

// takes is the content type in which the phone is sent its items.
func (t *turn) takes(d *database) wire.ContentType {
	s := t.storeOf(d)
	if s == nil || isVCard21(s.RxPref) {
		return vcard21
	}
	if strings.EqualFold(s.RxPref.Type, vcard30.Type) || s.RxPref.Version == "3.0" {
		return vcard30
	}
	return vcard21
}
