package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// groupState is a consumer group of the scenario.
type groupState struct {
	name     string
	members  []string // clients
	topics   []string
	crashed  string // a member that has crashed and that the coordinator still counts
	position map[kafka.TopicPartition]kafka.Offset
	readAt   env.Instant // the last record
	waits    env.Instant // since when a record is unread; 0: none is
	stalled  bool        // the story has a line about it
}

// member notes a client that reads with a group for as long as it runs.
func (c *chronicle) member(client *Client) {
	group, topics := client.reads()
	if group == "" {
		return
	}
	i := slices.IndexFunc(c.groups, func(g *groupState) bool { return g.name == group })
	if i < 0 {
		i = len(c.groups)
		c.groups = append(c.groups, &groupState{name: group, position: map[kafka.TopicPartition]kafka.Offset{}})
	}
	g := c.groups[i]
	g.members = append(g.members, client.Name)
	for _, t := range topics {
		if !contains(g.topics, t) {
			g.topics = append(g.topics, t)
		}
	}
}

// groupOf is the group of a client, nil if it has none.
func (c *chronicle) groupOf(client string) *groupState {
	for _, g := range c.groups {
		if contains(g.members, client) {
			return g
		}
	}
	return nil
}

// client adds what a fact of a client, or of its group's coordinator, is worth.
func (c *chronicle) client(s history.Stamped) {
	switch f := s.Fact.(type) {
	case env.ProduceCalled:
		if p := c.partitions[f.TopicPartition]; p != nil {
			p.waiting[f.Client]++
		}
	case env.ProduceReturned:
		c.returned(s, f)
	case env.Polled:
		c.polled(s, f)
	case env.PositionSet:
		c.positioned(s, f)
	case env.PartitionsAssigned:
		c.assigned(s, f)
	case env.PartitionsRevoked:
		delete(c.owned, f.Client)
		if f.Lost {
			c.line(s, f.Line(names))
		}
	case env.GroupMemberGone:
		c.memberGone(s, f)
	case env.ClientCrashed:
		if g := c.groupOf(f.Client); g != nil && len(c.owned[f.Client]) > 0 {
			g.crashed = f.Client
		}
		delete(c.owned, f.Client)
		for _, tp := range c.order {
			delete(c.partitions[tp].waiting, f.Client)
		}
	case env.AdminReturned:
		c.line(s, f.Line(names))
	}
}

// returned notes the outcome of a write, and adds a failure that is the first of its kind.
func (c *chronicle) returned(s history.Stamped, f env.ProduceReturned) {
	if p := c.partitions[f.TopicPartition]; p != nil {
		p.waiting[f.Client] = max(p.waiting[f.Client]-1, 0)
	}
	if f.Outcome == env.OK {
		c.acknowledged(s, f)
		return
	}
	if what := withoutNumbers(f.Client + f.Error); !c.failures[what] {
		c.failures[what] = true
		c.line(s, f.Line(names))
	}
}

func (c *chronicle) polled(s history.Stamped, f env.Polled) {
	g := c.groupOf(f.Client)
	if g == nil || len(f.Records) == 0 {
		return
	}
	if g.stalled {
		c.say(s, fmt.Sprintf("group %s reads again, after %s", g.name, after(s.At.Sub(max(g.readAt, g.waits)))))
	}
	g.readAt, g.stalled = s.At, false
	g.position[f.TopicPartition] = f.Records[len(f.Records)-1].Offset + 1
	if c.unread(g) == nil {
		g.waits = 0
	}
}

// positioned adds where a consumer starts to read, unless that is where its group stopped reading.
func (c *chronicle) positioned(s history.Stamped, f env.PositionSet) {
	g := c.groupOf(f.Client)
	if g == nil {
		return
	}
	was, known := g.position[f.TopicPartition]
	g.position[f.TopicPartition] = f.Offset
	if !known || was == f.Offset {
		return
	}
	text := fmt.Sprintf("resumes {} at the committed offset %d", f.Offset)
	if f.Reason != "committed" {
		text = fmt.Sprintf("resets {} to offset %d (%s)", f.Offset, f.Reason)
	}
	switch {
	case f.Reason == "truncation" && f.Offset < was:
		text += fmt.Sprintf(": the %s it read from there on are gone", counted(int(was-f.Offset), "record", "records"))
	case f.Offset < was:
		text += fmt.Sprintf(": %s again", counted(int(was-f.Offset), "record is read", "records are read"))
	default:
		text += fmt.Sprintf(": %s", counted(int(f.Offset-was), "record is skipped", "records are skipped"))
	}
	c.say(s, f.Client+" "+text, f.TopicPartition)
}

// assigned adds what a member owns, unless it has owned that before.
func (c *chronicle) assigned(s history.Stamped, f env.PartitionsAssigned) {
	if g := c.groupOf(f.Client); g != nil && g.readAt == 0 {
		g.readAt = s.At
	}
	if slices.Equal(c.owned[f.Client], f.Partitions) {
		return
	}
	c.owned[f.Client] = f.Partitions
	c.line(s, f.Line(names))
}

// memberGone adds that a member has left its group, or that the coordinator has removed it.
func (c *chronicle) memberGone(s history.Stamped, f env.GroupMemberGone) {
	for _, g := range c.groups {
		if g.name == f.Group && strings.HasPrefix(f.Member, g.crashed) {
			g.crashed = ""
		}
	}
	if strings.HasPrefix(f.Reason, "replaced by") { // a static member that has restarted
		return
	}
	const uuid = len("-00000000-0000-0000-0000-000000000000")
	if len(f.Member) > uuid {
		f.Member = f.Member[:len(f.Member)-uuid]
	}
	if f.Reason == sessionTimeout {
		c.line(s, fmt.Sprintf("removes %s from group %s: it received no heartbeat within %s", f.Member, f.Group, f.Reason))
		return
	}
	c.say(s, fmt.Sprintf("%s leaves group %s (%s)", f.Member, f.Group, f.Reason))
}

// sessionTimeout is the reason of a coordinator that removes a member.
const sessionTimeout = "session.timeout.ms"

// coordinator is the broker that coordinates a group, -1 if there is none.
func (c *chronicle) coordinator(g *groupState) kafka.NodeID {
	n := 0
	for _, tp := range c.order {
		if tp.Topic == kafka.OffsetsTopic {
			n++
		}
	}
	if p := c.partitions[coordinatorOf(g.name, n)]; p != nil {
		return p.Leader
	}
	return -1
}
