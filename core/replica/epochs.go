package replica

import (
	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/wire"
)

// fence compares the leader epoch a peer knows with the own one (KIP-320). Only -1 is no epoch: others below zero are
// older ones, as Kafka's ListOffsets and OffsetForLeaderEpoch have it.
func (p *partition) fence(known env.LeaderEpoch) wire.ErrorCode {
	switch {
	case known == env.NoEpoch, known == p.epoch:
		return wire.None
	case known < p.epoch:
		return wire.FencedLeaderEpoch
	}
	return wire.UnknownLeaderEpoch
}

// diverges returns where the reader's log diverges from this one, if it names the epoch it fetched last and this log
// does not hold what the reader holds (KIP-320, KIP-595).
func (p *partition) diverges(ask wire.FetchPartition) (wire.EpochEnd, wire.ErrorCode) {
	if ask.LastFetchedEpoch < 0 {
		return wire.EpochEnd{}, wire.None
	}
	epoch, end := p.epochEnd(ask.LastFetchedEpoch)
	switch {
	case epoch == env.NoEpoch, end < 0, ask.FetchOffset < p.log.LogStart():
		return wire.EpochEnd{}, wire.OffsetOutOfRange
	case epoch < ask.LastFetchedEpoch, end < ask.FetchOffset:
		return wire.EpochEnd{Known: true, Epoch: epoch, End: end}, wire.None
	}
	return wire.EpochEnd{}, wire.None
}

// compares reports whether diverges could compare the reader's log with this one. It could not if every epoch that the
// reader may have fetched last is deleted here, and what the reader holds of it is not: then records that were never
// committed may lie below the offset that it fetches. Kafka takes such a follower into the ISR; elected before its next
// fetch, it would expose them.
func (p *partition) compares(ask *wire.FetchPartition) bool {
	start := p.log.LogStart()
	return ask.LastFetchedEpoch < 0 || ask.LogStart >= start || ask.LastFetchedEpoch >= p.log.EpochAt(start)
}

// epochEnd is the largest epoch of this log that is not above asked, and where it ends: the asker may have to come
// back with that epoch.
func (p *partition) epochEnd(asked env.LeaderEpoch) (env.LeaderEpoch, env.Offset) {
	epoch, end := p.log.EpochEnd(asked)
	if mutants.Enabled && mutants.On().EpochReplyWithoutEpoch && end >= 0 { // R3 (KIP-279)
		epoch = asked
	}
	return epoch, end
}

// EpochEnd answers OffsetForLeaderEpoch: current is the epoch the asker knows, or NoEpoch.
func (r *Replica) EpochEnd(current, asked env.LeaderEpoch) (wire.EpochEnd, wire.ErrorCode) {
	switch code := r.p.fence(current); {
	case code != wire.None:
		return wire.EpochEnd{}, code
	case r.p.role != Leading || !r.p.log.State().Readable():
		return wire.EpochEnd{}, notLeader
	}
	epoch, end := r.p.epochEnd(asked)
	return wire.EpochEnd{Known: epoch != env.NoEpoch, Epoch: epoch, End: end}, wire.None
}

// Fetchable answers what ListOffsets may look at: the end of what the asker may read. lagging is
// OFFSET_NOT_AVAILABLE while a newly elected leader does not know yet how far its predecessor had come: it answers
// every question whose answer would be that end, or lie beyond it.
func (r *Replica) Fetchable(replica env.NodeID, committed bool, current env.LeaderEpoch) (end env.Offset, lagging,
	code wire.ErrorCode) {
	switch code := r.p.fence(current); {
	case code != wire.None:
		return -1, wire.None, code
	case !r.p.log.State().Readable() || r.p.role != Leading && replica != Debugger:
		return -1, wire.None, notLeader
	case replica != NoNode:
		return r.p.log.EndOffset(), wire.None, wire.None
	case committed:
		end = r.p.log.LastStableOffset()
	default:
		end = r.p.log.HighWatermark()
	}
	reached := r.p.log.HighWatermark() >= r.leading.epochStart
	if !reached && !(mutants.Enabled && mutants.On().ListOffsetsLocalHighWatermark) { // R15 (KIP-207)
		lagging = wire.OffsetNotAvailable
	}
	return end, lagging, wire.None
}
