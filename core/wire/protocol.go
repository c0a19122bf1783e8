package wire

import (
	"fmt"

	"gregor/core/env"
)

// Protocol is the broker's half of a connection: requests come in.
type Protocol struct {
	limits Limits
	light  Limits // of DecodeLight
}

var (
	_ env.Protocol = (*Protocol)(nil)
	_ env.Weighing = (*Protocol)(nil)
)

// New makes a broker's Protocol.
func New(limits Limits) *Protocol {
	p := &Protocol{limits: limits.withDefaults()}
	p.light = p.limits
	p.light.Elements = min(p.light.Elements, keptElements)
	return p
}

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
		return 0, fmt.Errorf("%w: %s: size %d is above the cap of %d for all but Produce", errFrame, Name(key), n-4,
			p.limits.RequestBytes)
	}
	return n, nil
}

// Decode implements env.Protocol: it returns a *Request.
func (p *Protocol) Decode(frame []byte, reuse any) (any, error) {
	m, _, err := p.decode(frame, reuse, &p.limits)
	return m, err
}

// DecodeLight implements env.Weighing: a frame with more than keptElements is heavy.
func (p *Protocol) DecodeLight(frame []byte, reuse any) (m any, heavy bool, err error) {
	return p.decode(frame, reuse, &p.light)
}

// decode decodes a frame within limits. crowded: it holds more elements, but perhaps no more than p's limits allow.
func (p *Protocol) decode(frame []byte, reuse any, lim *Limits) (m any, crowded bool, err error) {
	if len(frame) < 4 || int(be32(frame)) != len(frame)-4 {
		return nil, false, fmt.Errorf("%w: %d bytes are not one frame", errFrame, len(frame))
	}
	q := pooled(reuse)
	if err := q.decode(frame[4:], lim); err != nil {
		return nil, q.crowded && lim.Elements < p.limits.Elements, err
	}
	return q, false, nil
}
