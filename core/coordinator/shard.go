package coordinator

import (
	"cmp"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
)

// State is what a [Runtime] does with one partition, by the names of Kafka's CoordinatorState. The package comment
// draws the arrows.
type State uint8

// The states.
const (
	Initial State = iota // not led here
	Loading              // led here; its log is being applied
	Active               // requests are served
	Failed               // led here, and its log cannot be read: not served until another epoch begins
)

func (s State) String() string { return [...]string{"initial", "loading", "active", "failed"}[s] }

// shard is one partition of the internal topic.
type shard struct {
	tp        kafka.TopicPartition
	state     State
	epoch     kafka.LeaderEpoch // of the leadership that it was loaded in; once unloaded, of the last one
	partition Partition
	load      load
	appends   map[string][]*appending // without an outcome, by key, in the order of Append
}

// State returns what the runtime does with a partition.
func (r *Runtime) State(p kafka.PartitionID) State {
	if s := r.shard(p); s != nil {
		return s.state
	}
	return Initial
}

// shard returns the shard of a partition; nil for a partition beyond those that keys are spread over, which holds none.
func (r *Runtime) shard(p kafka.PartitionID) *shard {
	if int(p) >= len(r.shards) {
		return nil
	}
	return &r.shards[p]
}

// Update compares a partition's leadership with what is loaded of it: it starts a load when this broker begins to lead,
// and unloads the partition when it leads no longer. Another epoch of the same leader is both, because what was being
// appended in the old one may have been refused. Call it whenever the partition has changed, before Settle.
func (r *Runtime) Update(now env.Now, p kafka.PartitionID, below Partition) {
	s := r.shard(p)
	if s == nil {
		return
	}
	is, owned := below.Leadership(), s.state != Initial
	if is.Leads == owned && (!owned || is.Epoch == s.epoch || keepsOldEpoch()) {
		return
	}
	if owned {
		r.unload(now, s)
	}
	if is.Leads {
		r.elect(s, below, is)
	}
}

// keepsOldEpoch is I15 (KAFKA-9307).
func keepsOldEpoch() bool { return mutants.Enabled && mutants.On().CacheEpochFirst }

// Drop unloads a partition that was deleted, or whose disk has failed.
func (r *Runtime) Drop(now env.Now, p kafka.PartitionID) {
	if s := r.shard(p); s != nil && s.state != Initial {
		r.unload(now, s)
		s.epoch = kafka.NoEpoch // another topic of this name counts its epochs from 0
	}
}

func (r *Runtime) elect(s *shard, below Partition, is Leadership) {
	must.AtLeast("coordinator: leader epoch", is.Epoch, "the one loaded before", s.epoch, s.tp,
		"did the replica apply an old leadership?")
	s.state, s.epoch, s.partition = Loading, is.Epoch, below
	s.load = load{next: is.LogStart}
	r.loads = append(r.loads, s)
}

// activate ends a load.
func (r *Runtime) activate(now env.Now, s *shard) {
	s.state = Active
	r.machine.Loaded(now, s.tp.Partition)
}

func (r *Runtime) fail(now env.Now, s *shard) {
	r.drop(now, s)
	s.state = Failed
}

func (r *Runtime) unload(now env.Now, s *shard) {
	r.loads = slices.DeleteFunc(r.loads, func(l *shard) bool { return l == s })
	if s.state != Failed {
		r.drop(now, s)
	}
	s.state, s.partition = Initial, nil
}

// drop has the machine forget the partition, and ends the appends that have no outcome: they may still be committed,
// and the next coordinator of the partition will load them then.
func (r *Runtime) drop(now env.Now, s *shard) {
	s.state = Initial
	r.machine.Unload(now, s.tp.Partition)
	for _, a := range s.unfinished() {
		a.end(now, kafka.NotLeaderOrFollower)
	}
}

// unfinished lists the appends without an outcome in the order in which they were made, and forgets them.
func (s *shard) unfinished() []*appending {
	var all []*appending
	for _, queue := range s.appends {
		all = append(all, queue...)
	}
	slices.SortFunc(all, func(a, b *appending) int { return cmp.Compare(a.number, b.number) })
	clear(s.appends)
	return all
}
