package checkers

import "gregor/core/env"

// dirty-read: nobody is given a record that is not below the high watermark.
func (v *Invariants) visible(f *env.Polled) {
	p := v.seen(f.TopicPartition)
	if p == nil || len(p.replicas) == 0 || len(f.Records) == 0 {
		return
	}
	for i := range f.Records {
		if o := f.Records[i].Offset; o >= p.committed {
			v.find("dirty-read", f.TopicPartition, o, "%s was given offset %d, but only what is below %d could be read", f.Client, o, p.committed)
			return
		}
	}
}
