package peer

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/wire"
)

// conn is one connection, or the want of one.
type conn struct {
	pool     *Pool
	key      Key
	addr     string
	state    state
	id       env.ConnID
	dial     env.OpID
	corr     int32
	calls    []call // in the order sent; those of a connection that is not up wait to be sent
	failures int    // in a row
	retryAt  env.Instant
	alarm    alarm.Alarm // when the earliest call times out
	fetched  *kmsg.FetchResponse
}

type state uint8

const (
	idle state = iota
	dialing
	up
)

// call is one request without a response so far.
type call struct {
	corr    int32
	key     int16
	version int16
	due     env.Instant
	frame   []byte // until it is sent
	then    Then
}

// The bounds of one connection: calls under way, and the pause after it failed.
const (
	callsMax   = 256
	backoffMin = 20 * time.Millisecond
	backoffMax = time.Second
)

// put sends a request, or keeps it until the connection is up.
func (c *conn) put(req kmsg.Request, k call) {
	p := c.pool
	c.corr++
	k.corr, k.key, k.version = c.corr, req.Key(), req.GetVersion()
	frame := p.arena.Keep(wire.AppendRequest(p.arena.Tail(256), req, c.corr, p.clientID))
	if c.state == up {
		p.network.Send(0, c.id, env.Segment{Bytes: frame})
	} else {
		k.frame = frame
	}
	c.calls = append(c.calls, k)
	c.schedule()
}

func (c *conn) connect(now env.Now) {
	p := c.pool
	p.dials++
	c.state, c.dial = dialing, dialOp|p.dials
	p.outages.tried(now, c.at())
	p.byDial[c.dial] = c
	p.network.Dial(c.dial, c.addr)
}

func (c *conn) connected(id env.ConnID) {
	p := c.pool
	c.state, c.id, c.failures = up, id, 0
	p.byConn[id] = c
	for i := range c.calls {
		p.network.Send(0, id, env.Segment{Bytes: c.calls[i].frame})
		c.calls[i].frame = nil
	}
}

// lose ends the connection, and fails every request on it that has no response.
func (c *conn) lose(now env.Now, err error) {
	p := c.pool
	if c.state == up {
		delete(p.byConn, c.id)
		p.network.Close(c.id)
	}
	c.state, c.id, c.dial = idle, 0, 0
	c.failures++
	backoff := min(backoffMin<<min(c.failures-1, 10), backoffMax)
	c.retryAt = now.Mono.Add(backoff*4/5 + time.Duration(p.rand.Between(0, int64(backoff)*2/5)))
	calls := c.calls
	c.calls = nil
	for _, k := range calls {
		p.Fail(err, k.then)
	}
	c.schedule()
}

func (c *conn) at() place { return place{c.key.Node, c.addr} }

// unreachable logs, once, that a node does not answer. A failed probe is not logged: its caller acts on it.
func (c *conn) unreachable(now env.Now, err error) {
	if p := c.pool; c.key.Lane != probeLane && p.outages.failed(now, c.at()) {
		p.log.Note(env.Warn, about, "%v cannot be reached: %v; retrying", c.at(), err)
	}
}

// reached logs the end of what unreachable logged.
func (c *conn) reached(now env.Now) {
	p := c.pool
	if after, logged := p.outages.reached(now, c.at()); logged {
		p.log.Note(env.Info, about, "%v is reachable again, after %v", c.at(), after)
	}
}

// received completes the oldest call with a response.
func (c *conn) received(now env.Now, frame []byte, buf *env.Buffer) {
	corr, err := wire.CorrelationID(frame)
	if err == nil && (len(c.calls) == 0 || c.calls[0].corr != corr) {
		err = fmt.Errorf("%s answered request %d, which was not asked next", c.addr, corr)
	}
	if err != nil {
		c.broken(now, buf, err)
		return
	}
	c.reached(now)
	k := c.next()
	resp, err := c.decode(frame, &k)
	if err != nil {
		c.broken(now, buf, err)
		k.then(now, Result{Err: err})
		return
	}
	k.then(now, Result{Response: resp, Buffer: buf})
}

// next takes the oldest call out.
func (c *conn) next() call {
	k := c.calls[0]
	n := copy(c.calls, c.calls[1:])
	c.calls[n] = call{}
	c.calls = c.calls[:n]
	c.schedule()
	return k
}

// broken ends a connection whose other end does not speak Kafka.
func (c *conn) broken(now env.Now, buf *env.Buffer, err error) {
	buf.Release()
	c.pool.log.Note(env.Warn, about, "%s: %v", c.addr, err)
	c.lose(now, err)
}

// decode reads a response. A Fetch's, which comes all the time, is decoded into the one before.
func (c *conn) decode(frame []byte, k *call) (kmsg.Response, error) {
	if k.key != fetchKey {
		return wire.DecodeResponse(frame, k.key, k.version)
	}
	if c.fetched == nil || c.fetched.Version != k.version {
		c.fetched = kmsg.NewPtrFetchResponse()
	}
	return c.fetched, wire.DecodeInto(c.fetched, frame, k.version)
}

const fetchKey = int16(kmsg.Fetch)

// Wake closes a connection on which a call timed out: the responses behind it would be late, too.
func (c *conn) Wake(now env.Now) {
	c.unreachable(now, ErrSilent)
	c.lose(now, ErrSilent)
}

func (c *conn) schedule() {
	due := env.Never
	for i := range c.calls {
		due = min(due, c.calls[i].due)
	}
	c.pool.alarms.Set(&c.alarm, due)
}
