package inbox

import (
	"gregor/core/env"
	"gregor/core/seglog"
	"gregor/core/slab"
)

// Pin keeps the file of a region while a response that names it is on its way.
type Pin struct {
	Log *seglog.Log
	Of  seglog.Pin
}

// sendOp marks the OpIDs of sends; the rest of the number is an index into sends.
const sendOp env.OpID = 1 << 63

// sends holds what each response on its way keeps pinned. Its size is bounded by the responses in flight.
type sends struct {
	pins    [][]Pin
	indexes slab.Numbers
}

func (t *sends) put(pins []Pin) env.OpID {
	i, fresh := t.indexes.Take()
	if fresh {
		t.pins = append(t.pins, nil)
	}
	t.pins[i] = append(t.pins[i][:0], pins...)
	return sendOp | env.OpID(i)
}

// Sent unpins what a response kept that has left.
func (x *Inbox) Sent(e env.Event) {
	if e.Op&sendOp == 0 {
		return
	}
	i := uint32(e.Op &^ sendOp)
	unpin(x.sends.pins[i])
	x.sends.pins[i] = x.sends.pins[i][:0]
	x.sends.indexes.Return(i)
}

func unpin(pins []Pin) {
	for _, p := range pins {
		p.Log.Unpin(p.Of)
	}
}

// drain sends the responses at the head of the connection's queue that are ready.
func (x *Inbox) drain(c *Conn) {
	for c.head != nil && c.head.done {
		q := c.head
		if c.head = q.next; c.head == nil {
			c.tail = nil
		}
		c.queued--
		x.send(c, q)
		q.buffer.Release()
		x.requests.give(q)
	}
	x.relax(c)
}

// send hands a response to the network. File regions stay pinned until they have left.
func (x *Inbox) send(c *Conn, q *Request) {
	switch {
	case c.closing || q.silent:
		unpin(q.pins)
	case len(q.pins) == 0:
		x.world.Network.Send(0, c.id, q.answer...)
	default:
		x.world.Network.Send(x.sends.put(q.pins), c.id, q.answer...)
	}
}
