package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
)

// append-contiguous: a batch's base offset is where the log ended; a follower may skip what compaction took from its
// leader's log.
//
// offset-changed: a batch does not replace another, unless a truncation was reported in between.
//
// epoch-back: leader epochs do not fall along a log.
var _ = register(ofLogs, []Property{
	{"append-contiguous", "a batch was appended elsewhere than at the end of the log", `
		1 b0 appended 7..6
		=> append-contiguous t-0@7, event 1: b0 appended a batch with base offset 7 and last offset 6
	`},
	{"offset-changed", "a replica appended another batch at an offset it had before", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..4 crc=a
		3 b0 appended 0..4 crc=b
		=> offset-changed t-0@0, event 3: b0 appended a batch with CRC 71beeff9 at offset 0, which held
		   a batch with CRC e8b7be43
	`},
	{"epoch-back", "a batch was appended after one of a later leader epoch", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..4 epoch=3
		3 b0 appended 5..6 epoch=2
		=> epoch-back t-0@5, event 3: b0 appended a batch of leader epoch 2 after one of leader epoch 3
	`},
}, before(contiguous))

func contiguous(s *step, f env.Appended) {
	r := s.Replica
	switch {
	case f.Last < f.Base:
		s.find("append-contiguous", f.TopicPartition, f.Base,
			"%s appended a batch with base offset %d and last offset %d", s.Node, f.Base, f.Last)
		return
	case !r.Known:
	case f.Base < r.End:
		overwritten(s, &f)
	case f.Base > r.End && r.Role == model.Leading:
		s.find("append-contiguous", f.TopicPartition, f.Base,
			"%s appended a batch at offset %d, but its log end offset was %d", s.Node, f.Base, r.End)
	}
	if last := r.Batches.Before(f.Base); last != nil && f.Epoch < last.Epoch {
		s.find("epoch-back", f.TopicPartition, f.Base,
			"%s appended a batch of leader epoch %d after one of leader epoch %d", s.Node, f.Epoch, last.Epoch)
	}
}

func overwritten(s *step, f *env.Appended) {
	old := s.Replica.Batches.At(f.Base)
	if old != nil && old.CRC != f.CRC {
		s.find("offset-changed", f.TopicPartition, f.Base,
			"%s appended a batch with CRC %08x at offset %d, which held a batch with CRC %08x",
			s.Node, f.CRC, f.Base, old.CRC)
		return
	}
	s.find("append-contiguous", f.TopicPartition, f.Base,
		"%s appended a batch at offset %d, but its log end offset was %d", s.Node, f.Base, s.Replica.End)
}
