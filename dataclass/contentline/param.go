package contentline

import "strings"

// NewParam makes a parameter of a MIMEDir property from values, which EncodeParam writes.
func NewParam(name string, values ...string) Param {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(EncodeParam(v))
	}
	return Param{Name: name, Value: b.String()}
}

// EncodeParam writes one value of a parameter so that Values reads it back, in the way of RFC 6868:
// a newline of any sort is ^n, a quote is ^', a caret is ^^, and quotes enclose what the value must
// not be split at. It is meant for MIMEDir; Versit has no means to write such values.
func EncodeParam(v string) string {
	if strings.ContainsAny(v, "^\"\r\n") {
		v = caretEncoder.Replace(normalNewlines(v))
	}
	if strings.ContainsAny(v, ",;:") || strings.TrimSpace(v) != v {
		v = `"` + v + `"`
	}
	return v
}

var (
	caretEncoder = strings.NewReplacer("^", "^^", `"`, "^'", "\n", "^n")
	caretDecoder = strings.NewReplacer("^^", "^", "^'", `"`, "^n", "\n")
)

// Values splits the value of a parameter at the commas outside quotes, takes the quotes off and
// decodes the carets of RFC 6868. A caret before anything else is a caret.
func (q Param) Values() []string {
	if !strings.ContainsAny(q.Value, `,"^`) {
		return []string{q.Value}
	}
	var out []string
	start, quoted := 0, false
	for i := 0; i <= len(q.Value); i++ {
		if i == len(q.Value) || (q.Value[i] == ',' && !quoted) {
			v := strings.ReplaceAll(strings.TrimSpace(q.Value[start:i]), `"`, "")
			out = append(out, caretDecoder.Replace(v))
			start = i + 1
		} else if q.Value[i] == '"' {
			quoted = !quoted
		}
	}
	return out
}

func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}
