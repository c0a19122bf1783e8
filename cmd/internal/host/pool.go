package host

import (
	"sync"
	"sync/atomic"

	"gregor/core/env"
)

// classes are the buffer sizes, in bytes. The large ones leave room beside a round batch size for the request
// around it.
var classes = func() (c []int) {
	c = []int{1152, 4864, 18432} // size classes of Go's allocator
	for n := 32 << 10; n <= 128<<20; n *= 2 {
		c = append(c, n+classSlack)
	}
	return c
}()

// MaxFrame is the most that Options.MaxFrame can be, in bytes.
const MaxFrame = maxClass

const (
	classSlack = 4 << 10
	maxClass   = 128<<20 + classSlack
	// Buffers up to smallClass bytes have a bound of their own: heartbeats and fetches get through when large batches
	// wait, and fetches that wait for records hold up no batch.
	smallClass = 18432
)

// kind tells buffers apart that do not wait for each other.
type kind uint8

const (
	small kind = iota // twice the bound together
	large             // the bound together, twice the bound where frames have begun
	huge              // more than twice the bound: one at a time, or it would wait until there is nothing else
	kinds
)

func (p *pool) kindOf(size int) kind {
	switch {
	case size <= smallClass:
		return small
	case size <= 2*p.max:
		return large
	}
	return huge
}

// frame is a pooled buffer. The node sees its env.Buffer.
type frame struct {
	env.Buffer
	mem   []byte // the whole of it; Bytes is the part in use
	class int
	lent  bool
	home  *pool
	conn  *conn // takes Decoded back for its next request; nil: nobody
}

// release returns the frame to its pool. A frame released twice would be two requests' memory at once.
func (f *frame) release() {
	if c := f.conn; c != nil {
		c.keepDecoded(f.Decoded)
	}
	f.conn, f.Decoded, f.Bytes = nil, nil, nil
	f.home.put(f)
}

// pool keeps free buffers by size class, and bounds those in use.
type pool struct {
	mu      sync.Mutex
	moved   sync.Cond // something was released, or the pool closed
	free    [][]*frame
	low     []int // fewest free of each class since the last trim: nobody needed those
	used    int   // bytes lent
	idle    int   // bytes free
	max     int   // bytes lent beyond which await waits, and lent and free together beyond which free ones go
	lent    [kinds]int
	parked  [kinds]int // of lent, bytes held by those who wait for more
	waiting int
	closed  bool
}

func (p *pool) init(max int) {
	p.moved.L = &p.mu
	p.free, p.low = make([][]*frame, len(classes)), make([]int, len(classes))
	p.max = max
}

func classOf(n int) int {
	for i, size := range classes {
		if n <= size {
			return i
		}
	}
	panic("host: a buffer larger than the largest frame was asked for; MaxFrame was not checked")
}

// get lends a buffer of at least n bytes.
func (p *pool) get(n int) *frame {
	class := classOf(n)
	p.mu.Lock()
	return p.lend(class)
}

// await is get that waits while too many of its kind are lent. holds is the size of the buffer that the caller has
// already, and that nobody gets back until this one is there: such a caller waits only when twice the bound is in use.
// When all that is lent is held by such callers, one of them goes on all the same. It gives up, and returns nil, when
// the connection is hung up.
func (p *pool) await(n, holds int, gone *atomic.Bool) *frame {
	class := classOf(n)
	size, bound := classes[class], p.max
	if size <= smallClass || holds > 0 {
		bound *= 2
	}
	p.mu.Lock()
	want, have := p.kindOf(size), p.kindOf(holds)
	p.parked[have] += holds
	for p.lent[want] > p.parked[want] && p.lent[want]+size > bound {
		if p.closed || gone.Load() {
			p.parked[have] -= holds
			p.mu.Unlock()
			return nil
		}
		p.waiting++
		p.moved.Wait()
		p.waiting--
	}
	p.parked[have] -= holds
	return p.lend(class)
}

// lend marks a buffer as lent. It is called with the lock and gives it back.
func (p *pool) lend(class int) *frame {
	size := classes[class]
	p.used += size
	p.lent[p.kindOf(size)] += size
	f := p.take(class)
	if f == nil {
		p.shed()
	}
	p.mu.Unlock()
	if f == nil {
		f = &frame{mem: make([]byte, size), class: class, home: p}
		f.Recycle = func(*env.Buffer) { f.release() }
	}
	f.lent = true
	return f
}

// shed drops free buffers, largest first, for as long as the pool holds more than its bound.
func (p *pool) shed() {
	for class := len(p.free) - 1; class >= 0; class-- {
		for p.used+p.idle > p.max && p.take(class) != nil {
		}
	}
}

// look makes every waiter see whether its connection is gone.
func (p *pool) look() {
	p.mu.Lock()
	waiting := p.waiting
	p.mu.Unlock()
	if waiting > 0 {
		p.moved.Broadcast()
	}
}

// take pops a free buffer; nil if there is none.
func (p *pool) take(class int) *frame {
	list := p.free[class]
	last := len(list) - 1
	if last < 0 {
		return nil
	}
	f := list[last]
	list[last] = nil
	p.free[class] = list[:last]
	p.low[class] = min(p.low[class], last)
	p.idle -= classes[class]
	return f
}

func (p *pool) put(f *frame) {
	size := classes[f.class]
	p.mu.Lock()
	defer p.mu.Unlock()
	if !f.lent {
		panic("host: a buffer was released twice; its event was handled by two owners")
	}
	f.lent = false
	p.used -= size
	p.lent[p.kindOf(size)] -= size
	if p.used+p.idle+size <= p.max {
		p.free[f.class] = append(p.free[f.class], f)
		p.idle += size
	}
	if p.waiting > 0 {
		p.moved.Broadcast()
	}
}

// trim drops the buffers that nobody needed since the last trim.
func (p *pool) trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for class, list := range p.free {
		keep := len(list) - p.low[class]
		clear(list[keep:])
		p.free[class] = list[:keep]
		p.idle -= (len(list) - keep) * classes[class]
		p.low[class] = keep
	}
}

func (p *pool) inUse() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used
}

// close lets every waiter through: they find the host closed.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.moved.Broadcast()
}
