package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Options say what to put to whom.
type Options struct {
	Targets []Target
	Ideal   []string // command line that ends in ServeIdeal(Dir, false); empty: no ideal to compare with
	Cases   []Case
	Reps    int      // of each case, alternating between all targets; 7
	Dir     string   // for the disk's own stream; os.TempDir()
	Bar     *os.File // shows progress if it is a terminal; nil: none
}

// idleAfter is when a freshly started server's idle memory is looked at.
const idleAfter = 500 * time.Millisecond

// contender is a target, or the ideal, while it is measured.
type contender struct {
	name string
	runner
	*process
}

// Run measures. What was measured before an error comes back with it.
func Run(ctx context.Context, o Options) (*Report, error) {
	set(&o.Reps, 7)
	set(&o.Dir, os.TempDir())
	o.Cases = unique(o.Cases)
	if len(o.Targets) == 0 || len(o.Cases) == 0 {
		return nil, errors.New("bench: no target or no case")
	}
	for _, c := range o.Cases {
		if err := c.check(); err != nil {
			return nil, err
		}
	}
	r := &Report{When: time.Now().UTC(), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version(), Reps: o.Reps}
	field, stop, err := o.line(ctx, r)
	defer stop()
	if err != nil {
		return r, err
	}
	err = o.measure(ctx, r, field)
	for _, t := range field.targets {
		r.finish(t)
	}
	return r, err
}

// field is everybody who is measured.
type field struct {
	ideal   *contender // nil: nobody
	targets []*contender
}

// line starts what is to be started.
func (o Options) line(ctx context.Context, r *Report) (f field, stop func(), err error) {
	var started []*process
	stop = func() {
		for _, p := range started {
			p.stop()
		}
	}
	for _, t := range o.Targets {
		p := &process{addr: t.Bootstrap, pid: t.PID}
		if len(t.Server) > 0 {
			if p, err = start(ctx, t.Server, t.Bootstrap); err != nil {
				return f, stop, err
			}
			started = append(started, p)
			time.Sleep(idleAfter)
		}
		r.Targets = append(r.Targets, startup(t, p))
		f.targets = append(f.targets, &contender{t.Name, broker{p}, p})
	}
	if len(o.Ideal) > 0 {
		p, err := start(ctx, o.Ideal, "")
		if err != nil {
			return f, stop, err
		}
		started = append(started, p)
		f.ideal = &contender{"ideal", idealPipe{p}, p}
	}
	return f, stop, nil
}

func startup(t Target, p *process) Startup {
	s := Startup{Target: t, Address: p.addr, ReadyMillis: p.ready.Seconds() * 1e3}
	if u, err := p.usage(); err == nil {
		s.IdleMiB = float64(u.rss) / (1 << 20)
	}
	return s
}

// measure runs every case Reps times, going round the field each time.
func (o Options) measure(ctx context.Context, r *Report, f field) error {
	bar := o.bar(f)
	for _, c := range o.Cases {
		row := Row{Case: c}
		base := o.baseline(c, f)
		if base != nil {
			row.Baseline = &Series{Name: base.name}
		}
		for _, t := range f.targets {
			row.Targets = append(row.Targets, &Series{Name: t.name})
		}
		r.Rows = append(r.Rows, &row)
		bar.Describe(c.String())
		for range o.Reps {
			if base != nil {
				if err := row.Baseline.add(ctx, base, c); err != nil {
					return err
				}
				_ = bar.Add(1)
			}
			for i, t := range f.targets {
				if err := row.Targets[i].add(ctx, t, c); err != nil {
					return err
				}
				_ = bar.Add(1)
			}
		}
		row.sum()
	}
	return bar.Finish()
}

// baseline is what a case is compared with: the ideal pipe; the disk's own stream where every batch is synced;
// nobody where the client is an application's, which costs more than the broker.
func (o Options) baseline(c Case, f field) *contender {
	switch {
	case f.ideal == nil || c.Client == "kgo":
		return nil
	case c.Flush:
		return &contender{"write+fdatasync", stream{o.Dir}, nil}
	}
	return f.ideal
}

func (s *Series) add(ctx context.Context, t *contender, c Case) error {
	run, err := t.run(ctx, c)
	if err != nil {
		return fmt.Errorf("%s, %v: %w", t.name, c, err)
	}
	s.Runs = append(s.Runs, run)
	return nil
}

func (o Options) bar(f field) *progressbar.ProgressBar {
	out := io.Discard
	if o.Bar != nil && term.IsTerminal(int(o.Bar.Fd())) {
		out = o.Bar
	}
	n := 0
	for _, c := range o.Cases {
		n += o.Reps * len(f.targets)
		if o.baseline(c, f) != nil {
			n += o.Reps
		}
	}
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(out), progressbar.OptionSetWidth(20),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
}
