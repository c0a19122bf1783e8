package client

import (
	"fmt"
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// pool keeps a client's connections and its view of the cluster. It sends nothing on its own but ApiVersions and
// Metadata. Owners ask ready, then send; what comes of it is in done after the step.
//
// Connections are bounded by twice the brokers known plus the bootstrap addresses; requests in flight on each by
// max.in.flight.requests.per.connection.
type pool struct {
	w       *env.World
	cfg     *Common
	rnd     env.Rand
	conns   []*conn // sorted by peer
	byID    map[env.ConnID]*conn
	meta    metadata
	nextOp  env.OpID
	done    []result
	taken   []result // what results gave out last; its room and its calls are used again
	idle    []*call
	frames  frames
	parts   [1]env.Segment // of the request being sent
	answers map[int16]kmsg.Response
	reading *env.Buffer // of the answer that this step is about
	closing bool
	stuck   bool // metadata is due, but no broker can be asked before a connection's own deadline
}

// versionsAsk and metadataAsk mark the pool's own calls.
type (
	versionsAsk struct{}
	metadataAsk struct{ topics []string }
)

func newPool(w *env.World, cfg *Common) *pool {
	return &pool{w: w, cfg: cfg, rnd: w.Rand.Fork("client/pool"), byID: map[env.ConnID]*conn{}, meta: newMetadata(),
		answers: map[int16]kmsg.Response{}}
}

// begin takes an event of the network, and whatever the time has brought.
func (p *pool) begin(now env.Now, e env.Event) {
	p.read()
	for _, c := range p.conns {
		c.wanted = false
	}
	switch e.Kind {
	case env.Dialed:
		p.dialed(now, e)
	case env.Message:
		p.message(now, e)
	case env.Sent:
		p.sent(now, e)
	case env.Closed:
		if c := p.byID[e.Conn]; c != nil {
			p.lost(now, c)
		}
	}
	p.expire(now)
}

// read lets go of the answer of the last step: until then an owner may look at bytes in it.
func (p *pool) read() {
	p.reading.Release()
	p.reading = nil
}

// end asks for metadata if it is due. It comes last in a step, after the owner has named its topics.
func (p *pool) end(now env.Now) {
	p.read()
	p.stuck = false
	if !p.closing && p.meta.due(now, p.cfg.MetadataMaxAge) {
		p.stuck = !p.refresh(now)
	}
}

// results hands over what has ended since the last time. The list is good until the next call.
func (p *pool) results() []result {
	for i := range p.taken {
		p.idle = append(p.idle, p.taken[i].call)
		p.taken[i] = result{}
	}
	p.done, p.taken = p.taken[:0], p.done
	return p.taken
}

// idleMax bounds the calls kept to be used again.
const idleMax = 16

// newCall makes a call, from one that has ended if there is one.
func (p *pool) newCall(c call) *call {
	var out *call
	if n := len(p.idle); n > 0 {
		out, p.idle = p.idle[n-1], p.idle[:min(n-1, idleMax)]
	} else {
		out = new(call)
	}
	*out = c
	return out
}

// ready reports whether a request may be sent to the peer now. If not it dials, so that one may be later; a step
// comes then.
func (p *pool) ready(now env.Now, to peer) bool {
	c := p.conn(to)
	switch {
	case p.closing:
		return false
	case c == nil: // the last Metadata answer did not name it
		p.meta.wanted = true
		return false
	}
	if c.state == closed && c.retryAt <= now.Mono {
		p.dial(now, c)
	}
	c.wanted = c.state == closed || now.Mono < c.muteUntil
	return c.state == up && len(c.inFlight) < p.cfg.MaxInFlight && now.Mono >= c.muteUntil
}

// send sends a request to a peer that is ready. limit is the highest version to use, -1 for none; timeout is how
// long to wait for the answer. The request is the caller's again when send returns.
func (p *pool) send(now env.Now, to peer, req kmsg.Request, limit int16, timeout time.Duration, about any) {
	p.ask(now, p.newCall(call{to: to, about: about, due: now.Mono.Add(timeout)}), req, limit)
}

// cast sends a request that gets no answer: its result comes when the transport has taken the bytes.
func (p *pool) cast(now env.Now, to peer, req kmsg.Request, limit int16, timeout time.Duration, about any) {
	p.ask(now, p.newCall(call{to: to, about: about, due: now.Mono.Add(timeout), noReply: true, op: p.op()}), req, limit)
}

// ask picks the version of a request and puts it on the wire.
func (p *pool) ask(now env.Now, call *call, req kmsg.Request, limit int16) {
	c := p.conn(call.to)
	v, ok := c.version(req, limit)
	if !ok {
		p.unanswered(now, call, errUnsupported)
		return
	}
	req.SetVersion(v)
	p.put(now, c, call, req)
}

func (p *pool) put(now env.Now, c *conn, call *call, req kmsg.Request) {
	c.corr++
	call.corr, call.key, call.version = c.corr, req.Key(), req.GetVersion()
	c.usedAt = now.Mono
	c.inFlight = append(c.inFlight, call)
	p.parts[0].Bytes = p.frames.request(req, call.corr, p.cfg.ClientID)
	p.w.Network.Send(call.op, c.id, p.parts[:]...)
}

// least is the connection to ask when any broker will do: an idle one that is up, else any that may be dialled.
func (p *pool) least(now env.Now, l lane) (peer, bool) {
	ids := p.anyone()
	start := p.rnd.IntN(len(ids))
	best, load := peer{}, p.cfg.MaxInFlight
	waiting := false
	for i := range ids {
		to := peer{ids[(start+i)%len(ids)], l}
		c := p.conn(to)
		if c.state == up && now.Mono >= c.muteUntil && len(c.inFlight) < load {
			best, load = to, len(c.inFlight)
		}
		c.wanted = c.wanted || now.Mono < c.muteUntil
		waiting = waiting || c.state == dialing || c.state == negotiating
	}
	if load < p.cfg.MaxInFlight {
		return best, true
	}
	if !waiting {
		p.dialAny(now, ids, start, l)
	}
	return peer{}, false
}

// anyone lists the brokers that may be asked for metadata. When none of those known can be reached the
// bootstrap addresses are asked again (KIP-899).
func (p *pool) anyone() []int32 {
	var ids []int32
	reachable := false
	for _, b := range p.meta.brokers {
		ids = append(ids, b.id)
		reachable = reachable || !p.failing(b.id)
	}
	if reachable {
		return ids
	}
	for i := range p.cfg.Bootstrap {
		ids = append(ids, int32(-1-i))
	}
	return ids
}

func (p *pool) failing(id int32) bool {
	for _, c := range p.conns {
		if c.peer.id == id && c.failures > 0 {
			return true
		}
	}
	return false
}

func (p *pool) dialAny(now env.Now, ids []int32, start int, l lane) {
	for i := range ids {
		c := p.conn(peer{ids[(start+i)%len(ids)], l})
		if c.state == closed && c.retryAt <= now.Mono {
			p.dial(now, c)
			return
		}
		c.wanted = c.wanted || c.state == closed
	}
}

// conn finds or makes the entry of a peer; nil if its address is not known.
func (p *pool) conn(to peer) *conn {
	i, found := slices.BinarySearchFunc(p.conns, to, func(c *conn, t peer) int { return comparePeers(c.peer, t) })
	if found {
		return p.conns[i]
	}
	addr := p.address(to.id)
	if addr == "" {
		return nil
	}
	c := &conn{peer: to, addr: addr}
	p.conns = slices.Insert(p.conns, i, c)
	return c
}

func comparePeers(a, b peer) int {
	if a.id != b.id {
		return int(a.id) - int(b.id)
	}
	return int(a.lane) - int(b.lane)
}

func (p *pool) address(id int32) string {
	if id < 0 {
		if i := int(-1 - id); i < len(p.cfg.Bootstrap) {
			return p.cfg.Bootstrap[i]
		}
		return ""
	}
	return p.meta.address(id)
}

func (p *pool) op() env.OpID {
	p.nextOp++
	return p.nextOp
}

func (p *pool) dial(now env.Now, c *conn) {
	c.state, c.wanted, c.dialOp = dialing, false, p.op()
	if addr := p.address(c.peer.id); addr != "" {
		c.addr = addr // it may have moved since
	}
	c.setupBy = now.Mono.Add(backoff(p.cfg.SetupTimeout, p.cfg.SetupTimeoutMax, c.failures+1, &p.rnd))
	p.w.Network.Dial(c.dialOp, c.addr)
}

func (p *pool) dialed(now env.Now, e env.Event) {
	i := slices.IndexFunc(p.conns, func(c *conn) bool { return c.state == dialing && c.dialOp == e.Op })
	switch {
	case i < 0 && e.Err == nil:
		p.w.Network.Close(e.Conn) // came after the setup time-out
	case i < 0:
	case e.Err != nil:
		p.lost(now, p.conns[i])
	default:
		p.connected(now, p.conns[i], e.Conn)
	}
}

func (p *pool) connected(now env.Now, c *conn, id env.ConnID) {
	c.id, c.state, c.asked = id, negotiating, 5
	p.byID[id] = c
	p.askVersions(now, c)
}

func (p *pool) askVersions(now env.Now, c *conn) {
	req := kmsg.NewPtrApiVersionsRequest()
	req.Version = c.asked
	req.ClientSoftwareName, req.ClientSoftwareVersion = "gregor", "0.1"
	if c.peer.id >= 0 && p.meta.clusterID != "" {
		req.ClusterID, req.NodeID = kmsg.StringPtr(p.meta.clusterID), c.peer.id
	}
	p.put(now, c, p.newCall(call{to: c.peer, about: versionsAsk{}, due: c.setupBy}), req)
}

func (p *pool) message(now env.Now, e env.Event) {
	p.reading = e.Buffer
	c := p.byID[e.Conn]
	m, ok := e.Message.(*wire.Frame)
	if c == nil || !ok {
		p.read()
		return
	}
	frame := m.Bytes
	corr, err := wire.CorrelationID(frame)
	call := c.take(corr)
	if err != nil || call == nil {
		p.say(env.Warn, "%s answered request %d, which was not asked", c.addr, corr)
		p.lost(now, c)
		return
	}
	resp, err := p.decode(frame, call.key, call.version)
	if err != nil {
		p.unanswered(now, call, fmt.Errorf("%w: %w", errProtocol, err))
		p.lost(now, c)
		return
	}
	p.throttle(now, c, resp)
	p.answered(now, c, call, resp)
}

// throttle heeds a quota: the broker has answered and asks the client to wait before it sends more (KIP-219).
func (p *pool) throttle(now env.Now, c *conn, resp kmsg.Response) {
	if t, ok := resp.(kmsg.ThrottleResponse); ok {
		if ms, after := t.Throttle(); after && ms > 0 {
			c.muteUntil = now.Mono.Add(time.Duration(ms) * time.Millisecond)
		}
	}
}

func (p *pool) answered(now env.Now, c *conn, call *call, resp kmsg.Response) {
	switch about := call.about.(type) {
	case versionsAsk:
		p.negotiated(now, c, resp.(*kmsg.ApiVersionsResponse))
	case metadataAsk:
		p.meta.answered(now, p, about.topics, resp.(*kmsg.MetadataResponse))
	default:
		p.done = append(p.done, result{call: call, resp: resp})
	}
}

func (p *pool) negotiated(now env.Now, c *conn, resp *kmsg.ApiVersionsResponse) {
	c.versions = wire.Negotiate(resp)
	switch code := kafka.ErrorCode(resp.ErrorCode); {
	case code == kafka.None:
		c.state, c.failures = up, 0
	case code == kafka.UnsupportedVersion && c.asked > 0:
		// The response lists the versions that the broker knows; an empty one is from before KIP-511.
		c.asked, _ = c.versions.Of(resp.Key(), c.asked-1)
		p.askVersions(now, c)
	case code == kafka.RebootstrapRequired:
		p.meta.forget()
		p.lost(now, c)
	default:
		p.say(env.Warn, "%s refused ApiVersions: %s", c.addr, code)
		p.lost(now, c)
	}
}

func (p *pool) sent(now env.Now, e env.Event) {
	for _, c := range p.conns {
		call := c.sent(e.Op)
		if call == nil {
			continue
		}
		r := result{call: call}
		if e.Err != nil {
			r.err = errDisconnected
		}
		p.done = append(p.done, r)
		return
	}
}

// lost gives up a connection: everything in flight on it ends without an answer.
func (p *pool) lost(now env.Now, c *conn) {
	for _, call := range c.inFlight {
		p.unanswered(now, call, pick(call.due <= now.Mono, errTimedOut, errDisconnected))
	}
	p.retire(c)
	c.failures++
	c.retryAt = now.Mono.Add(backoff(p.cfg.ReconnectBackoff, p.cfg.ReconnectBackoffMax, c.failures, &p.rnd))
	p.meta.wanted = true
}

// retire closes a connection that no request waits for.
func (p *pool) retire(c *conn) {
	if c.id != 0 {
		p.w.Network.Close(c.id)
		delete(p.byID, c.id)
	}
	c.state, c.id, c.inFlight, c.versions, c.muteUntil = closed, 0, nil, nil, 0
}

func (p *pool) unanswered(now env.Now, call *call, why error) {
	switch call.about.(type) {
	case versionsAsk:
	case metadataAsk:
		p.meta.failed(now, p)
	default:
		p.done = append(p.done, result{call: call, err: why})
	}
}

// expire closes connections that took too long to set up or to respond, or that are idle.
func (p *pool) expire(now env.Now) {
	for _, c := range p.conns {
		switch {
		case (c.state == dialing || c.state == negotiating) && c.setupBy <= now.Mono, c.due() <= now.Mono:
			p.lost(now, c)
		case c.state == up && len(c.inFlight) == 0 && c.usedAt.Add(p.cfg.MaxIdle) <= now.Mono:
			p.retire(c)
		}
	}
}

// refresh asks for metadata if a broker can be asked now.
func (p *pool) refresh(now env.Now) bool {
	to, ok := p.least(now, dataLane)
	if !ok {
		return false
	}
	p.meta.inFlight = true
	p.send(now, to, p.meta.request(p.cfg.AutoCreate), -1, p.cfg.RequestTimeout, metadataAsk{slices.Clone(p.meta.topics)})
	return true
}

// deadline is when the pool must be stepped at the latest.
func (p *pool) deadline() env.Instant {
	d := env.Never
	if !p.closing && !p.stuck {
		d = p.meta.deadline(p.cfg.MetadataMaxAge)
	}
	if len(p.done) > 0 {
		d = 0
	}
	for _, c := range p.conns {
		d = min(d, c.deadline(p.cfg.MaxIdle))
	}
	return d
}

func (c *conn) deadline(maxIdle time.Duration) env.Instant {
	d := c.due()
	switch {
	case c.state == dialing || c.state == negotiating:
		d = min(d, c.setupBy)
	case c.state == closed && c.wanted:
		d = min(d, c.retryAt)
	case c.state == up && c.wanted:
		d = min(d, c.muteUntil)
	case c.state == up && len(c.inFlight) == 0:
		d = min(d, c.usedAt.Add(maxIdle))
	}
	return d
}

// close ends every connection. What is still in flight ends without an answer.
func (p *pool) close(now env.Now) {
	p.closing = true
	for _, c := range p.conns {
		for _, call := range c.inFlight {
			p.unanswered(now, call, errDisconnected)
		}
		p.retire(c)
		c.wanted = false
	}
}

// say emits a line of the log.
func (p *pool) say(level env.LogLevel, format string, args ...any) {
	if p.w.Facts != nil {
		p.w.Emit(env.Logged{Level: level, Logger: env.OfClient, Text: p.cfg.ClientID + ": " + fmt.Sprintf(format, args...)})
	}
}
