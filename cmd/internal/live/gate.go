package live

import (
	"sync"

	"gregor/core/env"
)

// gate is a node that can be held still: an event then waits where it is brought in, and all others behind it, as
// those of a stopped process wait in the operating system.
type gate struct {
	node env.Node

	mu   sync.Mutex
	free sync.Cond
	held bool
	dead bool
}

func newGate() *gate {
	g := &gate{}
	g.free.L = &g.mu
	return g
}

// Step implements env.Node.
func (g *gate) Step(now env.Now, e env.Event) {
	if g.pass() {
		g.node.Step(now, e)
	}
}

// Deadline implements env.Node.
func (g *gate) Deadline() env.Instant {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dead {
		return env.Never
	}
	return g.node.Deadline()
}

// pass waits while the node is held; false: it is dead.
func (g *gate) pass() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.held && !g.dead {
		g.free.Wait()
	}
	return !g.dead
}

func (g *gate) hold(held bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = held
	g.free.Broadcast()
}

// shut lets nothing through any more.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dead = true
	g.free.Broadcast()
}
