package checkers

import "gregor/core/env"

// acked-before-committed: a record sent with acks=all is acknowledged only once it may be read. Brokers that
// tell no facts are not judged.
func (v *Invariants) acknowledged(f *env.ProduceReturned) {
	c := v.client(f.Client)
	acks, called := c.produces[f.Call]
	delete(c.produces, f.Call)
	if !called || acks != -1 || f.Outcome != env.OK || f.Offset < 0 {
		return
	}
	s := v.seen(f.TopicPartition)
	if s == nil || !s.told() {
		return
	}
	if exposed := s.exposed(); f.Offset >= exposed {
		v.find("acked-before-committed", f.TopicPartition, f.Offset, "%s was told that its record has offset %d with acks=all, but only what is below %d could be read",
			f.Client, f.Offset, exposed)
	}
}
