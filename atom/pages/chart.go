package pages

import (
	"strconv"
	"time"
)

// A Chart draws the last synchronizations of a binding, the oldest first: a bar for each side, as high as that many
// items were changed there.
type Chart struct {
	Bars []Bar
	// Most is the greatest number of changes, which the highest bar stands for.
	Most int
	// Sides are what the two colours stand for.
	Sides [2]string
	// First and Last are the times of the first and the last bar.
	First, Last time.Time
	// Total are the changes of each side together.
	Total [2]int
}

// A Bar is one synchronization. X is from the left, Y and Height are from the top, in the units of the drawing.
type Bar struct {
	X         int
	Y, Height [2]int
	// Width is that of the bar of one side.
	Width int
}

// The measures of a chart.
const (
	chartWidth  = 340
	chartHeight = 100
	maxBars     = 30
)

// NewChart makes a chart of synchronizations that are given the newest first. Of more than 30 the newest are drawn.
func NewChart(sides [2]string, rows []SyncRow) Chart {
	rows = rows[:min(len(rows), maxBars)]
	c := Chart{Sides: sides}
	if len(rows) == 0 {
		return c
	}
	c.First, c.Last = rows[len(rows)-1].When, rows[0].When
	for _, r := range rows {
		for s, n := range r.Changes {
			c.Most = max(c.Most, n.Sum())
			c.Total[s] += n.Sum()
		}
	}
	step := chartWidth / len(rows)
	step = min(step, 40)
	for i := range rows {
		r := &rows[len(rows)-1-i]
		b := Bar{X: i * step, Width: max(step/2-1, 2)}
		for s, n := range r.Changes {
			b.Height[s] = barHeight(n.Sum(), c.Most)
			b.Y[s] = chartHeight - b.Height[s]
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}

// barHeight is how high a bar is. Whatever is not nothing is seen.
func barHeight(n, most int) int {
	if n == 0 {
		return 0
	}
	return max(n*chartHeight/most, 3)
}

// Beside is where the bar of the target begins.
func (b Bar) Beside() int { return b.X + b.Width }

func itoa(n int) string { return strconv.Itoa(n) }
