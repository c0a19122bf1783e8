package broker

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
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
	s.Partitions, s.Metadata = b.logs.view(), counted(b.cluster.Image)
	if b.coordinators.groups != nil {
		s.Groups = b.coordinators.groups.View()
	}
	return view.Node{Phase: phases[b.phase], Server: &s}
}

// counted counts what an image has.
func counted(image *metadata.Image) (m view.Metadata) {
	for _, r := range image.Brokers() {
		m.Brokers++
		if r.Fenced {
			m.Fenced++
		}
	}
	for _, t := range image.Topics() {
		m.Topics++
		for _, p := range t.Partitions() {
			m.Partitions++
			if p.Leader == kafka.NoNode {
				m.Leaderless++
			}
		}
	}
	return m
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
