package main

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"

	"gregor/cmd/internal/bench"
)

// pictures are those for which the report has data.
func pictures(r *bench.Report) (all []*picture) {
	for _, kind := range []bench.Kind{bench.Produce, bench.Fetch} {
		for _, p := range []struct {
			name, title, axis string
			of                func(bench.Sum) bench.Stat
		}{
			{"mbps", "throughput", "MB/s", func(s bench.Sum) bench.Stat { return s.MBps }},
			{"cpu", "server CPU", "CPU ms per GB", func(s bench.Sum) bench.Stat { return s.CPUPerGB }},
			{"p99", "latency, 99th percentile", "us", func(s bench.Sum) bench.Stat { return s.P99 }},
		} {
			title := fmt.Sprintf("%s: %s, median with spread of %d", kind, p.title, r.Reps)
			all = append(all, bySize(r, kind, newPicture(fmt.Sprintf("%s-%s", kind, p.name), title, "batch size", p.axis), p.of))
		}
	}
	all = append(all, latency(r))
	return slices.DeleteFunc(all, func(p *picture) bool { return p == nil })
}

// curve is one figure of one contender over batch sizes.
type curve struct {
	plotter.XYs
	plotter.YErrors
}

// bySize draws a figure over the batch size, a curve for each contender and number of requests in flight. It returns
// nil where no contender has two sizes to compare.
func bySize(r *bench.Report, kind bench.Kind, p *picture, of func(bench.Sum) bench.Stat) *picture {
	curves, names := curvesOf(r, kind, of)
	names = slices.DeleteFunc(names, func(n string) bool { return len(curves[n].XYs) < 2 })
	if len(names) == 0 {
		return nil
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = sizeTicks{}, plainTicks{plot.DefaultTicks{}}
	p.Add(plotter.NewGrid())
	for i, n := range names {
		p.curve(i, n, curves[n])
	}
	p.Y.Min = 0
	p.Y.Max *= 1.05
	p.X.Min, p.X.Max = p.X.Min-0.15, p.X.Max+0.15
	return p
}

func curvesOf(r *bench.Report, kind bench.Kind, of func(bench.Sum) bench.Stat) (curves map[string]*curve,
	names []string) {
	curves = map[string]*curve{}
	for _, row := range r.Rows {
		if row.Case.Kind != kind || row.Case.Flush || row.Case.Client != "raw" {
			continue
		}
		for _, s := range contenders(row) {
			value := of(s.Sum)
			if value == (bench.Stat{}) {
				continue
			}
			name := fmt.Sprintf("%s, %d in flight", s.Name, row.Case.InFlight)
			k := curves[name]
			if k == nil {
				k = &curve{}
				curves[name] = k
				names = append(names, name)
			}
			k.XYs = append(k.XYs, plotter.XY{X: math.Log2(float64(row.Case.BatchBytes)), Y: value.Median})
			k.YErrors = append(k.YErrors, struct{ Low, High float64 }{value.Median - value.Min, value.Max - value.Median})
		}
	}
	return curves, names
}

// contenders are a row's series, the ideal first.
func contenders(row *bench.Row) []*bench.Series {
	if row.Baseline == nil {
		return row.Targets
	}
	return append([]*bench.Series{row.Baseline}, row.Targets...)
}

// lineFrom is from how many points on they are joined by a line: two would suggest a slope that was not measured.
const lineFrom = 3

// curve draws medians and spreads. Each curve is moved a little aside, so that spreads do not cover each other.
func (p *picture) curve(i int, name string, c *curve) {
	for k := range c.XYs {
		c.XYs[k].X += 0.02 * float64(i)
	}
	line, points, err := plotter.NewLinePoints(c.XYs)
	if err != nil { // an infinity or no number at all: there is nothing to draw
		return
	}
	bars, err := plotter.NewYErrorBars(*c)
	if err != nil {
		return
	}
	line.Color, points.Color, points.Shape, bars.Color = plotutil.Color(i), plotutil.Color(i), plotutil.Shape(i),
		plotutil.Color(i)
	points.Radius = 1.2 * vg.Millimeter
	p.Add(points, bars)
	if len(c.XYs) < lineFrom {
		p.legend.Add(name, points)
		return
	}
	p.Add(line)
	p.legend.Add(name, line, points)
}

// latency draws the distribution of each contender's last run, of the case with the smallest batches.
func latency(r *bench.Report) *picture {
	row := smallest(r)
	if row == nil {
		return nil
	}
	p := newPicture("latency", "latency of "+row.Case.String(), "percentile", "us")
	p.X.Tick.Marker = percentileTicks{}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plainTicks{plot.LogTicks{Prec: -1}}
	p.Add(plotter.NewGrid())
	for i, s := range contenders(row) {
		line, err := plotter.NewLine(nines(s.Latency))
		if err != nil {
			continue
		}
		line.Color = plotutil.Color(i)
		p.Add(line)
		p.legend.Add(s.Name, line)
	}
	p.Y.Max *= 1.2
	return p
}

// nines places a percentile by how many nines it has, and a latency at a microsecond at least: the axis is logarithmic.
func nines(all []bench.Quantile) (xy plotter.XYs) {
	for _, q := range all {
		xy = append(xy, plotter.XY{X: -math.Log10(1 - q.Percentile/100), Y: math.Max(1, q.Micros)})
	}
	return xy
}

// smallest is the row with the smallest batches of which every target has a distribution; nil if there is none.
func smallest(r *bench.Report) (row *bench.Row) {
	for _, x := range r.Rows {
		if x.Case.Client != "raw" || x.Case.Flush || len(x.Targets) == 0 ||
			slices.ContainsFunc(x.Targets, func(s *bench.Series) bool { return len(s.Latency) == 0 }) {
			continue
		}
		if row == nil || x.Case.BatchBytes < row.Case.BatchBytes {
			row = x
		}
	}
	return row
}
