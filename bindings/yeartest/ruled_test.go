package yeartest

import (
	"testing"

	"github.com/bindery-sync/bindery/sources/syncml/devicerule"
	"github.com/bindery-sync/bindery/sources/syncml/phonetest"
)

// TestRuled plays a few weeks with phones whose needs are known by device rules: nothing is lost by a rule.
func TestRuled(t *testing.T) {
	for _, tt := range []struct {
		name    string
		model   phonetest.Model
		options string
	}{
		{"fields", phonetest.ThreeNumbers, "ignore_ctcap = true\ndrop = [\"PHOTO\"]\n[[rule.limit]]\nproperty = \"TEL\"\ncount = 3\n"},
		{"lengths", phonetest.Truncating, "[[rule.limit]]\nproperty = \"N\"\nsize = 14\n"},
		{"writing", phonetest.S60, "no_replace_in_slow = true\nno_folding = true\nemail_internet = true\noutput_charset = \"iso-8859-1\"\n"},
		{"talk", phonetest.Plain, "contacts_format = \"2.1\"\nnumber_of_changes = false\nmissing_statuses = \"done\"\nmax_guid_size = 32\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rules, err := devicerule.Parse("test.toml", []byte("[[rule]]\nname = \"test\"\nmatch.manufacturer = [\"*\"]\n"+tt.options))
			if err != nil {
				t.Fatal(err)
			}
			newWorld(t, tt.model, 3, rules...).play(aMonth / 2)
		})
	}
}
