//go:build !linux

package filedir

// moveNew gives a file a name that is free. It returns fs.ErrExist if it is taken.
func (d *folder) moveNew(from, to string) error { return linkNew(d.at(from), d.at(to)) }
