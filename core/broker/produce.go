package broker

import (
	"time"

	"gregor/core/admit"
	"gregor/core/alarm"
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// producing answers Produce requests: those whose appends are under way, and room for those to come.
type producing struct {
	world   *env.World
	cluster *describe.Cluster
	logs    *logs
	alarms  *alarm.Heap
	free    []*produceRequest
	scratch record.Scratch
}

// produceRequest is a Produce request whose appends are on their way to disk. One that times out is answered without
// them, and used again when the last of them has come.
type produceRequest struct {
	of       *producing
	request  *inbox.Request // nil once answered
	alarm    alarm.Alarm
	acks     kafka.Acks
	response wire.ProduceResponse
	spots    []produceSpot // what Acked's tag names
	waiting  int           // spots not yet safe, and one while the request is still being looked at
	failed   kafka.ErrorCode
}

// produceSpot is one partition's place in the response.
type produceSpot struct {
	topic, partition int
	safe             bool // or refused: nothing is waited for
}

func (t *producing) begin(now env.Now, q *inbox.Request, r *wire.Produce) {
	p := t.takeProduce(q, r.Acks)
	for i := range r.Topics {
		topic := &r.Topics[i]
		name, code := t.cluster.TopicName(topic.Topic, topic.TopicID, q.Version() >= 13)
		p.response.AddTopic(name, topic.TopicID)
		for j := range topic.Partitions {
			p.add(now, r, kafka.TopicPartition{Topic: name, Partition: topic.Partitions[j].Partition},
				&topic.Partitions[j], code)
		}
	}
	if p.release() {
		return
	}
	// A client that gives no time at all does not mean the local write: in Kafka only replication is limited.
	if r.Acks != kafka.AcksNone && r.TimeoutMillis > 0 {
		t.alarms.Set(&p.alarm, now.Mono.Add(time.Duration(r.TimeoutMillis)*time.Millisecond))
	}
}

func (t *producing) takeProduce(q *inbox.Request, acks kafka.Acks) *produceRequest {
	var p *produceRequest
	if n := len(t.free); n > 0 {
		p, t.free = t.free[n-1], t.free[:n-1]
	} else {
		p = &produceRequest{of: t}
		p.alarm = alarm.For(p)
	}
	p.request, p.acks, p.waiting, p.failed = q, acks, 1, kafka.None
	p.spots = p.spots[:0]
	p.response.Reset()
	return p
}

// add appends one partition's batch, or notes why not.
func (p *produceRequest) add(now env.Now, r *wire.Produce, tp kafka.TopicPartition, in *wire.ProducePartition,
	code kafka.ErrorCode) {
	t := len(p.response.Topics) - 1
	out := p.response.Topics[t].AddPartition(in.Partition, code)
	var part *partition
	if code == kafka.None {
		part, code = p.admit(now, r, tp, in, out)
	}
	if code != kafka.None {
		p.refuse(tp, out, code)
		return
	}
	p.request.Buffer().Hold()
	res, err := part.replica.Append(now, seglog.Append{Batch: in.Batch, Summary: in.Summary, Buffer: p.request.Buffer()},
		r.Acks)
	if err != nil {
		p.request.Buffer().Release()
		out.ErrText, out.LogStart = err.Text, part.startAfter(kafka.ErrorCode(err.Code))
		p.refuse(tp, out, kafka.ErrorCode(err.Code))
		return
	}
	out.BaseOffset, out.LogAppendTime, out.LogStart = res.Base, res.LogAppendTime, part.log.LogStart()
	p.waiting++
	p.spots = append(p.spots, produceSpot{topic: t, partition: len(p.response.Topics[t].Partitions) - 1})
	part.replica.Await(r.Acks, res.Last+1, p, len(p.spots)-1)
	part.touch()
}

func (p *produceRequest) refuse(tp kafka.TopicPartition, out *wire.ProduceResponsePartition, code kafka.ErrorCode) {
	out.Err, p.failed = code, code
	if p.of.world.Facts != nil {
		p.of.world.Facts.Emit(env.RequestFailed{Conn: p.request.Conn().ID(), API: p.request.Key(), Code: code,
			Text: tp.String() + ": " + out.ErrText})
	}
}

// Acked handles that a partition's part is safe, or why that will not be known.
func (p *produceRequest) Acked(_ env.Now, tag int, code kafka.ErrorCode) {
	at := &p.spots[tag]
	at.safe = true
	if code != kafka.None {
		out := &p.response.Topics[at.topic].Partitions[at.partition]
		out.Err, out.BaseOffset, p.failed = code, -1, code
	}
	p.release()
}

// release counts one part done and reports whether it was the last, which answers.
func (p *produceRequest) release() bool {
	if p.waiting--; p.waiting > 0 {
		return false
	}
	if p.request != nil {
		p.answer()
	}
	p.of.free = append(p.of.free, p)
	return true
}

// wake is the time the client gave. The batches keep their offsets, and may well become safe later.
func (p *produceRequest) Wake(env.Now) {
	for _, at := range p.spots {
		if at.safe {
			continue
		}
		topic := &p.response.Topics[at.topic]
		if mutants.Enabled && mutants.On().AckZeroOnTimeout {
			topic.Partitions[at.partition].BaseOffset = 0
			continue
		}
		p.refuse(kafka.TopicPartition{Topic: topic.Topic, Partition: topic.Partitions[at.partition].Partition},
			&topic.Partitions[at.partition], kafka.RequestTimedOut)
	}
	p.answer()
}

func (p *produceRequest) answer() {
	q := p.request
	p.request = nil
	p.of.alarms.Clear(&p.alarm)
	switch {
	case p.acks != kafka.AcksNone:
		p.hintLeaders(q)
		q.SendBytes(p.response.Append(q.Room(128), q.Version(), q.Correlation()))
	case p.failed != kafka.None && !(mutants.Enabled && mutants.On().AcksZeroKeepsConnection): // I10 (KAFKA-955)
		q.HangUp(p.failed, "a produce with acks=0 failed; closing is the only answer it can have")
	default:
		q.Drop()
	}
}

// hintLeaders names the leader to a producer that came to the wrong broker, or too early (KIP-951).
func (p *produceRequest) hintLeaders(q *inbox.Request) {
	if q.Version() < 10 || p.failed == kafka.None {
		return
	}
	for i := range p.response.Topics {
		t := &p.response.Topics[i]
		for j := range t.Partitions {
			if out := &t.Partitions[j]; out.Err == kafka.NotLeaderOrFollower {
				out.CurrentLeader = p.of.cluster.Leader(kafka.TopicPartition{Topic: t.Topic, Partition: out.Partition})
				p.response.Endpoints = p.of.cluster.AddEndpoint(p.response.Endpoints, out.CurrentLeader.ID, q.Conn().Listener())
			}
		}
	}
}

// adminClient may write to internal topics, as in Kafka.
const adminClient = "__admin_client"

// admit decides whether the batch may be appended, in Kafka's order of checks.
func (p *produceRequest) admit(now env.Now, r *wire.Produce, tp kafka.TopicPartition, in *wire.ProducePartition,
	out *wire.ProduceResponsePartition) (*partition, kafka.ErrorCode) {
	part, code := p.of.logs.led(tp)
	switch {
	case r.Transactional || in.Err == kafka.None && in.Batch.Attributes().IsTransactional():
		out.ErrText = "this broker does not serve transactions"
		return nil, kafka.InvalidTxnState
	case code == kafka.UnknownTopicOrPartition:
		return nil, code
	case in.Malformed:
		out.ErrText = in.ErrText
		return nil, in.Err
	case !r.Acks.Valid():
		return nil, kafka.InvalidRequiredAcks
	case kafka.IsInternalTopic(tp.Topic) && p.request.ClientID() != adminClient:
		return nil, kafka.InvalidTopicException
	case code != kafka.None:
		return nil, code
	case in.Err != kafka.None:
		out.ErrText, code = in.ErrText, in.Err
	default:
		code = part.admits(now, in, out)
	}
	if code != kafka.None {
		out.LogStart = part.startAfter(code)
	}
	return part, code
}

// admits checks a valid batch against the topic's configuration, unless it is the retry of one that was appended: a
// clock or a setting may have changed since. (Kafka refuses it then, and the producer counts what was appended as
// failed.)
func (p *partition) admits(now env.Now, in *wire.ProducePartition, out *wire.ProduceResponsePartition) kafka.ErrorCode {
	code := p.limits.Check(now, admit.Batch{Topic: p.Topic, In: in, Out: out, Scratch: &p.broker.producing.scratch})
	if code != kafka.None && p.log.Remembers(in.Batch) {
		out.ErrText, out.RecordErrors = "", out.RecordErrors[:0]
		return kafka.None
	}
	return code
}

// startAfter is the log start offset beside an error. Kafka leaves it out where the batch is refused before its records
// are looked at (ReplicaManager.appendRecordsToLeader).
func (p *partition) startAfter(code kafka.ErrorCode) kafka.Offset {
	switch code {
	case kafka.CorruptMessage, kafka.UnknownTopicOrPartition, kafka.NotLeaderOrFollower, kafka.MessageTooLarge,
		kafka.RecordListTooLarge,
		kafka.KafkaStorageError, kafka.NotEnoughReplicas:
		return -1
	}
	return p.log.LogStart()
}
