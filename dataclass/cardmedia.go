package dataclass

import (
	"strings"

	"github.com/bindery-sync/bindery/dataclass/contentline"
)

// mediaTypes are the words of vCard 2.1 and 3.0 for media types that are not made of their last
// part.
var mediaTypes = map[string]string{
	"JPEG": "image/jpeg", "JPG": "image/jpeg", "BASIC": "audio/basic", "WAVE": "audio/wav", "PCM": "audio/basic",
	"PGP": "application/pgp-keys", "X509": "application/pkix-cert", "X.509": "application/pkix-cert",
}

// mediaType gives the media type for the types of PHOTO, LOGO, SOUND or KEY; empty if they do not
// tell.
func mediaType(p *contentline.Property, name string) string {
	if v, ok := p.Param("MEDIATYPE"); ok {
		return strings.ToLower(strings.Join(contentline.Param{Value: v}.Values(), ""))
	}
	for _, t := range typesOf(nil, p, kindMedia) {
		if typeWord(upper(t), name, kindMedia) != "" {
			continue
		}
		if strings.Contains(t, "/") {
			return strings.ToLower(t)
		}
		if full := mediaTypes[upper(t)]; full != "" {
			return full
		}
		switch name {
		case "PHOTO", "LOGO":
			return "image/" + strings.ToLower(t)
		case "SOUND":
			return "audio/" + strings.ToLower(t)
		}
		return "application/" + strings.ToLower(t)
	}
	return sniffed(p.Value)
}

// sniffed tells pictures apart by how their base64 begins.
func sniffed(base64 string) string {
	switch {
	case strings.HasPrefix(base64, "/9j/"):
		return "image/jpeg"
	case strings.HasPrefix(base64, "iVBORw0KGgo"):
		return "image/png"
	case strings.HasPrefix(base64, "R0lGOD"):
		return "image/gif"
	}
	return ""
}

// mediaWord gives the JPEG of image/jpeg.
func mediaWord(v string) string {
	switch w := upper(v[strings.LastIndexByte(v, '/')+1:]); w {
	case "PGP-KEYS":
		return "PGP"
	case "PKIX-CERT":
		return "X509"
	case "WAV":
		return "WAVE"
	default:
		return w
	}
}

// writeMedia puts bytes or their address into the form of a dialect: base64 in vCard 2.1 and 3.0, a
// data: URI in 4.0.
func writeMedia(p *contentline.Property, name string, from, to dialect) {
	writeAddress(p, from, to)
	data, inline := dataURI(p.Value)
	switch {
	case p.Junk || p.Comp != nil:
	case p.Base64 && to == card40 && strings.Trim(p.Value, "=") != "":
		p.Value = "data:" + mediaType(p, name) + ";base64," + p.Value
		p.Base64, p.Params = false, mediaParams(p, "")
	case p.Base64:
	case inline && (to.versit() || from == card40 && to == card30):
		word := dataType(p.Value)
		p.Value, p.Base64 = data, true
		p.Params = mediaParams(p, word)
	case to == card40:
		t := mediaType(p, name)
		p.Params = mediaParams(p, "")
		if t != "" && !inline {
			p.Params = append(p.Params, contentline.NewParam("MEDIATYPE", t))
		}
	case from == card40:
		word, _ := p.Param("MEDIATYPE")
		p.Params = mediaParams(p, strings.Trim(word, `"`))
		addressed(p, from, to)
	default:
		addressed(p, from, to)
	}
}

// writeAddress gives a plain address without the escapes that none needs, and the name of a part of
// the same mail as an address (RFC 2392).
func writeAddress(p *contentline.Property, from, to dialect) {
	if p.Junk || p.Base64 || p.Comp != nil {
		return
	}
	if id, ok := contentID(p, from); ok && !to.versit() {
		p.Value = from.escape("cid:"+id, "")
		p.Params = withoutPlace(p.Params)
	} else if text := from.unescape(p.Value); looksURI(text) && !ok {
		p.Value = from.escape(text, "")
	}
}

// addressed says of an address in vCard 2.1 and 3.0 that it is one: they take anything else for the
// bytes.
func addressed(p *contentline.Property, from, to dialect) {
	if text := from.unescape(p.Value); looksURI(text) {
		p.Params = withValue(withoutPlace(p.Params), "uri")
		if id, ok := strings.CutPrefix(text, "cid:"); ok && to.versit() && !from.versit() {
			p.Value, p.Params = from.escape("<"+id+">", ""), withValue(p.Params, "CONTENT-ID")
		}
	}
}

// contentID gives the name of the part of a mail that is the value.
func contentID(p *contentline.Property, d dialect) (string, bool) {
	for _, q := range p.Params {
		if name, q := named(q, kindMedia); name == "VALUE" && isContentID(strings.Trim(q.Value, `"`)) {
			id := strings.TrimSpace(d.unescape(p.Value))
			id = strings.TrimSuffix(strings.TrimPrefix(id, "<"), ">")
			return strings.TrimPrefix(id, "cid:"), id != ""
		}
	}
	return "", false
}

// isContentID reports whether a word of VALUE is one of those for it.
func isContentID(word string) bool {
	return strings.EqualFold(word, "CONTENT-ID") || strings.EqualFold(word, "CID")
}

// withoutPlace gives the parameters without those that say where the value is.
func withoutPlace(params []contentline.Param) []contentline.Param {
	var out []contentline.Param
	for _, q := range params {
		if name, _ := named(q, kindMedia); name != "VALUE" {
			out = append(out, q)
		}
	}
	return out
}

// dataType gives the media type of a data: URI; empty if it names none.
func dataType(uri string) string {
	word, _, _ := strings.Cut(uri[len("data:"):], ";")
	word, _, _ = strings.Cut(word, ",")
	return strings.TrimSuffix(word, `\`)
}

// mediaParams gives the parameters of media with another media type (empty: none) and without
// VALUE.
func mediaParams(p *contentline.Property, word string) []contentline.Param {
	var out []contentline.Param
	for _, q := range p.Params {
		name, q := named(q, kindMedia)
		switch name {
		case "VALUE", "MEDIATYPE":
		case "TYPE":
			for _, t := range typeWords(q) {
				if typeWord(upper(t), "", kindMedia) != "" {
					out = append(out, contentline.Param{Name: "TYPE", Value: t})
				}
			}
		default:
			out = append(out, q)
		}
	}
	if word != "" {
		out = append(out, contentline.Param{Name: "TYPE", Value: quoteParam(mediaWord(word))})
	}
	return out
}
