package group

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// Ticket is the owner's handle for one request that waits for its answer.
type Ticket uint64

// Record is one record of __consumer_offsets. A nil Value is a tombstone.
type Record struct{ Key, Value []byte }

// Out takes what a Coordinator has to say. Neither method may call the Coordinator.
type Out interface {
	// Reply answers the request of a ticket. The response's version is the request's.
	Reply(t Ticket, r kmsg.Response)
	// Append stores the records, in order and as a whole, in the __consumer_offsets partition of the group.
	// Its outcome is told once, with Coordinator.Appended and the token, after the current call has returned.
	// Appends of one group must be stored in the order they were asked for.
	Append(group string, records []Record, token uint64)
}

// Coordinator serves the groups of those __consumer_offsets partitions that are loaded into it.
type Coordinator struct {
	cfg   Config
	rnd   env.Rand
	world *env.World
	out   Out
}

// New makes a coordinator that owns no partition yet. Only w.Facts is used.
func New(cfg Config, rnd env.Rand, w *env.World, out Out) *Coordinator {
	return &Coordinator{cfg: cfg, rnd: rnd, world: w, out: out}
}

// PartitionFor returns the __consumer_offsets partition that a group lives in.
func (c *Coordinator) PartitionFor(group string) int32 { return 0 }

// The requests. Each is answered with one Reply to its ticket, now or later.
func (c *Coordinator) Join(now env.Now, t Ticket, req *kmsg.JoinGroupRequest, client ClientInfo) {}
func (c *Coordinator) Sync(now env.Now, t Ticket, req *kmsg.SyncGroupRequest, client ClientInfo) {}
func (c *Coordinator) Heartbeat(now env.Now, t Ticket, req *kmsg.HeartbeatRequest, client ClientInfo) {
}
func (c *Coordinator) Leave(now env.Now, t Ticket, req *kmsg.LeaveGroupRequest, client ClientInfo) {}
func (c *Coordinator) OffsetCommit(now env.Now, t Ticket, req *kmsg.OffsetCommitRequest, client ClientInfo) {
}
func (c *Coordinator) OffsetFetch(now env.Now, t Ticket, req *kmsg.OffsetFetchRequest, client ClientInfo) {
}
func (c *Coordinator) OffsetDelete(now env.Now, t Ticket, req *kmsg.OffsetDeleteRequest, client ClientInfo) {
}
func (c *Coordinator) Describe(now env.Now, t Ticket, req *kmsg.DescribeGroupsRequest, client ClientInfo) {
}
func (c *Coordinator) List(now env.Now, t Ticket, req *kmsg.ListGroupsRequest, client ClientInfo) {}
func (c *Coordinator) DeleteGroups(now env.Now, t Ticket, req *kmsg.DeleteGroupsRequest, client ClientInfo) {
}

// Tick runs what is due; Deadline says when it wants to be called.
func (c *Coordinator) Tick(now env.Now)      {}
func (c *Coordinator) Deadline() env.Instant { return env.Never }

// BeginLoad, LoadRecord, EndLoad and Unload: ownership of a __consumer_offsets partition.
func (c *Coordinator) BeginLoad(p env.PartitionID)                           {}
func (c *Coordinator) EndLoad(now env.Now, p env.PartitionID)                {}
func (c *Coordinator) Unload(now env.Now, p env.PartitionID)                 {}
func (c *Coordinator) LoadRecord(key, value []byte, ts env.WallMillis) error { return nil }

// Appended tells the outcome of an append: zero or a Kafka error code.
func (c *Coordinator) Appended(now env.Now, token uint64, code int16) {}

// TopicDeleted removes all offsets of a topic.
func (c *Coordinator) TopicDeleted(now env.Now, name string) {}
