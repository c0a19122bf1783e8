package netsim

import (
	"math/bits"

	"gregor/core/env"
)

// pool keeps released buffers by size, a power of two each.
type pool struct {
	scribble bool
	recycle  func(*env.Buffer)
	free     [32][]*env.Buffer
}

// maxFree bounds the buffers kept of one size.
const maxFree = 32

// take returns a buffer of n bytes with any content.
func (p *pool) take(n int) *env.Buffer {
	if p.recycle == nil {
		p.recycle = p.put
	}
	class := bits.Len(uint(max(n, 1) - 1))
	list := p.free[class]
	if len(list) == 0 {
		return &env.Buffer{Bytes: make([]byte, n, 1<<class), Recycle: p.recycle}
	}
	b := list[len(list)-1]
	p.free[class] = list[:len(list)-1]
	b.Bytes, b.Recycle = b.Bytes[:n], p.recycle
	return b
}

// put takes a released buffer back and makes its bytes useless.
func (p *pool) put(b *env.Buffer) {
	b.Bytes = b.Bytes[:cap(b.Bytes)]
	if p.scribble {
		Scribble(b.Bytes)
	}
	b.Recycle = releasedTwice
	if class := bits.Len(uint(cap(b.Bytes) - 1)); len(p.free[class]) < maxFree {
		p.free[class] = append(p.free[class], b)
	}
}

func releasedTwice(*env.Buffer) {
	panic("netsim: a buffer was released twice; the node that handles the event releases it exactly once")
}

// scribbles is what a released buffer holds.
var scribbles = func() (b [4096]byte) {
	for i := range b {
		b[i] = 0xDB
	}
	return b
}()

// Scribble overwrites bytes of a released buffer, to show a reader that still uses them.
func Scribble(b []byte) {
	for len(b) > 0 {
		b = b[copy(b, scribbles[:]):]
	}
}
