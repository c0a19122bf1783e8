package record

import (
	"fmt"
	"runtime"
	"testing"
)

// allocated is how many bytes have ever been allocated.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func BenchmarkCRC(b *testing.B) {
	for _, size := range []int{64 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size>>10, "K"), func(b *testing.B) {
			batch := bigBatch(size, 1024, None)
			b.SetBytes(int64(len(batch)))
			for b.Loop() {
				batch.ComputeCRC()
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	for _, c := range allCodecs {
		for _, size := range []int{64 << 10, 1 << 20} {
			for _, value := range []int{100, 1024} {
				b.Run(fmt.Sprint(c, "/", size>>10, "K/", value, "B"), func(b *testing.B) {
					batch := bigBatch(size, value, c)
					var s Scratch
					sum, _ := s.Validate(batch, Limits{})
					b.SetBytes(int64(sum.UncompressedSize))
					b.ReportAllocs()
					for b.Loop() {
						if _, err := s.Validate(batch, Limits{}); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

func BenchmarkRecords(b *testing.B) {
	batch := bigBatch(64<<10, 100, None)
	b.SetBytes(int64(len(batch)))
	b.ReportAllocs()
	var s Scratch
	for b.Loop() {
		it := batch.Records(&s, Limits{})
		for _, ok := it.Next(); ok; _, ok = it.Next() {
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	value := make([]byte, 100)
	for _, c := range allCodecs {
		b.Run(c.String(), func(b *testing.B) {
			var s Scratch
			var bb Builder
			b.ReportAllocs()
			b.SetBytes(100 * 600)
			for b.Loop() {
				bb.Reset(Options{Codec: c, Scratch: &s})
				for range 600 {
					bb.Add(1, value[:8], value)
				}
				bb.Build()
			}
		})
	}
}
