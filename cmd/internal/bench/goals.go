package bench

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// Goal is a line of the project's table of figures: what a target must reach, and what it aims at.
type Goal struct {
	What      string  `json:"what"`
	Must, Aim float64 `json:"-"`
	Less      bool    `json:"-"` // less is better
	Measured  Stat    `json:"measured"`
	Target    string  `json:"target"`
}

// Verdict is how a goal was met.
func (g Goal) Verdict() string {
	meets := func(bound float64) bool {
		if g.Less {
			return g.Measured.Median <= bound
		}
		return g.Measured.Median >= bound
	}
	switch {
	case g.Measured == Stat{}:
		return "not measured"
	case meets(g.Aim):
		return "aim"
	case meets(g.Must):
		return "must"
	}
	return "missed"
}

// Goals picks from a report the figures that the project has goals for; of each target.
func (r *Report) Goals() (gs []Goal) {
	for i, t := range r.Targets {
		for _, row := range r.Rows {
			if i < len(row.Targets) {
				gs = append(gs, goals(row.Case, row.Targets[i])...)
			}
		}
		if t.ReadyMillis > 0 && t.Replicas < 2 {
			gs = append(gs, Goal{"start to first accepted connection, ms", 30, 10, true, one(t.ReadyMillis), t.Name},
				Goal{"idle RSS, MiB", 25, 16, true, one(t.IdleMiB), t.Name},
				Goal{"RSS under load, MiB", 96, 48, true, one(t.LoadedMiB), t.Name})
		}
	}
	if f := r.Failover; f != nil {
		gs = append(gs, Goal{"leader crash (kill -9) to first acknowledged write, ms", 3000, 500, true, f.Acked, f.Target})
	}
	if c := r.Crowd; c != nil {
		gs = append(gs, Goal{fmt.Sprintf("%d partitions x RF%d, KiB a replica", c.Partitions, c.Replicas), stated, 100, true,
			c.KiB, c.Target})
	}
	return gs
}

// stated is what must be met by a figure that is only to be stated.
var stated = math.Inf(1)

func one(v float64) Stat { return Stat{v, v, v} }

// goals are those of one case.
func goals(c Case, s *Series) []Goal {
	if s.Replicas > 1 {
		return copiedGoals(c, s)
	}
	if c.Client == "kgo" {
		if c.RecordBytes != 1<<10 || s.Sum.CPUPerGB.Median == 0 {
			return nil
		}
		// half of what kfake, the same client against it, was measured to cost: 1500 at best, 1611
		return []Goal{{fmt.Sprintf("%s through kgo, 1 KiB records, server CPU ms/GB", c.Kind), 805, 750, true, s.Sum.CPUPerGB,
			s.Name}}
	}
	if s.Ratios == nil {
		return nil
	}
	mb, cpu := s.Ratios.MBps, s.Ratios.CPUPerGB
	name := func(what string) string { return fmt.Sprintf("%s %s, %s / ideal", c.Kind, Size(c.BatchBytes), what) }
	switch {
	case c.Flush:
		return []Goal{{fmt.Sprintf("durable, %d x %s in flight, MB/s / write+fdatasync", c.InFlight, Size(c.BatchBytes)), 0.4,
			0.7, false, mb, s.Name}}
	case c.Kind == Produce && c.BatchBytes >= 64<<10:
		return []Goal{{name("MB/s"), 0.6, 0.85, false, mb, s.Name}, {name("CPU per GB"), 1.6, 1.2, true, cpu, s.Name}}
	case c.Kind == Fetch && c.BatchBytes >= 256<<10:
		return []Goal{{name("MB/s"), 0.7, 0.9, false, mb, s.Name}, {name("CPU per GB"), 2.0, 1.25, true, cpu, s.Name}}
	case c.Kind == Produce && c.BatchBytes == 1<<10 && c.InFlight == 1:
		return []Goal{{name("ack p50, one in flight,"), 3, 1.5, true, s.Ratios.P50, s.Name}}
	}
	return nil
}

// copiedGoals are those of one case where there are copies.
func copiedGoals(c Case, s *Series) []Goal {
	switch {
	case c.Kind != Produce || c.Client != "raw" || c.Flush || c.Acks != -1:
		return nil
	case c.BatchBytes >= 64<<10 && s.Ratios != nil:
		return []Goal{{fmt.Sprintf("RF%d produce %s, CPU per GB / (%d ideal produce + %d ideal sendfile)", s.Replicas,
			Size(c.BatchBytes), s.Replicas, s.Replicas-1),
			1.8, 1.3, true, s.Ratios.CPUPerGB, s.Name}}
	case c.BatchBytes == 1<<10 && c.InFlight == 1 && s.ToOne != nil:
		return []Goal{{fmt.Sprintf("RF%d ack p50, 1 KiB, one in flight / RF1", s.Replicas), 4, 2.5, true, s.ToOne.P50,
			s.Name}}
	}
	return nil
}

// WriteGoals writes the goals as a table.
func (r *Report) WriteGoals(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\ttarget\tmust\taim\tmeasured\tmet")
	for _, g := range r.Goals() {
		sign := ">="
		if g.Less {
			sign = "<="
		}
		must := sign + " " + short(g.Must)
		if g.Must == stated {
			must = "stated"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s %s\t%v\t%s\n", g.What, g.Target, must, sign, short(g.Aim), g.Measured, g.Verdict())
	}
	return t.Flush()
}
