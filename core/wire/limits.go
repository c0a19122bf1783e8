package wire

import (
	"fmt"

	"gregor/core/record"
)

// Limits bound what one frame may hold and cost. The zero value of a field means its default.
//
// Kafka has one limit for all frames (socket.request.max.bytes) and refuses an array of more than 1,000,000
// elements and more than 10,000 tagged fields (since 4.4). Here the elements and the tags of the whole frame
// are counted together, and only Produce, whose bytes are records that stay where they are, may use the full
// frame size.
//
// Decoding one frame allocates no more than twice the frame's size (only through kmsg), 120 bytes an element
// through kmsg and 144 by hand, and 400 bytes a tag: with the defaults 150 MB at the very worst, reached by
// 6 MB of Produce with a million empty partitions, and a few hundred bytes for a count that nothing backs.
// Decompression (Request.Finish) adds at most BatchMemory, whatever batches become: their records are looked at a
// window at a time. What they become costs time, about a second a GiB, and is bounded so that no batch is refused that
// a client makes within Kafka's defaults: deflate, which packs best of the usual codecs, makes 1032 bytes of one, and
// neither a batch (message.max.bytes) nor a request of Java's producer (max.request.size) is larger than a MiB. A host
// that faces hostile peers lowers Elements.
type Limits struct {
	FrameBytes   int   // socket.request.max.bytes: any frame, without its length prefix; default 104857600
	RequestBytes int   // any request but Produce; default 8 MiB
	Elements     int   // array elements of one frame, nested ones included; default 1,000,000
	Tags         int   // tagged fields of one frame; default 10,000
	BatchBytes   int   // what one compressed batch may become; default 1100 MiB
	PlainBytes   int64 // what all compressed batches of one frame may become together; default 4 GiB
	BatchMemory  int   // what decompressing one batch may take; default 132 MiB: zstd's largest window
}

// The defaults of Limits.
const (
	DefaultFrameBytes   = 104857600
	DefaultRequestBytes = 8 << 20
	DefaultElements     = 1_000_000
	DefaultTags         = 10_000
	DefaultBatchBytes   = record.MostUncompressed
	DefaultPlainBytes   = 4 << 30
	DefaultBatchMemory  = 132 << 20
)

func (l Limits) withDefaults() Limits {
	l.FrameBytes = orDefault(l.FrameBytes, DefaultFrameBytes)
	l.RequestBytes = orDefault(l.RequestBytes, DefaultRequestBytes)
	l.Elements = orDefault(l.Elements, DefaultElements)
	l.Tags = orDefault(l.Tags, DefaultTags)
	l.BatchBytes = orDefault(l.BatchBytes, DefaultBatchBytes)
	l.BatchMemory = orDefault(l.BatchMemory, DefaultBatchMemory)
	l.PlainBytes = orDefault(l.PlainBytes, DefaultPlainBytes)
	return l
}

func orDefault[N int | int64](n, def N) N {
	if n == 0 {
		return def
	}
	return n
}

// frameSize reads the length prefix at head and checks it against the cap; zero asks for more bytes.
func frameSize(head []byte, limit int, name string) (int, error) {
	if len(head) < 4 {
		return 0, nil
	}
	n := int32(be32(head))
	switch {
	case n < 0:
		return 0, fmt.Errorf("%w: negative size %d", errFrame, n)
	case int(n) > limit:
		return 0, fmt.Errorf("%w: size %d is above %s=%d", errFrame, n, name, limit)
	}
	return 4 + int(n), nil
}
