package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"gregor/cmd/internal/progress"
)

// Options are which cases are put to which targets.
type Options struct {
	Targets []Target
	Ideal   []string // command line that ends in ServeIdeal(Dir, false); empty: no ideal to compare with
	Leader  []string // one that ends in ServeIdealCopied(Dir, Followers); empty: no ideal of several processes
	Follow  []string // one that ends in FollowIdeal(Dir, the last argument), which is added
	Cases   []Case
	Reps    int      // of each case, alternating between all targets; 7
	Dir     string   // for the disk's own stream; os.TempDir()
	Bar     *os.File // shows progress if it is a terminal; nil: none
}

// Followers is how many copy from the ideal's leader.
const Followers = 2

// idleAfter is when a freshly started server's idle memory is looked at.
const idleAfter = 500 * time.Millisecond

// contender is a target, or the ideal, while it is measured.
type contender struct {
	name string
	runner
	processes
	replicas int
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
	r := NewReport(o.Reps)
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
	ideal   *contender // nil: none
	copied  *contender // the ideal of several processes; nil: none
	targets []*contender
}

// line starts what is to be started.
func (o Options) line(ctx context.Context, r *Report) (f field, stop func(), err error) {
	var started processes
	stop = func() { started.stop() }
	for _, t := range o.Targets {
		ps := watched(t)
		if len(t.Servers) > 0 {
			ps, err = startAll(ctx, t.Servers, t.Env, t.Bootstrap)
			if started = append(started, ps...); err != nil {
				return f, stop, err
			}
			time.Sleep(idleAfter)
		}
		r.Targets = append(r.Targets, startup(t, ps))
		f.targets = append(f.targets, &contender{t.Name, broker{ps, t.Replicas}, ps, max(1, t.Replicas)})
	}
	if len(o.Ideal) > 0 {
		ps, err := startAll(ctx, [][]string{o.Ideal}, nil, "")
		if started = append(started, ps...); err != nil {
			return f, stop, err
		}
		f.ideal = &contender{"ideal", idealPipe{ps}, ps, 1}
	}
	if len(o.Leader) > 0 {
		ps, err := o.copied(ctx)
		if started = append(started, ps...); err != nil {
			return f, stop, err
		}
		f.copied = &contender{fmt.Sprintf("ideal x%d", len(ps)), idealCopies{ps}, ps, len(ps)}
	}
	return f, stop, nil
}

// copied starts the ideal of several processes.
func (o Options) copied(ctx context.Context) (processes, error) {
	ps, err := startAll(ctx, [][]string{o.Leader}, nil, "")
	for range Followers {
		if err != nil {
			return ps, err
		}
		var p *process
		if p, err = start(ctx, append(slices.Clone(o.Follow), ps.addr()), ""); err == nil {
			ps = append(ps, p)
		}
	}
	return ps, err
}

func startup(t Target, ps processes) Startup {
	s := Startup{Target: t, Address: ps.addr(), ReadyMillis: ps.ready().Seconds() * 1e3}
	if u, err := ps.usage(); err == nil {
		s.IdleMiB = float64(u.rss) / (1 << 20)
	}
	return s
}

// turn is one contender's part in a row.
type turn struct {
	series *Series
	who    *contender
	c      Case
}

// turns lays out a row: who runs what, in this order, again and again.
func (o Options) turns(c Case, f field) (row *Row, ts []turn) {
	row = &Row{Case: c}
	add := func(who *contender, c Case) *Series {
		s := &Series{Name: who.name, Replicas: who.replicas}
		ts = append(ts, turn{s, who, c})
		return s
	}
	base := o.baseline(c, f)
	if base != nil {
		row.Baseline = add(base, c)
	}
	if base != nil && base == f.ideal && f.copies(c) {
		read := c
		read.Kind = Fetch
		row.Sendfile = add(base, read)
	}
	if f.copied != nil && row.Sendfile != nil {
		row.Copied = add(f.copied, c.part(f.copied.replicas))
	}
	for _, t := range f.targets {
		row.Targets = append(row.Targets, add(t, c.part(t.replicas)))
	}
	return row, ts
}

// part is the case for somebody who writes everything to so many files: everybody is to write the same in the end, as
// memory that was never used before costs most.
func (c Case) part(files int) Case {
	c.Bytes /= files
	return c
}

// copies reports whether the case's records are replicated: sending them on is part of the ideal.
func (f field) copies(c Case) bool {
	return c.Kind == Produce && slices.ContainsFunc(f.targets, func(t *contender) bool { return t.replicas > 1 })
}

// measure runs every case Reps times, going round the field each time.
func (o Options) measure(ctx context.Context, r *Report, f field) error {
	bar := o.bar(f)
	defer bar.End()
	for _, c := range o.Cases {
		row, turns := o.turns(c, f)
		r.Rows = append(r.Rows, row)
		bar.Describe("%v", c)
		for range o.Reps {
			for _, t := range turns {
				if err := t.series.add(ctx, t.who, t.c); err != nil {
					return err
				}
				bar.Add(1)
			}
		}
		row.sum()
	}
	return nil
}

// baseline is what a case is compared with: the ideal pipe; the disk's own stream where every batch is synced;
// nobody where the client is an application's, which costs more than the broker.
func (o Options) baseline(c Case, f field) *contender {
	switch {
	case f.ideal == nil || c.Client == "kgo":
		return nil
	case c.Flush:
		return &contender{"write+fdatasync", stream{o.Dir}, nil, 1}
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

func (o Options) bar(f field) *progress.Bar {
	if o.Bar == nil {
		return nil
	}
	n := 0
	for _, c := range o.Cases {
		_, turns := o.turns(c, f)
		n += o.Reps * len(turns)
	}
	return progress.New(o.Bar, int64(n), "trials")
}
