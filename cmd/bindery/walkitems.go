package main

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// itemSuffixes are those of the files that an import of a folder reads.
var itemSuffixes = []string{".vcf", ".ics", ".vcs", ".vnt", ".txt"}

// walkItems lists the files of items in a folder and below, in order. What begins with a dot and links are
// left alone. Manifests counts those of exports.
func walkItems(root string) (files []string, manifests int, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != root && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return filepath.SkipDir
			}
		case d.Name() == manifestFile && d.Type().IsRegular():
			manifests++
		case d.Type().IsRegular() && slices.Contains(itemSuffixes, strings.ToLower(filepath.Ext(path))):
			files = append(files, path)
		}
		return nil
	})
	return files, manifests, err
}
