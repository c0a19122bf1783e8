package raft

import (
	"gregor/core/env"
	"gregor/core/seglog"
)

// closing is how far Close has come.
type closing struct {
	until  env.Instant // how long a leader waits for somebody to hear that it resigns; zero if nobody closes
	sealed bool        // the log is being closed
}

// due is when the wait is over. Once it is, only an outcome of the disk can bring Close further.
func (c *closing) due(now env.Instant) env.Instant {
	if c.until == 0 || c.sealed || now >= c.until {
		return env.Never
	}
	return c.until
}

// Close ends the replica in order: a leader resigns and says so to the voters, then the log is closed. Its State is
// Closed when nothing is left to do.
func (r *Replica) Close(now env.Now) {
	r.step(now, func() {
		switch r.state {
		case Loading:
			r.state = Closing
			r.closing.until = now.Mono
		case Running:
			r.closing.until = max(now.Mono, 1)
			if r.role == Leader && len(r.cfg.Voters) > 1 {
				r.becomeResigned(now, "the node stops")
				r.closing.until = now.Mono.Add(ms(r.cfg.RequestTimeoutMs))
			}
			r.state = Closing
		}
	})
}

// pollClosing goes on when the voters know, or need not.
func (r *Replica) pollClosing(now env.Now) {
	if r.state != Closing {
		return
	}
	c := &r.closing
	switch {
	case r.log == nil:
		return // it is about to be opened
	case !c.sealed && (now.Mono >= c.until || r.role != Resigned || r.allAcked()) && len(r.outbox) == 0:
		c.sealed = true
		r.failAsked()
		r.answerWaiting()
		r.log.Close(now)
	}
	if c.sealed && r.log.State() == seglog.Closed {
		r.state = Closed
	}
}

func (r *Replica) allAcked() bool {
	for i := range r.acked {
		if !r.acked[i] && r.cfg.Voters[i].ID != r.cfg.Node {
			return false
		}
	}
	return true
}
