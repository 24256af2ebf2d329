package davitem

// Bounds of brief: what is longer than longItem is made short, unless it is longer than anything that can be read; of a run
// of code twice keptCode bytes stay.
const (
	longItem = 64 << 10
	mostRead = 8 << 20
	keptCode = 1 << 10
)

// brief gives an item without the middle of its long runs of base64, which are pictures, sounds and attachments: a run has
// nothing but letters, digits, "+", "/", "=" and folds (RFC 5545 section 3.1), so it begins, ends and names nothing, and
// whether the item can be read does not depend on how much of it there is. What is read so takes a copy of a card and not of
// the photo in it. The data is not changed.
func brief(data []byte) []byte {
	if len(data) < longItem || len(data) > mostRead {
		return data
	}
	var out []byte
	done := 0
	for i := 0; i < len(data); {
		if !code[data[i]] {
			i++
			continue
		}
		end := runEnd(data, i)
		if end-i > 4*keptCode {
			from, to := i+keptCode, end-keptCode
			for !code[data[from-1]] {
				from++
			}
			for !code[data[to]] {
				to++
			}
			out, done = append(out, data[done:from]...), to
		}
		i = end
	}
	if out == nil {
		return data
	}
	return append(out, data[done:]...)
}

// runEnd gives where the run of code ends that begins at i: behind its last letter.
func runEnd(data []byte, i int) int {
	for i < len(data) {
		if !code[data[i]] {
			n := foldAt(data, i)
			if n == 0 || i+n == len(data) || !code[data[i+n]] {
				return i
			}
			i += n
		}
		i++
	}
	return i
}

// foldAt gives the length of the fold at i; 0 if there is none.
func foldAt(data []byte, i int) int {
	n := 0
	if data[i] == '\r' {
		n++
	}
	if i+n+1 < len(data) && data[i+n] == '\n' && (data[i+n+1] == ' ' || data[i+n+1] == '\t') {
		return n + 2
	}
	return 0
}

// code are the bytes of base64.
var code = func() (is [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") {
		is[c] = true
	}
	return is
}()
