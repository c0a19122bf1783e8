package record

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/internal/conversation"
)

func TestCodecNames(t *testing.T) {
	for _, c := range allCodecs {
		got, ok := ParseCodec(c.String())
		require.True(t, ok)
		require.Equal(t, c, got)
	}
	got, ok := ParseCodec("uncompressed")
	require.True(t, ok)
	require.Equal(t, None, got)
	_, ok = ParseCodec("brotli")
	require.False(t, ok)
	require.Equal(t, "codec 6", Codec(6).String())
}

// A limit of exactly the size is enough, one byte less is not, and what stood in dst stays there.
func TestDecompressLimit(t *testing.T) {
	var s Scratch
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(allCodecs).Draw(t, "codec")
		n := rapid.SampledFrom([]int{0, 1, 2, 100, 4095, 4096, 4097, 65535, 65536, 65537, 200000}).Draw(t, "n")
		src := make([]byte, n)
		r := env.NewRand(rapid.Uint64().Draw(t, "seed"))
		spread := rapid.IntRange(1, 256).Draw(t, "spread")
		for i := range src {
			src[i] = byte(r.IntN(spread))
		}
		packed := Compress([]byte("head"), src, c, &s)
		if string(packed[:4]) != "head" {
			t.Fatalf("dst overwritten: %q", packed[:4])
		}
		packed = packed[4:]
		var into []byte
		if rapid.Bool().Draw(t, "into") {
			into = append(make([]byte, 0, rapid.IntRange(2, 300000).Draw(t, "cap")), "ab"...)
		}
		got, err := Decompress(into, packed, c, n, &s)
		if err != nil || !bytes.Equal(got[len(into):], src) || !bytes.Equal(got[:len(into)], into) {
			t.Fatalf("%d bytes back of %d: %v", len(got), n, err)
		}
		if n == 0 {
			return
		}
		_, err = Decompress(into, packed, c, n-1, &s)
		if e, ok := err.(*Error); !ok || e.Code != kafka.MessageTooLarge {
			t.Fatalf("a limit one too low gave %v", err)
		}
	})
}

// A few bytes that claim or yield a lot must cost no more memory than the limit.
func TestBombs(t *testing.T) {
	const limit = 1 << 20
	huge := make([]byte, 256<<20)
	bombs := map[string]struct {
		codec Codec
		data  []byte
	}{
		"gzip":          {Gzip, Compress(nil, huge, Gzip, new(Scratch))},
		"snappy":        {Snappy, Compress(nil, huge, Snappy, new(Scratch))},
		"lz4":           {LZ4, Compress(nil, huge, LZ4, new(Scratch))},
		"zstd":          {Zstd, Compress(nil, huge, Zstd, new(Scratch))},
		"snappy claims": {Snappy, append(binary.AppendUvarint(nil, 1<<31), 0, 'x')},
		"xerial": {Snappy, func() []byte {
			block := Compress(nil, huge[:1<<19], Snappy, new(Scratch))
			b := append(xerialMagic[:], 0, 0, 0, 1, 0, 0, 0, 1)
			for range 50 {
				b = append(binary.BigEndian.AppendUint32(b, uint32(len(block))), block...)
			}
			return b
		}()},
		"zstd stream": {Zstd, func() []byte { // a frame that does not say its size
			var out bytes.Buffer
			w, _ := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
			w.Write(huge)
			w.Close()
			return out.Bytes()
		}()},
		"lz4 claims": {LZ4, func() []byte {
			var out bytes.Buffer
			w := lz4.NewWriter(&out)
			w.Apply(lz4.SizeOption(1<<40), lz4.BlockSizeOption(lz4.Block4Mb))
			w.Write(huge[:3<<20])
			return out.Bytes()
		}()},
	}
	huge = nil
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			var s Scratch
			Decompress(nil, Compress(nil, []byte("x"), bomb.codec, &s), bomb.codec, limit, &s) // makes the engines
			before := allocated()
			_, err := Decompress(nil, bomb.data, bomb.codec, limit, &s)
			after := allocated()
			require.Error(t, err)
			require.Less(t, after-before, uint64(12<<20), "%d bytes in", len(bomb.data))
		})
	}
}

// s2's repeat codes are no snappy, and no other client reads them.
func TestSnappyIsNotS2(t *testing.T) {
	var src []byte
	for i := range 3000 {
		src = fmt.Appendf(src, "%d-the same again-", i%7)
	}
	packed := s2.EncodeBest(nil, src)
	_, err := Decompress(nil, packed, Snappy, 1<<20, new(Scratch))
	require.Error(t, err)
	got, err := Decompress(nil, s2.EncodeSnappyBest(nil, src), Snappy, 1<<20, new(Scratch))
	require.NoError(t, err)
	require.Equal(t, src, got)
}

func TestXerial(t *testing.T) {
	block := func(b []byte, s string) []byte {
		c := s2.EncodeSnappy(nil, []byte(s))
		return append(binary.BigEndian.AppendUint32(b, uint32(len(c))), c...)
	}
	head := append(xerialMagic[:], 0, 0, 0, 1, 0, 0, 0, 1)
	whole := block(block(bytes.Clone(head), "hello "), "world")
	got, err := Decompress(nil, whole, Snappy, 11, new(Scratch))
	require.NoError(t, err)
	require.Equal(t, "hello world", string(got))
	_, err = Decompress(nil, whole, Snappy, 10, new(Scratch))
	require.Error(t, err)
	for cut := len(head) + 1; cut < len(whole); cut++ {
		got, err := Decompress(nil, whole[:cut], Snappy, 1000, new(Scratch))
		require.True(t, err != nil || string(got) == "hello ", "cut at %d gave %q", cut, got)
	}
}

// Frames that other writers may make: several of them, linked blocks, checksums, other block sizes.
func TestForeignFrames(t *testing.T) {
	src := []byte(strings.Repeat("all happy families are alike; ", 10000))
	var s Scratch
	for _, o := range [][]lz4.Option{
		{lz4.BlockSizeOption(lz4.Block4Mb)}, {lz4.BlockChecksumOption(true)},
		{lz4.ChecksumOption(true), lz4.SizeOption(uint64(len(src)))},
		{lz4.CompressionLevelOption(lz4.Level9)},
	} {
		var out bytes.Buffer
		w := lz4.NewWriter(&out)
		require.NoError(t, w.Apply(o...))
		w.Write(src)
		w.Close()
		got, err := Decompress(nil, out.Bytes(), LZ4, len(src), &s)
		require.NoError(t, err)
		require.Equal(t, src, got)
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, 9)
	w.Write(src)
	w.Close()
	got, err := Decompress(nil, out.Bytes(), Gzip, len(src), &s)
	require.NoError(t, err)
	require.Equal(t, src, got)
	var zout bytes.Buffer
	zw, _ := zstd.NewWriter(&zout, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(8<<20))
	zw.Write(src)
	zw.Close()
	got, err = Decompress(nil, zout.Bytes(), Zstd, len(src), &s)
	require.NoError(t, err)
	require.Equal(t, src, got)
}

// Compression is part of what a simulated run hashes, so it must give the same bytes on every machine, with
// and without assembly, and whatever was compressed before. Rewrite the file with -rewrite only if a
// library's output may change.
func TestCompressionIsTheSameEverywhere(t *testing.T) {
	var s Scratch
	var lines strings.Builder
	for _, n := range []int{0, 1, 100, 5000, 70000, 300000} {
		src := make([]byte, n)
		r := env.NewRand(uint64(n))
		for i := range src {
			src[i] = "eeeeetaoinsrhl dcumf"[r.IntN(20)]
			if i > 50 && r.Chance(2, 3) {
				src[i] = src[i-37]
			}
		}
		for _, c := range allCodecs {
			out := Compress(nil, src, c, &s)
			require.Equal(t, out, Compress(nil, src, c, new(Scratch)), "fresh scratch")
			sum := sha256.Sum256(out)
			fmt.Fprintf(&lines, "%v %d -> %d %s\n", c, n, len(out), hex.EncodeToString(sum[:8]))
		}
	}
	conversation.Golden(t, "testdata/compressed.txt", lines.String())
}
