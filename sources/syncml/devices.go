package syncml

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/internal/wire"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// A DeviceInfo is what a phone declared of itself, the last time that it did. All texts are the phone's.
type DeviceInfo struct {
	Client   string // UUID
	DeviceID string
	// Changed is when it was declared, to the second.
	Changed time.Time
	// Version is that of the device information: 1.0, 1.1 or 1.2.
	Version string
	Device  devicerule.Device
	// UTC, NumberOfChanges and LargeObjects say that the phone understands them.
	UTC             bool
	NumberOfChanges bool
	LargeObjects    bool
	Databases       []DeviceDatabase
	// Formats are those that the phone describes for all its databases (SyncML 1.0 and 1.1).
	Formats []DeviceFormat
}

// A DeviceDatabase is one database of a phone.
type DeviceDatabase struct {
	Name string
	// Takes and Sends are content types with their versions, what is preferred first.
	Takes []string
	Sends []string
	// SyncTypes are 1 two-way, 2 slow, 3 and 4 one-way and refresh from the phone, 5 and 6 from the server, 7
	// alerted by the server.
	SyncTypes []int
	// MaxGUIDSize is how long the temporary names of items may be, 0 if it is not said.
	MaxGUIDSize int
	// MaxBytes and MaxItems are how much it takes, 0 if it is not said; SharedMemory says that it shares the room with
	// others.
	MaxBytes, MaxItems int
	SharedMemory       bool
	Formats            []DeviceFormat
}

// A PhoneDatabase is one that a phone has synchronised.
type PhoneDatabase struct {
	Client string `gorm:"column:client_id"`
	// Name is the phone's word for it, Ours what the phone calls ours; Class is its dataclass.
	Name  string `gorm:"column:phone_database"`
	Ours  string `gorm:"column:our_database"`
	Class string `gorm:"column:class"`
}

// PhoneDatabases gives the databases that the phones of an owner have synchronised.
func PhoneDatabases(ctx context.Context, store *sqlstore.Store, owner string) ([]PhoneDatabase, error) {
	var list []PhoneDatabase
	err := store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Table("syncml_anchors").Where("owner_id = ?", owner).Order("client_id, phone_database").Scan(&list).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find databases of phones: %w", err)
	}
	return list, nil
}

// A DeviceFormat is what a phone says that it holds of one content type.
type DeviceFormat struct {
	Type       string
	Properties []DeviceProperty
}

// A DeviceProperty is one property. Size and Count are 0 if they are not said.
type DeviceProperty struct {
	Name  string
	Size  int
	Count int
}

// Devices gives what the phones of an owner declared, by client. A phone that never did is not there.
func Devices(ctx context.Context, store *sqlstore.Store, owner string) ([]DeviceInfo, error) {
	var rows []deviceRow
	err := store.View(ctx, func(_ context.Context, db *gorm.DB) error {
		return db.Where("owner_id = ?", owner).Order("client_id").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find device information: %w", err)
	}
	var out []DeviceInfo
	for _, r := range rows {
		var d wire.DevInf
		if err := json.Unmarshal([]byte(r.DevInf), &d); err != nil {
			return nil, fmt.Errorf("read device information of client %s: %w", r.Client, err)
		}
		out = append(out, deviceInfo(&r, &d))
	}
	return out, nil
}

func deviceInfo(r *deviceRow, d *wire.DevInf) DeviceInfo {
	info := DeviceInfo{Client: r.Client, DeviceID: r.DeviceID, Changed: time.Unix(r.ChangedAt, 0).UTC(), Version: d.VerDTD,
		Device: describe(d), UTC: d.UTC, NumberOfChanges: d.NumberOfChanges, LargeObjects: d.LargeObjs,
		Formats: deviceFormats(d.CTCaps)}
	room := roomOf(r.Document)
	for i := range d.Stores {
		s := &d.Stores[i]
		mem := room[s.SourceRef]
		info.Databases = append(info.Databases, DeviceDatabase{MaxBytes: mem.Bytes, MaxItems: mem.Items, SharedMemory: mem.Shared,
			Name: s.SourceRef, Takes: typeNames(s.RxPref, s.Rx),
			Sends: typeNames(s.TxPref, s.Tx), SyncTypes: s.SyncCap, MaxGUIDSize: s.MaxGUIDSize, Formats: deviceFormats(s.CTCaps)})
	}
	return info
}

// roomOf reads how much the databases of a phone take from the document that it sent; what cannot be read says nothing.
func roomOf(document []byte) map[string]wire.StoreRoom {
	root, err := xmltree.Parse(document, xmltree.Limits{Bytes: strangersLimit, Nodes: strangersNodes, Lax: true})
	if err != nil {
		return nil
	}
	return wire.StoreRooms(root)
}

// typeNames gives content types in words, each once.
func typeNames(pref wire.ContentType, others []wire.ContentType) []string {
	var out []string
	seen := map[wire.ContentType]bool{{}: true}
	for _, c := range append([]wire.ContentType{pref}, others...) {
		if seen[c] {
			continue
		}
		seen[c] = true
		out = append(out, typeName(c))
	}
	return out
}

func typeName(c wire.ContentType) string {
	if c.Version == "" {
		return c.Type
	}
	return c.Type + " " + c.Version
}

func deviceFormats(caps []wire.CTCap) []DeviceFormat {
	var out []DeviceFormat
	for _, c := range caps {
		f := DeviceFormat{Type: typeName(c.Type)}
		for _, p := range c.Props {
			f.Properties = append(f.Properties, DeviceProperty{Name: p.Name, Size: p.Size, Count: p.MaxOccur})
		}
		out = append(out, f)
	}
	return out
}
