package replica

import (
	"slices"

	"gregor/core/env"
	"gregor/core/insync"
	"gregor/core/mutants"
)

// follower is what a leader knows of one other replica, all of it from that replica's fetches.
type follower struct {
	id       env.NodeID
	end      env.Offset // the offset of its last fetch: it has written everything below
	logStart env.Offset
	epoch    env.LeaderEpoch // in which it fetched last, or NoEpoch
	broker   env.BrokerEpoch // with which it fetched last, or -1
	last     env.LeaderEpoch // of its last record, as it said last, or NoEpoch
	compared bool            // the epochs of this log showed that its last fetch goes on from it

	lag insync.Lag[env.Instant]
}

// setFollowers makes the list anew for the replicas there are now, keeping what is known of those that stay. A new
// epoch keeps it too: what was said in an older epoch is told apart by follower.epoch, not forgotten.
func (r *Replica) setFollowers(now env.Now, elected bool) {
	old := r.followers
	r.followers = make([]follower, 0, len(r.replicas))
	for _, id := range r.replicas {
		if id == r.cfg.Node {
			continue
		}
		f := follower{id: id, end: -1, logStart: -1, epoch: env.NoEpoch, last: env.NoEpoch, broker: -1, lag: insync.Lag[env.Instant]{CaughtUp: longAgo, Fetched: longAgo, LeaderEnd: -1}}
		if i := slices.IndexFunc(old, func(f follower) bool { return f.id == id }); i >= 0 {
			f = old[i]
		}
		if elected {
			f.lag.CaughtUp, f.lag.LeaderEnd = longAgo, -1
			if slices.Contains(r.isr, id) {
				f.lag.CaughtUp = now.Mono // it gets its time to reach the new leader
			}
		}
		r.followers = append(r.followers, f)
	}
}

// welcome gives the members that are new in the in-sync set their time to reach the leader's end: they may join at the
// high watermark, which the end is ahead of.
func (r *Replica) welcome(now env.Now, before []env.NodeID) {
	for _, id := range r.isr {
		if f := r.follower(id); f != nil && !slices.Contains(before, id) {
			f.lag.CaughtUp = max(f.lag.CaughtUp, now.Mono)
		}
	}
}

func (r *Replica) follower(id env.NodeID) *follower {
	for i := range r.followers {
		if r.followers[i].id == id {
			return &r.followers[i]
		}
	}
	return nil
}

// isNews says whether a fetch does more than go on from the one before.
func (f *follower) isNews(a *FetchAsk) bool {
	return f.epoch != a.Ask.CurrentLeaderEpoch || f.broker != a.ReplicaEpoch || a.Ask.FetchOffset < f.end || a.Ask.LastFetchedEpoch < f.last
}

// note takes what a fetch says of the follower.
func (f *follower) note(now env.Now, a *FetchAsk, leaderEnd env.Offset) {
	f.lag.Note(now.Mono, a.Ask.FetchOffset, leaderEnd)
	f.end, f.logStart = a.Ask.FetchOffset, a.Ask.LogStart
	f.epoch, f.broker, f.last = a.Ask.CurrentLeaderEpoch, a.ReplicaEpoch, a.Ask.LastFetchedEpoch
}

// heldBy is the end of what the follower has said to hold, or -1 if it has not said so in this epoch: only fetches
// of the leader's own epoch move the high watermark.
func (r *Replica) heldBy(f *follower) env.Offset {
	if f.epoch != r.epoch && !(mutants.Enabled && mutants.On().HighWatermarkIgnoresEpoch) { // R7 (KAFKA-6880)
		return -1
	}
	return f.end
}

// isCaughtUp says whether the follower has everything, or had so lately.
func (r *Replica) isCaughtUp(now env.Now, f *follower) bool {
	return r.heldBy(f) == r.log.EndOffset() || now.Mono.Sub(f.lag.CaughtUp) <= r.cfg.LagTime
}

// LowWatermark is the lowest log start of this leader and of the followers that are alive: what is below is gone from
// all of them (KIP-107). -1: one of them has not said since it was started.
func (r *Replica) LowWatermark() env.Offset {
	low := r.log.LogStart()
	if mutants.Enabled && mutants.On().DeleteRecordsByLeaderAlone {
		return low
	}
	for i := range r.followers {
		f := &r.followers[i]
		switch epoch, alive := r.cfg.Brokers.Broker(f.id); {
		case !alive:
		case f.broker != epoch:
			return -1
		default:
			low = min(low, f.logStart)
		}
	}
	return low
}

// Alive is this broker and those of the other replicas that LowWatermark counts.
func (r *Replica) Alive() []env.NodeID {
	alive := []env.NodeID{r.cfg.Node}
	for i := range r.followers {
		if _, ok := r.cfg.Brokers.Broker(r.followers[i].id); ok {
			alive = append(alive, r.followers[i].id)
		}
	}
	return alive
}

// FollowerState is a follower as its leader sees it.
type FollowerState struct {
	ID              env.NodeID
	End, LogStart   env.Offset // -1: not known
	Fetched         env.Instant
	CaughtUp        env.Instant
	InSync, Joining bool
}

// Followers is what a leader knows of the others, in order of the replicas.
func (r *Replica) Followers() []FollowerState {
	out := make([]FollowerState, 0, len(r.followers))
	for i := range r.followers {
		f := &r.followers[i]
		out = append(out, FollowerState{ID: f.id, End: r.heldBy(f), LogStart: f.logStart, Fetched: f.lag.Fetched, CaughtUp: f.lag.CaughtUp,
			InSync: slices.Contains(r.isr, f.id), Joining: r.proposal.open() && slices.Contains(r.proposal.members, f.id)})
	}
	return out
}
