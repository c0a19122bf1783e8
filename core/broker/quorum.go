package broker

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/config"
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/peer"
	"gregor/core/raft"
	"gregor/core/record"
	"gregor/core/wire"
)

// The owners of OpIDs that are no partition's: the node's own files, and the two of the quorum's replica.
const (
	filesOwner = iota
	quorumLogOwner
	quorumFilesOwner
	ownersReserved
)

// quorum joins the node to the metadata quorum, as a voter or as an observer. What the replica tells is noted and
// done when its call has returned: it may not be called back.
type quorum struct {
	broker *Broker
	raft   *raft.Replica // nil until meta.properties has been read
	told   []quorumNews
	leader env.NodeID
	epoch  env.LeaderEpoch
	alarm  alarm.Alarm
	asks   map[raft.Ticket]func(env.Now, kmsg.Response) // of requests that came with no slot of their own
	asked  raft.Ticket

	loading    *metadata.Image // what a snapshot makes, until it is whole
	loadedAt   env.Offset      // of the next record of the snapshot
	since      int             // bytes committed since the last snapshot
	snapshotBy env.Instant     // when the next one is due, whatever its size; zero before the first look
	lastWall   env.WallMillis  // of the last batch applied
}

// quorumNews is one thing the replica told: exactly one of its parts is set.
type quorumNews struct {
	batch    record.Batch
	snapshot *raft.SnapshotID // begins; with part it goes on, with end it is whole
	part     record.Batch
	end      bool
	leads    *leadership
	appended *appendOutcome
	answer   func(env.Now)
}

type leadership struct {
	leader env.NodeID
	epoch  env.LeaderEpoch
}

type appendOutcome struct {
	token uint64
	code  wire.ErrorCode
}

// openQuorum starts the node's replica of the metadata log.
func (b *Broker) openQuorum(now env.Now) {
	q := &b.quorum
	cfg, err := b.quorumConfig()
	if err == nil {
		q.raft, err = raft.Open(b.world, cfg, q, q, now)
	}
	if err != nil {
		b.giveUp("%v", err)
		return
	}
	q.schedule()
}

// quorumConfig is what the replica needs of the node's configuration.
func (b *Broker) quorumConfig() (raft.Config, error) {
	c, k := raft.DefaultConfig(), b.config
	c.Node, c.Directory, c.ClusterID, c.Voters = b.id, b.dir.ID(), b.dir.ClusterID(), b.voters
	c.LogOwner, c.FileOwner = quorumLogOwner, quorumFilesOwner
	c.ElectionTimeoutMs = int64(k.Int("controller.quorum.election.timeout.ms"))
	c.FetchTimeoutMs = int64(k.Int("controller.quorum.fetch.timeout.ms"))
	c.ElectionBackoffMaxMs = int64(k.Int("controller.quorum.election.backoff.max.ms"))
	c.RequestTimeoutMs = int64(k.Int("controller.quorum.request.timeout.ms"))
	c.RetryBackoffMs = int64(k.Int("controller.quorum.retry.backoff.ms"))
	c.SegmentBytes = int64(k.Int(metadataSegmentBytes(k)))
	c.SegmentMs = k.Long("metadata.log.segment.ms")
	c.MaxRetentionBytes = k.Long("metadata.max.retention.bytes")
	c.Committed, c.Lost = b.dir.CommittedMetadata(), b.dir.Remedy()
	if names := k.List("controller.listener.names"); len(names) > 0 {
		c.Listener = names[0]
	}
	return c, nil
}

// metadataSegmentBytes names the config that says when the metadata log goes on in a new file: the internal one, which
// takes less than Kafka lets the other one take, goes before.
func metadataSegmentBytes(k *config.Broker) string {
	const internal = "internal.metadata.log.segment.bytes"
	if !k.IsNull(internal) {
		return internal
	}
	return "metadata.log.segment.bytes"
}

// votersOf are the quorum's members: those configured, or this node alone.
func (b *Broker) votersOf() ([]raft.Voter, error) {
	named := b.config.List("controller.quorum.voters")
	if len(named) == 0 {
		return []raft.Voter{{ID: b.id, Host: b.endpoints.Controller.Host, Port: b.endpoints.Controller.Port}}, nil
	}
	return raft.ParseVoters(strings.Join(named, ","))
}

// voter finds a voter by its id.
func (b *Broker) voter(id env.NodeID) (raft.Voter, bool) {
	for _, v := range b.voters {
		if v.ID == id {
			return v, true
		}
	}
	return raft.Voter{}, false
}

// Send is raft.Out's.
func (q *quorum) Send(to env.NodeID, req kmsg.Request, tag uint64) {
	b := q.broker
	v, _ := b.voter(to)
	b.peers.Send(b.now, peer.Key{Node: to, Lane: peer.QuorumLane}, peer.Address(v.Host, int32(v.Port)), req, b.config.Millis("controller.quorum.request.timeout.ms"),
		func(now env.Now, a peer.Result) {
			q.raft.HandleResponse(now, tag, a.Response, a.Err)
			a.Buffer.Release()
			q.schedule()
		})
}

// Reply is raft.Out's.
func (q *quorum) Reply(t raft.Ticket, r kmsg.Response) {
	then, ok := q.asks[t]
	if !ok {
		q.broker.replyTo(ticket(t), r)
		return
	}
	delete(q.asks, t)
	q.told = append(q.told, quorumNews{answer: func(now env.Now) { then(now, r) }})
}

// askTicket marks the tickets of requests without a slot.
const askTicket raft.Ticket = 1 << 63

// ask hands the replica a request that came in an envelope.
func (q *quorum) ask(now env.Now, r kmsg.Request, then func(env.Now, kmsg.Response)) {
	q.asked++
	q.asks[askTicket|q.asked] = then
	q.raft.HandleRequest(now, r, askTicket|q.asked)
	q.schedule()
}

// HandleCommit is raft.Owner's, as are the next five.
func (q *quorum) HandleCommit(b record.Batch) { q.told = append(q.told, quorumNews{batch: b}) }

func (q *quorum) HandleSnapshot(id raft.SnapshotID) {
	q.told = append(q.told, quorumNews{snapshot: &id})
}

func (q *quorum) HandleSnapshotBatch(b record.Batch) { q.told = append(q.told, quorumNews{part: b}) }

func (q *quorum) HandleSnapshotEnd(id raft.SnapshotID) {
	q.told = append(q.told, quorumNews{snapshot: &id, end: true})
}

func (q *quorum) HandleLeaderChange(leader env.NodeID, epoch env.LeaderEpoch) {
	q.told = append(q.told, quorumNews{leads: &leadership{leader, epoch}})
}

func (q *quorum) HandleAppended(token uint64, _ env.Offset, code int16) {
	q.told = append(q.told, quorumNews{appended: &appendOutcome{token, wire.ErrorCode(code)}})
}

// request hands one of the quorum's requests to the replica.
func (q *quorum) request(now env.Now, s *slot, r kmsg.Request) {
	if q.raft == nil {
		q.broker.reply(s, quorumRefusal(r, wire.BrokerNotAvailable))
		return
	}
	q.raft.HandleRequest(now, r, raft.Ticket(s.ticket))
	q.schedule()
}

// complete takes the outcome of one of the replica's disk operations.
func (q *quorum) complete(now env.Now, e env.Event) {
	q.raft.Complete(now, e)
	q.schedule()
}

// wake is the replica's deadline.
func (q *quorum) Wake(now env.Now) {
	q.raft.Tick(now)
	q.schedule()
}

func (q *quorum) schedule() {
	q.broker.deadlines.Set(&q.alarm, q.raft.Deadline())
	if q.raft.State() == raft.Failed {
		q.broker.phase = ended // the replica has emitted why
	}
}

// settle does what the replica has told.
func (q *quorum) settle(now env.Now) {
	for len(q.told) > 0 && q.broker.phase != ended {
		n := q.told[0]
		q.told[0] = quorumNews{}
		q.told = q.told[1:]
		q.take(now, n)
	}
	if len(q.told) == 0 {
		q.told = nil
	}
	q.snapshotIfDue(now)
}

func (q *quorum) take(now env.Now, n quorumNews) {
	b := q.broker
	switch {
	case n.batch != nil:
		q.commit(now, n.batch)
	case n.part != nil:
		q.loadPart(n.part)
	case n.end:
		q.endLoad(now, *n.snapshot)
	case n.snapshot != nil:
		q.loading, q.loadedAt = metadata.New(), 0
	case n.leads != nil:
		q.leader, q.epoch = n.leads.leader, n.leads.epoch
		b.control.leaderChanged(now, q.leader, q.epoch)
		b.hurry(now)
	case n.appended != nil:
		b.control.appended(now, n.appended.token, n.appended.code)
	case n.answer != nil:
		n.answer(now)
	}
}

// commit applies a committed batch, and has the broker act on it.
func (q *quorum) commit(now env.Now, batch record.Batch) {
	b := q.broker
	if q.lastWall = batch.MaxTimestamp(); !batch.Attributes().IsControl() {
		err := b.applyBatch(batch)
		if err == nil {
			err = describe.CheckFeatures(b.image.Features())
		}
		if err != nil {
			b.giveUp("the metadata log cannot be applied: %v", err)
			return
		}
	}
	before := b.applied
	b.applied, b.control.touched = batch.NextOffset(), true
	q.since += len(batch)
	b.delta.Applied(before, b.applied)
	b.published(now)
}

// loadPart takes in records of a snapshot.
func (q *quorum) loadPart(batch record.Batch) {
	err := eachRecord(batch, &q.broker.scratch, func(_ env.Offset, r metadata.Record) error {
		q.loadedAt++
		return q.loading.Apply(q.loadedAt-1, r)
	})
	if err != nil {
		q.broker.giveUp("a snapshot of the metadata cannot be applied: %v", err)
	}
}

// endLoad puts a snapshot in the place of the image.
func (q *quorum) endLoad(now env.Now, id raft.SnapshotID) {
	b := q.broker
	if err := describe.CheckFeatures(q.loading.Features()); err != nil {
		b.giveUp("the metadata snapshot that ends at %d cannot be applied: %v", id.End, err)
		return
	}
	q.loading.Reach(id.End)
	*b.image, q.loading = *q.loading, nil
	b.applied, q.since = id.End, 0
	b.control.touched = true
	b.delta.Replaced(id.End)
	b.published(now)
}

// snapshotIfDue has a snapshot written when enough was committed since the last one, or anything long enough ago.
func (q *quorum) snapshotIfDue(now env.Now) {
	if q.snapshotBy == 0 {
		q.snapshotBy = q.nextSnapshot(now)
	}
	late := q.since > 0 && now.Mono >= q.snapshotBy
	if q.raft == nil || int64(q.since) < q.broker.limits.snapshotBytes && !late || q.raft.State() != raft.Running {
		return
	}
	records := q.broker.image.Records()
	_, err := q.raft.CreateSnapshot(now, q.lastWall, func() ([]byte, bool) {
		if len(records) == 0 {
			return nil, false
		}
		r := records[0]
		records = records[1:]
		return metadata.Append(nil, r), true
	})
	if err == nil {
		q.since, q.snapshotBy = 0, q.nextSnapshot(now)
	}
	q.schedule()
}

// nextSnapshot is when a snapshot is due at the latest. Nobody is woken for it: it is looked at whenever the node does
// anything.
func (q *quorum) nextSnapshot(now env.Now) env.Instant {
	if q.broker.limits.snapshotEvery == 0 {
		return env.Never
	}
	return now.Mono.Add(q.broker.limits.snapshotEvery)
}

// eachRecord decodes a batch of metadata.
func eachRecord(batch record.Batch, scratch *record.Scratch, do func(env.Offset, metadata.Record) error) error {
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

// quorumRefusal answers a request of the quorum's with one error.
func quorumRefusal(r kmsg.Request, code wire.ErrorCode) kmsg.Response {
	resp := r.ResponseKind()
	switch a := resp.(type) {
	case *kmsg.VoteResponse:
		a.ErrorCode = int16(code)
	case *kmsg.BeginQuorumEpochResponse:
		a.ErrorCode = int16(code)
	case *kmsg.EndQuorumEpochResponse:
		a.ErrorCode = int16(code)
	case *kmsg.FetchResponse:
		a.ErrorCode = int16(code)
	case *kmsg.FetchSnapshotResponse:
		a.ErrorCode = int16(code)
	case *kmsg.DescribeQuorumResponse:
		a.ErrorCode = int16(code)
	}
	return resp
}

// quorumFetch is a Fetch of the metadata log as the replica takes it: it was decoded by hand, as all are.
func quorumFetch(version int16, r *wire.Fetch) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.Version = version
	if r.ClusterID != "" {
		id := r.ClusterID
		req.ClusterID = &id
	}
	req.ReplicaID, req.ReplicaState.ID, req.ReplicaState.Epoch = int32(r.Replica), int32(r.Replica), int64(r.ReplicaEpoch)
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = r.MaxWaitMillis, r.MinBytes, r.MaxBytes
	for i := range r.Topics {
		t := kmsg.NewFetchRequestTopic()
		t.Topic, t.TopicID = r.Topics[i].Topic, r.Topics[i].TopicID
		for _, ask := range r.Topics[i].Partitions {
			p := kmsg.NewFetchRequestTopicPartition()
			p.Partition, p.CurrentLeaderEpoch, p.FetchOffset = int32(ask.Partition), int32(ask.CurrentLeaderEpoch), int64(ask.FetchOffset)
			p.LastFetchedEpoch, p.LogStartOffset, p.PartitionMaxBytes = int32(ask.LastFetchedEpoch), int64(ask.LogStart), ask.MaxBytes
			p.ReplicaDirectoryID, p.HighWatermark = ask.DirectoryID, int64(ask.HighWatermark)
			t.Partitions = append(t.Partitions, p)
		}
		req.Topics = append(req.Topics, t)
	}
	return req
}

// ofQuorum says whether a Fetch asks for the metadata log.
func ofQuorum(r *wire.Fetch) bool {
	return r.Replica >= 0 && len(r.Topics) == 1 && (r.Topics[0].TopicID == raft.TopicID || r.Topics[0].Topic == metadataTopic)
}
