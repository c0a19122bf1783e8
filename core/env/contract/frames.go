package contract

import (
	"encoding/binary"
	"errors"
	"fmt"

	"gregor/core/env"
)

// MaxFrame bounds the payload of a frame, in bytes.
const MaxFrame = 64 << 20

// Frames is the protocol of the suite's arms: a big-endian 32-bit length, then that many bytes of payload. A
// length above MaxFrame or below zero is refused by FrameSize, a payload that is the word "poison" by Decode.
var Frames env.Protocol = frames{}

// Answers is the protocol of the connections an arm dialed: the same bytes, decoded into another type.
var Answers env.Protocol = answers{}

// Frame is what Frames decodes. Payload points into the message's buffer.
type Frame struct{ Payload []byte }

// Answer is what Answers decodes.
type Answer struct{ Payload []byte }

type frames struct{}

var (
	errLength = errors.New("frame length out of range")
	errPoison = errors.New("poisoned frame")
	errReuse  = errors.New("not what this protocol decodes")
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
	f, err := again[Frame](reuse)
	if err == nil {
		f.Payload, err = payload(frame)
	}
	return f, err
}

type answers struct{ frames }

func (answers) Decode(frame []byte, reuse any) (any, error) {
	a, err := again[Answer](reuse)
	if err == nil {
		a.Payload, err = payload(frame)
	}
	return a, err
}

// again is the T to decode into. What the other protocol decoded is never offered.
func again[T any](reuse any) (*T, error) {
	if reuse == nil {
		return new(T), nil
	}
	t, ok := reuse.(*T)
	if !ok {
		return nil, fmt.Errorf("%w: a %T was offered to be decoded into", errReuse, reuse)
	}
	return t, nil
}

func payload(frame []byte) ([]byte, error) {
	if string(frame[4:]) == "poison" {
		return nil, errPoison
	}
	return frame[4:], nil
}

// frame puts the length in front of a payload.
func frame(payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
}
