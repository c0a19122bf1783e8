package checkers

// fenced-partition-moved: after a failed write or sync a log is not touched again before it is recovered.
func (v *Invariants) fenced(r *replica, did string) {
	if r.fenced {
		v.find("fenced-partition-moved", r.part.TopicPartition, -1, "%s %s after it had fenced the partition", r.name, did)
	}
}
