package client

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
)

// Workload is what a producer sends on its own. The n-th record is due exactly n/rate after the start; one that
// finds the buffer full waits, and those behind it with it.
type Workload struct {
	Topic         string              // "": no workload
	RatePerSecond int64               // 0: as fast as the answers come
	Count         int64               // 0: no end, or the end of Values
	Keys          int                 // how many distinct keys, taken in turn; 0: records have no key, or one of GivenKeys
	ValueBytes    int                 // values are filled up to this length
	Prefix        string              // of the values; "": the client's name
	Partitions    []kafka.PartitionID // taken in turn; none: the partitioner chooses
	GivenKeys     []string            // taken in turn
	Values        []string            // sent in this order, each once
	First         int64               // the number of the first record: those before it have been sent
}

// validate refuses what does not fit together.
func (w *Workload) validate() error {
	switch {
	case len(w.GivenKeys) > 0 && w.Keys > 0:
		return fmt.Errorf("key gives the keys and keys counts them: use one of them")
	case len(w.Values) > 0 && (w.Prefix != "" || w.ValueBytes > 0):
		return fmt.Errorf("value gives the values; prefix and value.bytes make them: use one or the other")
	case len(w.Values) > 0 && w.Count > int64(len(w.Values)):
		return fmt.Errorf("count=%d is above the %d values given: each is sent once", w.Count, len(w.Values))
	}
	if twice := slices.Sorted(slices.Values(w.Values)); len(slices.Compact(slices.Clone(twice))) < len(twice) {
		return fmt.Errorf("value names one value twice: a record is known by its value, so each must differ")
	}
	return nil
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
	w.begin, w.sent = now.Mono, w.First
	if len(w.Values) > 0 && w.Count == 0 {
		w.Count = int64(len(w.Values))
	}
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
	n := w.sent - w.First
	whole, part := n/w.RatePerSecond, n%w.RatePerSecond
	return w.begin.Add(time.Duration(whole)*time.Second + time.Duration(part)*time.Second/time.Duration(w.RatePerSecond))
}

// next makes the next record: values are those given, or prefix-number, unique in a run if prefixes are.
func (w *workload) next() Record {
	r := Record{Topic: w.Topic, Partition: -1}
	if len(w.Partitions) > 0 {
		r.Partition = w.Partitions[w.sent%int64(len(w.Partitions))]
	}
	var room []byte
	if len(w.Values) > 0 {
		r.Value = []byte(w.Values[w.sent])
	} else {
		r.Value, room = w.value()
	}
	switch {
	case len(w.GivenKeys) > 0:
		r.Key = []byte(w.GivenKeys[w.sent%int64(len(w.GivenKeys))])
	case w.Keys > 0:
		r.Key = strconv.AppendInt(append(room, 'k'), w.sent%int64(w.Keys), 10)
	}
	w.sent++
	return r
}

// value makes prefix-number, and returns the room that is left behind it.
func (w *workload) value() (value, room []byte) {
	b := make([]byte, 0, max(w.ValueBytes, len(w.Prefix)+21)+21) // room for both: a number has up to 20
	b = strconv.AppendInt(append(append(b, w.Prefix...), '-'), w.sent, 10)
	for len(b) < w.ValueBytes {
		b = append(b, '.')
	}
	return b[:len(b):len(b)], b[len(b):]
}
