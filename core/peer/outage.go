package peer

import (
	"fmt"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
)

// outages are the nodes that do not answer at their addresses, so that an outage is one line in the log and its end
// another. There are no more than the addresses that the node dials.
type outages map[place]outage

// place is a node at an address; "" if none is known.
type place struct {
	node kafka.NodeID
	addr string
}

func (a place) String() string {
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

// outageMin is how long a node is tried before its absence is logged: nodes that start together miss each other at
// first.
const outageMin = time.Second

// tried notes that a connection is being established.
func (u outages) tried(now env.Now, at place) {
	if _, ok := u[at]; !ok {
		u[at] = outage{since: now.Mono}
	}
}

// failed notes that the node did not answer, and reports whether that is to be logged now.
func (u outages) failed(now env.Now, at place) bool {
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
func (u outages) reached(now env.Now, at place) (after time.Duration, logged bool) {
	if len(u) == 0 {
		return 0, false
	}
	o := u[at]
	delete(u, at)
	return now.Mono.Sub(o.since).Round(100 * time.Millisecond), o.logged
}

// moved notes that the node is tried at another address: its outage goes on there.
func (u outages) moved(from, to place) {
	if o, ok := u[from]; ok {
		delete(u, from)
		u[to] = o
	}
}
