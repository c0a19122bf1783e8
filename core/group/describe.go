package group

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// Versions of DescribeGroups.
const (
	versionWithOperations = 3 // may ask for the authorized operations
	versionWithDescribe   = 6 // has an error for a group that does not exist
)

// Describe handles DescribeGroups.
func (c *Coordinator) Describe(_ env.Now, t Ticket, req *kmsg.DescribeGroupsRequest, _ ClientInfo) {
	defer c.call()()
	r := kmsg.NewPtrDescribeGroupsResponse()
	r.Version = req.Version
	for _, id := range req.Groups {
		d := c.describe(strings.Clone(id), req.Version)
		if req.IncludeAuthorizedOperations && req.Version >= versionWithOperations && d.ErrorCode == int16(kafka.None) {
			d.AuthorizedOperations = c.cfg.AuthorizedOperations
		}
		r.Groups = append(r.Groups, d)
	}
	c.reply(t, r)
}

func (c *Coordinator) describe(id string, version int16) kmsg.DescribeGroupsResponseGroup {
	d := kmsg.NewDescribeGroupsResponseGroup()
	d.Group = id
	if d.ErrorCode = int16(c.admit(id)); d.ErrorCode != int16(kafka.None) {
		return d
	}
	g := c.groups.byID[id]
	if g == nil || !g.visible() {
		d.State = Dead.String()
		if version >= versionWithDescribe {
			d.ErrorCode, d.ErrorMessage = int16(kafka.GroupIDNotFound), ptr(fmt.Sprintf("Group %s not found.", id))
		}
		return d
	}
	d.State, d.ProtocolType = g.state.String(), g.protocolType
	if g.state == Stable {
		d.Protocol = *g.protocol
	}
	for _, m := range g.members {
		d.Members = append(d.Members, g.describeMember(m))
	}
	return d
}

// describeMember includes the member's metadata only in Stable, where it is that of the chosen protocol.
func (g *group) describeMember(m *member) kmsg.DescribeGroupsResponseGroupMember {
	d := kmsg.DescribeGroupsResponseGroupMember{MemberID: m.id, InstanceID: m.instance, ClientID: m.client.ID,
		ClientHost: m.client.Host, MemberAssignment: m.assignment}
	if g.state == Stable {
		d.ProtocolMetadata = m.metadata(*g.protocol)
	}
	return d
}

// classicType is what ListGroups calls the groups of this package.
const classicType = "classic"

// List handles ListGroups.
func (c *Coordinator) List(_ env.Now, t Ticket, req *kmsg.ListGroupsRequest, _ ClientInfo) {
	defer c.call()()
	r := kmsg.NewPtrListGroupsResponse()
	r.Version = req.Version
	if c.runtime.Loading() {
		r.ErrorCode = int16(kafka.CoordinatorLoadInProgress)
	} else {
		r.Groups = c.list(req)
	}
	c.reply(t, r)
}

func (c *Coordinator) list(req *kmsg.ListGroupsRequest) []kmsg.ListGroupsResponseGroup {
	var all []kmsg.ListGroupsResponseGroup
	for _, id := range c.groups.sorted() {
		g := c.groups.byID[id]
		if !g.visible() || !named(req.StatesFilter, g.state.String()) || !named(req.TypesFilter, classicType) {
			continue
		}
		all = append(all, kmsg.ListGroupsResponseGroup{Group: id, ProtocolType: g.protocolType,
			GroupState: g.state.String(), GroupType: classicType})
	}
	return all
}

// named reports whether a filter holds a name. An empty filter holds every name.
func named(filter []string, name string) bool {
	return len(filter) == 0 || slices.ContainsFunc(filter, func(f string) bool {
		return strings.EqualFold(strings.TrimSpace(f), name)
	})
}
