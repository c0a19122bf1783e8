package raft

import "gregor/core/env"

// closing is how far Close has come.
type closing struct {
	until  env.Instant // how long a resigned leader waits for an acknowledgement; zero before Close
	sealed bool        // the log is being closed
}

// due is when the wait is over. Once it is, only an outcome of the disk can bring Close further.
func (c *closing) due(now env.Instant) env.Instant {
	if c.until == 0 || c.sealed || now >= c.until {
		return env.Never
	}
	return c.until
}

// Close ends the replica in order: a leader resigns and sends EndQuorumEpoch to the voters, then the log is closed. Its
// State is Closed when nothing is left to do.
func (r *Replica) Close(now env.Now) {
	r.step(now, func() {
		switch r.life.state {
		case Loading:
			r.life.state = Closing
			r.closing.until = now.Mono
		case Running:
			r.closing.until = max(now.Mono, 1)
			if r.at.role == Leader && !r.cfg.isAlone() {
				r.member.becomeResigned(now, "the node stops")
				r.closing.until = now.Mono.Add(ms(r.cfg.RequestTimeoutMs))
			}
			r.life.state = Closing
		}
	})
}

// pollClosing closes the log when the voters have acknowledged the resignation, or need not.
func (r *Replica) pollClosing(now env.Now) {
	if r.life.state != Closing || !r.log.isOpen() {
		return
	}
	c := &r.closing
	isAnnounced := now.Mono >= c.until || r.at.role != Resigned || r.member.resigned.isAcked(&r.cfg)
	if !c.sealed && isAnnounced && r.out.isEmpty() {
		c.sealed = true
		r.appends.fail()
		r.member.fetches.dismiss()
		r.log.log.Close(now)
	}
	if c.sealed && r.log.isClosed() {
		r.life.state = Closed
	}
}
