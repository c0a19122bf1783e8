package model

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// Truncates returns how far down a truncation to an offset may go: a batch that holds the offset goes whole.
func Truncates(log *Batches, to kafka.Offset) Truncation {
	if b := log.At(to); b != nil {
		to = b.Base
	}
	return Truncation{begun: true, Floor: to}
}

// Covers reports whether the truncation may leave a log that ends at an offset.
func (t Truncation) Covers(end kafka.Offset) bool { return t.begun && end >= t.Floor }

var _ = onReplica(func(s *Step, f env.LogCutting) {
	r := s.Replica
	r.Truncation = Truncates(&r.Batches, f.To)
	if f.Anew || f.To < r.Start {
		r.Truncation.Floor, r.Truncation.Empties = 0, true
	}
})

// Empties reports whether a truncation to an offset leaves nothing of the log: it goes on where its leader's log
// starts.
func (r *Replica) Empties(to kafka.Offset) bool { return to > r.End || r.Truncation.Empties }

var _ = onReplica(func(s *Step, f env.LogTruncated) {
	r := s.Replica
	r.disk.reloading = true
	if r.Empties(f.To) {
		r.forget()
		r.Start, r.End = f.To, f.To
	} else {
		r.truncate(f.To)
	}
	r.Truncation = Truncation{}
})

// KeepsCommitted reports whether nothing committed lies beyond an offset at which a replica's log shall end.
func (r *Replica) KeepsCommitted(end kafka.Offset) bool {
	p := r.Partition
	if p.Alone() {
		return end >= max(r.High, min(p.Committed.To, r.End))
	}
	was, is := p.Committed.Log.At(end), r.Batches.At(end)
	return end >= min(p.Committed.To, r.End) || was == nil || is == nil || !is.Same(was)
}

// BehindUnclean is the unclean election that a follower does not know of yet, as a text, "" if there is none.
func (c *Cluster) BehindUnclean(r *Replica) string {
	if !r.BehindUnclean() {
		return ""
	}
	return c.uncleanText(r.Partition.Image.Unclean(r.Epoch, r.Partition.Epoch))
}

// BehindUnclean reports whether a follower does not know of an unclean election yet.
func (r *Replica) BehindUnclean() bool {
	return r.Role == Following && r.Partition.Image.Unclean(r.Epoch, r.Partition.Epoch) != nil
}

// Recovery is what a log that is opened again has lost.
type Recovery struct {
	Lost Lost
	Kept bool   // nothing committed is gone
	Why  string // what may have taken it, "" if nothing may
}

// Lost is the gravest way to have lost something.
type Lost uint8

// The ways.
const (
	LostNothing   Lost = iota // or only what does not count
	FoundTooMuch              // it ends beyond what was ever appended
	LostFlushed               // what had been flushed
	LostClean                 // something, although its broker had stopped on request
	LostCommitted             // what could be read
)

// RecoveryTo judges a log that was open before by where it ends now. Where others have the same partition, it may
// have lost what it had not flushed, committed or not, if no leader has counted on it. A truncation that was under
// way may have been carried out wholly or in part.
func (r *Replica) RecoveryTo(f env.LogRecovered) Recovery {
	if r.Truncation.Covers(f.End) && f.End <= r.End {
		return Recovery{Kept: true}
	}
	got := Recovery{Kept: r.KeepsCommitted(f.End), Why: r.unflushedText()}
	switch {
	case f.End > r.End && f.Start == f.End && r.Flushed <= r.Start:
		// nothing was on disk of what was not deleted: it starts where a checkpoint says
	case f.End > r.End:
		got.Lost = FoundTooMuch
	case f.End < r.Flushed:
		got.Lost, got.Why = LostFlushed, r.Damage()
	case r.Node.Stopped && r.disk.closed && f.End < r.End:
		got.Lost, got.Why = LostClean, r.Damage()
	case !got.Kept && (r.Partition.Alone() || f.End < r.Counted):
		got.Lost = LostCommitted
	}
	return got
}

var _ = onFact(func(s *Step, f env.LogRecovered) {
	if f.Topic == kafka.MetadataTopic {
		s.Emitter = s.Cluster.join(s.Cluster.node(s.Node))
	} else {
		s.at(s.Cluster.replicaOf(s.Node, f.TopicPartition, f.TopicID))
	}
}, func(s *Step, f env.LogRecovered) {
	switch {
	case f.Topic == kafka.MetadataTopic:
		s.Cluster.quorumRecovered(s, f)
	case s.Replica != nil:
		s.Replica.recovered(f, s.Event)
	}
})

func (r *Replica) recovered(f env.LogRecovered, event uint64) {
	p := r.Partition
	if r.Fenced && r.Role == Leading && p.Topic == kafka.OffsetsTopic {
		r.Node.offsetsLed = event // its coordinator reads again what is stored
	}
	switch {
	case r.Reopens():
		if got := r.RecoveryTo(f); f.End < r.End && !r.Truncation.Covers(f.End) {
			r.lose(f.End, got, event)
		}
	case r.Known:
		r.created(event)
	}
	if !r.Known && f.End > f.Start {
		r.Batches = r.disk.removed
	}
	r.disk.removed = Batches{}
	r.truncate(f.End)
	r.Batches.drop(f.Start)
	r.Known, r.Opened, r.Start, r.End = true, true, f.Start, f.End
	r.MaxStart = max(r.MaxStart, f.Start)
	if f.Clean {
		r.Flushed = f.End
	}
	if f.Start == f.End {
		clear(r.producers) // nothing is left to know them by
	}
	r.High, r.disk.highKnown = 0, false
	if p.Alone() {
		p.aloneOpened(r, f)
	}
	r.Fenced, r.disk.reloading, r.Recovering, r.disk.cleanStart, r.disk.closed = false, false, false, f.Clean, false
	r.disk.mayHaveLost, r.Truncation = history.Fault{}, Truncation{}
}

// created begins a log: its topic has been created, perhaps again, or it was placed on this broker again. The only
// replica begins its partition, too.
func (r *Replica) created(event uint64) {
	p := r.Partition
	if p.Alone() {
		if p.Committed.To > 0 && r.Node.Damaged {
			p.lose(Loss{event: event, to: r.End, promised: true, why: r.Damage()})
		}
		p.Committed = nothingCommitted()
		p.Readable, p.Epoch, p.Leader, p.leaders = 0, NoEpoch, nil, nil
		r.Role, r.Epoch = Idle, NoEpoch
	}
	r.forget()
	r.End = 0
}

// aloneOpened decides what is committed of a partition whose only replica has been opened.
func (p *Partition) aloneOpened(r *Replica, f env.LogRecovered) {
	if f.Clean && f.End > p.Committed.To {
		p.commit(r, f.End) // what its only replica has on disk can no longer be lost by an election
	}
	// What it found beyond counts when it leads: it was acknowledged to no client.
	p.Committed.To = min(p.Committed.To, f.End)
	p.Committed.Log.truncate(p.Committed.To)
	p.Readable = p.Committed.To
}

// lose records what is gone of a log, and from the newest leader's log also for clients that asked for acks=1 only.
func (r *Replica) lose(from kafka.Offset, got Recovery, event uint64) {
	p, name := r.Partition, r.Node.Name
	fault := r.faultText()
	if fault == "" && r.Node.Damaged {
		fault = r.Damage()
	}
	if got.Why != "" {
		r.addLost(lostRange{from, r.End, fault})
	}
	switch {
	case p.Alone():
		p.lose(Loss{event: event, offset: from, to: r.End, epoch: p.Epoch, promised: !got.Kept, why: got.Why})
	case r == p.Leader:
		if fault == "" {
			fault = name + " ended"
		}
		p.lose(Loss{event: event, offset: from, to: r.End, epoch: p.Epoch,
			why: fmt.Sprintf("acks=1: %s, the leader in epoch %d, lost it before another replica had fetched it: %s",
				name, p.Epoch, fault)})
	}
}
