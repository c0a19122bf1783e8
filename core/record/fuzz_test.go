package record

import (
	"bytes"
	"testing"

	"gregor/core/kafka"
)

const fuzzLimit = 1 << 20

func addBatches(f *testing.F) {
	for _, file := range goldenFiles(f) {
		f.Add([]byte(readHex(f, file)))
	}
	f.Add([]byte(handBatch(f)))
	f.Add([]byte(EndTxnMarker{Type: Abort}.Batch(1, 1, 1)))
	f.Add([]byte(NewBuilder(Options{LastOffset: 9}).Build()))
}

// What Validate takes, everything else takes too: the stored check, the iterator, a rebuild of the same bytes.
// The CRC is made right first, since a fuzzer does not find one.
func FuzzValidate(f *testing.F) {
	addBatches(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		b := Batch(bytes.Clone(data))
		if validateSize(b) == nil {
			b.setCRC()
		}
		lim := Limits{MaxUncompressed: fuzzLimit}
		sum, err := Validate(b, lim)
		if err != nil {
			if e, ok := err.(*Error); !ok || e.Code == 0 || e.Text == "" {
				t.Fatalf("error %T %v", err, err)
			}
			return
		}
		var s Scratch
		again, err := s.Validate(b, lim)
		if err != nil || again != sum {
			t.Fatalf("with a scratch: %+v %v, without %+v", again, err, sum)
		}
		if b.BaseOffset() >= 0 {
			if err := ValidateStored(b); err != nil {
				t.Fatalf("stored: %v", err)
			}
		}
		n := int32(0)
		it := b.Records(&s, lim)
		for r, ok := it.Next(); ok; r, ok = it.Next() {
			if r.OffsetDelta != n {
				t.Fatalf("record %d has delta %d", n, r.OffsetDelta)
			}
			n++
		}
		if it.Err() != nil || n != sum.Count {
			t.Fatalf("%d of %d records, then %v", n, sum.Count, it.Err())
		}
	})
}

// Whatever a stored batch holds, the iterator keeps its word: offsets rise within the batch, and what it read
// can be built and read again.
func FuzzRecords(f *testing.F) {
	addBatches(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		b := Batch(bytes.Clone(data))
		var s Scratch
		it := b.Records(&s, Limits{MaxUncompressed: fuzzLimit})
		last, n := int32(-1), int32(0)
		if it.Err() != nil {
			return
		}
		rebuilt := NewBuilder(Options{LastOffset: 1<<31 - 1, BaseOffset: 0})
		for r, ok := it.Next(); ok; r, ok = it.Next() {
			if r.OffsetDelta <= last || r.OffsetDelta > b.LastOffsetDelta() {
				t.Fatalf("delta %d after %d", r.OffsetDelta, last)
			}
			last = r.OffsetDelta
			n++
			rebuilt.AddAt(kafka.Offset(r.OffsetDelta), it.Timestamp(r), r.Key, r.Value, r.Headers...)
		}
		if n > b.Count() {
			t.Fatalf("%d records of %d", n, b.Count())
		}
		if err := ValidateStored(rebuilt.Build()); err != nil {
			t.Fatalf("rebuilt: %v", err)
		}
	})
}

func FuzzSplit(f *testing.F) {
	addBatches(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s := Split(data)
		n := 0
		for b, ok := s.Next(); ok; b, ok = s.Next() {
			n += len(b)
			b.LastOffset()
			b.LastSequence()
			ValidateStored(b)
		}
		if n+len(s.Rest()) != len(data) || (s.Err() == nil) != (len(s.Rest()) == 0) {
			t.Fatalf("%d cut off, %d left of %d, %v", n, len(s.Rest()), len(data), s.Err())
		}
	})
}

func fuzzCodec(f *testing.F, c Codec) {
	var s Scratch
	for _, n := range []int{0, 1, 10, 1000, 100000} {
		f.Add(Compress(nil, bytes.Repeat([]byte("gregor "), n)[:n], c, &s))
	}
	for _, file := range goldenFiles(f) {
		if b := Batch(readHex(f, file)); b.Attributes().Codec() == c {
			f.Add([]byte(b[HeaderSize:]))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var fresh Scratch
		out, err := Decompress([]byte("head"), data, c, fuzzLimit, &s)
		if string(out[:4]) != "head" || len(out) > 4+fuzzLimit {
			t.Fatalf("%d bytes out, %q", len(out), out[:4])
		}
		clean, cleanErr := Decompress(nil, data, c, fuzzLimit, &fresh)
		if (err == nil) != (cleanErr == nil) {
			t.Fatalf("a used scratch returns %v, a fresh one %v", err, cleanErr)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(out[4:], clean) {
			t.Fatal("a used scratch decompresses differently from a fresh one")
		}
		back, err := Decompress(nil, Compress(nil, clean, c, &s), c, len(clean), &s)
		if err != nil || !bytes.Equal(back, clean) {
			t.Fatalf("round trip: %v", err)
		}
	})
}

func FuzzGzip(f *testing.F)   { fuzzCodec(f, Gzip) }
func FuzzSnappy(f *testing.F) { fuzzCodec(f, Snappy) }
func FuzzLZ4(f *testing.F)    { fuzzCodec(f, LZ4) }
func FuzzZstd(f *testing.F)   { fuzzCodec(f, Zstd) }
