package replica

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/seglog"
)

const notLeader = kafka.NotLeaderOrFollower

// waiter waits until everything below upTo is safe.
type waiter struct {
	upTo kafka.Offset
	who  Waiter
	tag  int // the partition, as who numbers them
}

func (l *leaderRole) await(acks kafka.Acks, upTo kafka.Offset, who Waiter, tag int) {
	must.AtLeast("replica: log end", l.p.log.EndOffset(), "offset to wait for", upTo, l.p,
		"is an append of another log awaited?")
	if acks == kafka.AcksAll {
		l.acksAll = append(l.acksAll, waiter{upTo, who, tag})
		return
	}
	l.acksOne = append(l.acksOne, waiter{upTo, who, tag})
}

func (l *leaderRole) waiting() int { return len(l.acksOne) + len(l.acksAll) }

// answerWaiters answers the appends that are safe by now.
func (l *leaderRole) answerWaiters(now env.Now) {
	switch {
	case l.waiting() == 0:
		return
	case l.p.log.State() == seglog.Fenced || l.p.log.State() == seglog.Full:
		l.failWaiters(now, kafka.KafkaStorageError)
		return
	case l.p.role != Leading:
		return
	}
	answer(now, &l.acksOne, l.p.stable(), kafka.None)
	answer(now, &l.acksAll, l.p.log.HighWatermark(), l.codeAfterAppend())
}

// codeAfterAppend is the code that an append is answered with now that it is safe: the sets may have become too small
// meanwhile.
func (l *leaderRole) codeAfterAppend() kafka.ErrorCode {
	if l.sets().MaximalSize() < l.p.effectiveMinISR() {
		return kafka.NotEnoughReplicasAfterAppend
	}
	return kafka.None
}

// answer answers the waiters below safe. A waiter that is answered may append and wait again.
func answer(now env.Now, all *[]waiter, safe kafka.Offset, code kafka.ErrorCode) {
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

func (l *leaderRole) failWaiters(now env.Now, code kafka.ErrorCode) {
	one, all := l.acksOne, l.acksAll
	l.acksOne, l.acksAll = nil, nil
	for _, w := range one {
		w.who.Acked(now, w.tag, code)
	}
	for _, w := range all {
		w.who.Acked(now, w.tag, code)
	}
}
