package host

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
)

// share is what one connection holds of a pool. The pool's lock guards it.
type share struct {
	client *clientShare
	held   int
}

// clientShare is what all connections of one client, which is an address without its port, hold.
type clientShare struct {
	name        string
	held, conns int
}

func (s *share) add(n int) {
	if s != nil {
		s.held += n
		s.client.held += n
	}
}

// waiter is a connection that waits for a buffer.
type waiter struct {
	kind    kind
	size    int
	bound   int
	holds   *frame // what it has, and does not give back before it gets the next; nil: nothing
	owner   *share
	granted bool
	cond    sync.Cond
}

// await is get for a buffer of a frame of some kind, and waits while too much of that kind is lent. holds is the buffer
// that the caller has already, and that does not come back until this one is there: where it is of the same kind, such
// a caller waits only when twice the bound is in use. When all that is lent is held by such callers, one of them goes
// on all the same.
//
// Of those who wait the one goes first whose client holds least, of one client's the connection that holds least, and
// then who came first. It returns nil when the connection is hung up.
func (p *pool) await(n int, k kind, holds *frame, owner *share, gone *atomic.Bool) *frame {
	class := classOf(n)
	p.mu.Lock()
	if len(p.waiters) == 0 && p.lent[k]+classes[class] <= p.max {
		p.account(k, classes[class], owner)
		return p.lend(class, k, owner)
	}
	w := &waiter{kind: k, size: classes[class], bound: p.max, holds: holds, owner: owner}
	if k == small || w.holding() {
		w.bound *= 2
	}
	if !p.turn(w, gone) {
		p.mu.Unlock()
		return nil
	}
	return p.lend(class, k, owner)
}

// turn waits for what the waiter wants, with the lock. False: its connection is hung up.
func (p *pool) turn(w *waiter, gone *atomic.Bool) bool {
	w.cond.L = &p.mu
	p.waiters = append(p.waiters, w)
	if w.holds != nil {
		p.parked[w.holds.kind] += len(w.holds.mem)
	}
	p.grant()
	for !w.granted {
		if p.closed || gone.Load() {
			p.forget(w)
			p.grant()
			return false
		}
		w.cond.Wait()
	}
	return true
}

// forget takes a waiter out.
func (p *pool) forget(w *waiter) {
	if w.holds != nil {
		p.parked[w.holds.kind] -= len(w.holds.mem)
	}
	i := slices.Index(p.waiters, w)
	p.waiters = slices.Delete(p.waiters, i, i+1)
}

// grant gives what there is to those who wait. It is called with the lock, whenever more may fit.
func (p *pool) grant() {
	for k := kind(0); k < kinds && len(p.waiters) > 0; k++ {
		for p.grantOne(p.first(k, true)) || p.grantOne(p.first(k, false)) {
		}
	}
}

// holding reports whether it holds a buffer of the kind that it waits for.
func (w *waiter) holding() bool { return w.holds != nil && w.holds.kind == w.kind }

// first finds who goes first of those who hold some of the same kind while they wait, or of those who do not.
func (p *pool) first(k kind, holding bool) (first *waiter) {
	for _, w := range p.waiters {
		if w.kind == k && w.holding() == holding && (first == nil || w.before(first)) {
			first = w
		}
	}
	return first
}

// before reports whether w goes before another that came earlier or later.
func (w *waiter) before(o *waiter) bool {
	switch {
	case w.owner == nil || o.owner == nil:
		return false
	case w.owner.client.held != o.owner.client.held:
		return w.owner.client.held < o.owner.client.held
	}
	return w.owner.held < o.owner.held
}

// grantOne grants what a waiter wants, if there is one and it fits.
func (p *pool) grantOne(w *waiter) bool {
	if w == nil || p.lent[w.kind] > p.parked[w.kind] && p.lent[w.kind]+w.size > w.bound {
		return false
	}
	p.forget(w)
	p.account(w.kind, w.size, w.owner)
	w.granted = true
	w.cond.Signal()
	return true
}

// pressed reports whether a connection waits.
func (p *pool) pressed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiters) > 0
}

// look makes every waiter see whether its connection is gone.
func (p *pool) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.waiters {
		w.cond.Signal()
	}
}

// close lets every waiter through: they find the host closed.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.look()
}

// join gives a connection from an address its share, and leave takes it back.
func (in *intake) join(addr net.Addr) *share {
	name, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		name = addr.String()
	}
	in.pool.mu.Lock()
	defer in.pool.mu.Unlock()
	c := in.clients[name]
	if c == nil {
		c = &clientShare{name: name}
		in.clients[name] = c
	}
	c.conns++
	return &share{client: c}
}

func (in *intake) leave(s *share) {
	in.pool.mu.Lock()
	defer in.pool.mu.Unlock()
	if s.client.conns--; s.client.conns == 0 { // what its last frames hold comes back to it all the same
		delete(in.clients, s.client.name)
	}
}
