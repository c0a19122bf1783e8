package group

import "time"

// initialDelay is how long the first rebalance of an empty group waits for more members
// (group.initial.rebalance.delay.ms). It is extended as long as members arrive, up to the rebalance timeout in all.
type initialDelay struct {
	arrivals  bool          // members have joined since the delay was begun or extended
	delay     time.Duration // which runs
	remaining time.Duration // how far it may be extended
}

// begin returns the first delay.
func (d *initialDelay) begin(delay, limit time.Duration) time.Duration {
	*d = initialDelay{delay: delay, remaining: max(limit-delay, 0)}
	return delay
}

// extend returns the delay that follows the one that has passed; false if there is none.
func (d *initialDelay) extend(delay time.Duration) (time.Duration, bool) {
	if !d.arrivals || d.remaining == 0 {
		return 0, false
	}
	passed := d.delay
	d.arrivals, d.delay = false, min(delay, d.remaining)
	d.remaining = max(d.remaining-passed, 0)
	return d.delay, true
}
