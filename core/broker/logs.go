package broker

import (
	"gregor/core/env"
	"gregor/core/seglog"
)

// logs are the partitions of this broker. It is what describe.Local asks.
type logs struct {
	byName  map[env.TopicPartition]*partition
	byOwner []*partition // nil where a partition is gone. The first ones are no partition's.
}

func (l *logs) in(tp env.TopicPartition, state seglog.State) bool {
	p := l.byName[tp]
	return p != nil && p.log.State() == state
}

// Fenced reports whether the disk failed for a partition.
func (l *logs) Fenced(tp env.TopicPartition) bool { return l.in(tp, seglog.Fenced) }

// Full reports whether the disk has no space for a partition.
func (l *logs) Full(tp env.TopicPartition) bool { return l.in(tp, seglog.Full) }

// Size is how many bytes a partition's log takes.
func (l *logs) Size(tp env.TopicPartition) (env.Position, bool) {
	p := l.byName[tp]
	if p == nil {
		return 0, false
	}
	return env.Position(p.log.Size()), true
}
