package checkers

import "gregor/core/env"

// dirty-read: no consumer is given a record that is not below the high watermark.
var _ = register(ofClients, []Property{
	{"dirty-read", "a consumer got a record above the high watermark", `
		1 p1 send 1 a
		2 b0 recovered 0 0 clean
		3 b0 appended 0..0
		4 c1 polled 1 from=0 0=a
		log 0..1 0=a
		=> dirty-read t-0@0, event 4: c1 read offset 0, but the high watermark was 0
	`},
}, before(polled))

func polled(s *step, f env.Polled) {
	names := s.Cluster.Named(f.TopicPartition)
	if !names.Reported() || len(f.Records) == 0 {
		return
	}
	readable := names.Readable()
	for i := range f.Records {
		if o := f.Records[i].Offset; o >= readable {
			s.find("dirty-read", f.TopicPartition, o, "%s read offset %d, but the high watermark was %d", f.Client, o, readable)
			return
		}
	}
}
