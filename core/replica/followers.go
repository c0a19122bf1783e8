package replica

import (
	"slices"

	"gregor/core/env"
	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/mutants"
)

// follower is what a leader knows of one other replica, all of it from that replica's fetches.
type follower struct {
	id       kafka.NodeID
	end      kafka.Offset // the offset of its last fetch: it has written everything below
	logStart kafka.Offset
	epoch    kafka.LeaderEpoch // in which it fetched last, or NoEpoch
	broker   kafka.BrokerEpoch // with which it fetched last, or -1
	last     kafka.LeaderEpoch // of its last record, as its last fetch carried it, or NoEpoch
	compared bool              // the epochs of this log showed that its last fetch goes on from it

	lag insync.Lag[env.Instant]
}

// setFollowers lists the replicas there are now, keeping what is known of those that stay. A new epoch keeps it too:
// follower.epoch is the epoch in which it was learned.
func (l *leaderRole) setFollowers(now env.Now, elected bool) {
	old := l.followers
	l.followers = make([]follower, 0, len(l.p.replicas))
	for _, id := range l.p.replicas {
		if id == l.p.cfg.Node {
			continue
		}
		f := follower{id: id, end: -1, logStart: -1, epoch: kafka.NoEpoch, last: kafka.NoEpoch, broker: -1,
			lag: insync.Lag[env.Instant]{CaughtUp: longAgo, Fetched: longAgo, LeaderEnd: -1}}
		if i := slices.IndexFunc(old, func(f follower) bool { return f.id == id }); i >= 0 {
			f = old[i]
		}
		if elected {
			f.lag.CaughtUp, f.lag.LeaderEnd = longAgo, -1
			if slices.Contains(l.p.isr, id) {
				f.lag.CaughtUp = now.Mono // it gets its time to reach the new leader
			}
		}
		l.followers = append(l.followers, f)
	}
}

// welcome gives the members that are new in the in-sync set their time to reach the leader's end: they may join at the
// high watermark, which the end is ahead of.
func (l *leaderRole) welcome(now env.Now, before []kafka.NodeID) {
	for _, id := range l.p.isr {
		if f := l.find(id); f != nil && !slices.Contains(before, id) {
			f.lag.CaughtUp = max(f.lag.CaughtUp, now.Mono)
		}
	}
}

func (l *leaderRole) find(id kafka.NodeID) *follower {
	for i := range l.followers {
		if l.followers[i].id == id {
			return &l.followers[i]
		}
	}
	return nil
}

// isNews reports whether a fetch does more than go on from the one before.
func (f *follower) isNews(a *FetchAsk) bool {
	return f.epoch != a.Ask.CurrentLeaderEpoch || f.broker != a.ReplicaEpoch || a.Ask.FetchOffset < f.end ||
		a.Ask.LastFetchedEpoch < f.last
}

// note notes what a fetch carries of the follower.
func (f *follower) note(now env.Now, a *FetchAsk, leaderEnd kafka.Offset) {
	f.lag.Note(now.Mono, a.Ask.FetchOffset, leaderEnd)
	f.end, f.logStart = a.Ask.FetchOffset, a.Ask.LogStart
	f.epoch, f.broker, f.last = a.Ask.CurrentLeaderEpoch, a.ReplicaEpoch, a.Ask.LastFetchedEpoch
}

// heldBy is the end of what the follower has said to hold, or -1 if it has not said so in this epoch: only fetches
// of the leader's own epoch move the high watermark.
func (l *leaderRole) heldBy(f *follower) kafka.Offset {
	if f.epoch != l.p.epoch && !(mutants.Enabled && mutants.On().HighWatermarkIgnoresEpoch) { // R7 (KAFKA-6880)
		return -1
	}
	return f.end
}

// isCaughtUp reports whether the follower has everything, or had so lately.
func (l *leaderRole) isCaughtUp(now env.Now, f *follower) bool {
	return l.heldBy(f) == l.p.log.EndOffset() || now.Mono.Sub(f.lag.CaughtUp) <= l.p.cfg.LagTime
}

// lowWatermark is the lowest log start of this leader and of the followers that are alive: what is below is gone from
// all of them (KIP-107). -1: one of them has not said since it was started.
func (l *leaderRole) lowWatermark() kafka.Offset {
	low := l.p.log.LogStart()
	if mutants.Enabled && mutants.On().DeleteRecordsByLeaderAlone {
		return low
	}
	for i := range l.followers {
		f := &l.followers[i]
		switch epoch, alive := l.p.cfg.Brokers.Broker(f.id); {
		case !alive:
		case f.broker != epoch:
			return -1
		default:
			low = min(low, f.logStart)
		}
	}
	return low
}

// alive lists this broker and those of the other replicas that LowWatermark counts.
func (l *leaderRole) alive() []kafka.NodeID {
	alive := []kafka.NodeID{l.p.cfg.Node}
	for i := range l.followers {
		if _, ok := l.p.cfg.Brokers.Broker(l.followers[i].id); ok {
			alive = append(alive, l.followers[i].id)
		}
	}
	return alive
}

// FollowerState is a follower as its leader sees it.
type FollowerState struct {
	ID              kafka.NodeID
	End, LogStart   kafka.Offset // -1: not known
	Fetched         env.Instant
	CaughtUp        env.Instant
	InSync, Joining bool
}

// states is what a leader knows of the others, in order of the replicas.
func (l *leaderRole) states() []FollowerState {
	out := make([]FollowerState, 0, len(l.followers))
	for i := range l.followers {
		f := &l.followers[i]
		out = append(out, FollowerState{ID: f.id, End: l.heldBy(f), LogStart: f.logStart, Fetched: f.lag.Fetched,
			CaughtUp: f.lag.CaughtUp,
			InSync:   slices.Contains(l.p.isr, f.id), Joining: l.proposal.open() && slices.Contains(l.proposal.members, f.id)})
	}
	return out
}
