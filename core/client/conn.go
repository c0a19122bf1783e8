package client

import (
	"time"

	"gregor/core/env"
	"gregor/core/wire"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// lane separates requests that a broker may hold for long from those that must not wait behind them: a broker
// answers each connection's requests one after the other.
type lane uint8

const (
	dataLane lane = iota
	groupLane
)

// peer is one connection's other end. Negative ids are bootstrap addresses: -1 is the first.
type peer struct {
	id   int32
	lane lane
}

type connState uint8

const (
	closed      connState = iota // may dial at retryAt
	dialing                      // a Dial is on its way
	negotiating                  // connected, ApiVersions asked
	up                           // ready for requests
)

// call is one request on its way.
type call struct {
	to      peer
	key     int16 // of the request's API
	version int16
	about   any // what the owner remembers about it
	due     env.Instant
	corr    int32
	op      env.OpID // of the Send, for a request that gets no answer
	noReply bool
}

// result is how a call ended: with an answer, or with the reason why there is none.
type result struct {
	call *call
	resp kmsg.Response
	err  error
}

// conn is the pool's view of one peer, connected or not.
type conn struct {
	peer      peer
	addr      string
	state     connState
	wanted    bool // a request waits for it; makes retryAt a deadline
	failures  int  // in a row since it was last up
	retryAt   env.Instant
	setupBy   env.Instant
	dialOp    env.OpID
	id        env.ConnID
	asked     int16 // the version of ApiVersions asked last
	corr      int32
	inFlight  []*call // in the order sent
	versions  *wire.Versions
	muteUntil env.Instant // the broker asked to be left alone (quota)
	usedAt    env.Instant
}

// take removes and returns the oldest call that waits for an answer.
func (c *conn) take(corr int32) *call {
	for i, call := range c.inFlight {
		if call.noReply {
			continue
		}
		if call.corr != corr {
			return nil
		}
		c.inFlight = append(c.inFlight[:i], c.inFlight[i+1:]...)
		return call
	}
	return nil
}

// sent removes and returns the call without an answer that Send op carried.
func (c *conn) sent(op env.OpID) *call {
	for i, call := range c.inFlight {
		if call.noReply && call.op == op {
			c.inFlight = append(c.inFlight[:i], c.inFlight[i+1:]...)
			return call
		}
	}
	return nil
}

// due is when the first call in flight times out.
func (c *conn) due() env.Instant {
	first := env.Never
	for _, call := range c.inFlight {
		first = min(first, call.due)
	}
	return first
}

// version picks the highest version of req that both sides speak, not above limit (-1: no limit).
func (c *conn) version(req kmsg.Request, limit int16) (int16, bool) {
	return c.versions.Of(req.Key(), pick(limit < 0, req.MaxVersion(), limit))
}

// backoff is base doubled failures-1 times, at most limit, give or take a fifth so that clients that failed
// together do not come back together.
func backoff(base, limit time.Duration, failures int, rnd *env.Rand) time.Duration {
	d := base
	for range min(failures-1, 32) {
		d = min(2*d, limit)
	}
	d = min(d, max(limit, base))
	return time.Duration(rnd.Between(int64(d)*4/5, int64(d)*6/5))
}
