package raft

import (
	"time"

	"gregor/core/env"
	"gregor/core/quorum"
)

func ms(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// timer is the one timer of a role that is not Leader: what it means depends on the role. Each draws its randomness
// from one stream, which the choice of a voter to ask shares.
type timer struct {
	cfg *Config
	rnd env.Rand
	due env.Instant
}

func (t *timer) isDue(now env.Now) bool { return now.Mono >= t.due }

// startElection waits for the election timeout, between once and twice as long as configured. An observer waits for
// ever.
func (t *timer) startElection(now env.Now) {
	t.due = env.Never
	if t.cfg.isVoter() {
		t.due = now.Mono.Add(ms(t.cfg.ElectionTimeoutMs + t.rnd.Between(0, t.cfg.ElectionTimeoutMs-1)))
	}
}

// startFetch waits for the fetch timeout, after which a follower stops to follow its leader. It is a little longer than
// configured, for each follower another time: the last responses of one leader have reached its followers at about the
// same instant, and they must not become candidates together.
func (t *timer) startFetch(now env.Now) {
	t.due = now.Mono.Add(ms(t.cfg.FetchTimeoutMs + t.rnd.Between(0, t.cfg.FetchTimeoutMs/10)))
}

// shorten has a follower whose connection to the leader broke wait for a tenth to a fifth of the election timeout only.
func (t *timer) shorten(now env.Now) {
	patience := max(t.cfg.ElectionTimeoutMs/10, 1)
	t.due = min(t.due, now.Mono.Add(ms(t.rnd.Between(patience, 2*patience))))
}

// startBackoff waits before the next election. The more elections in a row were lost, the longer it may be.
func (t *timer) startBackoff(now env.Now, lost int) {
	most := quorum.Backoff(lost, ms(t.cfg.ElectionBackoffMaxMs))
	t.due = now.Mono.Add(ms(t.rnd.Between(0, most.Milliseconds())))
}

// startSuccession waits for the turn of the successor at an index of a list of n: nothing for the first, and a draw if
// the leader knows of no successors because it has restarted.
func (t *timer) startSuccession(now env.Now, at, n int) {
	most := t.cfg.ElectionBackoffMaxMs
	if n == 0 {
		t.due = now.Mono.Add(ms(t.rnd.Between(0, min(most, t.cfg.ElectionTimeoutMs/5))))
		return
	}
	if n > maxVoters && at != 0 {
		at = -1
	}
	t.due = now.Mono.Add(quorum.SuccessionBackoff(at, n, ms(most)))
}
