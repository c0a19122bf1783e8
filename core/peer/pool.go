package peer

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/arena"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"
)

// Lane separates requests to one node that may be held for long from those that must not wait behind them: a node
// answers the requests of a connection one after the other.
type Lane uint8

// The lanes of a node.
const (
	QuorumLane  Lane = iota // of the metadata quorum
	ControlLane             // registration, heartbeats, AlterPartition
	ForwardLane             // requests of clients to the controller
	FetchLane               // replication
	probeLane               // whether the node accepts connections at all
)

// Key names a connection that the node dials.
type Key struct {
	Node kafka.NodeID
	Lane Lane
}

// Network is what the pool uses of [env.Network].
type Network interface {
	Dial(op env.OpID, addr string)
	Send(op env.OpID, conn env.ConnID, parts ...env.Segment)
	Close(conn env.ConnID)
}

// Log is where outages are logged: about names what a line is about, for hosts that limit how many of a kind they
// write.
type Log interface {
	Note(level env.LogLevel, about, format string, args ...any)
}

// Then is the continuation of a request.
type Then func(now env.Now, r Result)

// Result is what came of a request: a response, in whose buffer its bytes lie, or why there is none.
type Result struct {
	Response kmsg.Response
	Buffer   *env.Buffer
	Err      error
}

// Why a request has no response, where the network does not give the reason.
var (
	ErrAway      = errors.New("the node cannot be reached")
	ErrSilent    = errors.New("the node did not answer in time")
	ErrCrowded   = errors.New("too many requests wait for the node")
	ErrNoAddress = errors.New("it advertises no address of the listener that brokers use (inter.broker.listener.name)")
)

// about is what the pool's lines are about.
const about = "other nodes"

// Pool is the connections of one node.
type Pool struct {
	network  Network
	alarms   *alarm.Heap
	log      Log
	clientID string
	arena    arena.Arena
	rand     env.Rand
	all      []*conn // in the order they were first wanted; bounded by the nodes there are, times the lanes
	byKey    map[Key]*conn
	byConn   map[env.ConnID]*conn
	byDial   map[env.OpID]*conn
	dials    env.OpID
	outages  outages
	failed   []failedCall // reported by Settle
}

type failedCall struct {
	then Then
	err  error
}

// dialOp marks the OpIDs of dials.
const dialOp env.OpID = 1 << 62

// NewPool returns a pool without connections. clientID is what the node calls itself in its requests; rand spreads
// pauses.
func NewPool(n Network, alarms *alarm.Heap, log Log, clientID string, rand env.Rand) *Pool {
	return &Pool{network: n, alarms: alarms, log: log, clientID: clientID, rand: rand, outages: outages{},
		byKey: map[Key]*conn{}, byConn: map[env.ConnID]*conn{}, byDial: map[env.OpID]*conn{}}
}

// Send sends a request, its version set, and calls then once: with the response, or with what kept it from coming; when
// the node settles at the earliest. addr is where the node listens now, "" if that is not known.
func (p *Pool) Send(now env.Now, key Key, addr string, req kmsg.Request, timeout time.Duration, then Then) {
	c := p.of(key)
	switch {
	case addr == "":
		c.unreachable(now, ErrNoAddress)
		p.Fail(ErrNoAddress, then)
		return
	case len(c.calls) >= callsMax:
		p.Fail(ErrCrowded, then)
		return
	case addr != c.addr && c.state != idle:
		c.lose(now, ErrAway)
		c.retryAt = 0
	case c.state == idle && now.Mono < c.retryAt:
		p.Fail(ErrAway, then)
		return
	}
	if addr != c.addr {
		p.outages.moved(c.at(), place{key.Node, addr})
		c.addr = addr
	}
	c.put(req, call{due: now.Mono.Add(timeout), then: then})
	if c.state == idle {
		c.connect(now)
	}
}

// of finds or creates the entry of a connection.
func (p *Pool) of(key Key) *conn {
	c := p.byKey[key]
	if c == nil {
		c = &conn{pool: p, key: key}
		c.alarm = alarm.For(c)
		p.byKey[key] = c
		p.all = append(p.all, c)
	}
	return c
}

// Fail has Settle call then with an error.
func (p *Pool) Fail(err error, then Then) {
	p.failed = append(p.failed, failedCall{then, err})
}

// Unsettled is how many requests have failed since Settle was called last.
func (p *Pool) Unsettled() int { return len(p.failed) }

// Settle reports the requests that have failed. What their continuations send may fail at once: that is reported by the
// next call.
func (p *Pool) Settle(now env.Now) {
	failed := p.failed
	p.failed = nil
	for _, f := range failed {
		f.then(now, Result{Err: f.err})
	}
}

// Dialed handles the outcome of a dial. A connection that the pool no longer waits for is closed.
func (p *Pool) Dialed(now env.Now, e env.Event) {
	c := p.byDial[e.Op]
	delete(p.byDial, e.Op)
	switch {
	case c == nil || c.dial != e.Op || c.state != dialing:
		if e.Err == nil {
			p.network.Close(e.Conn)
		}
	case e.Err != nil:
		c.unreachable(now, e.Err)
		c.lose(now, e.Err)
	default:
		c.connected(e.Conn)
	}
}

// Closed handles the end of a connection; false if it is not one of the pool's.
func (p *Pool) Closed(now env.Now, e env.Event) bool {
	c := p.byConn[e.Conn]
	if c == nil {
		return false
	}
	err := e.Err
	if err == nil {
		err = env.ErrReset
	}
	c.lose(now, err)
	return true
}

// Message handles a response; false if the message came over a connection that the node accepted.
func (p *Pool) Message(now env.Now, e env.Event) bool {
	f, ok := e.Message.(*wire.Frame)
	if !ok {
		return false
	}
	c := p.byConn[e.Conn]
	if c == nil {
		e.Buffer.Release()
		return true
	}
	c.received(now, f.Bytes, e.Buffer)
	return true
}

// Leave closes a connection on which no response is due: the next request dials again.
func (p *Pool) Leave(key Key) {
	if c := p.byKey[key]; c != nil && c.state == up && len(c.calls) == 0 {
		delete(p.byConn, c.id)
		p.network.Close(c.id)
		c.state, c.id = idle, 0
	}
}

// Close closes every connection that is up. The pool must not be used any more.
func (p *Pool) Close() {
	for _, c := range p.all {
		if c.state == up {
			p.network.Close(c.id)
		}
	}
}

// Address writes host:port.
func Address(host string, port int32) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(int(port))
}
