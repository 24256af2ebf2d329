package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bindery-sync/bindery/dataclass/zone"
	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
)

// deviceRules is the flag of the commands that know device rules.
type deviceRules struct {
	DeviceRules string `help:"File of device rules that go before those that come with Bindery (default: device-rules.toml in --data, if there)." type:"path" placeholder:"FILE"`
}

// deviceRulesFile is the name of the administrator's rules in the data directory.
const deviceRulesFile = "device-rules.toml"

// load reads the rules: the administrator's first, then ours. A file that was named has to be there.
func (d *deviceRules) load(p place) (devicerule.Table, error) {
	name := d.DeviceRules
	if name == "" {
		name = filepath.Join(string(p), deviceRulesFile)
	}
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && d.DeviceRules == "":
		return devicerule.Own(), nil
	case err != nil:
		return nil, fmt.Errorf("read device rules: %w", err)
	}
	theirs, err := devicerule.Parse(name, data)
	if err != nil {
		return nil, fmt.Errorf("read device rules: %w", err)
	}
	return append(theirs, devicerule.Own()...), nil
}

// validZone refuses a time zone that nobody knows.
func validZone(name string) error {
	if _, ok := zone.Named(name); name != "" && !ok {
		return fmt.Errorf("--zone: %q is no time zone such as Europe/Vienna", name)
	}
	return nil
}

// machineZone is the IANA name of the zone that this machine is set to, "UTC" if it does not tell.
func machineZone() string {
	if name := strings.TrimPrefix(os.Getenv("TZ"), ":"); name != "" {
		return zoneOrUTC(name)
	}
	path, err := filepath.EvalSymlinks("/etc/localtime")
	if err != nil {
		return zoneOrUTC("")
	}
	_, name, _ := strings.Cut(filepath.ToSlash(path), "/zoneinfo/")
	return zoneOrUTC(name)
}

// zoneOrUTC gives a zone's name, or UTC if nobody knows it.
func zoneOrUTC(name string) string {
	if _, ok := zone.Named(name); ok {
		return name
	}
	return "UTC"
}
