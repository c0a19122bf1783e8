package scenarios

import (
	"slices"
	"strings"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// roles are the leaders, ISRs, brokers and the active controller, by the newest facts.
type roles struct {
	parts     map[kafka.TopicPartition]env.PartitionChanged // the newest of each
	proposed  map[kafka.TopicPartition]env.IsrProposed      // the newest of each: it may be under way still
	brokers   map[string]env.BrokerStanding                 // likewise
	active    env.ActiveController
	decides   bool // active has not resigned, as far as is known
	partition []kafka.TopicPartition
	changes   int // counts facts that changed something
}

func newRoles() roles {
	return roles{parts: map[kafka.TopicPartition]env.PartitionChanged{},
		proposed: map[kafka.TopicPartition]env.IsrProposed{},
		brokers:  map[string]env.BrokerStanding{}}
}

// observe applies a fact. Every node emits what it reads from the metadata log, at its own time: the newest offset
// counts.
func (c *roles) observe(s history.Stamped) {
	c.changes++
	switch f := s.Fact.(type) {
	case env.PartitionChanged:
		old, known := c.parts[f.TopicPartition]
		if !known {
			c.partition = append(c.partition, f.TopicPartition)
		}
		if !known || f.At >= old.At {
			c.parts[f.TopicPartition] = f
		}
	case env.BrokerStanding:
		if old, known := c.brokers[nodeName(f.Broker)]; !known || f.At >= old.At {
			c.brokers[nodeName(f.Broker)] = f
		}
	case env.ActiveController:
		if f.Epoch >= c.active.Epoch {
			c.active, c.decides = f, true
		}
	case env.ControllerResigned:
		c.decides = c.decides && f.Epoch < c.active.Epoch
	case env.Started, env.Stopped, env.GaveUp:
	case env.IsrProposed:
		c.proposed[f.TopicPartition] = f
		c.changes--
	default:
		c.changes--
	}
}

// known lists the partitions that exist, in the order in which they became known.
func (c *roles) known() []env.PartitionChanged {
	var all []env.PartitionChanged
	for _, tp := range c.partition {
		if p := c.parts[tp]; !p.Gone {
			all = append(all, p)
		}
	}
	return all
}

// controller is the node that decides, or did last.
func (c *roles) controller() []string {
	if c.active.Epoch == 0 && c.active.Node == 0 {
		return nil
	}
	return []string{nodeName(c.active.Node)}
}

// inSync reports whether a broker is in the ISR of every partition it replicates.
func (c *roles) inSync(name string) bool {
	is := func(id kafka.NodeID) bool { return nodeName(id) == name }
	return !slices.ContainsFunc(c.known(), func(p env.PartitionChanged) bool {
		return slices.ContainsFunc(p.Replicas, is) && !slices.ContainsFunc(p.ISR, is)
	})
}

// coordinator is the partition whose leader coordinates a group.
func (c *roles) coordinator(group string) kafka.TopicPartition {
	n := 0
	for _, p := range c.known() {
		if p.Topic == kafka.OffsetsTopic {
			n++
		}
	}
	return coordinatorOf(group, n)
}

// coordinatorOf is coordinator where the topic of offsets has n partitions.
func coordinatorOf(group string, n int) kafka.TopicPartition {
	return kafka.TopicPartition{Topic: kafka.OffsetsTopic, Partition: kafka.PartitionID(javaHash(group) % max(n, 1))}
}

// javaHash is the absolute value of Java's hash of a string of Latin letters; of the least number it is 0, as in Kafka.
func javaHash(s string) int {
	h := int32(0)
	for i := range len(s) {
		h = 31*h + int32(s[i])
	}
	return int(max(h, -h, 0))
}

// roleNames are the roles that are named with what they are about: leader(orders-0).
var roleNames = []string{"leader", "follower", "isr", "coordinator"}

// parseRole reads leader(topic-0), follower(topic-0), isr(topic-0) and coordinator(group).
func parseRole(n string) (role, of string, ok bool) {
	for _, role := range roleNames {
		if rest, found := strings.CutPrefix(n, role+"("); found && strings.HasSuffix(rest, ")") && len(rest) > 1 {
			return role, rest[:len(rest)-1], true
		}
	}
	return "", "", false
}

// role lists the nodes that have a role now.
func (c *roles) role(role, of string) []string {
	if role == "coordinator" {
		return c.role("leader", c.coordinator(of).String())
	}
	p := c.named(of)
	var names []string
	for _, id := range p.ISR {
		if id != p.Leader {
			names = append(names, nodeName(id))
		}
	}
	switch {
	case role == "follower":
		return names[:min(1, len(names))]
	case p.Leader < 0:
		return nil
	case role == "leader":
		return []string{nodeName(p.Leader)}
	}
	return append([]string{nodeName(p.Leader)}, names...)
}

// named is how a partition stands, by its name; no leader and no replicas if it does not exist.
func (c *roles) named(partition string) env.PartitionChanged {
	i := slices.IndexFunc(c.partition, func(tp kafka.TopicPartition) bool { return tp.String() == partition })
	if i < 0 || c.parts[c.partition[i]].Gone {
		return env.PartitionChanged{Leader: -1}
	}
	return c.parts[c.partition[i]]
}

// inSyncOf lists the in-sync replicas of a partition, also of one without a leader.
func (c *roles) inSyncOf(partition string) []string { return namesOf(c.named(partition).ISR) }

func (c *roles) replicasOf(partition string) []string { return namesOf(c.named(partition).Replicas) }

func namesOf(ids []kafka.NodeID) (names []string) {
	for _, id := range ids {
		names = append(names, nodeName(id))
	}
	return names
}

// deciding is the active controller, none if it has resigned.
func (c *roles) deciding() []string {
	if !c.decides {
		return nil
	}
	return c.controller()
}

// partitions is how many partitions a topic has by now: admins may have added some.
func (c *roles) partitions(t *Topic) int {
	n := t.Partitions
	for _, p := range c.known() {
		if p.Topic == t.Name {
			n = max(n, int(p.Partition)+1)
		}
	}
	return n
}
