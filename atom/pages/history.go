package pages

import "time"

// A History lists versions of items that syncs overwrote or deleted.
type History struct {
	Rows []VersionRow
	// Path is its own address, to which the filters are sent. Text, Since and Until are those that count now, the
	// latter two as 2009-03-18.
	Path, Text, Since, Until string
	Bindings, Classes        []Choice
	// Sync is the synchronization whose versions are listed, 0 for all, and SyncPath where it is.
	Sync     int64
	SyncPath string
	// Hidden are filters that have no field.
	Hidden []Property
	// First and Next are other pages of the list; empty for none.
	First, Next string
}

// Template implements View.
func (History) Template() string { return "history" }

// Title implements View.
func (h History) Title() string {
	if h.Sync != 0 {
		return "History of synchronization " + itoa(int(h.Sync))
	}
	return "History"
}

// A VersionRow is one version in a list.
type VersionRow struct {
	Path, Title, Class string
	// What says what ended it and where: "deleted on Phone".
	What string
	When time.Time
}

// A Version is the page of one version of an item.
type Version struct {
	Row VersionRow
	// Of says between whom, BindingPath is where their binding is, empty if it was removed; SyncPath where the
	// synchronization is that ended the version, empty if a restore did.
	Of, BindingPath, SyncPath string
	// Item is its name at its side.
	Item string
	// AllPath is where all versions of the item are; empty if they cannot be told.
	AllPath string
	// WherePath says where the item is now; empty if that cannot be asked.
	WherePath string
	// Known says that it is known what stands there now: then Rows compare that with the version. Else Rows has the
	// version alone.
	Known bool
	Sides [2]string
	Rows  []Compared
	// Same says that it stands there as it was.
	Same bool
	// RestoreSyncPath is where all that the synchronization ended can be restored; empty for nowhere.
	RestoreSyncPath string
	Type, Raw       string
}

// Template implements View.
func (Version) Template() string { return "version" }

// Title implements View.
func (v Version) Title() string { return v.Row.Title }

// Crumbs implements Trail.
func (Version) Crumbs() []Crumb { return []Crumb{{"History", "/v2/syncengine/history/"}} }

// A Restoring says what became of versions that were to be restored.
type Restoring struct {
	// Name is what was restored.
	Name string
	// Added, Replaced, Already and Failed count by what became of them, Passed other versions of the same items.
	Added, Replaced, Already, Failed, Passed int
	Rows                                     []RestoredRow
	// More is how many rows are not shown.
	More int
	// BindingPaths are the bindings whose next synchronization carries it on.
	Bindings []Crumb
}

// A RestoredRow is what became of one version.
type RestoredRow struct {
	Path, Title, Outcome string
	Failed               bool
	// UndoPath is where the version is that this restore ended; empty if there is none.
	UndoPath string
}

// Template implements View.
func (Restoring) Template() string { return "restored" }

// Title implements View.
func (r Restoring) Title() string { return r.Name }

// Crumbs implements Trail.
func (Restoring) Crumbs() []Crumb { return []Crumb{{"History", "/v2/syncengine/history/"}} }
