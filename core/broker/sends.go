package broker

import (
	"gregor/core/env"
	"gregor/core/seglog"
)

// pin keeps a region's segment file alive while an answer that names it is on its way.
type pin struct {
	log *seglog.Log
	pin seglog.Pin
}

// sendOp marks the OpIDs of sends; the rest of the number is an index into sends.
const sendOp env.OpID = 1 << 63

// sends remembers what each answer on its way keeps pinned. Its size is bounded by the answers in flight.
type sends struct {
	pins [][]pin
	free []uint32
}

func (t *sends) put(pins []pin) env.OpID {
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		t.pins[i] = append(t.pins[i][:0], pins...)
		return sendOp | env.OpID(i)
	}
	t.pins = append(t.pins, append([]pin(nil), pins...))
	return sendOp | env.OpID(len(t.pins)-1)
}

func (b *Broker) sent(e env.Event) {
	if e.Op&sendOp == 0 {
		return
	}
	i := uint32(e.Op &^ sendOp)
	b.unpin(b.sends.pins[i])
	b.sends.pins[i] = b.sends.pins[i][:0]
	b.sends.free = append(b.sends.free, i)
}

func (b *Broker) unpin(pins []pin) {
	for _, p := range pins {
		p.log.Unpin(p.pin)
	}
}
