package checkers

import "gregor/core/env"

// dirty-read: nobody is given a record that is not below the high watermark.
func (v *Invariants) visible(f *env.Polled) {
	s := v.seen(f.TopicPartition)
	if s == nil || !s.told() || len(f.Records) == 0 {
		return
	}
	exposed := s.exposed()
	for i := range f.Records {
		if o := f.Records[i].Offset; o >= exposed {
			v.find("dirty-read", f.TopicPartition, o, "%s was given offset %d, but only what is below %d could be read", f.Client, o, exposed)
			return
		}
	}
}
