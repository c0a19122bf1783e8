package checkers

import "gregor/core/env"

// acked-before-committed: a record sent with acks=all is acknowledged only once it may be read. Brokers that emit no
// facts are not judged.
var _ = register(ofClients, []Property{
	{"acked-before-committed", "acks=all was answered before the record was below the high watermark", `
		1 p1 send 1 a
		2 b0 recovered 0 0 clean
		3 b0 appended 0..0
		5 p1 sent 1 0
		log 0..1 0=a
		=> acked-before-committed t-0@0, event 5: p1 got offset 0 acknowledged with acks=all, but the
		   high watermark was 0
	`},
}, before(acknowledged))

func acknowledged(s *step, f env.ProduceReturned) {
	acks, called := s.Cluster.ClientNamed(f.Client).Acks(f.Call)
	if !called || acks != -1 || f.Outcome != env.OK || f.Offset < 0 {
		return
	}
	names := s.Cluster.Named(f.TopicPartition)
	if !names.Reported() {
		return
	}
	if readable := names.Readable(); f.Offset >= readable {
		s.find("acked-before-committed", f.TopicPartition, f.Offset,
			"%s got offset %d acknowledged with acks=all, but the high watermark was %d",
			f.Client, f.Offset, readable)
	}
}
