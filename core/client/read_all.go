package client

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// endAsk asks where partitions end.
type endAsk struct{ parts []stamped }

// readEnds asks a ReadAll consumer's leaders where their partitions end; each answer is final.
func (c *Consumer) readEnds(now env.Now) {
	if !c.cfg.ReadAll {
		return
	}
	for _, r := range c.readers {
		info, ok := c.net.meta.leader(r.tp)
		if r.end >= 0 || r.endCall != 0 || !ok || r.state != reading || now.Mono < r.retryAt {
			continue
		}
		if to := (peer{info.leader, dataLane}); c.net.ready(now, to) {
			c.askEnd(now, to, r)
		}
	}
}

func (c *Consumer) askEnd(now env.Now, to peer, r *reader) {
	c.calls++
	r.endCall = c.calls
	c.w.Emit(env.EndOffsetCalled{Client: c.cfg.ClientID, Call: r.endCall, TopicPartition: r.tp})
	req := c.listOffsets()
	c.addListOffset(req, r.tp, -1)
	c.net.send(now, to, req, -1, c.cfg.RequestTimeout, &endAsk{[]stamped{{r.tp, r.stamp}}})
}

func (c *Consumer) ended(now env.Now, r result, ask *endAsk) {
	rd := c.reader(ask.parts[0].tp)
	if rd == nil || rd.endCall == 0 {
		return
	}
	p, ok := listed(r, rd.tp)
	fact := env.EndOffsetReturned{Client: c.cfg.ClientID, Call: rd.endCall, TopicPartition: rd.tp, Outcome: env.Failed,
		Offset: -1}
	if ok && kafka.ErrorCode(p.ErrorCode) == kafka.None && p.Offset >= 0 {
		rd.end = kafka.Offset(p.Offset)
		fact.Outcome, fact.Offset = env.OK, rd.end
	} else {
		c.rest(now, rd)
	}
	rd.endCall = 0
	c.w.Emit(fact)
}

// allRead reports whether every partition of every topic has been read to its end.
func (c *Consumer) allRead() bool {
	for _, name := range c.cfg.Topics {
		if c.net.meta.topic(name) == nil {
			return false
		}
	}
	for _, r := range c.readers {
		if r.end < 0 || r.state != reading || r.position < r.end {
			return false
		}
	}
	return len(c.readers) > 0
}
