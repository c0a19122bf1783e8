package live

import (
	"sync"
)

// links holds which directions between nodes are cut, and every connection through a proxy.
type links struct {
	mu      sync.Mutex
	severed map[direction]bool
	changed chan struct{} // closed, and another one made, when severed changes
	all     map[*link]bool
	closed  bool
}

type direction struct{ from, to string }

func newLinks() *links {
	return &links{severed: map[direction]bool{}, changed: make(chan struct{}), all: map[*link]bool{}}
}

func (n *links) cut(from, to string)  { n.change(func() { n.severed[direction{from, to}] = true }) }
func (n *links) mend(from, to string) { n.change(func() { delete(n.severed, direction{from, to}) }) }

func (n *links) change(how func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	how()
	close(n.changed)
	n.changed = make(chan struct{})
}

// await waits while a direction is cut; false: done came first.
func (n *links) await(d direction, done <-chan struct{}) bool {
	for {
		n.mu.Lock()
		severed, changed := n.severed[d], n.changed
		n.mu.Unlock()
		if !severed {
			return true
		}
		select {
		case <-changed:
		case <-done:
			return false
		}
	}
}

// add registers a connection; false: the links are closed.
func (n *links) add(l *link) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.all[l] = true
	}
	return !n.closed
}

func (n *links) remove(l *link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.all, l)
}

// reset breaks every connection of a node, at both ends.
func (n *links) reset(name string) {
	n.mu.Lock()
	var those []*link
	for l := range n.all {
		if l.to == name || l.caller() == name {
			those = append(those, l)
		}
	}
	n.mu.Unlock()
	for _, l := range those {
		l.sever()
	}
}

// close breaks all connections for good.
func (n *links) close() {
	n.mu.Lock()
	n.closed = true
	those := make([]*link, 0, len(n.all))
	for l := range n.all {
		those = append(those, l)
	}
	n.mu.Unlock()
	for _, l := range those {
		l.sever()
	}
}
