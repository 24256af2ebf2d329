package recur_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-sync/bindery/dataclass/recur"
)

// place is the location of this IANA name.
func place(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Skipf("no time zone data: %v", err)
	}
	return loc
}

// monday is a start on Monday 4 March 2024, nine o'clock in Oslo.
func monday(t testing.TB) recur.Start {
	return recur.Start{Time: time.Date(2024, 3, 4, 9, 0, 0, 0, place(t, "Europe/Oslo"))}
}

// occurrences is the first occurrences of the rule, as local times.
func occurrences(t testing.TB, r recur.Rule, s recur.Start, n int) []string {
	t.Helper()
	set := recur.Set{Start: s, Rules: []recur.Rule{r}}
	all, err := set.Between(s.Time.AddDate(0, 0, -1), s.Time.AddDate(60, 0, 0), n)
	if err != nil && !errors.Is(err, recur.ErrLimit) {
		t.Fatalf("between: %v", err)
	}
	return local(all)
}

func local(all []time.Time) []string {
	var out []string
	for _, o := range all {
		out = append(out, o.Format("2006-01-02T15:04"))
	}
	return out
}

func parse(t testing.TB, s string) recur.Rule {
	t.Helper()
	r, err := recur.Parse(s)
	if err != nil {
		t.Fatalf("parse %q: %v", s, err)
	}
	return r
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "FREQ=DAILY", "FREQ=DAILY"},
		{"any order", "BYDAY=MO,WE;INTERVAL=2;FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE"},
		{"lower case", "freq=weekly;byday=mo,2tu;wkst=su", "FREQ=WEEKLY;BYDAY=MO,2TU;WKST=SU"},
		{"semicolon at the end", "FREQ=WEEKLY;BYDAY=WE;", "FREQ=WEEKLY;BYDAY=WE"},
		{"blanks", " FREQ = WEEKLY ; BYDAY = MO , TU ", "FREQ=WEEKLY;BYDAY=MO,TU"},
		{"plus signs", "FREQ=MONTHLY;BYDAY=+1MO;BYMONTHDAY=+3", "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=3"},
		{"said interval stays", "FREQ=DAILY;INTERVAL=1", "FREQ=DAILY;INTERVAL=1"},
		{"until date", "FREQ=DAILY;UNTIL=20240401", "FREQ=DAILY;UNTIL=20240401"},
		{"until local", "FREQ=DAILY;UNTIL=20240401T090000", "FREQ=DAILY;UNTIL=20240401T090000"},
		{"until utc", "FREQ=DAILY;UNTIL=20240401t090000z", "FREQ=DAILY;UNTIL=20240401T090000Z"},
		{"count and until", "FREQ=DAILY;COUNT=3;UNTIL=20240401", "FREQ=DAILY;UNTIL=20240401;COUNT=3"},
		{"every list", "FREQ=YEARLY;BYSETPOS=-1;BYMONTH=1;BYWEEKNO=20;BYYEARDAY=-1;BYMONTHDAY=31;BYDAY=-53SU;BYHOUR=23;BYMINUTE=59;BYSECOND=60",
			"FREQ=YEARLY;BYSECOND=60;BYMINUTE=59;BYHOUR=23;BYDAY=-53SU;BYMONTHDAY=31;BYYEARDAY=-1;BYWEEKNO=20;BYMONTH=1;BYSETPOS=-1"},
		{"unknown parts", "RSCALE=CHINESE;FREQ=YEARLY;SKIP=FORWARD;X-Mine=a b;BYMONTH=5L", "FREQ=YEARLY;RSCALE=CHINESE;SKIP=FORWARD;X-MINE=a b;BYMONTH=5L"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := parse(t, c.in).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := parse(t, c.want).String(); got != c.want {
				t.Errorf("read again: %s", got)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{
		"", "FREQ", "FREQ=", "COUNT=3", "FREQ=FORTNIGHTLY", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;COUNT=0",
		"FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;COUNT=99999999999999999", "FREQ=DAILY;UNTIL=2024",
		"FREQ=DAILY;UNTIL=20240230", "FREQ=DAILY;UNTIL=00000101", "FREQ=DAILY;UNTIL=20240201Z", "FREQ=DAILY;UNTIL=20240201T000000.5",
		"FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;BYDAY=0MO", "FREQ=DAILY;BYDAY=54MO", "FREQ=DAILY;BYDAY=", "FREQ=DAILY;BYDAY=MO,",
		"FREQ=DAILY;BYMONTH=0", "FREQ=DAILY;BYMONTH=13", "FREQ=DAILY;BYMONTHDAY=0", "FREQ=DAILY;BYMONTHDAY=32",
		"FREQ=DAILY;BYHOUR=24", "FREQ=DAILY;BYSETPOS=0", "FREQ=DAILY;WKST=1MO", "FREQ=DAILY;=3", "D1 #10", "\x00",
		"FREQ=DAILY;BYHOUR=" + strings.Repeat("1,", 3000) + "1", "FREQ=DAILY;X-LONG=" + strings.Repeat("a", 9000),
	} {
		if r, err := recur.Parse(s); !errors.Is(err, recur.ErrSyntax) {
			t.Errorf("%.40q: rule %v, error %v", s, r, err)
		}
	}
}

func TestVersit(t *testing.T) {
	for _, c := range []struct{ name, in, rule, back string }{
		{"daily", "D1 #10", "FREQ=DAILY;COUNT=10", "D1 #10"},
		{"every other day for ever", "D2 #0", "FREQ=DAILY;INTERVAL=2", "D2 #0"},
		{"no end is twice", "D3", "FREQ=DAILY;COUNT=2;INTERVAL=3", "D3 #2"},
		{"lower case", "d1 #3", "FREQ=DAILY;COUNT=3", "D1 #3"},
		{"no interval", "W #3", "FREQ=WEEKLY;COUNT=3;BYDAY=MO", "W1 MO #3"},
		{"weekly without days", "W1 #5", "FREQ=WEEKLY;COUNT=5;BYDAY=MO", "W1 MO #5"},
		{"weekly", "W2 MO WE #0", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "W2 MO WE #0"},
		{"five weeks of two days", "W1 MO TH #5", "FREQ=WEEKLY;COUNT=10;BYDAY=MO,TH", "W1 MO TH 20240404T070000Z"},
		{"commas", "W1 MO, WE,FR #0", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "W1 MO WE FR #0"},
		{"glued", "W1 MO WE#0", "FREQ=WEEKLY;BYDAY=MO,WE", "W1 MO WE #0"},
		{"every day of the week", "W1 MO TU WE TH FR SA SU #0", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "D1 #0"},
		{"by position", "MP1 2+ WE #0", "FREQ=MONTHLY;BYDAY=2WE", "MP1 2+ WE #0"},
		{"by position, default end", "MP1 2+ WE", "FREQ=MONTHLY;COUNT=2;BYDAY=2WE", "MP1 2+ WE #2"},
		{"glued position", "MP1 2+WE #0", "FREQ=MONTHLY;BYDAY=2WE", "MP1 2+ WE #0"},
		{"no sign", "MP1 2 WE #0", "FREQ=MONTHLY;BYDAY=2WE", "MP1 2+ WE #0"},
		{"two positions", "MP1 2+ WE 1- FR #3", "FREQ=MONTHLY;COUNT=6;BYDAY=2WE,-1FR", "MP1 2+ WE 1- FR 20240508T070000Z"},
		{"positions share days", "MP2 1+ 1- SU MO #0", "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU,1MO,-1MO", "MP2 1+ MO SU 1- MO SU #0"},
		{"without position", "MP1 #0", "FREQ=MONTHLY;BYDAY=1MO", "MP1 1+ MO #0"},
		{"every six months", "MP6 2+ MO TU #0", "FREQ=MONTHLY;INTERVAL=6;BYDAY=2MO,2TU", "MP6 2+ MO TU #0"},
		{"every twelve months", "MP12 1- SU #0", "FREQ=MONTHLY;INTERVAL=12;BYDAY=-1SU", "MP12 1- SU #0"},
		{"by day", "MD1 #0", "FREQ=MONTHLY;BYMONTHDAY=4", "MD1 4 #0"},
		{"days and last day", "MD1 1 15 LD #0", "FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "MD1 1 15 1- #0"},
		{"from the end", "MD1 3- #0", "FREQ=MONTHLY;BYMONTHDAY=-3", "MD1 3- #0"},
		{"plus is no change", "MD2 11+ 16+ #10", "FREQ=MONTHLY;COUNT=20;INTERVAL=2;BYMONTHDAY=11,16", "MD2 11 16 20250911T070000Z"},
		{"every 18 months", "MD18 10 11 #0", "FREQ=MONTHLY;INTERVAL=18;BYMONTHDAY=10,11", "MD18 10 11 #0"},
		{"yearly", "YM1 #0", "FREQ=YEARLY;BYMONTH=3", "YM1 3 #0"},
		{"yearly in two months", "YM1 6 7 #10", "FREQ=YEARLY;COUNT=20;BYMONTH=6,7", "YM1 6 7 20330604T070000Z"},
		{"every other year", "YM2 3 #4", "FREQ=YEARLY;COUNT=4;INTERVAL=2;BYMONTH=3", "YM2 3 #4"},
		{"day of the year", "YD1 64 #0", "FREQ=YEARLY;BYYEARDAY=64", "YD1 64 #0"},
		{"the date of the start, also in leap years", "YD1 #0", "FREQ=YEARLY", "YM1 3 #0"},
		{"the date of the start some years", "YD2 #5", "FREQ=YEARLY;COUNT=5;INTERVAL=2", "YM2 3 #5"},
		{"days of the year", "YD3 100 200 #0", "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=100,200", "YD3 100 200 #0"},
		{"end date includes its day", "W1 MO 20240401", "FREQ=WEEKLY;UNTIL=20240401T070000Z;BYDAY=MO", "W1 MO 20240401T070000Z"},
		{"end date between two", "W1 MO 20240331", "FREQ=WEEKLY;UNTIL=20240325T080000Z;BYDAY=MO", "W1 MO 20240325T080000Z"},
		{"extended format", "W1 MO 2024-04-01T07:00:00Z", "FREQ=WEEKLY;UNTIL=20240401T070000Z;BYDAY=MO", "W1 MO 20240401T070000Z"},
		{"midnight is the day", "D1 20240310T000000", "FREQ=DAILY;UNTIL=20240310T080000Z", "D1 20240310T080000Z"},
		{"24 o'clock is the day", "D1 20240310T240000Z", "FREQ=DAILY;UNTIL=20240310T080000Z", "D1 20240310T080000Z"},
		{"midnight in the zone", "D1 20240309T230000Z", "FREQ=DAILY;UNTIL=20240310T080000Z", "D1 20240310T080000Z"},
		{"end in UTC", "D1 20240310T080000Z", "FREQ=DAILY;UNTIL=20240310T080000Z", "D1 20240310T080000Z"},
		{"end in UTC before the time", "D1 20240310T075959Z", "FREQ=DAILY;UNTIL=20240310T075959Z", "D1 20240309T080000Z"},
		{"end and # for ever", "D1 20240310 #0", "FREQ=DAILY;UNTIL=20240310T080000Z", "D1 20240310T080000Z"},
		{"the earlier end counts", "D1 #3 20240310", "FREQ=DAILY;COUNT=3", "D1 #3"},
		{"the earlier end dates", "D1 #30 20240310", "FREQ=DAILY;UNTIL=20240310T080000Z", "D1 20240310T080000Z"},
		{"the start's time", "W1 MO 0900 #4", "FREQ=WEEKLY;COUNT=4;BYDAY=MO", "W1 MO #4"},
		{"another time", "W1 MO 1130 #4", "FREQ=WEEKLY;COUNT=4;BYMINUTE=30;BYHOUR=11;BYDAY=MO", ""},
		{"several times", "D2 0600 1200 1500 #2", "FREQ=DAILY;COUNT=6;INTERVAL=2;BYMINUTE=0;BYHOUR=6,12,15", ""},
		{"days of one time", "W1 TU TH 1100 1300 #4", "FREQ=WEEKLY;COUNT=16;BYMINUTE=0;BYHOUR=11,13;BYDAY=TU,TH", ""},
		{"end marker at a time", "D2 0600 1200$ 1500 #3", "FREQ=DAILY;COUNT=8;INTERVAL=2;BYMINUTE=0;BYHOUR=6,12,15", ""},
		{"end marker at a day", "W2 MO$ TU #2", "FREQ=WEEKLY;COUNT=3;INTERVAL=2;BYDAY=MO,TU", "W2 MO TU 20240318T080000Z"},
		{"end marker at a position", "MP2 1+$ 1- FR #3", "FREQ=MONTHLY;COUNT=5;INTERVAL=2;BYDAY=1FR,-1FR", "MP2 1+ FR 1- FR 20240705T070000Z"},
		{"end marker at a month", "YM1 3$ 8 #5", "FREQ=YEARLY;COUNT=9;BYMONTH=3,8", "YM1 3 8 20280304T080000Z"},
		{"minutes", "M15 #4", "FREQ=MINUTELY;COUNT=4;INTERVAL=15", ""},
		{"minutes of days", "D1 #5 M10 #6", "FREQ=DAILY;COUNT=30;BYMINUTE=0,10,20,30,40,50;BYHOUR=9", ""},
		{"position in a month", "YM1 6 MP1 1+ SU #0", "FREQ=YEARLY;BYDAY=1SU;BYMONTH=6", ""},
		{"position in a month, rounds", "YM1 6 #10 MP1 1+ SU", "FREQ=YEARLY;COUNT=10;BYDAY=1SU;BYMONTH=6", ""},
		{"weekends of three months", "YM1 6 9 10 #10 MP1 1+ 2+ 3+ 4+ 1- SA SU #1",
			"FREQ=YEARLY;COUNT=300;BYDAY=1SA,2SA,3SA,4SA,-1SA,1SU,2SU,3SU,4SU,-1SU;BYMONTH=6,9,10", ""},
		{"day in a month", "YM2 6 #3 MD1 12", "FREQ=YEARLY;COUNT=3;INTERVAL=2;BYMONTHDAY=12;BYMONTH=6", ""},
		{"position in the start's month", "YM1 3 MP1 1- SU #0", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "MP12 1- SU #0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := monday(t)
			r, err := recur.ParseVersit(c.in, s)
			if err != nil || r.String() != c.rule {
				t.Fatalf("%s: got %s, %v; want %s", c.in, r, err, c.rule)
			}
			back, ok := r.Versit(s)
			if back != c.back || ok != (c.back != "") {
				t.Errorf("written: %q, %v; want %q", back, ok, c.back)
			}
		})
	}
}

func TestVersitRefuses(t *testing.T) {
	for _, c := range []struct {
		in   string
		want error
	}{
		{"", recur.ErrSyntax}, {" ; ", recur.ErrSyntax}, {"#10", recur.ErrSyntax}, {"MO", recur.ErrSyntax}, {"FREQ=DAILY", recur.ErrSyntax},
		{"D0 #1", recur.ErrSyntax}, {"D1 #x", recur.ErrSyntax}, {"D1 #", recur.ErrSyntax}, {"D1 #1 #2", recur.ErrSyntax}, {"D1 MO", recur.ErrSyntax},
		{"D99999999999", recur.ErrSyntax}, {"D1 #-1", recur.ErrSyntax}, {"M", recur.ErrSyntax}, {"W1 XX", recur.ErrSyntax}, {"W1 1+", recur.ErrSyntax},
		{"W1 2500", recur.ErrSyntax}, {"W1 1160", recur.ErrSyntax}, {"MP1 1+", recur.ErrSyntax}, {"MP1 SU", recur.ErrSyntax}, {"MP1 6+ SU", recur.ErrSyntax},
		{"MP1 0+ SU", recur.ErrSyntax}, {"MD1 32", recur.ErrSyntax}, {"MD1 0", recur.ErrSyntax}, {"YM1 13", recur.ErrSyntax}, {"YM1 1-", recur.ErrSyntax},
		{"YD1 367", recur.ErrSyntax}, {"YD1 LD", recur.ErrSyntax}, {"D1 19980230", recur.ErrSyntax}, {"D1 20240101 20240102", recur.ErrSyntax},
		{"D1 " + strings.Repeat("0900 ", 3000), recur.ErrSyntax},
		{"W1 TU 1200 TH 1130 #10", recur.ErrUnsayable}, {"W1 TU 1200 TH #10", recur.ErrUnsayable}, {"D1 0900 1130 #3", recur.ErrUnsayable},
		{"YD1 1 100 #5 D1 #5", recur.ErrUnsayable}, {"MP6 1+ MO #5 D2 0600 1200 1500 #10 M5 #3", recur.ErrUnsayable},
		{"YM1 6 #10 W1 TU TH 1100 1300 #4", recur.ErrUnsayable}, {"YM1 1 3$ 8 #5 MD1 7 14$ 21 28", recur.ErrUnsayable},
		{"YM1 6 MP1 1+ SU #10", recur.ErrUnsayable}, {"D1 #5 W1 #3", recur.ErrUnsayable}, {"D1 #5;W1 #3", recur.ErrUnsayable},
		{"D1 #5 M10 #0", recur.ErrUnsayable}, {"D1 #5 M600 #6", recur.ErrUnsayable}, {"MD1 1-$ 3 #5", recur.ErrUnsayable},
	} {
		if r, err := recur.ParseVersit(c.in, monday(t)); !errors.Is(err, c.want) {
			t.Errorf("%.40q: rule %v, error %v", c.in, r, err)
		}
	}
}

func TestVersitList(t *testing.T) {
	for _, in := range []string{"D1 #5;W1 MO #3", "D1 #5 W1 MO #3", " D1 #5 ; W1 MO #3 ; "} {
		rules, err := recur.ParseVersitList(in, monday(t))
		if err != nil || len(rules) != 2 || rules[0].String() != "FREQ=DAILY;COUNT=5" || rules[1].String() != "FREQ=WEEKLY;COUNT=3;BYDAY=MO" {
			t.Errorf("%s: %v, %v", in, rules, err)
		}
	}
}

func TestVersitOfOtherStarts(t *testing.T) {
	oslo := place(t, "Europe/Oslo")
	day := recur.Start{Time: time.Date(2024, 1, 31, 0, 0, 0, 0, oslo), Date: true}
	floating := recur.Start{Time: time.Date(2024, 1, 31, 22, 30, 0, 0, time.UTC), Floating: true}
	leap := recur.Start{Time: time.Date(2024, 2, 29, 8, 0, 0, 0, time.UTC), Floating: true}
	for _, c := range []struct {
		name, in, rule, back string
		start                recur.Start
	}{
		{"leap day", "YM1 #3", "FREQ=YEARLY;COUNT=3;BYMONTH=2", "YM1 2 20320229T080000", leap},
		{"all day, date", "D1 20240203", "FREQ=DAILY;UNTIL=20240203", "D1 20240203T000000", day},
		{"all day, midnight", "D1 20240203T000000", "FREQ=DAILY;UNTIL=20240203", "D1 20240203T000000", day},
		{"all day, midnight in the zone", "D1 20240202T230000Z", "FREQ=DAILY;UNTIL=20240203", "D1 20240203T000000", day},
		{"all day, end of the day", "D1 20240203T225959Z", "FREQ=DAILY;UNTIL=20240203", "D1 20240203T000000", day},
		{"all day, last of the month", "MP1 #0", "FREQ=MONTHLY;BYDAY=-1WE", "MP1 1- WE #0", day},
		{"the 31st has gaps", "MD1 #3", "FREQ=MONTHLY;COUNT=3;BYMONTHDAY=31", "MD1 31 20240531T000000", day},
		{"floating", "D1 20240203", "FREQ=DAILY;UNTIL=20240203T223000", "D1 20240203T223000", floating},
		{"floating, UTC", "D1 20240203T223000Z", "FREQ=DAILY;UNTIL=20240203T223000", "D1 20240203T223000", floating},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := recur.ParseVersit(c.in, c.start)
			if err != nil || r.String() != c.rule {
				t.Fatalf("got %s, %v; want %s", r, err, c.rule)
			}
			if back, _ := r.Versit(c.start); back != c.back {
				t.Errorf("written: %q, want %q", back, c.back)
			}
		})
	}
}

func TestVersitOfRules(t *testing.T) {
	for _, c := range []struct{ name, rule, want string }{
		{"workdays", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "W1 MO TU WE TH FR #0"},
		{"every fortnight in days", "FREQ=DAILY;INTERVAL=14;COUNT=3", "W2 MO #3"},
		{"set position", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2", "MP1 2+ MO #0"},
		{"yearly by position", "FREQ=YEARLY;BYMONTH=3;BYDAY=1MO", "MP12 1+ MO #0"},
		{"quarters", "FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=10", "MD3 10 #0"},
		{"each month of the year", "FREQ=YEARLY;BYMONTHDAY=10", "MD1 10 #0"},
		{"a count of what months can lack", "FREQ=MONTHLY;BYDAY=5MO;COUNT=3", "MP1 5+ MO 20240729T070000Z"},
		{"until a date", "FREQ=WEEKLY;UNTIL=20240320", "W1 MO 20240318T080000Z"},
		{"week start that does not matter", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU", "W2 MO WE #0"},
		{"week start that matters", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", ""},
		{"other months", "FREQ=YEARLY;BYMONTH=4,9;BYDAY=1MO", ""},
		{"month of another phase", "FREQ=YEARLY;BYMONTH=4;BYDAY=1MO", ""},
		{"position in the year", "FREQ=YEARLY;BYDAY=20MO", ""},
		{"weeks", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", ""},
		{"from the end of the year", "FREQ=YEARLY;BYYEARDAY=-1", ""},
		{"Friday the 13th", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", ""},
		{"last workday", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ""},
		{"hours", "FREQ=HOURLY;INTERVAL=2", ""},
		{"two times", "FREQ=DAILY;BYHOUR=9,17", ""},
		{"unknown part", "FREQ=DAILY;X-MINE=1", ""},
		{"another calendar", "FREQ=YEARLY;RSCALE=HEBREW", ""},
		{"a summer", "FREQ=DAILY;BYMONTH=6,7", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := parse(t, c.rule).Versit(monday(t))
			if got != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %v; want %q", got, ok, c.want)
			}
		})
	}
}

func TestKey(t *testing.T) {
	for _, c := range []struct{ name, a, b string }{
		{"interval", "FREQ=DAILY", "FREQ=DAILY;INTERVAL=1"},
		{"implied day", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO;WKST=SU"},
		{"implied day of month", "FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=4"},
		{"implied month and day", "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=4"},
		{"implied clock", "FREQ=DAILY", "FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0"},
		{"order", "FREQ=MONTHLY;BYMONTHDAY=1,15,3", "BYMONTHDAY=15,3,1,15;FREQ=monthly"},
		{"order of days", "FREQ=WEEKLY;BYDAY=FR,MO", "FREQ=WEEKLY;BYDAY=MO,FR"},
		{"week start", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;WKST=MO", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,MO;WKST=SU"},
		{"twelve months", "FREQ=MONTHLY;INTERVAL=12;BYDAY=-1SU", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"},
		{"quarters", "FREQ=MONTHLY;INTERVAL=3", "FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=4"},
		{"workdays", "FREQ=DAILY;BYDAY=MO,TU", "FREQ=WEEKLY;BYDAY=TU,MO"},
		{"seven days", "FREQ=DAILY;INTERVAL=7", "FREQ=WEEKLY"},
		{"whole week", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"},
		{"set position", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=-1TU"},
		{"count and its last", "FREQ=DAILY;COUNT=10", "FREQ=DAILY;UNTIL=20240313T080000Z"},
		{"date and last", "FREQ=DAILY;UNTIL=20240313", "FREQ=DAILY;UNTIL=20240313T225959Z"},
		{"local and UTC", "FREQ=DAILY;UNTIL=20240413T090000", "FREQ=DAILY;UNTIL=20240413T070000Z"},
		{"between two", "FREQ=WEEKLY;UNTIL=20240331", "FREQ=WEEKLY;UNTIL=20240325T080000Z"},
		{"only once", "FREQ=DAILY;COUNT=1", "FREQ=YEARLY;UNTIL=20240305"},
		{"default parts", "FREQ=DAILY;RSCALE=gregorian;SKIP=OMIT", "FREQ=DAILY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := monday(t)
			a, b := parse(t, c.a), parse(t, c.b)
			if a.Key(s) != b.Key(s) {
				t.Errorf("%s\n%s", a.Key(s), b.Key(s))
			}
			if diff := cmp.Diff(occurrences(t, a, s, 100), occurrences(t, b, s, 100)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestKeyTellsApart(t *testing.T) {
	for _, c := range []struct{ name, a, b string }{
		{"end", "FREQ=DAILY;COUNT=10", "FREQ=DAILY;COUNT=11"},
		{"no end", "FREQ=DAILY;COUNT=10", "FREQ=DAILY"},
		{"one day more", "FREQ=DAILY;UNTIL=20240313T075959Z", "FREQ=DAILY;UNTIL=20240313T080000Z"},
		{"day", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=TU"},
		{"last and fifth", "FREQ=MONTHLY;BYDAY=5MO", "FREQ=MONTHLY;BYDAY=-1MO"},
		{"week start", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU"},
		{"year and month", "FREQ=YEARLY;BYDAY=1MO", "FREQ=YEARLY;BYMONTH=3;BYDAY=1MO"},
		{"every other year", "FREQ=YEARLY;INTERVAL=2;BYDAY=MO", "FREQ=WEEKLY;BYDAY=MO"},
		{"second Monday of the year on an 8th", "FREQ=YEARLY;BYDAY=2MO;BYMONTHDAY=8", "FREQ=MONTHLY;BYDAY=2MO;BYMONTHDAY=8"},
		{"position in month and year", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=MO,TU;BYSETPOS=1"},
		{"clock", "FREQ=DAILY;BYHOUR=9", "FREQ=DAILY;BYHOUR=10"},
		{"unknown part", "FREQ=DAILY", "FREQ=DAILY;X-MINE=1"},
		{"calendar", "FREQ=YEARLY", "FREQ=YEARLY;RSCALE=HEBREW"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := monday(t)
			if k := parse(t, c.a).Key(s); k == parse(t, c.b).Key(s) {
				t.Errorf("both %s", k)
			}
		})
	}
}

func TestWithUntil(t *testing.T) {
	oslo := place(t, "Europe/Oslo")
	zoned := recur.Start{Time: time.Date(2024, 3, 29, 0, 30, 0, 0, oslo)}
	day := recur.Start{Time: time.Date(2024, 3, 29, 0, 0, 0, 0, oslo), Date: true}
	floating := recur.Start{Time: time.Date(2024, 3, 29, 0, 30, 0, 0, time.UTC), Floating: true}
	for _, c := range []struct {
		name, in, want string
		start          recur.Start
	}{
		{"none", "", "", zoned},
		{"utc stays", "20240402T120000Z", "20240402T120000Z", zoned},
		{"date to utc, the day before in UTC", "20240401", "20240331T223000Z", zoned},
		{"local to utc", "20240401T003000", "20240331T223000Z", zoned},
		{"utc to date", "20240401T215959Z", "20240401", day},
		{"utc to date, midnight", "20240331T220000Z", "20240401", day},
		{"local to date", "20240401T235959", "20240401", day},
		{"utc to local", "20240401T003000Z", "20240401T003000", floating},
		{"date to local", "20240401", "20240401T003000", floating},
		{"date stays", "20240401", "20240401", day},
		{"before the start", "20240101", "20240328T233000Z", zoned},
		{"the last year", "99991231T235959Z", "99991231", day},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "FREQ=DAILY"
			if c.in != "" {
				text += ";UNTIL=" + c.in
			}
			r := parse(t, text)
			got := r.WithUntil(c.start)
			if got.Until.String() != c.want {
				t.Errorf("got %s, want %s", got.Until, c.want)
			}
			if r.Key(c.start) != got.Key(c.start) {
				t.Errorf("the end moved: %s and %s", r.Key(c.start), got.Key(c.start))
			}
		})
	}
}
