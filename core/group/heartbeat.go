package group

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// Heartbeat handles Heartbeat.
func (c *Coordinator) Heartbeat(now env.Now, t Ticket, req *kmsg.HeartbeatRequest, _ ClientInfo) {
	defer c.call()()
	r := kmsg.NewPtrHeartbeatResponse()
	r.Version = req.Version
	r.ErrorCode = c.heartbeat(now, req)
	c.reply(t, r)
}

func (c *Coordinator) heartbeat(now env.Now, req *kmsg.HeartbeatRequest) int16 {
	switch code := c.admitNamed(req.Group); code {
	case none:
	case coordinatorLoadInProgress:
		return none // the member gets a whole session when the load ends
	default:
		return code
	}
	g := c.groups.byID[req.Group]
	if g == nil {
		return unknownMemberID
	}
	if g.state == Dead {
		return coordinatorNotAvailable
	}
	if code := g.memberError(req.MemberID, req.InstanceID); code != none {
		return code
	}
	if req.Generation != g.generation {
		return illegalGeneration
	}
	m := g.byID[req.MemberID]
	if !m.isNew {
		c.touch(now, m)
	}
	if g.state == PreparingRebalance {
		return rebalanceInProgress
	}
	return none
}
