package checkers

import "gregor/core/env"

// epoch-start: the epoch that a replica leads begins in its log where that ended when it began to lead, whether or not
// anything is ever written in it: from the first moment on it can tell who asks where the epochs before end. Who leads
// again after a restart, in an epoch in which it has written, goes on in it.
func (v *Invariants) epochBegun(r *replica, f env.EpochBegun) {
	written := r.batches.at(f.Start)
	switch {
	case !r.known || f.Start == r.end:
	case f.Start >= 0 && (!r.batches.remembers(f.Start) || written != nil && written.epoch == f.Epoch):
	case f.Start < 0:
		v.find("epoch-start", f.TopicPartition, r.end, "%s leads in epoch %d from %d on, but its log does not say that this epoch has begun", r.name, f.Epoch, r.end)
	default:
		v.find("epoch-start", f.TopicPartition, f.Start, "%s leads in epoch %d from %d on, but its log has that epoch begin at %d", r.name, f.Epoch, r.end, f.Start)
	}
}
