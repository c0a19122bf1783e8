package host

import (
	"sync"

	"golang.org/x/sync/semaphore"

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
	// Frames up to smallClass bytes have a bound of their own: heartbeats and fetches get through when batches wait.
	smallClass = 18432
	// So have those up to mediumClass, which is what a producer sends unless max.request.size says otherwise: frames
	// that announce more, and are slow to come, hold up none of these.
	mediumClass = 1<<20 + classSlack
)

// kind separates frames whose buffers do not wait for each other.
type kind uint8

const (
	small  kind = iota // twice the bound together
	medium             // the bound together, twice the bound where frames have begun
	large              // the same
	huge               // more than twice the bound: one at a time, or it would wait until there is nothing else
	kinds
)

// kindOf is the kind of a frame of so many bytes. All buffers of a frame that is read bit by bit are of its kind.
func (p *pool) kindOf(size int) kind {
	switch {
	case size <= smallClass:
		return small
	case size <= mediumClass:
		return medium
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
	kind  kind
	owner *share              // whose share of the pool it is part of; nil: the host's own
	turn  *semaphore.Weighted // among the heavy frames of its intake, which it gives back; nil: it is none
	lent  bool
	home  *pool
	conn  *conn // takes Decoded back for its next request; nil: none
}

// release returns the frame to its pool. A frame released twice would be two requests' memory at once.
func (f *frame) release() {
	switch {
	case f.turn != nil: // what it was decoded to is not kept: it may be a hundred megabytes
		f.turn.Release(1)
		f.turn = nil
	case f.conn != nil:
		f.conn.keepDecoded(f.Decoded)
	}
	f.conn, f.Decoded, f.Bytes = nil, nil, nil
	f.home.put(f)
}

// pool keeps free buffers by size class, and bounds those in use.
type pool struct {
	mu      sync.Mutex
	free    [][]*frame
	low     []int // fewest free of each class since the last trim: these were not needed
	used    int   // bytes lent
	idle    int   // bytes free
	max     int   // bytes lent beyond which await waits, and lent and free together beyond which free ones go
	lent    [kinds]int
	parked  [kinds]int // of lent, bytes held by those who wait for more
	waiters []*waiter  // in the order in which they came
	closed  bool
}

func (p *pool) init(max int) {
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

// get lends a buffer of at least n bytes, which count as the owner's share.
func (p *pool) get(n int, owner *share) *frame {
	class := classOf(n)
	p.mu.Lock()
	k := p.kindOf(classes[class])
	p.account(k, classes[class], owner)
	return p.lend(class, k, owner)
}

// lend takes a buffer that has been accounted for. It is called with the lock and gives it back.
func (p *pool) lend(class int, k kind, owner *share) *frame {
	f := p.take(class)
	if f == nil {
		p.shed()
	}
	p.mu.Unlock()
	if f == nil {
		f = &frame{mem: make([]byte, classes[class]), class: class, home: p}
		f.Recycle = func(*env.Buffer) { f.release() }
	}
	f.kind, f.owner, f.lent = k, owner, true
	return f
}

// account counts n more bytes as lent.
func (p *pool) account(k kind, n int, owner *share) {
	p.used += n
	p.lent[k] += n
	owner.add(n)
}

// shed drops free buffers, largest first, for as long as the pool holds more than its bound.
func (p *pool) shed() {
	for class := len(p.free) - 1; class >= 0; class-- {
		for p.used+p.idle > p.max && p.take(class) != nil {
		}
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
	p.lent[f.kind] -= size
	f.owner.add(-size)
	f.owner = nil
	if p.used+p.idle+size <= p.max {
		p.free[f.class] = append(p.free[f.class], f)
		p.idle += size
	}
	p.grant()
}

// trim drops the buffers that were not needed since the last trim.
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
