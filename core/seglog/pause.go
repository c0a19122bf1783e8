package seglog

import "gregor/core/env"

// pause is the time between two rounds of periodic work: retention, compaction, expiry of producers. It ends a
// configured length after it began. A changed configuration moves its end only by what it changes the length; were the
// pause started again, a topic whose configs change more often than that would never see another round.
type pause struct {
	due   env.Instant // when the next round is due
	since env.Instant // when the pause began
	timed bool        // due follows from since and the length
}

// begin starts a pause of ms milliseconds.
func (p *pause) begin(now env.Now, ms int64) {
	*p = pause{due: after(now.Mono, ms), since: now.Mono, timed: true}
}

// until has the next round wait for a moment that no config names; [env.Never] while an outcome has to come first.
func (p *pause) until(at env.Instant) { *p = pause{due: at} }

// setLength applies a changed length to the pause that is under way, if one is.
func (p *pause) setLength(ms int64) {
	if p.timed {
		p.due = after(p.since, ms)
	}
}
