// Package buffers is the pool of the simulators' buffers: what a node reads from a simulated disk or connection is its
// own until it releases it, and then is overwritten, so that a reader of released bytes finds nonsense in every run and
// not only when a real host happens to use them again.
//
// A pool keeps few free buffers and bounds nothing: the simulators bound what is in flight.
package buffers

import (
	"math/bits"

	"gregor/core/env"
	"gregor/core/must"
)

// Pool keeps released buffers by size, a power of two each. The zero Pool is empty.
type Pool struct {
	Scribble bool // overwrite what is released
	recycle  func(*env.Buffer)
	free     [32][]*env.Buffer
}

// maxFree bounds the buffers kept of one size.
const maxFree = 32

// Take returns a buffer of n bytes with any content.
func (p *Pool) Take(n int) *env.Buffer {
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

// put returns a released buffer to the pool and overwrites its bytes.
func (p *Pool) put(b *env.Buffer) {
	b.Bytes = b.Bytes[:cap(b.Bytes)]
	if p.Scribble {
		Scribble(b.Bytes)
	}
	b.Recycle = releasedTwice
	if class := bits.Len(uint(cap(b.Bytes) - 1)); len(p.free[class]) < maxFree {
		p.free[class] = append(p.free[class], b)
	}
}

func releasedTwice(*env.Buffer) {
	must.Fail("buffers: a buffer was released twice; does its event have two handlers?")
}

// scribbles is what a released buffer holds.
var scribbles = func() (b [4096]byte) {
	for i := range b {
		b[i] = 0xDB
	}
	return b
}()

// Scribble overwrites bytes that must not be read any more.
func Scribble(b []byte) {
	for len(b) > 0 {
		b = b[copy(b, scribbles[:]):]
	}
}
