package bench

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// Plot draws the report into dir, each picture as PNG and as SVG, and returns the files' names. Pictures with nothing
// to show are left out.
func (r *Report) Plot(dir string) (files []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, kind := range []Kind{Produce, Fetch} {
		for _, p := range []struct {
			name, title, axis string
			of                func(Sum) Stat
		}{
			{"mbps", "throughput", "MB/s", func(s Sum) Stat { return s.MBps }},
			{"cpu", "server CPU", "CPU ms per GB", func(s Sum) Stat { return s.CPUPerGB }},
			{"p99", "latency, 99th percentile", "us", func(s Sum) Stat { return s.P99 }},
		} {
			pic := r.bySize(kind, p.of)
			if pic == nil {
				continue
			}
			pic.Title.Text = fmt.Sprintf("%s: %s, median with spread of %d", kind, p.title, r.Reps)
			pic.Y.Label.Text = p.axis
			names, err := save(pic, filepath.Join(dir, fmt.Sprintf("%s-%s", kind, p.name)))
			if files = append(files, names...); err != nil {
				return files, err
			}
		}
	}
	names, err := r.plotLatency(dir)
	return append(files, names...), err
}

func save(p *plot.Plot, path string) (files []string, err error) {
	for _, ext := range []string{".png", ".svg"} {
		err = errors.Join(err, p.Save(18*vg.Centimeter, 11*vg.Centimeter, path+ext))
		files = append(files, path+ext)
	}
	return files, err
}

// curve is one line of a picture over batch sizes.
type curve struct {
	plotter.XYs
	plotter.YErrors
}

// bySize is a picture of a figure over the batch size, a line for each contender and in-flight count; nil if there
// are no two sizes to connect.
func (r *Report) bySize(kind Kind, of func(Sum) Stat) *plot.Plot {
	curves := map[string]*curve{}
	var names []string
	add := func(name string, c Case, s Stat) {
		if s == (Stat{}) {
			return
		}
		k := curves[name]
		if k == nil {
			k = &curve{}
			curves[name] = k
			names = append(names, name)
		}
		k.XYs = append(k.XYs, plotter.XY{X: math.Log2(float64(c.BatchBytes)), Y: s.Median})
		k.YErrors = append(k.YErrors, struct{ Low, High float64 }{s.Median - s.Min, s.Max - s.Median})
	}
	for _, row := range r.Rows {
		if row.Case.Kind != kind || row.Case.Flush || row.Case.Client != "raw" {
			continue
		}
		suffix := fmt.Sprintf(", %d in flight", row.Case.InFlight)
		if row.Baseline != nil {
			add(row.Baseline.Name+suffix, row.Case, of(row.Baseline.Sum))
		}
		for _, s := range row.Targets {
			add(s.Name+suffix, row.Case, of(s.Sum))
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return len(curves[n].XYs) < 2 })
	if len(names) == 0 {
		return nil
	}
	p := plot.New()
	p.X.Label.Text = "batch size"
	p.X.Tick.Marker = sizeTicks{}
	p.Y.Min = 0
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	for i, n := range names {
		draw(p, i, n, curves[n])
	}
	return p
}

func draw(p *plot.Plot, i int, name string, c *curve) {
	line, points, err := plotter.NewLinePoints(c.XYs)
	if err != nil {
		return
	}
	line.Color, points.Color, points.Shape = plotutil.Color(i), plotutil.Color(i), plotutil.Shape(i)
	p.Add(line, points)
	if bars, err := plotter.NewYErrorBars(*c); err == nil {
		bars.Color = plotutil.Color(i)
		p.Add(bars)
	}
	p.Legend.Add(name, line, points)
}

// sizeTicks labels a logarithmic axis of bytes.
type sizeTicks struct{}

// Ticks implements plot.Ticker.
func (sizeTicks) Ticks(lo, hi float64) (ts []plot.Tick) {
	for e := math.Ceil(lo); e <= math.Floor(hi); e++ {
		ts = append(ts, plot.Tick{Value: e, Label: size(1 << int(e))})
	}
	return ts
}

// plotLatency draws the whole distribution of each contender's last run, of the case with the smallest batches.
func (r *Report) plotLatency(dir string) ([]string, error) {
	row := r.smallest()
	if row == nil {
		return nil, nil
	}
	p := plot.New()
	p.Title.Text = "latency of " + row.Case.String()
	p.X.Label.Text, p.Y.Label.Text = "percentile", "us"
	p.X.Tick.Marker = percentileTicks{}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	all := row.Targets
	if row.Baseline != nil {
		all = append([]*Series{row.Baseline}, all...)
	}
	for i, s := range all {
		h := s.Runs[len(s.Runs)-1].hist
		var xy plotter.XYs
		for nines := 0.0; nines <= 4; nines += 0.1 {
			q := 100 * (1 - math.Pow(10, -nines))
			if h.TotalCount() >= int64(math.Pow(10, nines)) {
				xy = append(xy, plotter.XY{X: nines, Y: math.Max(1, float64(h.ValueAtQuantile(q))/1e3)})
			}
		}
		line, err := plotter.NewLine(xy)
		if err != nil {
			return nil, err
		}
		line.Color = plotutil.Color(i)
		p.Add(line)
		p.Legend.Add(s.Name, line)
	}
	return save(p, filepath.Join(dir, "latency"))
}

// smallest is the row with the smallest batches that has latencies to draw; nil if there is none.
func (r *Report) smallest() (row *Row) {
	for _, x := range r.Rows {
		drawn := len(x.Targets) > 0 && x.Case.Client == "raw" && !x.Case.Flush
		for _, s := range x.Targets {
			drawn = drawn && len(s.Runs) > 0 && s.Runs[len(s.Runs)-1].hist != nil
		}
		if drawn && (row == nil || x.Case.BatchBytes < row.Case.BatchBytes) {
			row = x
		}
	}
	return row
}

// percentileTicks labels an axis that counts nines.
type percentileTicks struct{}

// Ticks implements plot.Ticker.
func (percentileTicks) Ticks(lo, hi float64) []plot.Tick {
	return []plot.Tick{{Value: 0, Label: "0"}, {Value: math.Log10(2), Label: "50"}, {Value: 1, Label: "90"},
		{Value: 2, Label: "99"}, {Value: 3, Label: "99.9"}, {Value: 4, Label: "99.99"}}
}
