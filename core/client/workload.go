package client

import (
	"strconv"
	"time"

	"gregor/core/env"
)

// Workload is what a producer sends on its own. The n-th record is due exactly n/rate after the start; one that
// finds the buffer full waits, and those behind it with it.
type Workload struct {
	Topic         string          // "": no workload
	Partition     env.PartitionID // -1: the partitioner chooses
	Turns         int32           // partitions 0 to Turns-1 in turn, instead
	RatePerSecond int64           // 0: as fast as the answers come
	Count         int64           // 0: no end
	Keys          int             // how many distinct keys, taken in turn; 0: records have no key
	ValueBytes    int             // values are filled up to this length
	Prefix        string          // of the values; "": the client's name
	Start         time.Duration   // after boot
}

// window is how many records a workload without a rate keeps waiting for answers.
const window = 1000

// workload is a Workload on its way.
type workload struct {
	Workload
	begin env.Instant
	sent  int64
}

func (w *workload) start(now env.Now, name string) {
	w.begin = now.Mono.Add(w.Start)
	if w.Prefix == "" {
		w.Prefix = name
	}
}

// due is when the next record is to be sent; Never after the last.
func (w *workload) due() env.Instant {
	if w.Topic == "" || w.Count > 0 && w.sent >= w.Count {
		return env.Never
	}
	if w.RatePerSecond == 0 {
		return w.begin
	}
	whole, part := w.sent/w.RatePerSecond, w.sent%w.RatePerSecond
	return w.begin.Add(time.Duration(whole)*time.Second + time.Duration(part)*time.Second/time.Duration(w.RatePerSecond))
}

// next makes the next record: values are prefix-number, unique in a run if prefixes are.
func (w *workload) next() Record {
	r := Record{Topic: w.Topic, Partition: w.Partition}
	if w.Turns > 0 {
		r.Partition = env.PartitionID(w.sent % int64(w.Turns))
	}
	b := make([]byte, 0, max(w.ValueBytes, len(w.Prefix)+21)+21) // room for both: a number takes up to 20
	b = strconv.AppendInt(append(append(b, w.Prefix...), '-'), w.sent, 10)
	for len(b) < w.ValueBytes {
		b = append(b, '.')
	}
	r.Value = b[:len(b):len(b)]
	if w.Keys > 0 {
		r.Key = strconv.AppendInt(append(b[len(b):], 'k'), w.sent%int64(w.Keys), 10)
	}
	w.sent++
	return r
}
