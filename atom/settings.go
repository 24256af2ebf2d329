package atom

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/engine"
	"github.com/bindery-sync/bindery/sources/xmltree"
)

// allClasses, in place of a dataclass, stands for all that both clients have.
const allClasses = "all"

// readChange reads what an entry says of what a binding does. What it leaves out is left alone.
func readChange(entry *xmltree.Element) (bindings.Change, error) {
	var c bindings.Change
	if winner := textOf(entry, "conflict_winner"); winner != "" {
		c.Winner = &winner
	}
	if d := bindings.Direction(ownText(entry, "direction")); d != "" {
		c.Direction = &d
	}
	for name, flag := range map[string]**bool{"delete_wins": &c.DeleteWins, "remove_twins": &c.RemoveTwins, "ask_slow": &c.AskSlow, "on_change": &c.OnChange} {
		if ownText(entry, name) == "" {
			continue
		}
		yes, err := ownFlag(entry, name, false)
		if err != nil {
			return c, err
		}
		*flag = &yes
	}
	var classes []dataclass.Class
	for _, e := range ownChildren(entry, "dataclass") {
		classes = append(classes, dataclass.Class(strings.TrimSpace(e.Text())))
	}
	if len(classes) == 1 && classes[0] == allClasses {
		classes = []dataclass.Class{}
	}
	if classes != nil {
		c.Classes = &classes
	}
	for _, e := range ownChildren(entry, "filter") {
		f, err := readFilter(e)
		if err != nil {
			return c, err
		}
		c.Filters = append(c.Filters, f)
	}
	return c, nil
}

// ownChildren gives the children of a name that only Bindery knows, in any of the namespaces that are read.
func ownChildren(e *xmltree.Element, local string) []*xmltree.Element {
	var out []*xmltree.Element
	for _, c := range e.Children(local) {
		if c.Space == nsOwn || spoken(c.Space) {
			out = append(out, c)
		}
	}
	return out
}

// readFilter reads the filter of one side and dataclass. One that narrows nothing lifts the filter that there is.
func readFilter(e *xmltree.Element) (bindings.FilterChange, error) {
	f := bindings.FilterChange{Class: dataclass.Class(e.Attr("", "dataclass"))}
	switch e.Attr("", "side") {
	case engine.Source.String():
	case engine.Target.String():
		f.Side = engine.Target
	default:
		return f, errBadFilter
	}
	if _, err := dataclass.ParseClass(string(f.Class)); err != nil {
		return f, errBadFilter
	}
	f.Filter.Category = e.Attr("", "category")
	for name, days := range map[string]*int{"days_back": &f.Filter.Back, "days_ahead": &f.Filter.Ahead} {
		text := e.Attr("", name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return f, errBadFilter
		}
		if n == 0 { // kept, it would be no limit at all, which is the opposite
			return f, errNoDays
		}
		*days = n
	}
	return f, nil
}

// settingElements show what a binding does where that is not what every binding does by default.
func settingElements(b bindings.Binding, filters []bindings.FilterChange) []*xmltree.Element {
	var out []*xmltree.Element
	if b.Direction != bindings.BothWays {
		out = append(out, ownElement("direction", string(b.Direction)))
	}
	for _, class := range b.Classes {
		out = append(out, ownElement("dataclass", string(class)))
	}
	for _, f := range []struct {
		name string
		set  bool
	}{{"delete_wins", b.DeleteWins}, {"remove_twins", b.RemoveTwins}, {"ask_slow", b.AskSlow}} {
		if f.set {
			out = append(out, ownElement(f.name, yesNo(true)))
		}
	}
	if b.OnChange != b.UsuallyOnChange() {
		out = append(out, ownElement("on_change", yesNo(b.OnChange)))
	}
	for _, f := range filters {
		e := xmltree.New(nsOwn, "filter").SetAttr("", "side", f.Side.String()).SetAttr("", "dataclass", string(f.Class))
		if f.Filter.Back > 0 {
			e.SetAttr("", "days_back", strconv.Itoa(f.Filter.Back))
		}
		if f.Filter.Ahead > 0 {
			e.SetAttr("", "days_ahead", strconv.Itoa(f.Filter.Ahead))
		}
		if f.Filter.Category != "" {
			e.SetAttr("", "category", f.Filter.Category)
		}
		out = append(out, e)
	}
	return out
}

// addWithheld tells how much a binding of one direction keeps from the side that it does not write.
func (a *api) addWithheld(r *http.Request, entry *xmltree.Element, b bindings.Binding) error {
	counts, err := a.Bindings.Withheld(r.Context(), b.Owner, b.ID)
	if err != nil {
		return err
	}
	for _, class := range []dataclass.Class{dataclass.Contacts, dataclass.Events, dataclass.Tasks, dataclass.Notes, dataclass.Calendar} {
		if n := counts[class]; n > 0 {
			entry.Add(ownElement("withheld", strconv.Itoa(n)).SetAttr("", "dataclass", string(class)))
		}
	}
	return nil
}
