package broker

import (
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/placement"
	"gregor/core/replication"
	"gregor/core/seglog"
)

// logs are the partitions of this broker. It is what describe.Local asks.
type logs struct {
	cluster *describe.Cluster
	byName  map[kafka.TopicPartition]*partition
	byOwner []*partition // nil where a partition is gone. The first ones are no partition's.
	touched []*partition // something happened to them in this step
	spare   []*partition // the slice of the round before, to be filled again
}

// settle settles the partitions that were touched.
func (l *logs) settle(now env.Now) {
	touched := l.touched
	l.touched = l.spare[:0]
	for i, p := range touched {
		p.settle(now)
		touched[i] = nil
	}
	l.spare = touched
}

// led finds a partition this broker leads, or the error a request for it gets.
func (l *logs) led(tp kafka.TopicPartition) (*partition, kafka.ErrorCode) {
	return l.find(tp, (*partition).usable)
}

// find finds a partition that is usable in some way.
func (l *logs) find(tp kafka.TopicPartition, isUsable func(*partition) kafka.ErrorCode) (*partition, kafka.ErrorCode) {
	p := l.byName[tp]
	if p == nil {
		return nil, l.cluster.Absent(tp)
	}
	if code := isUsable(p); code != kafka.None {
		return nil, code
	}
	return p, kafka.None
}

func (l *logs) in(tp kafka.TopicPartition, state seglog.State) bool {
	p := l.byName[tp]
	return p != nil && p.log.State() == state
}

// Fenced reports whether the disk failed for a partition.
func (l *logs) Fenced(tp kafka.TopicPartition) bool { return l.in(tp, seglog.Fenced) }

// Full reports whether the disk has no space for a partition.
func (l *logs) Full(tp kafka.TopicPartition) bool { return l.in(tp, seglog.Full) }

// Size is how many bytes a partition's log takes.
func (l *logs) Size(tp kafka.TopicPartition) (env.Position, bool) {
	p := l.byName[tp]
	if p == nil {
		return 0, false
	}
	return env.Position(p.log.Size()), true
}

// Replicated finds a partition for its replica's sake.
func (l *logs) Replicated(tp kafka.TopicPartition) (replication.Partition, bool) {
	p, ok := l.byName[tp]
	return p, ok
}

// Named finds a partition.
func (l *logs) Named(tp kafka.TopicPartition) (placement.Partition, bool) {
	p, ok := l.byName[tp]
	return p, ok
}

// Each calls do with every partition that has not been dropped.
func (l *logs) Each(do func(placement.Partition)) {
	for _, p := range l.byOwner {
		if p != nil && !p.deleting {
			do(p)
		}
	}
}
