package sim

import (
	"fmt"
	"reflect"

	"gregor/core/env"
	"gregor/core/kafka"
)

// factSum folds facts, every field of them, into one number: two runs that differ in nothing but a fact
// must not look the same.
type factSum uint64

func (s *factSum) num(x uint64) { *s = factSum(fold(uint64(*s)^x, k1)) }

func (s *factSum) two(x, y uint64) { *s = factSum(fold(uint64(*s)^x, k2^y)) }

func (s *factSum) yes(b bool) {
	if b {
		s.num(1)
	} else {
		s.num(2)
	}
}

func (s *factSum) text(t string) {
	s.num(uint64(len(t)))
	for len(t) >= 8 {
		s.num(uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
			uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56)
		t = t[8:]
	}
	var last uint64
	for i := range len(t) {
		last |= uint64(t[i]) << (8 * i)
	}
	s.num(last)
}

func (s *factSum) place(tp kafka.TopicPartition) {
	s.text(tp.Topic)
	s.num(uint64(tp.Partition))
}

// call is how most facts of a client begin.
func (s *factSum) call(kind uint64, client string, call uint64) {
	s.two(kind, call)
	s.text(client)
}

// sumOf is a fact in one number. It is part of the replay format. The most frequent facts have a case
// of their own.
func sumOf(fact env.Fact) uint64 {
	s := factSum(k0)
	switch f := fact.(type) {
	case env.Appended:
		s.two(1, uint64(f.Epoch))
		s.place(f.TopicPartition)
		s.two(uint64(f.Base), uint64(f.Last))
		s.two(uint64(f.ProducerID), uint64(f.ProducerEpoch))
		s.two(uint64(f.BaseSequence), uint64(f.CRC))
	case env.HighWatermarkAdvanced:
		s.num(2)
		s.place(f.TopicPartition)
		s.two(uint64(f.From), uint64(f.To))
	case env.Flushed:
		s.two(3, uint64(f.To))
		s.place(f.TopicPartition)
	case env.ProduceCalled:
		s.call(4, f.Client, f.Call)
		s.place(f.TopicPartition)
		s.text(f.Key)
		s.text(f.Value)
		s.num(uint64(f.Acks))
		s.yes(f.Idempotent)
	case env.ProduceReturned:
		s.call(5, f.Client, f.Call)
		s.place(f.TopicPartition)
		s.two(uint64(f.Offset), uint64(f.Attempts))
		s.num(uint64(f.Outcome))
		s.text(f.Error)
	case env.PollCalled:
		s.call(6, f.Client, f.Call)
	case env.Polled:
		s.polled(&f)
	case env.Processed:
		s.two(8, uint64(f.To))
		s.text(f.Client)
		s.text(f.Group)
		s.place(f.TopicPartition)
	case env.CommitCalled:
		s.call(9, f.Client, f.Call)
		s.text(f.Group)
		s.place(f.TopicPartition)
		s.two(uint64(f.Generation), uint64(f.Offset))
		s.yes(f.Auto)
	case env.CommitReturned:
		s.call(10, f.Client, f.Call)
		s.num(uint64(f.Outcome))
		s.text(f.Error)
	case env.GroupOffsetCommitted:
		s.two(11, uint64(f.Offset))
		s.text(f.Group)
		s.place(f.TopicPartition)
		s.text(f.Member)
		s.num(uint64(f.Generation))
		s.text(f.Reason)
	default:
		v := reflect.ValueOf(fact)
		s.text(v.Type().Name())
		s.value(v)
	}
	return uint64(s)
}

func (s *factSum) polled(f *env.Polled) {
	s.call(7, f.Client, f.Call)
	s.place(f.TopicPartition)
	s.two(uint64(f.From), uint64(len(f.Records)))
	for i := range f.Records {
		r := &f.Records[i]
		s.two(uint64(r.Offset), uint64(r.Timestamp))
		s.text(r.Key)
		s.text(r.Value)
	}
}

// value folds any plain value: facts that are rare need no case of their own.
func (s *factSum) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			s.value(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		s.num(uint64(v.Len()))
		for i := range v.Len() {
			s.value(v.Index(i))
		}
	case reflect.String:
		s.text(v.String())
	case reflect.Bool:
		s.yes(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		s.num(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		s.num(v.Uint())
	default:
		panic(fmt.Sprintf("sim: a fact holds a %s: facts are plain values, so that two runs can be compared", v.Type()))
	}
}
