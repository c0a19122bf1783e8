package wire

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// unpacking is how far a Produce's compressed batches have been checked. Their records are decompressed a window at a
// time and thrown away, so what they become costs time only; limits bound that.
type unpacking struct {
	memory     int // of the batch that takes most; 0: nothing is left to do
	topic      int // the partition at hand: produce.Topics[topic].Partitions[partition]
	partition  int
	begun      *record.Scratch // with its batch; nil: not yet
	batchBytes int             // what one batch may become
	plainLeft  int64
	refused    int
}

var _ env.Unfinished = (*Request)(nil)

// keptPlain bounds the buffers that tools keep for the next message.
const keptPlain = 1 << 20

// Memory implements env.Unfinished.
func (q *Request) Memory() int { return q.unpack.memory }

// Finish implements env.Unfinished: it checks the compressed batches of a Produce.
func (q *Request) Finish(tools any, work int) (any, bool) {
	s, ok := tools.(*record.Scratch)
	if !ok {
		s, q.unpack.begun = new(record.Scratch), nil
	}
	for work > 0 {
		p := q.unpack.at(&q.produce)
		if p == nil {
			s.Trim(keptPlain)
			q.unpack.memory = 0
			return s, true
		}
		work -= q.unpack.goOn(p, s, work)
	}
	return s, false
}

// at finds the next partition with a compressed batch; nil if there is none.
func (u *unpacking) at(r *Produce) *ProducePartition {
	for ; u.topic < len(r.Topics); u.topic, u.partition = u.topic+1, 0 {
		for partitions := r.Topics[u.topic].Partitions; u.partition < len(partitions); u.partition++ {
			if p := &partitions[u.partition]; p.packed != nil {
				return p
			}
		}
	}
	return nil
}

// leastWork is what a batch counts for at least, however little it becomes.
const leastWork = 1 << 10

// goOn checks more of p's batch, and returns how much work that was.
func (u *unpacking) goOn(p *ProducePartition, s *record.Scratch, work int) int {
	var err error
	before := 0
	if u.begun != s {
		err = u.begin(p, s)
	} else {
		before = s.Became()
	}
	done := err != nil
	if !done {
		done, err = s.Continue(work)
	}
	spent := s.Became() - before
	u.plainLeft -= int64(spent)
	if u.begun = s; done {
		u.begun = nil
		b := p.packed
		p.packed = nil
		p.judged(b, s.Summary(), err, &u.refused)
	}
	return max(spent, leastWork)
}

func (u *unpacking) begin(p *ProducePartition, s *record.Scratch) error {
	limit := int(min(int64(u.batchBytes), u.plainLeft))
	if limit <= 0 {
		return &record.Error{Code: kafka.MessageTooLarge,
			Text: "the compressed batches before this one have used up what one request may decompress to"}
	}
	return s.Begin(p.packed, record.Limits{MaxUncompressed: limit})
}
