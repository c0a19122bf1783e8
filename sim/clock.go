package sim

import (
	"math/bits"

	"gregor/core/env"
)

// Clock is how far a node's clocks are off. Drift is in parts per million; 100 gains 100 µs a second.
type Clock struct {
	OffsetMillis int64 // of the wall clock
	DriftPPM     int64 // of both clocks
}

// maxDrift keeps a node's clocks running forward.
const maxDrift = 500_000

// clock turns virtual time into a node's two clocks. Both are straight lines from the last change on.
type clock struct {
	since env.Instant // virtual
	mono  env.Instant // what the monotonic clock read then
	wall  int64       // what the wall clock read then, in nanoseconds
	ppm   int64
}

// millisecond in nanoseconds.
const millisecond = 1_000_000

// now reads both clocks.
func (c *clock) now(t env.Instant) env.Now {
	d := c.elapsed(int64(t - c.since))
	return env.Now{Mono: c.mono + env.Instant(d), Wall: env.WallMillis((c.wall + d) / millisecond)}
}

// elapsed is what the node's clocks advance in d nanoseconds of virtual time.
func (c *clock) elapsed(d int64) int64 {
	if c.ppm == 0 {
		return d
	}
	if c.ppm < 0 {
		return d - scale(d, -c.ppm, 1_000_000)
	}
	return d + scale(d, c.ppm, 1_000_000)
}

// due is the first virtual instant at which the monotonic clock reads at least m.
func (c *clock) due(m env.Instant) env.Instant {
	d := int64(m - c.mono)
	if c.ppm == 0 || d <= 0 {
		return c.since + env.Instant(max(d, 0))
	}
	v := scale(d, 1_000_000, 1_000_000+c.ppm)
	for c.elapsed(v) < d {
		v++
	}
	return c.since + env.Instant(v)
}

// scale is a*num/den without overflow on the way.
func scale(a, num, den int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(num))
	q, _ := bits.Div64(hi%uint64(den), lo, uint64(den))
	return int64(q)
}

// rebase starts new lines at t.
func (c *clock) rebase(t env.Instant) {
	d := c.elapsed(int64(t - c.since))
	c.mono += env.Instant(d)
	c.wall += d
	c.since = t
}
