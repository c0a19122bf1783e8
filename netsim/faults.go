package netsim

import (
	"fmt"
	"strconv"

	"gregor/core/env"
)

// from is the address a node's connections come from.
func (p *Port) from(id env.ConnID) string {
	host := p.name
	if p.addr != "" {
		host = p.addr[:lastColon(p.addr)]
	}
	return host + ":" + strconv.Itoa(40000+int(id%20000))
}

func lastColon(s string) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == ':' {
			return i
		}
	}
	return len(s)
}

// port finds a node by name; a scenario names only nodes there are.
func (n *Net) port(name string) *Port {
	p := n.byName[name]
	if p == nil {
		panic(fmt.Sprintf("netsim: no node is called %q", name))
	}
	return p
}

// eachStream visits the streams from one node to another in the order their connections were dialed.
func (n *Net) eachStream(from, to *Port, visit func(s *stream)) {
	for i := 0; i < len(n.conns); i++ {
		c := n.conns[i]
		if c == nil {
			continue
		}
		for j := range c.streams {
			if s := &c.streams[j]; s.from.port == from && s.to.port == to {
				visit(s)
			}
		}
	}
}

// Cut stops everything from one node to another, and acknowledgements with it.
func (n *Net) Cut(from, to string) {
	a, b := n.port(from), n.port(to)
	n.link(a, b).cut = true
	n.eachStream(a, b, n.watchStuck)
	n.eachStream(b, a, n.watchStuck)
}

func (n *Net) watchStuck(s *stream) {
	if s.flight.len() > 0 || s.queue.len() > 0 {
		n.watchAcks(s)
	}
}

// Mend undoes Cut. What was under way arrives after a retransmission.
func (n *Net) Mend(from, to string) {
	a, b := n.port(from), n.port(to)
	if !n.link(a, b).cut {
		return
	}
	n.link(a, b).cut = false
	n.eachStream(a, b, n.resumeArrivals)
	n.eachStream(b, a, n.acknowledge)
}

// resumeArrivals lets what a cut or a hold stopped arrive after a retransmission.
func (n *Net) resumeArrivals(s *stream) {
	if s.flight.len() > 0 && !s.arriving {
		c := s.flight.at(0)
		c.at = max(c.at, n.engine.Now().Add(n.lag(&s.rnd)))
	}
	s.stuck = s.stuck && n.unreachable(s)
	s.expect()
}

// acknowledge gives back the window that a cut way back kept.
func (n *Net) acknowledge(s *stream) {
	owed := s.owed
	s.owed = 0
	s.stuck = s.stuck && n.unreachable(s)
	s.grow(owed)
}

// Hold keeps what is and will be under way on the present connections from one node to another until Release.
// Connections made later flow.
func (n *Net) Hold(from, to string) {
	n.eachStream(n.port(from), n.port(to), func(s *stream) { s.held = true })
}

// Release lets what Hold kept arrive.
func (n *Net) Release(from, to string) {
	n.eachStream(n.port(from), n.port(to), func(s *stream) {
		if s.held {
			s.held = false
			n.resumeArrivals(s)
		}
	})
}

// Reset ends all connections between two nodes with ErrReset at both ends.
func (n *Net) Reset(a, b string) {
	n.eachStream(n.port(a), n.port(b), n.resetBoth)
	n.eachStream(n.port(b), n.port(a), n.resetBoth)
}

func (n *Net) resetBoth(s *stream) {
	s.from.fail(env.ErrReset, n.engine.Cause())
	if s.to.port != nil {
		s.to.fail(env.ErrReset, n.engine.Cause())
	}
}

// ResetOneEnd closes a node's end of all its connections to another; the other ends are not notified.
func (n *Net) ResetOneEnd(node, peer string) {
	n.eachStream(n.port(node), n.port(peer), func(s *stream) { s.from.fail(env.ErrReset, n.engine.Cause()) })
}

// drawReset draws whether a transmission is the connection's last, and reports whether it was.
func (n *Net) drawReset(s *stream) bool {
	switch {
	case s.to.port == nil:
		return false
	case hit(&s.luck, n.opts.ResetPerMillion):
		n.resetBoth(s)
		return true
	case hit(&s.luck, n.opts.ResetOneEndPerMillion):
		s.from.fail(env.ErrReset, n.engine.Cause())
		return true
	}
	return false
}

// SetLink changes the speed of one direction between two nodes, for what is sent from now on.
func (n *Net) SetLink(from, to string, speed Link) {
	l := n.link(n.port(from), n.port(to))
	l.Link, l.own = speed, true
}

// ResetLink undoes SetLink: the direction is as fast as the network, and what was under way arrives at once.
func (n *Net) ResetLink(from, to string) {
	a, b := n.port(from), n.port(to)
	l := n.link(a, b)
	l.Link, l.own, l.busy = n.opts.Link, false, n.engine.Now()
	n.eachStream(a, b, n.arriveNow)
}

// SetReadRate bounds how fast a node reads from all its connections together, in bytes per second; 0 lifts the bound:
// what has waited to be read is read at once.
func (n *Net) SetReadRate(node string, bytesPerSecond int64) {
	p := n.port(node)
	p.readRate = bytesPerSecond
	if bytesPerSecond > 0 {
		return
	}
	p.readTill = n.engine.Now()
	for _, from := range n.ports {
		n.eachStream(from, p, n.arriveNow)
	}
}

// arriveNow lets what is under way arrive at once.
func (n *Net) arriveNow(s *stream) {
	for i := range s.flight.len() {
		c := s.flight.at(i)
		c.at = min(c.at, n.engine.Now())
	}
	s.arriving = false // the arrival that is scheduled comes later, and finds nothing to do
	s.expect()
}

// Options are the faults and the speed in force.
func (n *Net) Options() Options { return n.opts }

// SetOptions takes effect with what is sent next. The speed of a direction that SetLink has changed stays.
func (n *Net) SetOptions(o Options) {
	o.setDefaults()
	n.opts = o
	for i := range n.links {
		for j := range n.links[i] {
			if l := &n.links[i][j]; !l.own {
				l.Link = o.Link
			}
		}
	}
}

// Up notes that a new incarnation of a node listens, and gives its machine power if it had none.
func (n *Net) Up(node int) {
	p := n.ports[node]
	p.up, p.powered = true, true
	n.lives[node]++
	for i := 0; i < len(n.conns); i++ {
		if c := n.conns[i]; c != nil {
			n.wakeSender(&c.streams[0], p)
			n.wakeSender(&c.streams[1], p)
		}
	}
}

// wakeSender lets a sender that has waited for a machine without power learn that it is back.
func (n *Net) wakeSender(s *stream, p *Port) {
	if s.to.port == p && s.to.state == gone && s.stuck && s.from.state != gone {
		s.stuck = n.unreachable(s)
		n.later(action{kind: reset, end: s.from, cause: n.engine.Cause()}, int64(n.lag(&s.rnd)))
	}
}

// Crash ends a node's process: its kernel ends the connections, orderly or with a reset where bytes were unread.
func (n *Net) Crash(node int) {
	n.down(node, func(e *end) { e.endStream(e.in().ready > 0 || e.frame != nil, n.engine.Cause()) })
}

// PowerOff ends a node's machine, which closes no connection.
func (n *Net) PowerOff(node int) {
	n.down(node, func(*end) {})
	p := n.ports[node]
	p.powered = false
	for i := 0; i < len(n.conns); i++ {
		if c := n.conns[i]; c != nil {
			for j := range c.streams {
				if s := &c.streams[j]; s.to.port == p {
					n.watchStuck(s)
				}
			}
		}
	}
}

func (n *Net) down(node int, hangUpEach func(e *end)) {
	p := n.ports[node]
	p.up = false
	for _, e := range p.ends {
		if e == nil {
			continue
		}
		if e.peer().port == nil {
			e.peer().state = gone
		} else {
			hangUpEach(e)
		}
		e.abandonSends()
		e.detach()
	}
	p.ends = nil
	n.lives[node]++
}

// abandonSends drops the sends of a dead process; its files are closed with it.
func (e *end) abandonSends() {
	q := &e.out().queue
	for q.len() > 0 {
		clear(q.at(0).parts)
		q.drop()
	}
}

// Nodes lists the nodes by name in the order they were added.
func (n *Net) Nodes() []string {
	var names []string
	for _, p := range n.ports {
		names = append(names, p.name)
	}
	return names
}

// Conns counts the connections that at least one node believes in.
func (n *Net) Conns() int {
	count := 0
	for _, c := range n.conns {
		if c != nil {
			count++
		}
	}
	return count
}
