package main

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"

	"gregor/cmd/internal/bench"
)

// sizeTicks labels a logarithmic axis of bytes.
type sizeTicks struct{}

// Ticks implements plot.Ticker.
func (sizeTicks) Ticks(lo, hi float64) (ts []plot.Tick) {
	for e := math.Ceil(lo); e <= math.Floor(hi); e++ {
		ts = append(ts, plot.Tick{Value: e, Label: bench.Size(1 << int(e))})
	}
	return ts
}

// percentileTicks labels an axis that counts nines.
type percentileTicks struct{}

// Ticks implements plot.Ticker.
func (percentileTicks) Ticks(lo, hi float64) []plot.Tick {
	return []plot.Tick{{Value: 0, Label: "0"}, {Value: math.Log10(2), Label: "50"}, {Value: 1, Label: "90"},
		{Value: 2, Label: "99"}, {Value: 3, Label: "99.9"}, {Value: 4, Label: "99.99"}}
}

// plainTicks writes the labels of another marker in the fewest digits: 2500, not 2500.00.
type plainTicks struct{ plot.Ticker }

// Ticks implements plot.Ticker.
func (p plainTicks) Ticks(lo, hi float64) []plot.Tick {
	ts := p.Ticker.Ticks(lo, hi)
	for i, t := range ts {
		if !t.IsMinor() {
			ts[i].Label = strconv.FormatFloat(t.Value, 'g', -1, 64)
		}
	}
	return ts
}
