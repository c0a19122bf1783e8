package metalog

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/delta"
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/peer"
	"gregor/core/raft"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// Node is the owner of the log.
type Node interface {
	// Reply answers a request that was handed over with a ticket.
	Reply(t raft.Ticket, r kmsg.Response)
	// Applied acts on what has been committed: it is in the image.
	Applied(now env.Now)
	// LeaderChanged handles that the quorum has another leader, or none.
	LeaderChanged(now env.Now, leader kafka.NodeID, epoch kafka.LeaderEpoch)
	// Appended handles the outcome of an append of this node's.
	Appended(now env.Now, token uint64, code kafka.ErrorCode)
	// End ends the node: the replica has failed, and has emitted why.
	End()
	// GiveUp ends the node, for a reason that its operator can do something about.
	GiveUp(format string, args ...any)
}

// Config is what the configuration says of the log, apart from the replica's own.
type Config struct {
	Voters         []raft.Voter
	RequestTimeout time.Duration // controller.quorum.request.timeout.ms
	SnapshotBytes  int64         // metadata.log.max.record.bytes.between.snapshots
	SnapshotEvery  time.Duration // metadata.log.max.snapshot.interval.ms; 0: never
}

// Log is the node's replica of the metadata log, and the image that it makes. What the replica reports is noted, and
// done when its call has returned: it may not be called back.
type Log struct {
	node    Node
	config  Config
	alarms  *alarm.Heap
	peers   *peer.Pool
	image   *metadata.Image
	tracker *delta.Tracker
	now     env.Now // of the call under way

	raft    *raft.Replica // nil until Open
	news    []news
	ended   bool // nothing more is done
	leader  kafka.NodeID
	epoch   kafka.LeaderEpoch
	alarm   alarm.Alarm
	asks    map[raft.Ticket]func(env.Now, kmsg.Response) // of requests without a ticket of their own
	asked   raft.Ticket
	scratch record.Scratch

	applied    kafka.Offset    // everything below is in the image
	loading    *metadata.Image // what a snapshot makes, until it is whole
	loadedAt   kafka.Offset    // of the next record of the snapshot
	since      int             // bytes committed since the last snapshot
	snapshotBy env.Instant     // when the next one is due, whatever its size; zero before the first look
	lastWall   env.WallMillis  // of the last batch applied
}

// news is one thing the replica reported: exactly one of its parts is set.
type news struct {
	batch    record.Batch
	snapshot *raft.SnapshotID // begins; with part it goes on, with end it is whole
	part     record.Batch
	end      bool
	leads    *leadership
	appended *outcome
	answer   func(env.Now)
}

type leadership struct {
	leader kafka.NodeID
	epoch  kafka.LeaderEpoch
}

type outcome struct {
	token uint64
	code  kafka.ErrorCode
}

// New returns the log of a node. It applies what is committed to the tracker's image.
func New(alarms *alarm.Heap, peers *peer.Pool, node Node, image *metadata.Image, tracker *delta.Tracker,
	c Config) *Log {
	l := &Log{node: node, config: c, alarms: alarms, peers: peers, image: image, tracker: tracker, leader: kafka.NoNode,
		asks: map[raft.Ticket]func(env.Now, kmsg.Response){}}
	l.alarm = alarm.For(l)
	return l
}

// Open opens the replica.
func (l *Log) Open(now env.Now, w env.World, c raft.Config) {
	l.now = now
	var err error
	if l.raft, err = raft.Open(w, c, l, l, now); err != nil {
		l.node.GiveUp("%v", err)
		return
	}
	l.schedule()
}

// Leader is the leader of the quorum as far as this node knows, NoNode if it knows none.
func (l *Log) Leader() kafka.NodeID { return l.leader }

// Voters are the voters of the quorum.
func (l *Log) Voters() []raft.Voter { return l.config.Voters }

// Address is where a voter listens; false if there is no such voter.
func (l *Log) Address(id kafka.NodeID) (string, bool) {
	for _, v := range l.config.Voters {
		if v.ID == id {
			return peer.Address(v.Host, int32(v.Port)), true
		}
	}
	return "", false
}

// Applied is the end of what is in the image.
func (l *Log) Applied() kafka.Offset { return l.applied }

// Committed is how far this node knows the log to be committed; false before Open.
func (l *Log) Committed() (kafka.Offset, bool) {
	if l.raft == nil {
		return 0, false
	}
	return l.raft.HighWatermark(), true
}

// IsRunning reports whether the replica has been opened and works.
func (l *Log) IsRunning() bool { return l.raft != nil && l.raft.State() == raft.Running }

// IsClosed reports whether the replica has been closed.
func (l *Log) IsClosed() bool { return l.raft.State() == raft.Closed }

// Close closes the replica.
func (l *Log) Close(now env.Now) {
	l.now = now
	l.raft.Close(now)
	l.schedule()
}

// End is the end of the log on this node.
func (l *Log) End() kafka.Offset { return l.raft.LogEnd() }

// Append appends a batch as the leader of an epoch. Its outcome comes with the token.
func (l *Log) Append(now env.Now, epoch kafka.LeaderEpoch, batch record.Batch, token uint64) *seglog.Error {
	l.now = now
	_, _, err := l.raft.Append(now, epoch, []record.Batch{batch}, token)
	l.schedule()
	return err
}

// Request hands one of the quorum's requests to the replica. Before Open it is refused.
func (l *Log) Request(now env.Now, t raft.Ticket, r kmsg.Request) {
	if l.raft == nil {
		l.node.Reply(t, wire.Refuse(r, kafka.BrokerNotAvailable))
		return
	}
	l.now = now
	l.raft.HandleRequest(now, r, t)
	l.schedule()
}

// Send is raft.Out's.
func (l *Log) Send(to kafka.NodeID, req kmsg.Request, tag uint64) {
	addr, _ := l.Address(to)
	l.peers.Send(l.now, peer.Key{Node: to, Lane: peer.QuorumLane}, addr, req, l.config.RequestTimeout,
		func(now env.Now, a peer.Result) {
			l.now = now
			l.raft.HandleResponse(now, tag, a.Response, a.Err)
			a.Buffer.Release()
			l.schedule()
		})
}

// Reply is raft.Out's.
func (l *Log) Reply(t raft.Ticket, r kmsg.Response) {
	then, ok := l.asks[t]
	if !ok {
		l.node.Reply(t, r)
		return
	}
	delete(l.asks, t)
	l.news = append(l.news, news{answer: func(now env.Now) { then(now, r) }})
}

// askTicket marks the tickets of requests that came without one.
const askTicket raft.Ticket = 1 << 63

// Ask hands the replica a request that came in an envelope.
func (l *Log) Ask(now env.Now, r kmsg.Request, then func(env.Now, kmsg.Response)) {
	l.now = now
	l.asked++
	l.asks[askTicket|l.asked] = then
	l.raft.HandleRequest(now, r, askTicket|l.asked)
	l.schedule()
}

// HandleCommit is raft.Owner's, as are the next five.
func (l *Log) HandleCommit(b record.Batch) { l.news = append(l.news, news{batch: b}) }

func (l *Log) HandleSnapshot(id raft.SnapshotID) {
	l.news = append(l.news, news{snapshot: &id})
}

func (l *Log) HandleSnapshotBatch(b record.Batch) { l.news = append(l.news, news{part: b}) }

func (l *Log) HandleSnapshotEnd(id raft.SnapshotID) {
	l.news = append(l.news, news{snapshot: &id, end: true})
}

func (l *Log) HandleLeaderChange(leader kafka.NodeID, epoch kafka.LeaderEpoch) {
	l.news = append(l.news, news{leads: &leadership{leader, epoch}})
}

func (l *Log) HandleAppended(token uint64, _ kafka.Offset, code kafka.ErrorCode) {
	l.news = append(l.news, news{appended: &outcome{token, code}})
}

// Complete handles the outcome of one of the replica's disk operations.
func (l *Log) Complete(now env.Now, e env.Event) {
	l.now = now
	l.raft.Complete(now, e)
	l.schedule()
}

// Wake is the replica's deadline.
func (l *Log) Wake(now env.Now) {
	l.now = now
	l.raft.Tick(now)
	l.schedule()
}

func (l *Log) schedule() {
	l.alarms.Set(&l.alarm, l.raft.Deadline())
	if l.raft.State() == raft.Failed {
		l.node.End()
	}
}

// Unsettled is how many things the replica has reported that have not been done.
func (l *Log) Unsettled() int { return len(l.news) }

// Settle does what the replica has reported.
func (l *Log) Settle(now env.Now) {
	for len(l.news) > 0 && !l.ended {
		n := l.news[0]
		l.news[0] = news{}
		l.news = l.news[1:]
		l.handle(now, n)
	}
	if len(l.news) == 0 {
		l.news = nil
	}
	l.snapshotIfDue(now)
}

func (l *Log) handle(now env.Now, n news) {
	switch {
	case n.batch != nil:
		l.commit(now, n.batch)
	case n.part != nil:
		l.loadPart(n.part)
	case n.end:
		l.endLoad(now, *n.snapshot)
	case n.snapshot != nil:
		l.loading, l.loadedAt = metadata.New(), 0
	case n.leads != nil:
		l.leader, l.epoch = n.leads.leader, n.leads.epoch
		l.node.LeaderChanged(now, l.leader, l.epoch)
	case n.appended != nil:
		l.node.Appended(now, n.appended.token, n.appended.code)
	case n.answer != nil:
		n.answer(now)
	}
}

// commit applies a committed batch, and has the node act on it.
func (l *Log) commit(now env.Now, batch record.Batch) {
	if l.lastWall = batch.MaxTimestamp(); !batch.Attributes().IsControl() {
		err := eachRecord(batch, &l.scratch, l.tracker.Apply)
		if err == nil {
			err = describe.CheckFeatures(l.image.Features())
		}
		if err != nil {
			l.node.GiveUp("the metadata log cannot be applied: %v", err)
			return
		}
	}
	before := l.applied
	l.applied = batch.NextOffset()
	l.since += len(batch)
	l.tracker.Applied(before, l.applied)
	l.node.Applied(now)
}

// loadPart applies records of a snapshot.
func (l *Log) loadPart(batch record.Batch) {
	err := eachRecord(batch, &l.scratch, func(_ kafka.Offset, r metadata.Record) error {
		l.loadedAt++
		return l.loading.Apply(l.loadedAt-1, r)
	})
	if err != nil {
		l.node.GiveUp("a snapshot of the metadata cannot be applied: %v", err)
	}
}

// endLoad puts a snapshot in the place of the image.
func (l *Log) endLoad(now env.Now, id raft.SnapshotID) {
	if err := describe.CheckFeatures(l.loading.Features()); err != nil {
		l.node.GiveUp("the metadata snapshot that ends at %d cannot be applied: %v", id.End, err)
		return
	}
	l.loading.Reach(id.End)
	*l.image, l.loading = *l.loading, nil
	l.applied, l.since = id.End, 0
	l.tracker.Replaced(id.End)
	l.node.Applied(now)
}

// snapshotIfDue has a snapshot written when enough was committed since the last one, or anything long enough ago.
func (l *Log) snapshotIfDue(now env.Now) {
	if l.snapshotBy == 0 {
		l.snapshotBy = l.nextSnapshot(now)
	}
	late := l.since > 0 && now.Mono >= l.snapshotBy
	if l.raft == nil || int64(l.since) < l.config.SnapshotBytes && !late || l.raft.State() != raft.Running {
		return
	}
	records := l.image.Records()
	_, err := l.raft.CreateSnapshot(now, l.lastWall, func() ([]byte, bool) {
		if len(records) == 0 {
			return nil, false
		}
		r := records[0]
		records = records[1:]
		return metadata.Append(nil, r), true
	})
	if err == nil {
		l.since, l.snapshotBy = 0, l.nextSnapshot(now)
	}
	l.schedule()
}

// nextSnapshot is when a snapshot is due at the latest. No alarm is set for it: it is looked at whenever the node does
// anything.
func (l *Log) nextSnapshot(now env.Now) env.Instant {
	if l.config.SnapshotEvery == 0 {
		return env.Never
	}
	return now.Mono.Add(l.config.SnapshotEvery)
}

// Stop has Settle do nothing more: the node has ended.
func (l *Log) Stop() { l.ended = true }

// eachRecord decodes a batch of metadata.
func eachRecord(batch record.Batch, scratch *record.Scratch, do func(kafka.Offset, metadata.Record) error) error {
	records := batch.Records(scratch, record.Limits{})
	for r, ok := records.Next(); ok; r, ok = records.Next() {
		m, err := metadata.Decode(r.Value)
		if err == nil {
			err = do(records.Offset(r), m)
		}
		if err != nil {
			return fmt.Errorf("record at offset %d: %w", records.Offset(r), err)
		}
	}
	if err := records.Err(); err != nil {
		return fmt.Errorf("batch at offset %d: %w", batch.BaseOffset(), err)
	}
	return nil
}
