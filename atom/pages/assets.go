package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"path"
	"strings"
)

//go:embed assets
var files embed.FS

// An Asset is a file that pages refer to.
type Asset struct {
	// Type is its media type.
	Type string
	Data []byte
}

// assetTypes are the media types of assets.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// assets are all of them by the name that their addresses end in, and those names by the files' own.
var assets, assetNames = readAssets()

func readAssets() (map[string]Asset, map[string]string) {
	list, err := files.ReadDir("assets")
	if err != nil {
		panic(err) // they are part of the program
	}
	all, names := map[string]Asset{}, map[string]string{}
	for _, f := range list {
		data, err := files.ReadFile("assets/" + f.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(data)
		ext := path.Ext(f.Name())
		name := strings.TrimSuffix(f.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		all[name], names[f.Name()] = Asset{assetTypes[ext], data}, name
	}
	return all, names
}

// AssetsPath is below what address assets are.
const AssetsPath = "/v2/assets/"

// AssetPath gives the address of a file of assets/. The address changes with the file, so that a browser may keep what
// it has for ever.
func AssetPath(file string) string { return AssetsPath + assetNames[file] }

// FindAsset gives the asset whose address ends in name.
func FindAsset(name string) (Asset, bool) {
	a, ok := assets[name]
	return a, ok
}
