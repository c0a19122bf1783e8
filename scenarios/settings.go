package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gregor/core/env"
	"gregor/disksim"
	"gregor/netsim"
)

// powerCuts are what disk power-cut=... may say.
var powerCuts = []string{disksim.SeedDecides: "seed", disksim.LosesUnsynced: "loses", disksim.KeepsUnsynced: "keeps"}

func setPowerCut(o *disksim.Options, v string) error {
	how := slices.Index(powerCuts, v)
	if how < 0 {
		return fmt.Errorf("unknown way to lose power %q; write loses, keeps or seed", v)
	}
	o.PowerCut = disksim.Loss(how)
	return nil
}

// tryCount checks how often a fault happens that an action lets happen at once.
func tryCount(_ *disksim.Options, v string) error {
	_, err := count(v)
	return err
}

// countOf is a count that was tried when it was parsed.
func countOf(text string) int {
	n, _ := count(text)
	return n
}

// timed is a time, in nanoseconds, that was tried when it was parsed.
func timed(text string) (t int64) {
	_ = nanos(text, &t)
	return t
}

func settingOf[O any](table []setting[O], name string) *setting[O] {
	i := slices.IndexFunc(table, func(s setting[O]) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return &table[i]
}

// worstOf is the most that settings may take from a server.
func worstOf[O any](table []setting[O], all []Setting) severity {
	worst := timeLost
	for _, s := range all {
		worst = max(worst, settingOf(table, s.Name).costs)
	}
	return worst
}

func settingNames[O any](table []setting[O]) (names []string) {
	for _, s := range table {
		names = append(names, s.name)
	}
	return names
}

// with applies settings to options. They were tried when they were parsed.
func with[O any](o O, table []setting[O], all []Setting) O {
	for _, set := range all {
		_ = try(&o, table, set)
	}
	return o
}

func try[O any](o *O, table []setting[O], set Setting) error {
	s := settingOf(table, set.Name)
	if s == nil {
		return fmt.Errorf("unknown setting")
	}
	return s.set(o, set.Value)
}

// spread reads a..b as a least value and what may come on top of it.
func spread(text string, least, more *int64) error {
	lo, hi, ranged := strings.Cut(text, "..")
	if !ranged {
		hi = lo
	}
	var a, b int64
	if err := nanos(lo, &a); err != nil {
		return err
	}
	if err := nanos(hi, &b); err != nil {
		return err
	}
	if b < a {
		return fmt.Errorf("the second time is the shorter one; write %s..%s", hi, lo)
	}
	*least, *more = a, b-a
	return nil
}

func nanos(text string, to *int64) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > time.Hour {
		return fmt.Errorf("%q is not a time from 0s to 1h; write 2ms or 1s", text)
	}
	*to = int64(d)
	return nil
}

// perMillion reads 250ppm, or 3% as 30000ppm.
func perMillion(text string, to *int) error {
	number, unit := strings.CutSuffix(text, "ppm")
	scale := 1
	if !unit {
		number, unit = strings.CutSuffix(text, "%")
		scale = 10_000
	}
	n, err := strconv.Atoi(number)
	if err != nil || !unit || n < 0 || n > 1_000_000/scale {
		return fmt.Errorf("%q is not a share from 0%% to 100%%; write 250ppm or 3%%", text)
	}
	*to = n * scale
	return nil
}

// sizeOf reads 4096, 64KiB, 10MiB or 1GiB.
func sizeOf(text string, to *int64) error {
	number, scale := text, int64(1)
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if n, ok := strings.CutSuffix(text, unit); ok {
			number, scale = n, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > 1<<40/scale {
		return fmt.Errorf("%q is not a size from 0 to 1024GiB; write 4096, 64KiB or 10MiB", text)
	}
	*to = n * scale
	return nil
}

func bandwidth(text string, to *int64) error {
	if err := sizeOf(strings.TrimSuffix(text, "/s"), to); err != nil {
		return fmt.Errorf("%q is not a number of bytes a second; write 10MiB/s", text)
	}
	return nil
}

// window bounds a connection; one without room for a byte would carry none.
func window(text string, to *int) error {
	var n int64
	if err := sizeOf(text, &n); err != nil {
		return err
	}
	if n < 1 || n > 1<<30 {
		return fmt.Errorf("%q is not a window from 1 byte to 1GiB", text)
	}
	*to = int(n)
	return nil
}

func count(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return 0, fmt.Errorf("%q is not a count from 1 to 1000000", text)
	}
	return n, nil
}

// usual are the options where nothing is written.
func usual[O any](table []setting[O]) (o O) {
	for _, s := range table {
		if s.usual == "" {
			continue
		}
		if err := s.set(&o, s.usual); err != nil {
			panic(fmt.Sprintf("scenarios: the usual %s=%s is refused: %v", s.name, s.usual, err))
		}
	}
	return o
}

// networkOptions are the network's while faults are on.
func (s *Scenario) networkOptions(r env.Rand) netsim.Options {
	o := usual(networkTable)
	if s.Swarm {
		o = netsim.Draw(r)
	}
	return with(o, networkTable, s.Network)
}

func (s *Scenario) diskOptions(r env.Rand) disksim.Options {
	o := usual(diskTable)
	if s.Swarm {
		o = disksim.Draw(r)
	}
	return with(o, diskTable, s.Disk)
}

// calm keeps the speed that options give, and takes the faults away.
func calm[O any](o O, table []setting[O]) O {
	for _, s := range table {
		if s.fault {
			_ = s.set(&o, s.usual)
		}
	}
	return o
}

// wholeNumber reads a number of a range.
func wholeNumber(text string, lo, hi int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < lo || n > hi {
		return 0, fmt.Errorf("want a whole number from %d to %d", lo, hi)
	}
	return n, nil
}

// startDiskFaults lets happen what settings of a disk action let happen at once, and notes what may damage data.
func (r *run) startDiskFaults(n string, set []Setting) {
	for _, s := range set {
		row := settingOf(diskTable, s.Name)
		if row.once != nil {
			row.once(r, n, s.Value)
		}
		if row.judgedAs != 0 {
			r.noteFault(n, row.judgedAs)
		}
	}
}

// unsettle gives the simulated network and disks what the scenario says they are like while faults are on.
func (r *run) unsettle() {
	if r.sim == nil {
		return
	}
	r.calm.network = r.sim.Network().Options()
	if len(r.s.Network) > 0 {
		r.forces.put(verbOf("network"), "", Action{Set: r.s.Network}, r.setNetwork)
	}
	for _, m := range r.s.Cluster.members() {
		r.calm.disks[m.name] = r.sim.Disk(m.name).Options()
		if m.broker && len(r.s.Disk) > 0 {
			r.putDisk(m.name, r.s.Disk)
		}
	}
}

// putDisk puts settings of a disk into force, among those of the verb disk, and returns what ends that.
func (r *run) putDisk(n string, set []Setting) (end func()) {
	return r.forces.put(verbOf("disk"), n, Action{Set: set}, func(now []Action) { r.setDisk(n, now) })
}

// setNetwork gives the network what the steps under way say.
func (r *run) setNetwork(now []Action) {
	set := allSet(now, networkTable)
	if is := with(r.calm.network, networkTable, set); is != r.sim.Network().Options() {
		r.sim.SetNetwork(changeText(set), is)
	}
}

// setDisk gives a disk what the steps under way say.
func (r *run) setDisk(n string, now []Action) {
	set := allSet(now, diskTable)
	was, is := r.sim.Disk(n).Options(), with(r.calm.disks[n], diskTable, set)
	if is == was {
		return
	}
	r.sim.SetDisk(n, changeText(set), is)
	for _, s := range diskTable {
		if s.changed != nil {
			s.changed(r, n, was, is)
		}
	}
}

// allSet are the settings of all actions under way, the newest last: it overrides the others. What an action has let
// happen at once is left out; Verb is "" of what a statement says.
func allSet[O any](now []Action, table []setting[O]) (all []Setting) {
	for _, a := range now {
		for _, s := range a.Set {
			if a.Verb == "" || settingOf(table, s.Name).once == nil {
				all = append(all, s)
			}
		}
	}
	return all
}

// changeText is settings as the trace shows them.
func changeText(set []Setting) string {
	if len(set) == 0 {
		return "no faults"
	}
	return strings.TrimSpace(settingsText(set))
}
