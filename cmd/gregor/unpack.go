package main

import (
	"encoding/binary"
	"errors"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"gregor/core/record"
)

// What a consumer has in memory of records that were compressed: about unpackedMax at a time, and of one batch, which
// franz-go unpacks whole, at most unpackedBatchMax. A record costs recordCost besides its bytes.
const (
	unpackedMax      = 64 << 20
	unpackedBatchMax = 512 << 20
	recordCost       = 250
)

// errLater is why a batch is not unpacked with those before it. It is no error: the consumer fetches it again when it
// has printed those.
var errLater = errors.New("other batches are to be printed first")

// unpacker is a kgo.Decompressor with a bound: a few kilobytes of a topic may become gigabytes. The client keeps what
// it has unpacked of a partition before the first batch that it could not, and fetches that one next.
type unpacker struct {
	mu      sync.Mutex
	scratch record.Scratch
	left    int // to be unpacked before again
	whole   bool
}

func newUnpacker() *unpacker { return &unpacker{left: unpackedMax, whole: true} }

// again begins a new allowance, once what was unpacked has been printed.
func (u *unpacker) again() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.left, u.whole = unpackedMax, true
}

// Decompress implements kgo.Decompressor. The first batch of an allowance may be larger than it.
func (u *unpacker) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	if codec == kgo.CodecNone {
		return src, nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	defer u.scratch.Trim(1 << 20)
	limit := max(0, u.left)
	if u.whole {
		limit = unpackedBatchMax
	}
	out, err := record.Decompress(nil, src, record.Codec(codec), limit, &u.scratch)
	cost := len(out)
	if err == nil {
		cost += recordCost * countRecords(out)
	}
	switch {
	case (record.IsTooLarge(err) || cost > limit) && u.whole:
		return nil, kgo.ErrMaxDecompress
	case record.IsTooLarge(err) || cost > limit:
		return nil, errLater
	case err != nil:
		return nil, err
	}
	u.left -= cost
	u.whole = false
	return out, nil
}

// countRecords counts the records of a batch as far as their sizes lead.
func countRecords(plain []byte) (n int) {
	for len(plain) > 0 {
		size, used := binary.Varint(plain)
		if used <= 0 || size < 0 || size > int64(len(plain)-used) {
			break
		}
		plain = plain[used+int(size):]
		n++
	}
	return n
}
