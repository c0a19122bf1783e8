package group

import (
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// versionWithMembers is the first LeaveGroup that names several members, with a result for each.
const versionWithMembers = 3

// Leave handles LeaveGroup.
func (c *Coordinator) Leave(now env.Now, t Ticket, req *kmsg.LeaveGroupRequest, _ ClientInfo) {
	defer c.call()()
	members := req.Members
	if req.Version < versionWithMembers {
		members = []kmsg.LeaveGroupRequestMember{{MemberID: req.MemberID}}
	}
	r := kmsg.NewPtrLeaveGroupResponse()
	r.Version = req.Version
	if r.ErrorCode = int16(c.judgeLeave(req.Group)); r.ErrorCode != int16(kafka.None) {
		c.reply(t, r)
		return
	}
	g := c.groups.byID[req.Group]
	left := false
	for _, who := range members {
		code, gone := c.leave(now, g, who)
		left = left || gone
		r.Members = append(r.Members, leaver(who, code))
	}
	if req.Version < versionWithMembers {
		r.ErrorCode = r.Members[0].ErrorCode
	}
	c.afterLeave(now, t, g, left, r)
}

func (c *Coordinator) judgeLeave(group string) kafka.ErrorCode {
	if code := c.admitNamed(group); code != kafka.None {
		return code
	}
	if g := c.groups.byID[group]; g != nil && g.state == Dead {
		return kafka.CoordinatorNotAvailable
	}
	return kafka.None
}

// leave removes one member. gone reports that the members of the generation have changed.
func (c *Coordinator) leave(now env.Now, g *group, who kmsg.LeaveGroupRequestMember) (code kafka.ErrorCode, gone bool) {
	if g == nil {
		return kafka.UnknownMemberID, false
	}
	id := who.MemberID
	if id == "" { // an administrator names the instance only
		if who.InstanceID == nil || g.static[*who.InstanceID] == nil {
			return kafka.UnknownMemberID, false
		}
		id = g.static[*who.InstanceID].id
	}
	if g.pending[id] != nil {
		c.forgetPending(g, id)
		return kafka.None, false
	}
	if code := g.memberError(id, who.InstanceID); code != kafka.None {
		return code, false
	}
	c.removeMember(now, g.byID[id], "left", kafka.UnknownMemberID)
	return kafka.None, true
}

// afterLeave rebalances the members that are left. If none is, the response waits until the empty group is stored.
func (c *Coordinator) afterLeave(now env.Now, t Ticket, g *group, left bool, r *kmsg.LeaveGroupResponse) {
	var e *emptied
	if g != nil && left {
		e = c.rebalanceAfterLoss(now, g)
	} else if g != nil {
		e = c.maybeCompleteJoin(now, g)
	}
	if e != nil {
		e.ticket, e.leave = t, r
		return
	}
	if g != nil {
		c.dropIfNothing(g)
	}
	c.reply(t, r)
}

func leaver(who kmsg.LeaveGroupRequestMember, code kafka.ErrorCode) kmsg.LeaveGroupResponseMember {
	m := kmsg.LeaveGroupResponseMember{MemberID: strings.Clone(who.MemberID), ErrorCode: int16(code)}
	if who.InstanceID != nil {
		instance := strings.Clone(*who.InstanceID)
		m.InstanceID = &instance
	}
	return m
}

// leaveError returns the response with an error for the whole request.
func leaveError(r *kmsg.LeaveGroupResponse, code kafka.ErrorCode) *kmsg.LeaveGroupResponse {
	e := kmsg.NewPtrLeaveGroupResponse()
	e.Version, e.ErrorCode = r.Version, int16(code)
	return e
}
