package face_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestExamples carries out the lines with curl in docs/gdata.md; the number behind each is the status of the answer.
func TestExamples(t *testing.T) {
	page, err := os.ReadFile("../../../docs/gdata.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "<!-- examples -->")
	rest, _, ok := strings.Cut(rest, "<!-- end of examples -->")
	if !ok {
		t.Fatal("no examples")
	}
	w, n := newWorld(t), 0
	w.post("Ann", "")
	for line := range strings.Lines(rest) {
		command, status, ok := strings.Cut(strings.TrimSpace(line), " # ")
		if !strings.HasPrefix(command, "curl ") || !ok {
			continue
		}
		n++
		want, err := strconv.Atoi(status)
		if err != nil {
			t.Fatal(err)
		}
		method, path, body, header := curl(t, command)
		w.do(method, path, body, header...).is(want)
	}
	if n < 9 {
		t.Errorf("only %d examples", n)
	}
}

var curlWord = regexp.MustCompile(`'[^']*'|\S+`)

// curl reads the words of a command as curl does.
func curl(t *testing.T, command string) (method, path, body string, header []string) {
	words := curlWord.FindAllString(command, -1)
	for i := range words {
		words[i] = strings.Trim(words[i], "'")
	}
	method = "GET"
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "-u":
			i++
		case "-X":
			i++
			method = words[i]
		case "-H":
			i++
			name, value, _ := strings.Cut(words[i], ": ")
			header = append(header, name, value)
		case "-d":
			i++
			method, body = "POST", words[i]
		default:
			var ok bool
			if path, ok = strings.CutPrefix(words[i], "https://sync.example.org"); !ok {
				t.Fatalf("%s: what is %s?", command, words[i])
			}
		}
	}
	return method, path, body, header
}
