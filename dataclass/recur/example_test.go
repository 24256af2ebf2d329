package recur_test

import (
	"fmt"
	"time"

	"github.com/bindery-sync/bindery/dataclass/recur"
)

// A phone's rule becomes an RRULE and the other way round.
func ExampleParseVersit() {
	start := recur.Start{Time: time.Date(2024, 3, 13, 9, 0, 0, 0, time.UTC), Floating: true}
	rule, err := recur.ParseVersit("MP1 2+ WE #0", start)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rule)
	fmt.Println(rule.Versit(start))
	// Output:
	// FREQ=MONTHLY;BYDAY=2WE
	// MP1 2+ WE #0 true
}

// Rules in different words that mean the same for a start have the same key.
func ExampleRule_Key() {
	start := recur.Start{Time: time.Date(2024, 3, 31, 9, 0, 0, 0, time.UTC), Floating: true}
	a, _ := recur.Parse("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;COUNT=2")
	b, _ := recur.Parse("FREQ=MONTHLY;INTERVAL=12;BYDAY=SU;BYSETPOS=-1;UNTIL=20250401")
	fmt.Println(a.Key(start) == b.Key(start))
	// Output: true
}
