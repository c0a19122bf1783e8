package broker

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/view"
)

var phases = [...]string{booting: "starting", serving: "serving", stopping: "stopping", ended: "ended"}

// View implements [view.Viewed].
func (b *Broker) View() view.Node {
	s := view.Server{ID: b.id, Broker: b.roles.broker, Controller: b.roles.controller, Quorum: b.metalog.View()}
	if b.roles.broker {
		registered, ok := b.cluster.Image.Broker(b.id)
		s.BrokerEpoch, s.Fenced = b.registration.Epoch(), !ok || registered.Fenced
	}
	s.Partitions = b.logs.view()
	if b.coordinators.groups != nil {
		s.Groups = b.coordinators.groups.View()
	}
	return view.Node{Phase: phases[b.phase], Server: &s}
}

// Asked implements [view.Asking].
func (b *Broker) Asked(conn env.ConnID, correlation int32) (key, version int16, ok bool) {
	return b.peers.Asked(conn, correlation)
}

// view returns the partitions, sorted by name.
func (l *logs) view() []view.Partition {
	var list []view.Partition
	for _, p := range l.byOwner {
		if p == nil || p.deleting {
			continue
		}
		v := p.replica.View()
		if t, ok := l.cluster.Image.Topic(p.Topic); ok && t.ID == p.topicID {
			if is, ok := t.Partition(p.Partition); ok {
				v.ELR = slices.Clone(is.EligibleLeaderReplicas)
			}
		}
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b view.Partition) int {
		return kafka.TopicPartition(a.TopicPartition).Compare(kafka.TopicPartition(b.TopicPartition))
	})
	return list
}
