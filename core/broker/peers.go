package broker

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/wire"
)

// lane separates requests to one node that may be held for long from those that must not wait behind them: a node
// answers each connection's requests one after the other.
type lane uint8

const (
	quorumLane  lane = iota // of the metadata quorum
	controlLane             // registration, heartbeats, AlterPartition
	forwardLane             // what clients ask of the controller
	fetchLane               // replication
	probeLane               // whether anybody listens there at all
)

// peerKey names a connection this node dials.
type peerKey struct {
	node env.NodeID
	lane lane
}

// peers are the connections this node dials to others. It knows what versions they speak: its own.
type peers struct {
	broker *Broker
	all    []*peerConn // in the order they were first wanted; bounded by the nodes there are, times the lanes
	byKey  map[peerKey]*peerConn
	byConn map[env.ConnID]*peerConn
	byDial map[env.OpID]*peerConn
	ops    env.OpID
	rand   env.Rand
	away   unreachable
	failed []failedCall // told at the end of the step: who sends may not be called back at once
}

// peerConn is one such connection, or the want of one.
type peerConn struct {
	peers    *peers
	key      peerKey
	addr     string
	state    peerState
	id       env.ConnID
	dial     env.OpID
	corr     int32
	calls    []peerCall // in the order sent; those of a connection that is not up wait to be sent
	failures int        // in a row
	retryAt  env.Instant
	alarm    alarm.Alarm // when the oldest call is given up
	fetched  *kmsg.FetchResponse
}

type peerState uint8

const (
	peerIdle peerState = iota
	peerDialing
	peerUp
)

// peerCall is one request on its way.
type peerCall struct {
	corr    int32
	key     int16
	version int16
	due     env.Instant
	frame   []byte // until it is sent
	then    func(now env.Now, a peerAnswer)
}

// peerAnswer is what came of a call: a response, in whose buffer its bytes lie, or why there is none.
type peerAnswer struct {
	resp   kmsg.Response
	buffer *env.Buffer
	err    error
}

type failedCall struct {
	then func(now env.Now, a peerAnswer)
	err  error
}

// Why a call has no answer.
var (
	errPeerAway    = errors.New("the node cannot be reached")
	errPeerSilent  = errors.New("the node did not answer in time")
	errPeerCrowded = errors.New("too many requests wait for the node")
	errNoAddress   = errors.New("it advertises no address of the listener that brokers use (inter.broker.listener.name)")
)

// The bounds of one connection: calls under way, and the pause after it failed.
const (
	peerCallsMax   = 256
	peerBackoffMin = 20 * time.Millisecond
	peerBackoffMax = time.Second
)

// dialOp marks the OpIDs of dials; those of sends have sendOp.
const dialOp env.OpID = 1 << 62

// address writes host:port.
func address(host string, port int32) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(int(port))
}

// send sends a request, its version set, and calls then once: with the answer, or with what kept it from coming; at
// the end of this step at the earliest.
func (p *peers) send(key peerKey, addr string, req kmsg.Request, timeout time.Duration, then func(env.Now, peerAnswer)) {
	now := p.broker.now
	c := p.of(key)
	switch {
	case addr == "":
		c.unreachable(errNoAddress)
		p.fail(then, errNoAddress)
		return
	case len(c.calls) >= peerCallsMax:
		p.fail(then, errPeerCrowded)
		return
	case addr != c.addr && c.state != peerIdle:
		c.lose(errPeerAway)
		c.retryAt = 0
	case c.state == peerIdle && now.Mono < c.retryAt:
		p.fail(then, errPeerAway)
		return
	}
	if addr != c.addr {
		p.away.moved(c.at(), peerAt{key.node, addr})
		c.addr = addr
	}
	c.put(req, peerCall{due: now.Mono.Add(timeout), then: then})
	if c.state == peerIdle {
		c.connect()
	}
}

// of finds or makes the entry of a connection.
func (p *peers) of(key peerKey) *peerConn {
	c := p.byKey[key]
	if c == nil {
		c = &peerConn{peers: p, key: key}
		c.alarm = alarm.For(c)
		p.byKey[key] = c
		p.all = append(p.all, c)
	}
	return c
}

// put sends a request, or keeps it until the connection is up.
func (c *peerConn) put(req kmsg.Request, call peerCall) {
	b := c.peers.broker
	c.corr++
	call.corr, call.key, call.version = c.corr, req.Key(), req.GetVersion()
	frame := b.arena.keep(wire.AppendRequest(b.arena.tail(256), req, c.corr, b.clientName))
	if c.state == peerUp {
		b.world.Network.Send(0, c.id, env.Segment{Bytes: frame})
	} else {
		call.frame = frame
	}
	c.calls = append(c.calls, call)
	c.schedule()
}

func (p *peers) fail(then func(env.Now, peerAnswer), err error) {
	p.failed = append(p.failed, failedCall{then, err})
}

// settle tells the calls that failed. What they do then may fail again: that is told in the next round.
func (p *peers) settle(now env.Now) {
	failed := p.failed
	p.failed = nil
	for _, f := range failed {
		f.then(now, peerAnswer{err: f.err})
	}
}

func (c *peerConn) connect() {
	p := c.peers
	p.ops++
	c.state, c.dial = peerDialing, dialOp|p.ops
	p.away.tried(p.broker.now, c.at())
	p.byDial[c.dial] = c
	p.broker.world.Network.Dial(c.dial, c.addr)
}

// dialed takes the outcome of a dial. One that was given up meanwhile is closed.
func (p *peers) dialed(e env.Event) {
	c := p.byDial[e.Op]
	delete(p.byDial, e.Op)
	switch {
	case c == nil || c.dial != e.Op || c.state != peerDialing:
		if e.Err == nil {
			p.broker.world.Network.Close(e.Conn)
		}
	case e.Err != nil:
		c.unreachable(e.Err)
		c.lose(e.Err)
	default:
		c.connected(e.Conn)
	}
}

func (c *peerConn) connected(id env.ConnID) {
	p := c.peers
	c.state, c.id, c.failures = peerUp, id, 0
	p.byConn[id] = c
	for i := range c.calls {
		p.broker.world.Network.Send(0, id, env.Segment{Bytes: c.calls[i].frame})
		c.calls[i].frame = nil
	}
}

// lose ends the connection: nothing that is under way on it will be answered.
func (c *peerConn) lose(err error) {
	p := c.peers
	if c.state == peerUp {
		delete(p.byConn, c.id)
		p.broker.world.Network.Close(c.id)
	}
	c.state, c.id, c.dial = peerIdle, 0, 0
	c.failures++
	backoff := min(peerBackoffMin<<min(c.failures-1, 10), peerBackoffMax)
	c.retryAt = p.broker.now.Mono.Add(backoff*4/5 + time.Duration(p.rand.Between(0, int64(backoff)*2/5)))
	calls := c.calls
	c.calls = nil
	for _, call := range calls {
		p.fail(call.then, err)
	}
	c.schedule()
}

func (c *peerConn) at() peerAt { return peerAt{c.key.node, c.addr} }

// unreachable logs, once, that a node does not answer. A probe is a question of its own.
func (c *peerConn) unreachable(err error) {
	if p := c.peers; c.key.lane != probeLane && p.away.failed(p.broker.now, c.at()) {
		p.broker.note(env.Warn, aboutNodes, "%v cannot be reached: %v; retrying", c.at(), err)
	}
}

// reached logs the end of what unreachable logged.
func (c *peerConn) reached() {
	p := c.peers
	if after, logged := p.away.reached(p.broker.now, c.at()); logged {
		p.broker.note(env.Info, aboutNodes, "%v is reachable again, after %v", c.at(), after)
	}
}

// leave closes a connection that nothing waits for: the next request dials anew.
func (p *peers) leave(key peerKey) {
	if c := p.byKey[key]; c != nil && c.state == peerUp && len(c.calls) == 0 {
		delete(p.byConn, c.id)
		p.broker.world.Network.Close(c.id)
		c.state, c.id = peerIdle, 0
	}
}

// closed hears that a connection is gone; false if it is not one this node dialed.
func (p *peers) closed(e env.Event) bool {
	c := p.byConn[e.Conn]
	if c == nil {
		return false
	}
	err := e.Err
	if err == nil {
		err = env.ErrReset
	}
	c.lose(err)
	return true
}

// message takes a response; false if the connection is not one this node dialed.
func (p *peers) message(now env.Now, e env.Event) bool {
	f, ok := e.Message.(*wire.Frame)
	if !ok {
		return false
	}
	c := p.byConn[e.Conn]
	if c == nil {
		e.Buffer.Release()
		return true
	}
	c.answer(now, f.Bytes, e.Buffer)
	return true
}

func (c *peerConn) answer(now env.Now, frame []byte, buf *env.Buffer) {
	corr, err := wire.CorrelationID(frame)
	if err == nil && (len(c.calls) == 0 || c.calls[0].corr != corr) {
		err = fmt.Errorf("%s answered request %d, which was not asked next", c.addr, corr)
	}
	if err != nil {
		c.broken(buf, err)
		return
	}
	c.reached()
	call := c.next()
	resp, err := c.decode(frame, &call)
	if err != nil {
		c.broken(buf, err)
		call.then(now, peerAnswer{err: err})
		return
	}
	call.then(now, peerAnswer{resp: resp, buffer: buf})
}

// next takes the oldest call out.
func (c *peerConn) next() peerCall {
	call := c.calls[0]
	n := copy(c.calls, c.calls[1:])
	c.calls[n] = peerCall{}
	c.calls = c.calls[:n]
	c.schedule()
	return call
}

// broken gives up a connection whose other end does not speak Kafka.
func (c *peerConn) broken(buf *env.Buffer, err error) {
	buf.Release()
	c.peers.broker.note(env.Warn, aboutNodes, "%s: %v", c.addr, err)
	c.lose(err)
}

// decode reads an answer. A Fetch's, which comes all the time, uses its room again.
func (c *peerConn) decode(frame []byte, call *peerCall) (kmsg.Response, error) {
	if call.key != fetchKey {
		return wire.DecodeResponse(frame, call.key, call.version)
	}
	if c.fetched == nil || c.fetched.Version != call.version {
		c.fetched = kmsg.NewPtrFetchResponse()
	}
	return c.fetched, wire.DecodeInto(c.fetched, frame, call.version)
}

const fetchKey = int16(kmsg.Fetch)

// wake gives up on a connection whose oldest call was not answered in time: the answers behind it would be late, too.
func (c *peerConn) Wake(env.Now) {
	c.unreachable(errPeerSilent)
	c.lose(errPeerSilent)
}

func (c *peerConn) schedule() {
	due := env.Never
	for i := range c.calls {
		due = min(due, c.calls[i].due)
	}
	c.peers.broker.deadlines.Set(&c.alarm, due)
}

// refused says whether an error means that nobody listens there.
func refused(err error) bool { return errors.Is(err, env.ErrRefused) }

// hangUp closes every connection.
func (p *peers) hangUp() {
	for _, c := range p.all {
		if c.state == peerUp {
			p.broker.world.Network.Close(c.id)
		}
	}
}
