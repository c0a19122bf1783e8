package wire

import (
	"fmt"

	"gregor/core/env"
)

// Protocol is the broker's half of a connection: requests come in.
type Protocol struct{ limits Limits }

var _ env.Protocol = (*Protocol)(nil)

// New makes a broker's Protocol.
func New(limits Limits) *Protocol { return &Protocol{limits: limits.withDefaults()} }

// FrameSize implements env.Protocol. A frame above Limits.RequestBytes is let in only once its API key can be
// read and is Produce's, so that a hostile peer's hundred megabytes are not even buffered.
func (p *Protocol) FrameSize(head []byte) (int, error) {
	n, err := frameSize(head, p.limits.FrameBytes, "socket.request.max.bytes")
	switch {
	case err != nil || n-4 <= p.limits.RequestBytes:
		return n, err
	case len(head) < 6:
		return 0, nil
	}
	if key := int16(be16(head[4:])); key != produceAPI.Key {
		return 0, fmt.Errorf("%w: %s: size %d is above the cap of %d for all but Produce", errFrame, Name(key), n-4, p.limits.RequestBytes)
	}
	return n, nil
}

// Decode implements env.Protocol: it returns a *Request.
func (p *Protocol) Decode(frame []byte, reuse any) (any, error) {
	if len(frame) < 4 || int(be32(frame)) != len(frame)-4 {
		return nil, fmt.Errorf("%w: %d bytes are not one frame", errFrame, len(frame))
	}
	q := pooled(reuse)
	if err := q.decode(frame[4:], &p.limits); err != nil {
		return nil, err
	}
	return q, nil
}
