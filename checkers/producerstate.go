package checkers

import (
	"fmt"

	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// duplicate-append: a log holds no sequence number of a producer epoch twice.
//
// sequence-gap: it holds them without gaps.
//
// zombie-append: an older epoch of a producer does not append any more.
//
// A producer of which the log holds nothing may begin anywhere: its state may have expired. So may one in what a
// follower fetches of a log that was compacted: batches are missing there.
//
// A leader knows of producers what its own log holds, and that may have begun where records had been deleted that a
// follower has seen: a retry of those is a duplicate for the follower alone. Kafka has them, too.
//
// duplicate-answer: a retry is answered with the offset that its batch has.
var _ = register(ofProducers, []Property{
	{"duplicate-append", "a batch of an idempotent producer was appended twice", `
		1 b0 appended 0..4 pid=7/0/0
		2 b0 appended 5..9 pid=7/0/0
		=> duplicate-append t-0@5, event 2: b0 appended sequence 0 of producer id 7 (epoch 0) again: 5
		   is the next
	`},
	{"sequence-gap", "a batch was appended whose sequence is not the next", `
		1 b0 appended 0..4 pid=7/0/0
		2 b0 appended 5..9 pid=7/0/6
		=> sequence-gap t-0@5, event 2: b0 appended sequence 6 of producer id 7 (epoch 0), but 5 is the
		   next
	`},
	{"zombie-append", "a batch of an older producer epoch was appended", `
		1 b0 appended 0..4 pid=7/1/0
		2 b0 appended 5..9 pid=7/0/0
		=> zombie-append t-0@5, event 2: b0 appended a batch of producer id 7 with epoch 0 after epoch 1
	`},
	{"duplicate-answer", "a retry was answered with an offset where its batch is not", `
		1 b0 appended 0..4 pid=7/0/0
		2 b0 appended 5..9 pid=7/0/5
		3 b0 dropped 7 5 0
		=> duplicate-answer t-0@0, event 3: b0 answered a retry of producer id 7, sequence 5, with
		   offset 0, which does not hold that batch
	`},
}, before(inSequence), before(duplicateAnswered))

// sequenceBefore reports whether s is before next, on the circle of sequence numbers.
func sequenceBefore(s, next kafka.Sequence) bool {
	d := (int64(next) - int64(s) + model.Sequences) % model.Sequences
	return d > 0 && d <= model.Sequences/2
}

func inSequence(s *step, f env.Appended) {
	if f.Last < f.Base || f.ProducerID < 0 || f.BaseSequence < 0 {
		return
	}
	p := s.Replica.ProducerState(f.ProducerID, f.Base)
	switch {
	case p == nil:
	case f.ProducerEpoch < p.Epoch:
		s.find("zombie-append", f.TopicPartition, f.Base,
			"%s appended a batch of producer id %d with epoch %d after epoch %d",
			s.Node, f.ProducerID, f.ProducerEpoch, p.Epoch)
	case f.ProducerEpoch > p.Epoch:
		if f.BaseSequence != 0 {
			s.find("sequence-gap", f.TopicPartition, f.Base, "%s let producer id %d start epoch %d with sequence %d",
				s.Node, f.ProducerID, f.ProducerEpoch, f.BaseSequence).Attributed = unknownToLeader(s.Replica, &f)
		}
	case sequenceBefore(f.BaseSequence, p.Next):
		s.find("duplicate-append", f.TopicPartition, f.Base,
			"%s appended sequence %d of producer id %d (epoch %d) again: %d is the next",
			s.Node, f.BaseSequence, f.ProducerID, f.ProducerEpoch, p.Next).Attributed = unknownToLeader(s.Replica, &f)
	case f.BaseSequence != p.Next:
		s.find("sequence-gap", f.TopicPartition, f.Base,
			"%s appended sequence %d of producer id %d (epoch %d), but %d is the next",
			s.Node, f.BaseSequence, f.ProducerID, f.ProducerEpoch, p.Next).Attributed = unknownToLeader(s.Replica, &f)
	}
}

// unknownToLeader is why the leader of a batch's epoch was right to append it, by what its own log has of the
// producer: a follower has seen something else that was deleted. "" if it was not. What a leader has seen itself it
// is judged by when it appends.
func unknownToLeader(r *model.Replica, f *env.Appended) string {
	l := r.Partition.LeaderOf(f.Epoch)
	if l == nil || l == r {
		return ""
	}
	switch b := l.Batches.LastOf(f.ProducerID, f.Base); {
	case b == nil:
		return fmt.Sprintf("%s, leader in epoch %d, has no earlier batch of the producer: its log starts later",
			l.Node.Name, f.Epoch)
	case precedes(b, f):
		return fmt.Sprintf("%s, leader in epoch %d, has the batch before it at offset %d; %s does not: its log starts later",
			l.Node.Name, f.Epoch, b.Base, r.Node.Name)
	}
	return ""
}

// precedes reports whether a batch of a producer may be followed by another.
func precedes(b *model.Batch, f *env.Appended) bool {
	if b.ProducerEpoch == f.ProducerEpoch {
		return model.SequenceAfter(b.Sequence, b.Last-b.Base+1) == f.BaseSequence
	}
	return b.ProducerEpoch < f.ProducerEpoch && f.BaseSequence == 0
}

func duplicateAnswered(s *step, f env.DuplicateDropped) {
	log := &s.Replica.Batches
	if all := log.All(); len(all) == 0 || f.Base < all[0].Base {
		return
	}
	b := log.At(f.Base)
	if b == nil || b.Base != f.Base || b.Producer != f.ProducerID || b.Sequence != f.BaseSequence {
		s.find("duplicate-answer", f.TopicPartition, f.Base,
			"%s answered a retry of producer id %d, sequence %d, with offset %d, which does not hold that batch",
			s.Node, f.ProducerID, f.BaseSequence, f.Base)
	}
}
