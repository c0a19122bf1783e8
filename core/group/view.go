package group

import (
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/view"
)

// View returns the groups that clients can see, sorted by id, as data.
func (c *Coordinator) View() (groups []view.Group) {
	for _, id := range slices.Sorted(maps.Keys(c.groups.byID)) {
		if g := c.groups.byID[id]; g.visible() {
			groups = append(groups, g.view())
		}
	}
	return groups
}

func (g *group) view() view.Group {
	v := view.Group{ID: g.id, State: g.state.String(), Generation: g.generation, Leader: g.leaderID()}
	if g.protocol != nil {
		v.Protocol = *g.protocol
	}
	for _, m := range g.members {
		v.Members = append(v.Members, m.view())
	}
	for _, tp := range slices.SortedFunc(maps.Keys(g.offsets), kafka.TopicPartition.Compare) {
		v.Offsets = append(v.Offsets, view.Offset{TopicPartition: view.TopicPartition(tp), Offset: g.offsets[tp].Offset})
	}
	return v
}

func (m *member) view() view.Member {
	v := view.Member{ID: m.id, Client: m.client.ID, Assigned: assigned(m.assignment)}
	if m.instance != nil {
		v.Instance = *m.instance
	}
	switch {
	case m.join.waiting:
		v.Waits = "JoinGroup"
	case m.sync.waiting:
		v.Waits = "SyncGroup"
	}
	return v
}

// assigned reads a consumer's assignment. Another kind of member may have bytes that are none: they have no partitions.
func assigned(b []byte) (list []view.TopicPartition) {
	var a kmsg.ConsumerMemberAssignment
	if len(b) == 0 || a.ReadFrom(b) != nil {
		return nil
	}
	for _, t := range a.Topics {
		for _, p := range t.Partitions {
			list = append(list, view.TopicPartition{Topic: t.Topic, Partition: kafka.PartitionID(p)})
		}
	}
	return list
}
