package scenarios

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gregor/core/env"
)

// clockVerbs are about the clocks of nodes.
var clockVerbs = []verb{
	{
		name: "clock", takes: "NODES AMOUNT", on: onNodes, lasts: true, amount: clockJump, draw: drawJump,
		text:      "the wall clock jumps by +2h or -500ms",
		simulated: "all processes share one clock",
		node:      func(r *run, n string, now []Action) { r.jumpTo(n, now) },
		story:     narration{ends: true},
	},
	{
		name: "drift", takes: "NODES AMOUNT", on: onNodes, lasts: true, amount: clockDrift,
		text:      "the clocks run faster or slower, by +200ppm or -200ppm",
		simulated: "all processes share one clock",
		node: func(r *run, n string, now []Action) {
			ppm, _ := strconv.ParseInt(strings.TrimSuffix(newest(now, "0ppm"), "ppm"), 10, 64) // was tried when it was parsed
			r.sim.ClockDrift(n, ppm)
		},
		story: narration{ends: true},
	},
}

// jumpTo lets a wall clock be off by the sum of all jumps under way.
func (r *run) jumpTo(n string, now []Action) {
	var off int64
	for _, a := range now {
		d, _ := time.ParseDuration(a.Amount) // was tried when it was parsed
		off += d.Milliseconds()
	}
	r.sim.ClockJump(n, off-r.jumped[n])
	r.jumped[n] = off
}

// clockJump checks how far a clock jumps.
func clockJump(text string) error {
	switch d, err := time.ParseDuration(text); {
	case err != nil || d > 87_600*time.Hour || d < -87_600*time.Hour:
		return errors.New("is not a jump of a clock; write +2h or -500ms, at most ten years")
	case -time.Millisecond < d && d < time.Millisecond:
		return errors.New("is too short a jump; 1ms is the least")
	}
	return nil
}

// drawJump draws a jump up to that far, either way.
func drawJump(amount string, rnd *env.Rand) string {
	d, _ := time.ParseDuration(amount) // was tried when it was parsed
	span := int64(max(d, -d))
	jump := time.Duration(rnd.Between(-span, span)).Round(time.Millisecond)
	if jump == 0 {
		jump = time.Millisecond
	}
	return fmt.Sprintf("%+v", jump)
}

// clockDrift checks how fast clocks drift.
func clockDrift(text string) error {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "ppm"))
	if err != nil || !strings.HasSuffix(text, "ppm") || n < -500_000 || n > 500_000 {
		return errors.New("is not a drift; write +200ppm or -200ppm, at most 500000")
	}
	return nil
}
