package remote

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bindery-sync/bindery/dataclass"
	"github.com/bindery-sync/bindery/sources/dav/discover"
)

// A Choice is which collection a dataclass of a client is.
type Choice struct {
	// URL is the address of one that was found.
	URL string
	// Make, if URL is empty, is the name of a new one.
	Make string
}

// A Several means that somebody has to say which of several collections is meant. It arrives in an *Error, which is an
// ErrInvalid.
type Several struct {
	Class       dataclass.Class
	Collections []discover.Collection
}

// Error gives the sentence.
func (e *Several) Error() string {
	names := make([]string, len(e.Collections))
	for i, c := range e.Collections {
		names[i] = fmt.Sprintf("%q at %s", c.Name, c.URL)
	}
	return fmt.Sprintf("several collections hold %s; choose one: %s", e.Class, strings.Join(names, ", "))
}

// several makes the error of a Several.
func several(class dataclass.Class, list []discover.Collection) error {
	cause := &Several{Class: class, Collections: list}
	return &Error{Class: ErrInvalid, Sentence: cause.Error(), cause: cause}
}

// Usual are the dataclasses that a client has if nobody says which: those with a collection that can be written; if there
// are none, those with any.
func (f Finding) Usual() []dataclass.Class {
	all := f.Classes()
	writable := slices.DeleteFunc(slices.Clone(all), func(class dataclass.Class) bool { return f.Fitting(class)[0].ReadOnly })
	if len(writable) > 0 {
		return writable
	}
	return all
}

// Choose completes what somebody chose. Wanted are the dataclasses that the client is to have besides those of which a
// collection is given, by its address, the last part of that, or its name; if nothing is said they are the Usual ones. A
// class without a choice gets the only collection that fits, of those that can be written if there are any; a Several
// tells of more. Where none fits a class that is wanted a new one is made if anew says so; else that is an ErrInvalid.
func (f Finding) Choose(wanted []dataclass.Class, given map[dataclass.Class]string, anew bool) (map[dataclass.Class]Choice, error) {
	out := map[dataclass.Class]Choice{}
	if len(wanted)+len(given) == 0 {
		wanted = f.Usual()
	}
	for _, class := range davClasses {
		text, named := given[class]
		switch {
		case named:
			c, err := f.collection(class, text)
			if err != nil {
				return nil, err
			}
			out[class] = Choice{URL: c.URL}
		case slices.Contains(wanted, class):
			c, err := f.fits(class, anew)
			if err != nil {
				return nil, err
			}
			out[class] = c
		}
	}
	for _, class := range slices.AppendSeq(slices.Clone(wanted), maps.Keys(given)) {
		if _, ok := out[class]; !ok {
			return nil, fault(ErrInvalid, "%.64q is no dataclass of a client of this kind", string(class))
		}
	}
	if len(out) == 0 {
		return nil, fault(ErrInvalid, "there is no collection there yet; new ones can be made")
	}
	return out, nil
}

// fits gives the choice that nobody needs to make.
func (f Finding) fits(class dataclass.Class, anew bool) (Choice, error) {
	list := f.Fitting(class)
	writable := slices.DeleteFunc(slices.Clone(list), func(c discover.Collection) bool { return c.ReadOnly })
	if len(writable) > 0 {
		list = writable
	}
	switch {
	case len(list) > 1:
		return Choice{}, several(class, list)
	case len(list) == 1:
		return Choice{URL: list[0].URL}, nil
	case anew:
		return Choice{Make: string(class)}, nil
	}
	return Choice{}, fault(ErrInvalid, "no collection there holds %s; one can be made", class)
}

// collection gives the one that somebody means by its address, the last part of that, or its name.
func (f Finding) collection(class dataclass.Class, text string) (discover.Collection, error) {
	var found []discover.Collection
	for _, c := range f.Fitting(class) {
		at := strings.TrimSuffix(c.URL, "/")
		if at == strings.TrimSuffix(text, "/") {
			return c, nil
		}
		if c.Name == text || strings.HasSuffix(at, "/"+strings.Trim(text, "/")) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return discover.Collection{}, fault(ErrInvalid, "no collection there that holds %s is called %.200q", class, text)
	case 1:
		return found[0], nil
	}
	return discover.Collection{}, several(class, found)
}
