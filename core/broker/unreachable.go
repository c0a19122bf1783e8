package broker

import (
	"fmt"
	"time"

	"gregor/core/env"
)

// unreachable remembers the nodes that do not answer where they should, so that an outage is one line in the log and its
// end another. It holds no more than the addresses this node dials.
type unreachable map[peerAt]outage

// peerAt is a node at an address; "" if none is known.
type peerAt struct {
	node env.NodeID
	addr string
}

func (a peerAt) String() string {
	if a.addr == "" {
		return fmt.Sprintf("node %d", a.node)
	}
	return fmt.Sprintf("node %d (%s)", a.node, a.addr)
}

// outage is since when a node has been tried, and whether that was logged.
type outage struct {
	since  env.Instant
	logged bool
}

// outageMin is how long a node is tried before its absence is logged: nodes that start together miss each other at first.
const outageMin = time.Second

// tried notes that a connection is being established.
func (u unreachable) tried(now env.Now, at peerAt) {
	if _, ok := u[at]; !ok {
		u[at] = outage{since: now.Mono}
	}
}

// failed notes that the node did not answer, and reports whether that is to be logged now.
func (u unreachable) failed(now env.Now, at peerAt) bool {
	u.tried(now, at)
	o := u[at]
	if o.logged || now.Mono < o.since.Add(outageMin) {
		return false
	}
	o.logged = true
	u[at] = o
	return true
}

// reached notes that the node answered. If its outage was logged, it returns how long that was.
func (u unreachable) reached(now env.Now, at peerAt) (after time.Duration, logged bool) {
	if len(u) == 0 {
		return 0, false
	}
	o := u[at]
	delete(u, at)
	return now.Mono.Sub(o.since).Round(100 * time.Millisecond), o.logged
}

// moved notes that the node is tried at another address: its outage goes on there.
func (u unreachable) moved(from, to peerAt) {
	if o, ok := u[from]; ok {
		delete(u, from)
		u[to] = o
	}
}
