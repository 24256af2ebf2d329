package devicerule

import "testing"

func TestOwn(t *testing.T) {
	r := Own().Match(Device{Manufacturer: "NOKIA", Model: "Nokia 7210c"})
	t.Log(r.Names, r.Lines())
	for _, bad := range []string{"[[rule]]\nname=\"a\"\nmatch.model=[\"x\"]\n\nlcoal=1\n", "[[rule]]\nname=\"a\"\nmatch.model=[\"x\"]\n\nsince=1\n[[rule.limit]]\nproperty=\"\"", "[[rule]]\nname=\"a\"\nmatch.model=[\"x\"]\n[[rule.limit]]\nproperty=\"\"", "[[rule]]\nname=\"a\"\nsince=\"x\"", "x y", "[[rule]]\nname=\"a\""} {
		_, err := Parse("f.toml", []byte(bad))
		t.Log(err)
	}
}
