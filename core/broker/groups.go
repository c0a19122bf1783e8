package broker

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/group"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/replica"
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
	broker       *Broker
	coordinator  *group.Coordinator
	builder      *record.Builder
	partitions   int32  // of __consumer_offsets
	coordinators uint64 // that there have been in this life, so that no two draw the same member ids
	loads        []*groupLoad
	alarm        alarm.Alarm
	failed       []failedAppend // reported at the end of the step: the coordinator may not be called back
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
	res, err := p.replica.Append(b.now, seglog.Append{Batch: batch, Summary: b.summary(batch)}, replica.AcksAll)
	if err != nil {
		g.failed = append(g.failed, failedAppend{token, wire.ErrorCode(err.Code)})
		return
	}
	p.replica.Await(replica.AcksAll, res.Last+1, &groupAppend{g, token}, 0)
	p.touch()
}

// groupAppend waits for one append of the coordinator's.
type groupAppend struct {
	groups *groups
	token  uint64
}

// Acked hears what became of it. A record that is committed counts, though by then fewer replicas were in sync than
// min.insync.replicas asks for: to refuse it would leave the coordinator behind its own log, and the next one would
// answer otherwise.
func (a *groupAppend) Acked(now env.Now, _ int, code wire.ErrorCode) {
	if code == wire.NotEnoughReplicasAfterAppend {
		code = wire.None
	}
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
	epoch  env.LeaderEpoch // in which this broker leads the partition
	next   env.Offset
	passed int   // records that could not be taken
	why    error // the first of them could not
}

// load replays a partition of __consumer_offsets. One beyond those that groups are spread over holds nothing.
func (g *groups) load(p *partition) {
	if int32(p.Partition) >= g.partitions {
		return
	}
	g.coordinator.BeginLoad(p.Partition)
	g.loads = append(g.loads, &groupLoad{groups: g, part: p, epoch: p.replica.Epoch(), next: p.log.LogStart()})
}

// servedGroups is what the coordinator has been told of a partition.
type servedGroups struct {
	leads bool
	epoch env.LeaderEpoch
}

// serveGroups has the coordinator take up the groups of a partition of __consumer_offsets that is led here from now
// on, and give up those of one that is not any more. A new epoch of the same leader loads anew: what was under way in
// the old one has been refused.
func (p *partition) serveGroups(now env.Now) {
	if p.Topic != offsetsTopic || p.deleting {
		return
	}
	g := p.broker.groups
	is := servedGroups{p.replica.Role() == replica.Leading && p.log.State() == seglog.Ready, p.replica.Epoch()}
	if !is.leads {
		is.epoch = 0
	}
	if is == p.serves || mutants.Enabled && mutants.On().CacheEpochFirst && is.leads == p.serves.leads { // I15 (KAFKA-9307)
		return
	}
	if p.serves.leads {
		g.unload(now, p)
	}
	if p.serves = is; is.leads {
		g.load(p)
	}
}

// slice replays up to loadSliceBytes and reports whether the load is over. The groups are served when all that an
// earlier coordinator may have answered for is both read and committed in this epoch: a record that is read here and
// lost with the next election must not have been told to anybody.
func (l *groupLoad) slice(now env.Now) bool {
	b, log := l.groups.broker, l.part.log
	if log.State() != seglog.Ready || l.part.replica.Role() != replica.Leading || l.part.replica.Epoch() != l.epoch {
		return true // serveGroups unloads, and begins again if need be
	}
	start := l.part.replica.EpochStart()
	if l.next >= start && log.HighWatermark() >= start || mutants.Enabled && mutants.On().ServeWhileLoading {
		l.groups.coordinator.EndLoad(now, l.part.Partition)
		if l.passed > 0 {
			b.log.Warn("%s: %d records were passed over, the first because %v", l.part, l.passed, l.why)
		}
		return true
	}
	if l.next >= start {
		return false
	}
	bytes, next, status := log.Scan(now, l.next, loadSliceBytes)
	switch status {
	case seglog.ReadReady:
		l.replay(bytes)
		b.again = next > l.next // else the rest is still being written, and that it is there will be an event
		l.next = next
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
			l.note(records.Offset(r), l.groups.coordinator.LoadRecord(r.Key, r.Value, records.Timestamp(r)))
		}
		l.note(batch.BaseOffset(), records.Err())
	}
}

// note counts what could not be replayed.
func (l *groupLoad) note(at env.Offset, err error) {
	switch {
	case err == nil:
		return
	case l.passed == 0:
		l.why = fmt.Errorf("at offset %d: %w", at, err)
	}
	l.passed++
}

// unload gives up a partition of __consumer_offsets that failed or was deleted.
func (g *groups) unload(now env.Now, p *partition) {
	for i, l := range g.loads {
		if l.part == p {
			g.loads = append(g.loads[:i], g.loads[i+1:]...)
			break
		}
	}
	if int32(p.Partition) < g.partitions {
		g.coordinator.Unload(now, p.Partition)
	}
}

// any says whether groups of any partition are or were served here.
func (g *groups) any() bool {
	for _, p := range g.broker.logs.byOwner {
		if p != nil && p.serves.leads {
			return true
		}
	}
	return len(g.loads) > 0
}

// schedule sets the coordinator's deadline.
func (g *groups) schedule() { g.broker.deadlines.Set(&g.alarm, g.coordinator.Deadline()) }

// wake is the coordinator's deadline.
func (g *groups) Wake(now env.Now) { g.coordinator.Tick(now) }

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
