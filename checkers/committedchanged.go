package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// committed-changed: what a replica lets be read is what was committed there, the same batch whatever the epoch. What
// its log does not begin with any more when the event is over could not be read: a follower learns from one response
// what is committed and what is deleted. What a replica had deleted a crash may bring back, until the checkpoint of log
// starts is written, and of that it may have what was never committed: its leader had deleted what it compares it with.
var _ = register(ofLogs, []Property{
	{"committed-changed", "an offset below the high watermark changed its record", `
		1 - cluster 3
		2 b1,b2,b3 appended 0..4 crc=a
		3 b1 appended 5..5 crc=b
		4 b1 says 1/1 2 1,2,3 2,3
		5 b2 leads 1
		5 b2 isr 1 1 2,3
		6 b3 follows 2 1
		7 b2,b3 appended 5..5 epoch=1 crc=c
		8 b1 follows 2 1
		9 b2 high 0 6
		10 b1 high 0 6      # before it cut what b2 never had
		=> committed-changed t-0@5, event 10: b1 serves offset 5 from batch [5, 5] of epoch 0 with CRC
		   71beeff9, but batch [5, 5] of epoch 1 with CRC 06b9df6f was committed there
	`},
}, before(unchanged))

func unchanged(s *step, f env.HighWatermarkAdvanced) {
	r, p := s.Replica, s.Partition
	if !p.CountsOn(r) || !agreesWithLeader(s, r, f.To) {
		return
	}
	at := model.Differ(&p.Committed.Log, &r.Batches, max(f.From, p.Cleaned, r.MaxStart), min(f.To, p.Committed.To))
	if at < 0 {
		return
	}
	was, is := p.Committed.Log.At(at).String(), r.Batches.At(at).String()
	s.later(func() {
		if at >= r.Start {
			s.find("committed-changed", p.TopicPartition, at,
				"%s serves offset %d from batch %s, but batch %s was committed there",
				r.Node.Name, at, is, was)
		}
	})
}

// agreesWithLeader reports whether a replica has what the newest leader has, as far as the model knows.
func agreesWithLeader(s *step, r *model.Replica, to kafka.Offset) bool {
	if r.Decides() {
		return s.Cluster.ConflictOf(r, to) == nil
	}
	return !r.BehindUnclean()
}
