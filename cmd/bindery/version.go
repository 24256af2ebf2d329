package main

import (
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/bindery-sync/bindery/bindings"
	"github.com/bindery-sync/bindery/sources/datastore"
	"github.com/bindery-sync/bindery/sources/dav"
	davface "github.com/bindery-sync/bindery/sources/dav/face"
	"github.com/bindery-sync/bindery/sources/dav/named"
	"github.com/bindery-sync/bindery/sources/filedir"
	"github.com/bindery-sync/bindery/sources/gdata"
	"github.com/bindery-sync/bindery/sources/gdata/face"
	"github.com/bindery-sync/bindery/sources/remote"
	"github.com/bindery-sync/bindery/sources/sqlstore"
	"github.com/bindery-sync/bindery/sources/syncml"
)

// steps are the migrations of every room, in their order.
func steps() []sqlstore.Migration {
	return slices.Concat(bindings.Migrations(), datastore.Migrations(), syncml.Migrations(), filedir.Migrations(), face.Migrations(), davface.Migrations(), remote.Migrations(), gdata.Migrations(), named.Migrations(), dav.Migrations())
}

// versionCmd is "bindery version".
type versionCmd struct{}

type jsonVersionOf struct {
	Version  string    `json:"version" says:"the release, or (devel)"`
	Commit   string    `json:"commit,omitempty" says:"the commit that it was built from"`
	At       time.Time `json:"commit_time,omitzero" says:"when that was made"`
	Modified bool      `json:"modified" says:"whether there were other changes"`
	Go       string    `json:"go" says:"the version of Go"`
	Schema   []string  `json:"schema" says:"the newest step of each room's tables"`
	Steps    int       `json:"schema_steps" says:"how many steps there are"`
}

// Run tells what was built, as the build noted it.
func (c *versionCmd) Run(term *terminal) error {
	v := versionOf(debug.ReadBuildInfo())
	text := "bindery " + v.Version + "\n"
	if v.Commit != "" {
		text += "commit " + v.Commit
		if v.Modified {
			text += ", with other changes"
		}
		text += "\n"
	}
	return term.say(v, "%s%s\nschema %s: %d steps\n", text, v.Go, strings.Join(v.Schema, " "), v.Steps)
}

// versionOf reads what the build noted; a build without version control has no commit.
func versionOf(info *debug.BuildInfo, ok bool) jsonVersionOf {
	all := steps()
	v := jsonVersionOf{Version: "(unknown)", Schema: newest(all), Steps: len(all)}
	if !ok {
		return v
	}
	v.Version, v.Go = info.Main.Version, info.GoVersion
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.At, _ = time.Parse(time.RFC3339, s.Value)
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

// newest names the last step of each room, by the room's name.
func newest(all []sqlstore.Migration) []string {
	last := make(map[string]string)
	for _, m := range all {
		room, _, _ := strings.Cut(m.ID, "-")
		last[room] = max(last[room], m.ID)
	}
	return slices.Sorted(maps.Values(last))
}
