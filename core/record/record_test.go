package record

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"gregor/core/env"
	"gregor/core/kafka"
)

// plainRecord is what a test wants in a batch.
type plainRecord struct {
	Offset     kafka.Offset
	Timestamp  env.WallMillis
	Key, Value []byte
	Headers    []Header
}

func readAll(t failer, b Batch, s *Scratch) []plainRecord {
	t.Helper()
	var out []plainRecord
	it := b.Records(s, Limits{})
	for r, ok := it.Next(); ok; r, ok = it.Next() {
		out = append(out, plainRecord{it.Offset(r), it.Timestamp(r), bytes.Clone(r.Key), bytes.Clone(r.Value),
			cloneHeaders(r.Headers)})
	}
	if it.Err() != nil {
		t.Fatalf("records: %v", it.Err())
	}
	return out
}

func cloneHeaders(hs []Header) []Header {
	var out []Header
	for _, h := range hs {
		out = append(out, Header{h.Key, bytes.Clone(h.Value)})
	}
	return out
}

var allCodecs = []Codec{None, Gzip, Snappy, LZ4, Zstd}

func genBytes(max int) *rapid.Generator[[]byte] {
	return rapid.Custom(func(t *rapid.T) []byte {
		switch rapid.IntRange(0, 9).Draw(t, "shape") {
		case 0:
			return nil
		case 1:
			return []byte{}
		case 2:
			return bytes.Repeat([]byte{rapid.Byte().Draw(t, "b")}, rapid.IntRange(0, max).Draw(t, "n"))
		}
		return rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")
	})
}

func genHeaders() *rapid.Generator[[]Header] {
	return rapid.Custom(func(t *rapid.T) []Header {
		var hs []Header
		for range rapid.SampledFrom([]int{0, 0, 0, 1, 2, 20}).Draw(t, "headers") {
			hs = append(hs, Header{rapid.StringN(0, 5, 20).Draw(t, "hk"), genBytes(300).Draw(t, "hv")})
		}
		return hs
	})
}

// Whatever a builder makes is valid and reads back as it was put in, with every codec and one scratch for all.
func TestRoundTrip(t *testing.T) {
	var s Scratch
	rapid.Check(t, func(t *rapid.T) {
		o := Options{
			Codec:         rapid.SampledFrom(allCodecs).Draw(t, "codec"),
			BaseOffset:    kafka.Offset(rapid.Int64Range(0, 1<<62).Draw(t, "base")),
			LeaderEpoch:   kafka.LeaderEpoch(rapid.Int32().Draw(t, "epoch")),
			HasProducer:   rapid.Bool().Draw(t, "producer"),
			ProducerID:    kafka.ProducerID(rapid.Int64Range(0, 1<<62).Draw(t, "pid")),
			ProducerEpoch: kafka.ProducerEpoch(rapid.Int16Range(0, 32767).Draw(t, "pe")),
			BaseSequence:  kafka.Sequence(rapid.Int32Range(0, 1<<31-1).Draw(t, "seq")),
			Scratch:       &s,
		}
		o.Transactional = o.HasProducer && rapid.Bool().Draw(t, "txn")
		b := NewBuilder(o)
		var want []plainRecord
		n := rapid.SampledFrom([]int{1, 2, 3, 10, 200}).Draw(t, "n")
		for i := range n {
			r := plainRecord{o.BaseOffset + kafka.Offset(i), env.WallMillis(rapid.Int64Range(-1, 1<<45).Draw(t, "ts")),
				genBytes(3000).Draw(t, "key"), genBytes(3000).Draw(t, "value"), genHeaders().Draw(t, "headers")}
			with := b.SizeWith(r.Timestamp, r.Key, r.Value, r.Headers...)
			b.Add(r.Timestamp, r.Key, r.Value, r.Headers...)
			if b.Size() != with {
				t.Fatalf("SizeWith said %d, Size is %d", with, b.Size())
			}
			want = append(want, r)
		}
		plainSize := b.Size() - HeaderSize
		batch := b.Build()
		sum, err := s.Validate(batch, Limits{})
		if err != nil {
			t.Fatalf("validate: %v", err)
		}
		if err := ValidateStored(batch); err != nil {
			t.Fatalf("validate stored: %v", err)
		}
		got := readAll(t, batch, &s)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("read back\n%v\nwant\n%v", got, want)
		}
		wantSum := Summary{Count: int32(n), Codec: o.Codec, UncompressedSize: plainSize, MaxTimestamp: want[0].Timestamp,
			MinTimestamp: NoTimestamp}
		for i, r := range want {
			if r.Timestamp > wantSum.MaxTimestamp {
				wantSum.MaxTimestamp, wantSum.OffsetOfMaxTimestamp = r.Timestamp, int32(i)
			}
			if r.Timestamp >= 0 && (wantSum.MinTimestamp < 0 || r.Timestamp < wantSum.MinTimestamp) {
				wantSum.MinTimestamp = r.Timestamp
			}
			wantSum.NullKeys = wantSum.NullKeys || r.Key == nil
		}
		if sum != wantSum {
			t.Fatalf("summary %+v, want %+v", sum, wantSum)
		}
		if batch.MaxTimestamp() != sum.MaxTimestamp || batch.BaseTimestamp() != want[0].Timestamp {
			t.Fatalf("timestamps %d %d", batch.BaseTimestamp(), batch.MaxTimestamp())
		}
		to := rapid.SampledFrom(allCodecs).Draw(t, "to")
		re, err := Recompress(batch, to, &s, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if err := ValidateStored(re); err != nil || re.Attributes().Codec() != to {
			t.Fatalf("recompressed: %v, codec %v", err, re.Attributes().Codec())
		}
		if again := readAll(t, re, &s); !reflect.DeepEqual(again, want) {
			t.Fatal("recompressed batch reads differently")
		}
	})
}

func TestSplit(t *testing.T) {
	var stream []byte
	for i := range 3 {
		b := NewBuilder(Options{BaseOffset: kafka.Offset(i * 10)})
		b.Add(1, nil, []byte(fmt.Sprint("v", i)))
		stream = append(stream, b.Build()...)
	}
	s := Split(stream[:len(stream)-1])
	var bases []kafka.Offset
	for b, ok := s.Next(); ok; b, ok = s.Next() {
		bases = append(bases, b.BaseOffset())
	}
	if !reflect.DeepEqual(bases, []kafka.Offset{0, 10}) || s.Err() != ErrShort {
		t.Fatalf("%v %v", bases, s.Err())
	}
}

// failer is what *testing.T and *rapid.T have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}
