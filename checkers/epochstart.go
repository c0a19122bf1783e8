package checkers

import "gregor/core/env"

// epoch-start: the epoch that a replica leads starts in its log where that ended when it became leader, whether or
// not anything is ever written in it: from the first moment on it can answer where the epochs before end. A leader
// that leads again after a restart, in an epoch in which it has written, goes on in it.
var _ = register(ofReplication, []Property{
	{"epoch-start", "a leader's log does not record where its epoch begins", `
		1 - cluster 2
		2 b1,b2 appended 0..4
		3 b1 killed
		4 b2 says 1/1 2 1,2 1,2
		5 b2 leads 1
		5 b2 begins 1 -1
		=> epoch-start t-0@5, event 5: b2 became leader in epoch 1 at log end offset 5, but its leader
		   epoch cache does not have the epoch
	`},
}, before(epochBegun))

func epochBegun(s *step, f env.EpochBegun) {
	r := s.Replica
	written := r.Batches.At(f.Start)
	switch {
	case !r.Known || f.Start == r.End:
	case f.Start >= 0 && (!r.Batches.Remembers(f.Start) || written != nil && written.Epoch == f.Epoch):
	case f.Start < 0:
		s.find("epoch-start", f.TopicPartition, r.End,
			"%s became leader in epoch %d at log end offset %d, but its leader epoch cache does not have the epoch",
			s.Node, f.Epoch, r.End)
	default:
		s.find("epoch-start", f.TopicPartition, f.Start,
			"%s became leader in epoch %d at log end offset %d, but its leader epoch cache starts it at offset %d",
			s.Node, f.Epoch, r.End, f.Start)
	}
}
