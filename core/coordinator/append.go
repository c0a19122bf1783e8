package coordinator

import (
	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/record"
)

// Record is one record of the internal topic. A nil Value is a tombstone.
type Record struct{ Key, Value []byte }

// Append is what a machine does when records it has appended are committed, or are not.
type Append interface {
	// Appended is the outcome, and called once: None when the records are committed, which is when they become part of the
	// state; otherwise the error for which they are not in the log. After NOT_LEADER_OR_FOLLOWER they may be committed all
	// the same: the partition has been unloaded, and the broker that loads it next applies them if they are.
	Appended(now env.Now, code kafka.ErrorCode)
	// TimedOut is called when the outcome has taken Config.AppendTimeout: the client is answered REQUEST_TIMED_OUT, or as
	// its API has it. The outcome follows.
	TimedOut(now env.Now)
}

// appending is one append without an outcome.
type appending struct {
	runtime *Runtime
	shard   *shard
	key     string
	number  uint64 // counts appends
	to      Append
	known   bool // the outcome; it is reported when those of the key's earlier appends have been
	code    kafka.ErrorCode
	limit   alarm.Entry[*appending]
}

// Append appends the records about a key as one batch to the key's partition, which must be active. Its outcome is
// reported after the call has returned. Outcomes of one key are reported in the order of its appends, because that is
// the order in which a load applies them.
func (r *Runtime) Append(now env.Now, key string, records []Record, to Append) {
	s := &r.shards[r.PartitionFor(key)]
	if s.state != Active {
		must.Fail("coordinator: append of %d records about %q to %s, which is %v; was the request not admitted?",
			len(records), key, s.tp, s.state)
	}
	r.appends++
	a := &appending{runtime: r, shard: s, key: key, number: r.appends, to: to}
	a.limit = alarm.Of(a)
	r.limits.Set(&a.limit, now.Mono.Add(r.cfg.AppendTimeout))
	if s.appends == nil {
		s.appends = map[string][]*appending{}
	}
	s.appends[key] = append(s.appends[key], a)
	if code := s.append(now, r.batch(now, records), a); code != kafka.None {
		a.code = code
		r.refused = append(r.refused, a)
	}
}

// append hands a batch to the log, unless the partition is led in another epoch by now: what was loaded in the old one
// may lack what was appended between.
func (s *shard) append(now env.Now, batch record.Batch, done Waiter) kafka.ErrorCode {
	if is := s.partition.Leadership(); is.Leads && is.Epoch != s.epoch {
		return kafka.NotLeaderOrFollower
	}
	return s.partition.Append(now, batch, done)
}

func (r *Runtime) batch(now env.Now, records []Record) record.Batch {
	r.builder.Reset(record.Options{})
	for _, rec := range records {
		r.builder.Add(now.Wall, rec.Key, rec.Value)
	}
	return append(record.Batch(nil), r.builder.Build()...)
}

// Acked reports the outcome of an append that is in the log. A batch that is committed counts, though by then fewer
// replicas were in the ISR than min.insync.replicas: to refuse it would leave the machine behind its own log, and the
// next coordinator of the partition would answer differently.
func (a *appending) Acked(now env.Now, _ int, code kafka.ErrorCode) {
	if code == kafka.NotEnoughReplicasAfterAppend {
		code = kafka.None
	}
	a.outcome(now, code)
}

// reportRefused reports the appends that are not in the log. What a machine does then may be refused again: the loop
// ends because every refusal is reported once and answers what waited for it.
func (r *Runtime) reportRefused(now env.Now) {
	for len(r.refused) > 0 {
		a := r.refused[0]
		r.refused = r.refused[1:]
		a.outcome(now, a.code)
	}
}

// outcome reports an append's outcome, and those of later appends of the key that had to wait for it. One that ended
// when its partition was unloaded is in no queue any more, and is not reported again.
func (a *appending) outcome(now env.Now, code kafka.ErrorCode) {
	if a.known {
		must.Fail("coordinator: append %d about %q has the outcome %d and now %d; did a replica acknowledge it twice?",
			a.number, a.key, a.code, code)
	}
	a.known, a.code = true, code
	for first := a.shard.known(a.key); first != nil; first = a.shard.known(a.key) {
		first.end(now, first.code)
	}
}

// known takes the oldest append of a key out if its outcome is known.
func (s *shard) known(key string) *appending {
	queue := s.appends[key]
	if len(queue) == 0 || !queue[0].known {
		return nil
	}
	if len(queue) == 1 {
		delete(s.appends, key)
	} else {
		s.appends[key] = queue[1:]
	}
	return queue[0]
}

func (a *appending) end(now env.Now, code kafka.ErrorCode) {
	a.runtime.limits.Clear(&a.limit)
	a.to.Appended(now, code)
}
