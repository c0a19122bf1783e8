package seglog

import "gregor/core/env"

// rest is the pause between two rounds of periodic work: retention, compaction, expiry of producers. It ends a
// configured length after it began. A changed configuration moves its end only by what it changes the length; were the
// pause started again, a topic whose configs change more often than that would never see another round.
type rest struct {
	due     env.Instant // when the next round is due
	since   env.Instant // when the pause began
	resting bool        // due follows from since and the length
}

// begin starts a pause of ms milliseconds.
func (r *rest) begin(now env.Now, ms int64) {
	*r = rest{due: after(now.Mono, ms), since: now.Mono, resting: true}
}

// until has the next round wait for a moment that no config names; [env.Never] while an outcome has to come first.
func (r *rest) until(at env.Instant) { *r = rest{due: at} }

// setLength applies a changed length to the pause that is under way, if one is.
func (r *rest) setLength(ms int64) {
	if r.resting {
		r.due = after(r.since, ms)
	}
}
