package broker

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/group"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// offsetsTopic holds what groups must remember.
const offsetsTopic = "__consumer_offsets"

// loadSliceBytes is how much of __consumer_offsets is replayed in one step.
const loadSliceBytes = 256 << 10

// groups joins the coordinator to its log: group.Out on one side, partitions of __consumer_offsets on the
// other.
type groups struct {
	broker      *Broker
	coordinator *group.Coordinator
	builder     *record.Builder
	loads       []*groupLoad
	wakeAt      env.Instant
	failed      []failedAppend // told at the end of the step: the coordinator may not be called back
}

type failedAppend struct {
	token uint64
	code  wire.ErrorCode
}

// Reply answers a request of the coordinator's.
func (g *groups) Reply(t group.Ticket, r kmsg.Response) {
	if s := g.broker.slots.find(ticket(t)); s != nil {
		g.broker.reply(s, r)
	}
}

// Append stores a group's records as one batch.
func (g *groups) Append(name string, records []group.Record, token uint64) {
	b := g.broker
	p, code := b.partition(env.TopicPartition{Topic: offsetsTopic, Partition: env.PartitionID(g.coordinator.PartitionFor(name))})
	if code != wire.None {
		g.failed = append(g.failed, failedAppend{token, code})
		return
	}
	g.builder.Reset(record.Options{ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1})
	for _, r := range records {
		g.builder.Add(b.now.Wall, r.Key, r.Value)
	}
	batch := append(record.Batch(nil), g.builder.Build()...)
	if batch.Size() > p.limits.maxMessageBytes {
		g.failed = append(g.failed, failedAppend{token, wire.MessageTooLarge})
		return
	}
	res, err := p.log.Append(b.now, seglog.Append{Batch: batch, Summary: b.summary(batch), Epoch: p.epoch})
	if err != nil {
		g.failed = append(g.failed, failedAppend{token, wire.ErrorCode(err.Code)})
		return
	}
	p.awaitStable(res.Last+1, &groupAppend{g, token}, 0)
}

// groupAppend waits for one append of the coordinator's.
type groupAppend struct {
	groups *groups
	token  uint64
}

func (a *groupAppend) acked(now env.Now, _ int, code wire.ErrorCode) {
	a.groups.coordinator.Appended(now, a.token, int16(code))
}

// settle tells the coordinator of appends that failed at once. What it does then may fail again: the loop ends
// because every append's failure is told once and answers what waited for it.
func (g *groups) settle(now env.Now) {
	for len(g.failed) > 0 {
		f := g.failed[0]
		g.failed = g.failed[1:]
		g.coordinator.Appended(now, f.token, int16(f.code))
	}
	for i := 0; i < len(g.loads); {
		if !g.loads[i].slice(now) {
			i++
			continue
		}
		g.loads = append(g.loads[:i], g.loads[i+1:]...)
	}
}

// groupLoad replays one partition of __consumer_offsets, a slice at a time.
type groupLoad struct {
	groups *groups
	part   *partition
	next   env.Offset
}

func (g *groups) load(p *partition) {
	g.coordinator.BeginLoad(p.Partition)
	g.loads = append(g.loads, &groupLoad{g, p, p.log.LogStart()})
}

// slice replays up to loadSliceBytes and reports whether the load is over.
func (l *groupLoad) slice(now env.Now) bool {
	b, log := l.groups.broker, l.part.log
	if log.State() != seglog.Ready {
		l.groups.coordinator.Unload(now, l.part.Partition)
		return true
	}
	if l.next >= log.EndOffset() {
		l.groups.coordinator.EndLoad(now, l.part.Partition)
		return true
	}
	bytes, next, status := log.Scan(now, l.next, loadSliceBytes)
	switch status {
	case seglog.ReadReady:
		l.replay(bytes)
		l.next = next
		b.again = true
	case seglog.ReadPending:
	default:
		l.groups.coordinator.Unload(now, l.part.Partition)
		return true
	}
	return false
}

func (l *groupLoad) replay(bytes []byte) {
	batches := record.Split(bytes)
	for batch, ok := batches.Next(); ok; batch, ok = batches.Next() {
		if batch.Attributes().IsControl() {
			continue
		}
		records := batch.Records(&l.groups.broker.scratch, record.Limits{})
		for r, ok := records.Next(); ok; r, ok = records.Next() {
			if err := l.groups.coordinator.LoadRecord(r.Key, r.Value, records.Timestamp(r)); err != nil {
				l.groups.broker.warn("%s: record at offset %d was passed over: %v", l.part, records.Offset(r), err)
			}
		}
		if err := records.Err(); err != nil {
			l.groups.broker.warn("%s: batch at offset %d cannot be read: %v", l.part, batch.BaseOffset(), err)
		}
	}
}

// schedule keeps the coordinator's deadline in the broker's heap.
func (g *groups) schedule() {
	if at := g.coordinator.Deadline(); at < g.wakeAt {
		g.wakeAt = at
		g.broker.deadlines.set(at, g)
	}
}

// wake is the coordinator's deadline.
func (g *groups) wake(now env.Now) {
	if g.wakeAt > now.Mono {
		return // an entry left behind by a later one that was nearer
	}
	g.wakeAt = env.Never
	if g.coordinator.Deadline() <= now.Mono {
		g.coordinator.Tick(now)
	}
}

// groupRequest hands a request to the coordinator; false if it is not one of the coordinator's.
func (b *Broker) groupRequest(now env.Now, s *slot, body kmsg.Request) bool {
	c, t := b.groups.coordinator, group.Ticket(s.ticket)
	from := group.ClientInfo{ID: s.clientID, Host: hostOf(s.conn.peer)}
	switch r := body.(type) {
	case *kmsg.JoinGroupRequest:
		c.Join(now, t, r, from)
	case *kmsg.SyncGroupRequest:
		c.Sync(now, t, r, from)
	case *kmsg.HeartbeatRequest:
		c.Heartbeat(now, t, r, from)
	case *kmsg.LeaveGroupRequest:
		c.Leave(now, t, r, from)
	case *kmsg.OffsetCommitRequest:
		c.OffsetCommit(now, t, r, from)
	case *kmsg.OffsetFetchRequest:
		c.OffsetFetch(now, t, r, from)
	case *kmsg.OffsetDeleteRequest:
		c.OffsetDelete(now, t, r, from)
	case *kmsg.DescribeGroupsRequest:
		c.Describe(now, t, r, from)
	case *kmsg.ListGroupsRequest:
		c.List(now, t, r, from)
	case *kmsg.DeleteGroupsRequest:
		c.DeleteGroups(now, t, r, from)
	default:
		return false
	}
	return true
}

// hostOf is the peer's address as Kafka shows it: a slash and the address without its port.
func hostOf(peer string) string {
	if i := strings.LastIndexByte(peer, ':'); i >= 0 {
		peer = strings.Trim(peer[:i], "[]")
	}
	return "/" + peer
}

// The kinds of keys FindCoordinator takes.
const (
	groupKey       = 0
	transactionKey = 1
)

// findCoordinator answers with this broker, once __consumer_offsets is there.
func (b *Broker) findCoordinator(now env.Now, s *slot, r *kmsg.FindCoordinatorRequest) {
	keys := r.CoordinatorKeys
	if s.version < 4 {
		keys = []string{r.CoordinatorKey}
	}
	if r.CoordinatorType == groupKey && b.parts[env.TopicPartition{Topic: offsetsTopic}] == nil {
		b.change(now, &autoCreate{broker: b, names: []string{offsetsTopic}, then: func(now env.Now) {
			b.answerCoordinator(s, r, keys)
		}})
		return
	}
	b.answerCoordinator(s, r, keys)
}

func (b *Broker) answerCoordinator(s *slot, r *kmsg.FindCoordinatorRequest, keys []string) {
	resp := r.ResponseKind().(*kmsg.FindCoordinatorResponse)
	for _, key := range keys {
		resp.Coordinators = append(resp.Coordinators, b.coordinatorOf(r.CoordinatorType, key))
	}
	if s.version < 4 {
		c := resp.Coordinators[0]
		resp.NodeID, resp.Host, resp.Port = c.NodeID, c.Host, c.Port
		resp.ErrorCode, resp.ErrorMessage = c.ErrorCode, c.ErrorMessage
		resp.Coordinators = nil
	}
	b.reply(s, resp)
}

func (b *Broker) coordinatorOf(kind int8, key string) kmsg.FindCoordinatorResponseCoordinator {
	c := kmsg.NewFindCoordinatorResponseCoordinator()
	c.Key, c.NodeID, c.Port = key, -1, -1
	refuse := func(code wire.ErrorCode, format string, args ...any) kmsg.FindCoordinatorResponseCoordinator {
		text := fmt.Sprintf(format, args...)
		c.ErrorCode, c.ErrorMessage = int16(code), &text
		return c
	}
	switch {
	case kind != groupKey:
		return refuse(wire.InvalidRequest, "coordinator type %d is not served: this broker coordinates groups (0) only", kind)
	case key == "":
		return refuse(wire.InvalidGroupID, "the group id is empty")
	case b.parts[env.TopicPartition{Topic: offsetsTopic}] == nil:
		return refuse(wire.CoordinatorNotAvailable, "%s could not be created", offsetsTopic)
	}
	c.NodeID, c.Host, c.Port = int32(b.id), b.advertised.host, b.advertised.port
	return c
}
