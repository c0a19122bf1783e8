package coordinator

import (
	"fmt"
	"slices"
	"time"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// Machine is the state machine that a [Runtime] hosts. It keeps its state in memory by key; the partition of a key is
// [Runtime.PartitionFor]. It may call [Runtime.Append] and [Runtime.Admit] from any of its methods except Load.
type Machine interface {
	// Load applies one record of a partition that is being loaded. Records come in the order of the log; at is the
	// record's timestamp. A record with a nil value is a tombstone. The bytes are valid until Load returns. A record that
	// cannot be applied is an error: the load skips it, and logs how many it has skipped.
	Load(p kafka.PartitionID, key, value []byte, at env.WallMillis) error
	// Loaded is called when a partition becomes active: its log has been applied, and is committed in this epoch.
	Loaded(now env.Now, p kafka.PartitionID)
	// Unload drops the state of a partition that was being loaded or was active, and answers the requests that wait for
	// it. The appends of the partition that have no outcome yet end afterwards, with NOT_LEADER_OR_FOLLOWER.
	Unload(now env.Now, p kafka.PartitionID)
	// Deadline is when Tick has something to do: the machine's own timers. Never: it has none.
	Deadline() env.Instant
	Tick(now env.Now)
}

// Config is what a [Runtime] is made with.
type Config struct {
	Topic         string
	Partitions    int32         // of the topic, over which keys are spread
	AppendTimeout time.Duration // how long an append may take before Append.TimedOut is called
}

// Runtime hosts one [Machine] over those partitions of one internal topic that this broker leads.
type Runtime struct {
	cfg     Config
	world   *env.World
	machine Machine

	shards  []shard      // by partition
	loads   []*shard     // in the order in which their loads began
	refused []*appending // not in the log, and not reported yet
	limits  alarm.HeapOf[*appending]
	appends uint64 // how many there were

	builder *record.Builder
	scratch record.Scratch
}

// New returns a Runtime that owns no partition yet. Of w only facts are used, and w may be nil.
func New(cfg Config, w *env.World) *Runtime {
	if cfg.Partitions < 1 {
		panic(fmt.Sprintf("coordinator: %s has %d partitions; no key could live anywhere", cfg.Topic, cfg.Partitions))
	}
	r := &Runtime{cfg: cfg, world: w, shards: make([]shard, cfg.Partitions), builder: record.NewBuilder(record.Options{})}
	for p := range r.shards {
		r.shards[p] = shard{tp: kafka.TopicPartition{Topic: cfg.Topic, Partition: kafka.PartitionID(p)}, epoch: kafka.NoEpoch}
	}
	return r
}

// Partitions is how many partitions keys are spread over.
func (r *Runtime) Partitions() int32 { return r.cfg.Partitions }

// Host has the runtime serve a machine. A machine is made with its runtime, and calls Host once, before anything else.
func (r *Runtime) Host(m Machine) { r.machine = m }

// PartitionFor returns the partition that a key lives in.
func (r *Runtime) PartitionFor(key string) kafka.PartitionID {
	return PartitionFor(key, r.cfg.Partitions)
}

// Admit reports whether requests about a key are served here and now: NOT_COORDINATOR where this broker does not lead
// the key's partition, or failed to load it, COORDINATOR_LOAD_IN_PROGRESS while it is being loaded.
func (r *Runtime) Admit(key string) kafka.ErrorCode {
	switch r.shards[r.PartitionFor(key)].state {
	case Active:
		return kafka.None
	case Loading:
		return kafka.CoordinatorLoadInProgress
	}
	return kafka.NotCoordinator
}

// Loading reports whether any partition is being loaded.
func (r *Runtime) Loading() bool {
	return slices.ContainsFunc(r.shards, func(s shard) bool { return s.state == Loading })
}

// Owns reports whether this broker coordinates any partition.
func (r *Runtime) Owns() bool {
	return slices.ContainsFunc(r.shards, func(s shard) bool { return s.state != Initial })
}

// Settle ends a step: it reports the appends that were refused during it, and goes on with the loads, a slice of each.
// more reports that another slice could be read at once.
func (r *Runtime) Settle(now env.Now) (more bool) {
	r.reportRefused(now)
	return r.continueLoads(now)
}

// Unsettled is how many refused appends Settle has to report.
func (r *Runtime) Unsettled() int { return len(r.refused) }

// Deadline is when Tick has something to do, if nothing else is called before.
func (r *Runtime) Deadline() env.Instant { return min(r.limits.Next(), r.machine.Deadline()) }

// maxDue bounds how many time-outs one Tick reports; the rest is due at once.
const maxDue = 1024

// Tick reports the appends that have taken too long, and lets the machine run its timers.
func (r *Runtime) Tick(now env.Now) {
	mark := r.limits.Mark()
	for range maxDue {
		a, ok := r.limits.DueOf(now.Mono, mark)
		if !ok {
			break
		}
		a.to.TimedOut(now)
	}
	r.machine.Tick(now)
}
