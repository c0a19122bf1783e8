package group

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// Heartbeat handles Heartbeat.
func (c *Coordinator) Heartbeat(now env.Now, t Ticket, req *kmsg.HeartbeatRequest, _ ClientInfo) {
	defer c.call()()
	r := kmsg.NewPtrHeartbeatResponse()
	r.Version = req.Version
	r.ErrorCode = int16(c.heartbeat(now, req))
	c.reply(t, r)
}

func (c *Coordinator) heartbeat(now env.Now, req *kmsg.HeartbeatRequest) kafka.ErrorCode {
	switch code := c.admitNamed(req.Group); code {
	case kafka.None:
	case kafka.CoordinatorLoadInProgress:
		return kafka.None // the member gets a whole session when the load ends
	default:
		return code
	}
	g := c.groups.byID[req.Group]
	if g == nil {
		return kafka.UnknownMemberID
	}
	if g.state == Dead {
		return kafka.CoordinatorNotAvailable
	}
	if code := g.memberError(req.MemberID, req.InstanceID); code != kafka.None {
		return code
	}
	if req.Generation != g.generation {
		return kafka.IllegalGeneration
	}
	m := g.byID[req.MemberID]
	if !m.isNew {
		c.touch(now, m)
	}
	if g.state == PreparingRebalance {
		return kafka.RebalanceInProgress
	}
	return kafka.None
}
