package record

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gregor/core/env"
)

// repacked is plain, an uncompressed batch, with its records packed by pack.
func repacked(plain Batch, c Codec, pack func([]byte) []byte) Batch {
	b := Batch(append(bytes.Clone(plain[:HeaderSize]), pack(plain[HeaderSize:])...))
	binary.BigEndian.PutUint16(b[atAttributes:], uint16(plain.Attributes()&^attrCodec|Attributes(c)))
	binary.BigEndian.PutUint32(b[atLength:], uint32(len(b)-lengthOverhead))
	b.setCRC()
	return b
}

// Every way in which clients pack records.
var packers = map[string]struct {
	codec Codec
	pack  func([]byte) []byte
}{
	"gzip":   {Gzip, func(b []byte) []byte { return Compress(nil, b, Gzip, new(Scratch)) }},
	"snappy": {Snappy, func(b []byte) []byte { return Compress(nil, b, Snappy, new(Scratch)) }},
	"xerial": {Snappy, func(b []byte) []byte {
		out := append(xerialMagic[:], 0, 0, 0, 1, 0, 0, 0, 1)
		for len(b) > 0 {
			block := b[:min(len(b), 32<<10)]
			b = b[len(block):]
			packed := s2.EncodeSnappy(nil, block)
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(packed))), packed...)
		}
		return out
	}},
	"lz4":  {LZ4, func(b []byte) []byte { return Compress(nil, b, LZ4, new(Scratch)) }},
	"zstd": {Zstd, func(b []byte) []byte { return Compress(nil, b, Zstd, new(Scratch)) }},
	"zstd stream": {Zstd, func(b []byte) []byte {
		var out bytes.Buffer
		w, _ := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(256<<10))
		w.Write(b)
		w.Close()
		return out.Bytes()
	}},
}

// A batch's records are found the same, and the same is found wrong with them, whether they lie there plain or are
// decompressed a window at a time, in whatever pieces the work is done; records may be larger than the window.
func TestStreamsAreCheckedLikePlainRecords(t *testing.T) {
	var s Scratch
	rapid.Check(t, func(t *rapid.T) {
		plain := drawnBatch(t)
		if rapid.Bool().Draw(t, "damage") {
			at := rapid.IntRange(HeaderSize, len(plain)-1).Draw(t, "at")
			plain[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
			plain.setCRC()
		}
		name := rapid.SampledFrom([]string{"gzip", "snappy", "xerial", "lz4", "zstd", "zstd stream"}).Draw(t, "packer")
		packed := repacked(plain, packers[name].codec, packers[name].pack)
		want, wantErr := Validate(plain, Limits{MaxUncompressed: len(plain)})
		err := s.Begin(packed, Limits{MaxUncompressed: len(plain)})
		for done := err != nil; !done; {
			done, err = s.Continue(rapid.IntRange(1, 500_000).Draw(t, "work"))
		}
		got := s.Summary()
		got.Codec = None
		if (err == nil) != (wantErr == nil) || err == nil && got != want ||
			err != nil && err.(*Error).Code != wantErr.(*Error).Code {
			t.Fatalf("%s: found %+v, %v; plain %+v, %v", name, got, err, want, wantErr)
		}
		if a, b := readAsText(plain, &s), readAsText(packed, &s); a != b {
			t.Fatalf("%s: read %s; plain %s", name, b, a)
		}
	})
}

func drawnBatch(t *rapid.T) Batch {
	b := NewBuilder(Options{})
	r := env.NewRand(rapid.Uint64().Draw(t, "seed"))
	sizes := []int{0, 1, 50, 1000, 30_000, windowSize - 10, windowSize, windowSize + 1, 3 * windowSize}
	for range rapid.IntRange(1, 6).Draw(t, "records") {
		value := make([]byte, rapid.SampledFrom(sizes).Draw(t, "value"))
		for i := range value {
			value[i] = "gregor "[r.IntN(7)]
		}
		key := value[:min(len(value), rapid.SampledFrom(sizes).Draw(t, "key"))]
		if r.Chance(1, 5) {
			key = nil
		}
		var headers []Header
		for range r.IntN(3) {
			headers = append(headers, Header{Key: string(key[:len(key)/2]), Value: value[:len(value)/2]})
		}
		b.Add(env.WallMillis(1000+r.IntN(9)), key, value, headers...)
	}
	return b.Build()
}

// readAsText is what an iterator yields, as text.
func readAsText(b Batch, s *Scratch) string {
	var out bytes.Buffer
	it := b.Records(s, Limits{MaxUncompressed: 1 << 30})
	for r, ok := it.Next(); ok; r, ok = it.Next() {
		fmt.Fprintln(&out, r.OffsetDelta, r.TimestampDelta, len(r.Key), crcOf(r.Key), len(r.Value), crcOf(r.Value),
			len(r.Headers))
		for _, h := range r.Headers {
			fmt.Fprintln(&out, len(h.Key), crcOf([]byte(h.Key)), len(h.Value), crcOf(h.Value))
		}
	}
	return fmt.Sprint(out.String(), it.Err() == nil)
}

func crcOf(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// What reading a batch takes does not grow with what it becomes, and is no more than Memory claims.
func TestMemoryOfLargeBatches(t *testing.T) {
	b := NewBuilder(Options{})
	value := make([]byte, 900)
	for b.Size() < 20<<20 {
		b.Add(1000, nil, value)
	}
	plain := b.Build()
	for name, p := range packers {
		if name == "snappy" {
			continue // one block, which is decompressed whole
		}
		t.Run(name, func(t *testing.T) {
			packed := repacked(plain, p.codec, p.pack)
			var s Scratch
			before := allocated()
			sum, err := s.Validate(packed, Limits{MaxUncompressed: MostUncompressed})
			after := allocated()
			require.NoError(t, err)
			require.Equal(t, len(plain)-HeaderSize, sum.UncompressedSize)
			most := Memory(packed)
			require.Less(t, most, 4<<20)
			require.LessOrEqual(t, int(after-before), most+512<<10, "engines beside the %d bytes claimed", most)
		})
	}
}

// The claims of a batch that is made to take much are believed as far as they can come true.
func TestMemoryIsClaimedInFull(t *testing.T) {
	frame := func(size lz4.BlockSize, n int) []byte {
		var out bytes.Buffer
		w := lz4.NewWriter(&out)
		w.Apply(lz4.BlockSizeOption(size), lz4.ConcurrencyOption(1))
		w.Write(make([]byte, n))
		w.Close()
		return out.Bytes()
	}
	require.Equal(t, 128<<10, lz4Memory(frame(lz4.Block64Kb, 1<<20)))
	require.Equal(t, 8<<20, lz4Memory(frame(lz4.Block4Mb, 100)))
	require.Equal(t, 8<<20, lz4Memory(append(frame(lz4.Block64Kb, 100), frame(lz4.Block4Mb, 100)...)),
		"the second frame may be larger")
	require.Equal(t, 220, snappyMemory(append(binary.AppendUvarint(nil, 1<<31), 1, 2, 3, 4, 5)))
	var window bytes.Buffer
	w, _ := zstd.NewWriter(&window, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(64<<20))
	for range 20 {
		w.Write(make([]byte, 1<<20))
	}
	w.Close()
	require.Equal(t, 64<<20+3*maxZstdBlock, zstdMemory(window.Bytes()))
}

// A batch that is left in its middle, because its reader has what it looked for or for a fault, keeps no other one
// waiting: of no codec, neither one that is read in one piece nor one that is streamed.
func TestAnAbandonedStreamIsInNobodysWay(t *testing.T) {
	b := NewBuilder(Options{})
	for b.Size() < 5<<20 {
		b.Add(1000, nil, bytes.Repeat([]byte("gregor "), 1000))
	}
	large := b.Build()
	b = NewBuilder(Options{})
	b.Add(1000, nil, []byte("gregor"))
	little := b.Build()
	for name, p := range packers {
		var s Scratch
		for range 3 {
			it := repacked(large, p.codec, p.pack).Records(&s, Limits{})
			_, ok := it.Next()
			require.True(t, ok, "%s: %v", name, it.Err())
			_, err := s.Validate(repacked(little, p.codec, p.pack), Limits{})
			require.NoError(t, err, name)
			_, err = s.Validate(repacked(large, p.codec, p.pack), Limits{MaxUncompressed: 4 << 20})
			require.True(t, IsTooLarge(err), "%s: %v", name, err)
			_, err = s.Validate(repacked(large, p.codec, p.pack), Limits{})
			require.NoError(t, err, name)
		}
	}
}
