package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// Report is everything that was measured.
type Report struct {
	When     time.Time `json:"when"`
	System   string    `json:"system"`
	CPUs     int       `json:"cpus"`
	Go       string    `json:"go"`
	Reps     int       `json:"reps"`
	Targets  []Startup `json:"targets"`
	Rows     []*Row    `json:"rows"`
	Failover *Failover `json:"failover,omitempty"`
	Crowd    *Crowd    `json:"crowd,omitempty"`
}

// NewReport is a report of this machine, with nothing measured yet.
func NewReport(reps int) *Report {
	return &Report{When: time.Now().UTC(), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(),
		Go: runtime.Version(), Reps: reps}
}

// Startup is what is known of a target besides its runs.
type Startup struct {
	Target
	Address     string  `json:"address"`
	ReadyMillis float64 `json:"ready_ms,omitempty"`     // from its start to the first accepted connection
	IdleMiB     float64 `json:"idle_rss_mib,omitempty"` // half a second later
	LoadedMiB   float64 `json:"peak_rss_mib,omitempty"` // the most it had in memory in all runs
}

// Row is one case.
type Row struct {
	Case     Case      `json:"case"`
	Baseline *Series   `json:"baseline,omitempty"`
	Sendfile *Series   `json:"sendfile,omitempty"` // the ideal that reads what was written, where there are copies
	Copied   *Series   `json:"copied,omitempty"`   // the ideal of several processes
	Targets  []*Series `json:"targets"`
}

// Series is one target's runs of one case.
type Series struct {
	Name     string     `json:"name"`
	Replicas int        `json:"replicas"`
	Runs     []Trial    `json:"runs"`
	Sum      Sum        `json:"sum"`
	Latency  []Quantile `json:"latency,omitempty"`   // the distribution of the last run
	Ratios   *Ratios    `json:"ratios,omitempty"`    // to the baseline
	ToOne    *Ratios    `json:"to_one,omitempty"`    // to the first target without copies
	ToCopied *Ratios    `json:"to_copied,omitempty"` // to the ideal of several processes
}

// Stat is a median and its spread.
type Stat struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// Sum is a series in short.
type Sum struct {
	MBps     Stat `json:"mb_per_s"`
	RecordsS Stat `json:"records_per_s"`
	CPUPerGB Stat `json:"cpu_ms_per_gb"`
	RSSMiB   Stat `json:"rss_mib"`
	P50      Stat `json:"p50_us"`
	P99      Stat `json:"p99_us"`
	P999     Stat `json:"p999_us"`
}

// Quantile is one point of a distribution of latencies: Percentile percent took at most Micros microseconds.
type Quantile struct {
	Percentile float64 `json:"percentile"`
	Micros     float64 `json:"us"`
}

// Ratios are of each run to the baseline's run just before it.
type Ratios struct {
	MBps     Stat `json:"mb_per_s"`
	CPUPerGB Stat `json:"cpu_ms_per_gb"`
	P50      Stat `json:"p50_us"`
	P99      Stat `json:"p99_us"`
}

// sum computes the medians of a row whose runs are complete.
func (r *Row) sum() {
	if r.Baseline != nil {
		r.Baseline.sum()
	}
	if r.Sendfile != nil {
		r.Sendfile.sum()
	}
	for _, s := range r.Targets {
		s.sum()
		if r.Baseline != nil {
			s.Ratios = ratios(s.Runs, r.base(s.Replicas))
		}
	}
	r.sumCopies()
}

// sumCopies compares what makes copies with what makes none, and with the ideal that makes them too.
func (r *Row) sumCopies() {
	one := r.one()
	if r.Copied != nil {
		r.Copied.sum()
		r.Copied.Ratios = ratios(r.Copied.Runs, r.base(r.Copied.Replicas))
		if r.Baseline != nil {
			r.Copied.ToOne = ratios(r.Copied.Runs, r.Baseline.Runs)
		}
	}
	for _, s := range r.Targets {
		if one != nil && s.Replicas > 1 {
			s.ToOne = ratios(s.Runs, one.Runs)
		}
		if r.Copied != nil && s.Replicas == r.Copied.Replicas {
			s.ToCopied = ratios(s.Runs, r.Copied.Runs)
		}
	}
}

// one is the first target without copies; nil if there is none.
func (r *Row) one() *Series {
	for _, s := range r.Targets {
		if s.Replicas == 1 {
			return s
		}
	}
	return nil
}

// base is what a target with so many replicas is compared with, run by run. Each replica receives, checksums and
// writes as the ideal does, and the leader sends to each follower as the ideal sends with sendfile: that is the CPU.
func (r *Row) base(replicas int) []Trial {
	runs := slices.Clone(r.Baseline.Runs)
	if r.Sendfile == nil {
		return runs
	}
	for i := range min(len(runs), len(r.Sendfile.Runs)) {
		runs[i].CPUPerGB = float64(replicas)*runs[i].CPUPerGB + float64(replicas-1)*r.Sendfile.Runs[i].CPUPerGB
	}
	return runs
}

func (s *Series) sum() {
	s.Sum = sum(s.Runs)
	if len(s.Runs) > 0 {
		s.Latency = s.Runs[len(s.Runs)-1].quantiles()
	}
}

// quantiles are ten for each nine of the percentiles, up to the last that one request decides.
func (r Trial) quantiles() (all []Quantile) {
	if r.hist == nil {
		return nil
	}
	const perNine, nines = 10, 4
	for i := range perNine*nines + 1 {
		beyond := math.Pow(10, -float64(i)/perNine) // the share of requests that took longer
		if float64(r.hist.TotalCount())*beyond < 1 {
			break
		}
		q := 100 * (1 - beyond)
		all = append(all, Quantile{q, float64(r.hist.ValueAtQuantile(q)) / 1e3})
	}
	return all
}

func sum(runs []Trial) Sum {
	of := func(f func(Trial) float64) Stat {
		var v []float64
		for _, r := range runs {
			v = append(v, f(r))
		}
		return stat(v)
	}
	return Sum{
		MBps:     of(func(r Trial) float64 { return r.MBps }),
		RecordsS: of(func(r Trial) float64 { return r.RecordsS }),
		CPUPerGB: of(func(r Trial) float64 { return r.CPUPerGB }),
		RSSMiB:   of(func(r Trial) float64 { return r.RSSMiB }),
		P50:      of(func(r Trial) float64 { return r.P50 }),
		P99:      of(func(r Trial) float64 { return r.P99 }),
		P999:     of(func(r Trial) float64 { return r.P999 }),
	}
}

func ratios(runs, base []Trial) *Ratios {
	of := func(f func(Trial) float64) Stat {
		var v []float64
		for i := range min(len(runs), len(base)) {
			if b := f(base[i]); b > 0 {
				v = append(v, f(runs[i])/b)
			}
		}
		return stat(v)
	}
	return &Ratios{
		MBps:     of(func(r Trial) float64 { return r.MBps }),
		CPUPerGB: of(func(r Trial) float64 { return r.CPUPerGB }),
		P50:      of(func(r Trial) float64 { return r.P50 }),
		P99:      of(func(r Trial) float64 { return r.P99 }),
	}
}

// stat is the median, of an even count the mean of the middle two, and the extremes; zeros of nothing.
func stat(v []float64) Stat {
	if len(v) == 0 {
		return Stat{}
	}
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	return Stat{Median: (v[(n-1)/2] + v[n/2]) / 2, Min: v[0], Max: v[n-1]}
}

// finish notes what a target needed in the end.
func (r *Report) finish(t *contender) {
	for i := range r.Targets {
		if u, err := t.usage(); err == nil && r.Targets[i].Name == t.name {
			r.Targets[i].LoadedMiB = float64(u.peak) / (1 << 20)
		}
	}
}

// WriteJSON writes the report as one object.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// String is the median and the spread.
func (s Stat) String() string {
	if s == (Stat{}) {
		return "-"
	}
	return fmt.Sprintf("%s [%s-%s]", short(s.Median), short(s.Min), short(s.Max))
}

// short writes three digits.
func short(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// WriteTable writes medians with their spreads, a line for each case and contender, and the ratios beside them.
func (r *Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s, %d CPUs, %s, median [min-max] of %d, x: ratio to the baseline\n", r.System, r.CPUs, r.Go, r.Reps)
	if f := r.Failover; f != nil {
		f.write(t)
	}
	if c := r.Crowd; c != nil {
		c.write(t)
	}
	for _, row := range r.Rows {
		fmt.Fprintf(t, "\n%v\n", row.Case)
		fmt.Fprintln(t, "\tMB/s\tx\trecords/s\tCPU ms/GB\tx\tp50 us\tx\tp99 us\tp99.9 us\tRSS MiB")
		if row.Baseline != nil {
			row.Baseline.write(t)
		}
		if row.Sendfile != nil {
			sendfile := *row.Sendfile
			sendfile.Name = "ideal sendfile"
			sendfile.write(t)
		}
		if row.Copied != nil {
			row.Copied.write(t)
		}
		for _, s := range row.Targets {
			s.write(t)
		}
	}
	fmt.Fprintln(t)
	for _, s := range r.Targets {
		if s.ReadyMillis > 0 {
			fmt.Fprintf(t, "%s: accepts after %s ms, %s MiB idle, %s MiB at most\n", s.Name, short(s.ReadyMillis),
				short(s.IdleMiB), short(s.LoadedMiB))
		}
	}
	return t.Flush()
}

func (s *Series) write(w io.Writer) {
	var mb, cpu, p50 string
	if s.Ratios != nil {
		mb, cpu, p50 = s.Ratios.MBps.String(), s.Ratios.CPUPerGB.String(), s.Ratios.P50.String()
	}
	fmt.Fprintf(w, "  %s\t%v\t%s\t%s\t%v\t%s\t%v\t%s\t%v\t%v\t%s\n", s.Name, s.Sum.MBps, mb, short(s.Sum.RecordsS.Median),
		s.Sum.CPUPerGB, cpu, s.Sum.P50, p50, s.Sum.P99, s.Sum.P999, short(s.Sum.RSSMiB.Median))
	for _, r := range []struct {
		what string
		*Ratios
	}{{"one", s.ToOne}, {"the ideal of as many", s.ToCopied}} {
		if r.Ratios != nil {
			fmt.Fprintf(w, "  x: to %s\t\t%v\t\t\t%v\t\t%v\n", r.what, r.MBps, r.CPUPerGB, r.P50)
		}
	}
}
