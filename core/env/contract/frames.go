package contract

import (
	"encoding/binary"
	"errors"

	"gregor/core/env"
)

// MaxFrame bounds the payload of a frame, in bytes.
const MaxFrame = 64 << 20

// Frames is the protocol of the suite's arms: a big-endian 32-bit length, then that many bytes of payload. A
// length above MaxFrame or below zero is refused by FrameSize, a payload that is the word "poison" by Decode.
var Frames env.Protocol = frames{}

// Frame is what Frames decodes. Payload points into the message's buffer.
type Frame struct{ Payload []byte }

type frames struct{}

var (
	errLength = errors.New("frame length out of range")
	errPoison = errors.New("poisoned frame")
)

func (frames) FrameSize(head []byte) (int, error) {
	if len(head) < 4 {
		return 0, nil
	}
	n := int32(binary.BigEndian.Uint32(head))
	if n < 0 || n > MaxFrame {
		return 0, errLength
	}
	return 4 + int(n), nil
}

func (frames) Decode(frame []byte, reuse any) (any, error) {
	f, _ := reuse.(*Frame)
	if f == nil {
		f = new(Frame)
	}
	f.Payload = frame[4:]
	if string(f.Payload) == "poison" {
		return nil, errPoison
	}
	return f, nil
}

// frame puts the length in front of a payload.
func frame(payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
}
