// Package producerid gives idempotent producers their ids, from blocks that the active controller allocates to this
// broker.
//
// It promises that no id is given twice: a block belongs to one life of one broker, and one that was begun before a
// restart is not gone on with. A producer without a transactional id raises its epoch by itself (KIP-360).
package producerid

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// Controller allocates blocks. then is called once, with the first id of a block and how many there are, or with none.
type Controller interface {
	AllocateProducerIDs(now env.Now, then func(now env.Now, first kafka.ProducerID, n int))
}

// Then is called once with an id, or with the reason why there is none.
type Then func(id kafka.ProducerID, code kafka.ErrorCode)

// Block is what is left of the block that ids are given from.
type Block struct {
	controller Controller
	next, end  kafka.ProducerID
	waiting    []Then // for a block, bounded by the requests that may wait
}

// New returns an empty block: the first id asks for one.
func New(c Controller) *Block { return &Block{controller: c} }

// Give gives the next id, at once if there is one.
func (b *Block) Give(now env.Now, then Then) {
	if b.next < b.end {
		then(b.take(), kafka.None)
		return
	}
	b.waiting = append(b.waiting, then)
	if len(b.waiting) == 1 {
		b.controller.AllocateProducerIDs(now, b.allocated)
	}
}

func (b *Block) take() kafka.ProducerID {
	b.next++
	return b.next - 1
}

// allocated answers those that wait, as far as the block reaches.
func (b *Block) allocated(now env.Now, first kafka.ProducerID, n int) {
	code := kafka.CoordinatorNotAvailable // after which clients try again
	if n > 0 {
		b.next, b.end, code = first, first+kafka.ProducerID(n), kafka.None
	}
	for len(b.waiting) > 0 && (code != kafka.None || b.next < b.end) {
		then := b.waiting[0]
		b.waiting = b.waiting[1:]
		if code != kafka.None {
			then(-1, code)
			continue
		}
		then(b.take(), kafka.None)
	}
	if len(b.waiting) > 0 {
		b.controller.AllocateProducerIDs(now, b.allocated)
	}
}
