package atom

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// deaf are the methods that change something and read no body, with what they do instead.
var deaf = map[string]string{
	"POST /v2/services/google":                                       "is not offered",
	"POST /v2/services/activesync":                                   "is not offered",
	"POST /v2/services/syncml/setup":                                 "is not offered",
	"POST /v2/syncengine/phone_datastore_bindings/{id:[0-9]+}/setup": "is not offered",
	"POST /v2/syncengine/quarantine/{aside:[A-Za-z0-9-]+}":           "lets one item be tried again",
	"POST /v2/syncengine/history/{entry:[0-9]+}":                     "restores one version",
	"POST /v2/syncengine/removed/{removed:[0-9A-Fa-f-]+}":            "brings one back",
	"POST /v2/syncengine/notices":                                    "makes the address of the feed",
	"PUT /v2/syncengine":                                             "needs a binding's address",
}

// goodBodies are bodies that a method takes, where an empty entry is none.
var goodBodies = map[string]string{
	"PUT /v2/syncengine/{id:[0-9]+}":                                          entryOf("", "", "target"),
	"PUT /v2/syncengine/{id:[0-9]+}/edit":                                     entryOf("", "", "target"),
	"PUT /v2/accounts/{uuid:[0-9A-Fa-f-]+}":                                   "<entry><password>other words</password></entry>",
	"PUT /v2/syncengine/holds/{plan:[A-Za-z0-9-]+}":                           "<entry><state>approved</state></entry>",
	"PUT /v2/syncengine/reviews/{entry:[0-9]+}":                               "<entry><verdict>two</verdict></entry>",
	"PUT /v2/services/syncml/{uuid:[0-9A-Fa-f-]+}":                            "<entry><title>mine</title></entry>",
	"PUT /v2/services/gdata/{uuid:[0-9A-Fa-f-]+}":                             "<entry><title>mine</title></entry>",
	"PUT /v2/services/dav/{uuid:[0-9A-Fa-f-]+}":                               "<entry><title>mine</title></entry>",
	"PUT /v2/services/datastore/{uuid:[0-9A-Fa-f-]+}":                         "<entry><title>mine</title></entry>",
	"POST /v2/services/syncml/{uuid:[0-9A-Fa-f-]+}/replacement":               "<entry><client><device_id>IMEI:8</device_id></client></entry>",
	"POST " + contentPath + "/{uuid:[0-9A-Fa-f-]+}/{class:[A-Z][a-z]+}":       entryWith("text/vcard", cardText("Bob")),
	"PUT " + contentPath + "/{uuid:[0-9A-Fa-f-]+}/{class:[A-Z][a-z]+}/{item}": entryWith("text/vcard", cardText("Bob")),
}

// nested is XML deeper than anybody needs, bomb is a document that would be huge if its entities were put in, and
// outside one that would show a file.
var (
	nested  = strings.Repeat("<entry>", 3000) + strings.Repeat("</entry>", 3000)
	bomb    = `<!DOCTYPE entry [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><entry><title>&c;</title></entry>`
	outside = `<!DOCTYPE entry [<!ENTITY x SYSTEM "file:///etc/passwd">]><entry><title>&x;</title></entry>`
)

// A badRequest is one way to ask wrongly.
type badRequest struct {
	name, user, path, body string
	header                 []string
	// want are the statuses that there may be.
	want []int
}

// badRequests are all ways to ask wrongly for a resource by a method. The template is the resource's in the table of
// routes, path one that admin has, and unknown one that nobody has.
func badRequests(template, method, path, unknown string, m methods) []badRequest {
	route := method + " " + template
	body := goodBodies[route]
	if body == "" && method != "GET" && method != "DELETE" {
		body = "<entry/>"
	}
	list := []badRequest{{"nobody", "", path, body, nil, []int{401}}}
	if unknown != path {
		list = append(list, badRequest{"unknown", "admin", unknown, body, nil, []int{404}})
	}
	if strings.ContainsAny(template, "{") && !strings.Contains(template, "{kind") {
		foreign := badRequest{"foreign", "bob", path, body, nil, []int{404}}
		if strings.Contains(template, "{id") {
			foreign.want = []int{403}
		}
		list = append(list, foreign)
	}
	if _, ok := m["GET"]; ok && (method == "PUT" || method == "DELETE") {
		list = append(list, badRequest{"stale", "admin", path, body, []string{"If-Match", `"stale"`}, []int{412}})
	}
	if _, ok := deaf[route]; ok || method == "GET" || method == "DELETE" {
		return list
	}
	if route == "POST "+storePath { // it takes files, and no entries; TestImportRefuses has more
		return append(list, badRequest{"an entry", "admin", path, body, nil, []int{415}},
			badRequest{"JSON", "admin", path, `{"entry":{}}`, []string{"Content-Type", "application/json"}, []int{415}},
			badRequest{"empty", "admin", path, "", []string{"Content-Type", "text/vcard"}, []int{400}})
	}
	big := "<entry><title>" + strings.Repeat("x", maxBody) + "</title></entry>"
	if strings.HasPrefix(template, contentPath) {
		big = "<entry><title>" + strings.Repeat("x", maxItem) + "</title></entry>"
	}
	for name, bad := range map[string]string{"cut": "<entry><title>", "no XML": "title=x", "garbage behind": "<entry/>x", "two": "<entry/><entry/>",
		"nested": nested, "bomb": bomb, "outside": outside, "not UTF-8": "<entry><title>\xff</title></entry>", "no entry": "<feed/>"} {
		list = append(list, badRequest{name, "admin", path, bad, nil, []int{400}})
	}
	return append(list, badRequest{"JSON", "admin", path, `{"entry":{}}`, []string{"Content-Type", "application/json"}, []int{415}},
		badRequest{"big", "admin", path, big, nil, []int{413}})
}

// unknownPath fills a template with what nobody has.
func unknownPath(template string) string {
	return strings.NewReplacer("{id:[0-9]+}", "999", "{entry:[0-9]+}", "999", "{uuid:[0-9A-Fa-f-]+}", "00000000-0000-4000-8000-000000000000",
		"{kind:[a-z]+}", "fax", "{class:[A-Z][a-z]+}", "Contacts", "{item}", "nothing", "{removed:[0-9A-Fa-f-]+}", "00000000-0000-4000-8000-000000000000",
		"{plan:[A-Za-z0-9-]+}", "zzzzzz", "{aside:[A-Za-z0-9-]+}", "999-target").Replace(template)
}

// internals are words that no answer has.
var internals = regexp.MustCompile(`(?i)panic|goroutine|\.go:|sqlite|gorm|SELECT |/tmp/|root:|xmltree|bindings\.|offset|aaaaaaaaaa`)

// TestBadInput asks every resource by every method in every wrong way. The golden file says each status and sentence, so
// that a new route is noticed; what each way has to be answered with is asked here.
func TestBadInput(t *testing.T) {
	s := routeServer(t)
	var lines []string
	for template, m := range (&api{}).resources() {
		path := s.routePath(template)
		for method := range m {
			for _, bad := range badRequests(template, method, path, unknownPath(template), m) {
				got := s.ask(bad.user, method, bad.path, bad.body, bad.header...)
				lines = append(lines, fmt.Sprintf("%-6s %s | %s | %d %s", method, template, bad.name, got.status, strings.TrimSuffix(got.body, "\n")))
				if !slices.Contains(bad.want, got.status) || strings.Count(got.body, "\n") != 1 || internals.MatchString(got.body) {
					t.Errorf("%s %s, %s: %d %q, want %v and one sentence", method, bad.path, bad.name, got.status, got.body, bad.want)
				}
			}
		}
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE"} {
			if _, ok := m[method]; !ok {
				s.wantSentence(method+" "+path, s.ask("admin", method, path, ""), 405, errNoMethod.sentence)
				s.wantStatus(method+" "+path, s.ask("", method, path, ""), 401)
			}
		}
	}
	slices.Sort(lines)
	const golden = "testdata/badinput.golden"
	text := strings.Join(lines, "\n") + "\n"
	if *update {
		s.must(os.WriteFile(golden, []byte(text), 0o600))
	}
	want, err := os.ReadFile(golden)
	s.must(err)
	if text != string(want) {
		t.Errorf("the answers to bad requests are not those of %s; look at them, then write them with -update:\n%s", golden, firstDifference(text, string(want)))
	}
	if strings.Contains(s.log.String(), "handler panicked") || strings.Contains(s.log.String(), "status=500") {
		t.Error("the server took a bad request for its own fault")
	}
}

// firstDifference gives the first lines of two texts that are not the same.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "got  " + a[i] + "\nwant " + b[i]
		}
	}
	return "one is longer"
}

// TestBadInputKnowsItsRoutes: what the test says of routes is of routes that there are.
func TestBadInputKnowsItsRoutes(t *testing.T) {
	all := (&api{}).resources()
	for _, route := range slices.Concat(slices.Collect(maps.Keys(deaf)), slices.Collect(maps.Keys(goodBodies))) {
		method, template, _ := strings.Cut(route, " ")
		if all[template][method] == nil {
			t.Errorf("there is no %s", route)
		}
	}
}

// TestBigItems: an item that is too big is told so, whichever way it is sent.
func TestBigItems(t *testing.T) {
	s := routeServer(t)
	card := func(n int) string {
		return "BEGIN:VCARD\r\nVERSION:3.0\r\nN:A;B;;;\r\nFN:B A\r\nNOTE:" + strings.Repeat("x", n) + "\r\nEND:VCARD\r\n"
	}
	for _, tc := range []struct {
		name, media string
		bytes       int
		sentence    string
	}{
		{"as it is", "text/vcard", 9 << 20, "The item is too big"},
		{"bigger than any request", "text/vcard", 13 << 20, "The entry is too big"},
		{"more than a store takes", "text/vcard", 8 << 20, "The item is too big"},
	} {
		s.wantSentence(tc.name, s.ask("admin", "POST", contentPath+"/", card(tc.bytes), "Content-Type", tc.media), 413, tc.sentence)
	}
	s.wantSentence("in an entry", s.ask("admin", "POST", contentPath+"/", entryWith("text/vcard", card(9<<20))), 413, "The item is too big")
	s.wantStatus("one that is not", s.ask("admin", "POST", contentPath+"/", card(1<<20), "Content-Type", "text/vcard"), 201)
}
