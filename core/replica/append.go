package replica

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/seglog"
	"gregor/core/wire"
)

const notLeader = wire.NotLeaderOrFollower

// The values of acks.
const (
	AcksAll    int16 = -1
	AcksNone   int16 = 0
	AcksLeader int16 = 1
)

// Append appends what a producer brings. The epoch and origin are set here. With acks=all it is refused while
// fewer than min.insync.replicas are in sync.
func (r *Replica) Append(now env.Now, a seglog.Append, acks int16) (seglog.AppendResult, *seglog.Error) {
	switch {
	case r.role != Leading:
		return seglog.AppendResult{}, &seglog.Error{Code: int16(notLeader), Text: fmt.Sprintf("%s is %s here", r.tp, r.role)}
	case acks == AcksAll && r.underMinISR():
		return seglog.AppendResult{}, &seglog.Error{Code: int16(wire.NotEnoughReplicas),
			Text: fmt.Sprintf("%s has %d replicas in sync, min.insync.replicas is %d", r.tp, len(r.isr), r.effectiveMinISR())}
	}
	a.Origin, a.Epoch = seglog.Leader, r.epoch
	return r.log.Append(now, a)
}

// waiter is somebody waiting until everything below upTo is safe.
type waiter struct {
	upTo env.Offset
	who  Waiter
	tag  int // tells who which of its partitions this is
}

// Await calls who.Acked once everything below upTo is as safe as acks asks: written by the leader, or below the
// high watermark. At the next Settle at the earliest.
func (r *Replica) Await(acks int16, upTo env.Offset, who Waiter, tag int) {
	if acks == AcksAll {
		r.acksAll = append(r.acksAll, waiter{upTo, who, tag})
		return
	}
	r.acksOne = append(r.acksOne, waiter{upTo, who, tag})
}

// Waiting is how many appends wait to be acknowledged.
func (r *Replica) Waiting() int { return len(r.acksOne) + len(r.acksAll) }

func (r *Replica) answerWaiters(now env.Now) {
	switch {
	case r.Waiting() == 0:
		return
	case r.log.State() == seglog.Fenced || r.log.State() == seglog.Full:
		r.failWaiters(now, wire.KafkaStorageError)
		return
	case r.role != Leading:
		return
	}
	answer(now, &r.acksOne, r.safe(), wire.None)
	answer(now, &r.acksAll, r.log.HighWatermark(), r.codeAfterAppend())
}

// safe is the end of what this replica alone may vouch for.
func (r *Replica) safe() env.Offset {
	switch {
	case mutants.Enabled && mutants.On().AckBeforeWrite:
		return r.log.EndOffset()
	case mutants.Enabled && mutants.On().AckBeforeFlush:
		return r.log.Written()
	}
	return r.log.Stable()
}

// codeAfterAppend is what an append that was taken is answered with now that it is safe: the sets may have become
// too small meanwhile.
func (r *Replica) codeAfterAppend() wire.ErrorCode {
	if r.sets().MaximalSize() < r.effectiveMinISR() {
		return wire.NotEnoughReplicasAfterAppend
	}
	return wire.None
}

// answer answers those below safe. Who is answered may append and wait anew.
func answer(now env.Now, all *[]waiter, safe env.Offset, code wire.ErrorCode) {
	done := 0
	for done < len(*all) && (*all)[done].upTo <= safe {
		w := (*all)[done]
		(*all)[done] = waiter{}
		done++
		w.who.Acked(now, w.tag, code)
	}
	rest := *all
	n := copy(rest, rest[min(done, len(rest)):])
	clear(rest[n:])
	*all = rest[:n]
}

// FailWaiters tells everybody who waits that it will not be known here whether the append is safe.
func (r *Replica) FailWaiters(now env.Now, code wire.ErrorCode) { r.failWaiters(now, code) }

func (r *Replica) failWaiters(now env.Now, code wire.ErrorCode) {
	one, all := r.acksOne, r.acksAll
	r.acksOne, r.acksAll = nil, nil
	for _, w := range one {
		w.who.Acked(now, w.tag, code)
	}
	for _, w := range all {
		w.who.Acked(now, w.tag, code)
	}
}
