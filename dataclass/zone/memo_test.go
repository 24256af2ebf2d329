package zone

import "testing"

func TestZonesOfTheSameRulesAreRemembered(t *testing.T) {
	m := memo{zones: make(map[[32]byte]*Zone)}
	rulesOf := func(n int) *rules {
		return &rules{tzid: "A", obs: []observance{{from: 0, to: n, dates: []int64{0}}, {from: n, to: 0, dst: true, dates: []int64{1 << 20}}}}
	}
	first := m.zone(rulesOf(1))
	if m.zone(rulesOf(1)) != first || m.zone(rulesOf(2)) == first {
		t.Error("rules are confused")
	}
	for n := range 3 * maxMade {
		m.zone(rulesOf(n))
		if len(m.zones) > maxMade {
			t.Fatalf("%d zones are remembered", len(m.zones))
		}
	}
}
