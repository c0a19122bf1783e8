package record

import (
	"errors"
	"fmt"
	"io"

	"gregor/core/kafka"
)

// Codec is how a batch's records are compressed.
type Codec int8

// Kafka's codecs.
const (
	None Codec = iota
	Gzip
	Snappy
	LZ4
	Zstd
)

var codecNames = [...]string{"none", "gzip", "snappy", "lz4", "zstd"}

// Known reports whether Kafka defines the codec.
func (c Codec) Known() bool { return c >= None && c <= Zstd }

// String is the codec's name as compression.type has it.
func (c Codec) String() string {
	if !c.Known() {
		return fmt.Sprintf("codec %d", int8(c))
	}
	return codecNames[c]
}

// ParseCodec is the codec of that name; "uncompressed" is Kafka's other name of none.
func ParseCodec(name string) (Codec, bool) {
	for c, n := range codecNames {
		if n == name {
			return Codec(c), true
		}
	}
	return None, name == "uncompressed"
}

// errBomb is what a decoder returns when its output would pass the limit.
var errBomb = errors.New("the data does not end within the limit")

// Compress appends the compressed src to dst. It is one call on the caller's own goroutine and gives the same
// bytes every time. It panics for an unknown codec.
func Compress(dst, src []byte, c Codec, s *Scratch) []byte {
	switch c {
	case None:
		return append(dst, src...)
	case Gzip:
		return s.gzip(dst, src)
	case Snappy:
		return s.snappy(dst, src)
	case LZ4:
		return s.lz4(dst, src)
	case Zstd:
		return s.zstd(dst, src)
	}
	panic(fmt.Sprintf("record: %v asked to compress; the caller let an unknown codec through", c))
}

func unknownCodec(c Codec) *Error {
	return &Error{Code: kafka.UnsupportedCompressionType, Text: fmt.Sprintf("compression codec %d is unknown", int8(c))}
}

// Memory is how many bytes of memory reading a batch's records takes besides the batch, whatever they become.
func Memory(b Batch) int {
	body := b[HeaderSize:]
	switch b.Attributes().Codec() {
	case Gzip:
		return gzipMemory + windowSize
	case Snappy:
		return snappyMemory(body) + windowSize
	case LZ4:
		return lz4Memory(body) + windowSize
	case Zstd:
		return zstdMemory(body) + windowSize
	}
	return 0
}

// Decompress appends the decompressed src to dst, at most limit bytes of it. It uses no more memory than the
// output does, give or take the codec's fixed tables, whatever src claims.
func Decompress(dst, src []byte, c Codec, limit int, s *Scratch) ([]byte, error) {
	var err error
	start := len(dst)
	switch c {
	case None:
		dst, err = copyPlain(dst, src, limit)
	case Gzip:
		dst, err = s.gunzip(dst, src, limit)
	case Snappy:
		dst, err = s.unsnappy(dst, src, limit)
	case LZ4:
		dst, err = s.unlz4(dst, src, limit)
	case Zstd:
		dst, err = s.unzstd(dst, src, limit)
	default:
		return dst, unknownCodec(c)
	}
	if errors.Is(err, errBomb) {
		return dst[:start], tooLarge("%d bytes of %v decompress to more than the limit of %d", len(src), c, limit)
	}
	if err != nil {
		return dst[:start], invalid("%d bytes of %v do not decompress: %v", len(src), c, err)
	}
	return dst, nil
}

func copyPlain(dst, src []byte, limit int) ([]byte, error) {
	if len(src) > limit {
		return dst, errBomb
	}
	return append(dst, src...), nil
}

// readInto appends all of r to dst, at most limit bytes.
func readInto(dst []byte, r io.Reader, limit int) ([]byte, error) {
	end := len(dst) + limit
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case len(dst) > end:
			return dst, errBomb
		case err == io.EOF:
			return dst, nil
		case err != nil:
			return dst, err
		}
	}
}

// room makes sure that dst can take n more bytes without growing.
func room(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	grown := make([]byte, len(dst), len(dst)+n)
	copy(grown, dst)
	return grown
}
