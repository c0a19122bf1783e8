package replica

import (
	"gregor/core/kafka"
	"gregor/core/mutants"
	"gregor/core/wire"
)

// fence compares the leader epoch a peer knows with the own one (KIP-320). Only -1 is no epoch: others below zero are
// older ones, as Kafka's ListOffsets and OffsetForLeaderEpoch have it.
func (p *partition) fence(known kafka.LeaderEpoch) kafka.ErrorCode {
	switch {
	case known == kafka.NoEpoch, known == p.epoch:
		return kafka.None
	case known < p.epoch:
		return kafka.FencedLeaderEpoch
	}
	return kafka.UnknownLeaderEpoch
}

// diverges returns where the reader's log diverges from this one, if it names the epoch it fetched last and this log
// does not hold what the reader holds (KIP-320, KIP-595).
func (p *partition) diverges(ask wire.FetchPartition) (wire.EpochEnd, kafka.ErrorCode) {
	if ask.LastFetchedEpoch < 0 {
		return wire.EpochEnd{}, kafka.None
	}
	epoch, end := p.epochEnd(ask.LastFetchedEpoch)
	switch {
	case epoch == kafka.NoEpoch, end < 0, ask.FetchOffset < p.log.LogStart():
		return wire.EpochEnd{}, kafka.OffsetOutOfRange
	case epoch < ask.LastFetchedEpoch, end < ask.FetchOffset:
		return wire.EpochEnd{Known: true, Epoch: epoch, End: end}, kafka.None
	}
	return wire.EpochEnd{}, kafka.None
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
func (p *partition) epochEnd(asked kafka.LeaderEpoch) (kafka.LeaderEpoch, kafka.Offset) {
	epoch, end := p.log.EpochEnd(asked)
	if mutants.Enabled && mutants.On().EpochReplyWithoutEpoch && end >= 0 { // R3 (KIP-279)
		epoch = asked
	}
	return epoch, end
}

// EpochEnd answers OffsetForLeaderEpoch: current is the epoch the asker knows, or NoEpoch.
func (r *Replica) EpochEnd(current, asked kafka.LeaderEpoch) (wire.EpochEnd, kafka.ErrorCode) {
	switch code := r.p.fence(current); {
	case code != kafka.None:
		return wire.EpochEnd{}, code
	case r.p.role != Leading || !r.p.log.State().Readable():
		return wire.EpochEnd{}, notLeader
	}
	epoch, end := r.p.epochEnd(asked)
	return wire.EpochEnd{Known: epoch != kafka.NoEpoch, Epoch: epoch, End: end}, kafka.None
}

// Fetchable answers what ListOffsets may look at: the end of what the asker may read. lagging is
// OFFSET_NOT_AVAILABLE while a newly elected leader does not know yet how far its predecessor had come: it answers
// every question whose answer would be that end, or lie beyond it.
func (r *Replica) Fetchable(replica kafka.NodeID, committed bool, current kafka.LeaderEpoch) (end kafka.Offset, lagging,
	code kafka.ErrorCode) {
	switch code := r.p.fence(current); {
	case code != kafka.None:
		return -1, kafka.None, code
	case !r.p.log.State().Readable() || r.p.role != Leading && replica != kafka.DebuggingReplica:
		return -1, kafka.None, notLeader
	case replica != kafka.NoNode:
		return r.p.log.EndOffset(), kafka.None, kafka.None
	case committed:
		end = r.p.log.LastStableOffset()
	default:
		end = r.p.log.HighWatermark()
	}
	reached := r.p.log.HighWatermark() >= r.leading.epochStart
	if !reached && !(mutants.Enabled && mutants.On().ListOffsetsLocalHighWatermark) { // R15 (KIP-207)
		lagging = kafka.OffsetNotAvailable
	}
	return end, lagging, kafka.None
}
