package client_test

import (
	"fmt"
	"slices"
	"time"

	"gregor/core/kafka"
	"gregor/core/record"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// ledger is a small Kafka broker for tests: one node, topics in memory, the idempotent producer's rules, a group
// coordinator for one member. It shares nothing with the real broker, so that the two do not share mistakes.
type ledger struct {
	topics map[string][]*shelf // by partition
	names  []string
	pids   int64
	epoch  int32
	nearby bool   // broker 1, at b1, follows every partition and stands in the rack of who asks
	addr   string // that was asked
	leader int32  // 0 or 1

	generation int32
	member     string
	assigned   []byte
	storing    bool // the generation's first assignment, which a second SyncGroup then waits for
	committed  map[kafka.TopicPartition]int64
	sessions   int32
	fetches    map[int32][]asked // by session
	epochs     map[int32]int32
}

// shelf is one partition's log.
type shelf struct {
	batches []record.Batch
	start   int64
	next    int64
	pids    map[kafka.ProducerID]*sequences
	aborted []kmsg.FetchResponseTopicPartitionAbortedTransaction
}

var shelf0 shelf // of a partition that is not there

type sequences struct {
	epoch  kafka.ProducerEpoch
	recent []placed // up to five
}

type placed struct {
	first, last kafka.Sequence
	base        int64
}

func newLedger(partitions int, topics ...string) *ledger {
	g := &ledger{topics: map[string][]*shelf{}, names: topics, pids: 1000, committed: map[kafka.TopicPartition]int64{},
		fetches: map[int32][]asked{}, epochs: map[int32]int32{}}
	for _, t := range topics {
		for range partitions {
			g.topics[t] = append(g.topics[t], &shelf{pids: map[kafka.ProducerID]*sequences{}})
		}
	}
	return g
}

func topicID(name string) (id [16]byte) {
	copy(id[:], "id of "+name)
	return id
}

func (g *ledger) nameOf(name string, id [16]byte) string {
	for _, n := range g.names {
		if n == name || topicID(n) == id {
			return n
		}
	}
	return ""
}

func (g *ledger) shelf(topic string, p int32) *shelf {
	if s := g.topics[topic]; int(p) < len(s) {
		return s[p]
	}
	return nil
}

// values lists what a partition holds.
func (s *shelf) values() (out []string) {
	for _, b := range s.batches {
		it := b.Records(&record.Scratch{}, record.Limits{})
		for r, ok := it.Next(); ok; r, ok = it.Next() {
			out = append(out, string(r.Value))
		}
	}
	return out
}

func (s *shelf) append(raw []byte) (int64, kafka.ErrorCode) {
	if s == nil {
		return -1, kafka.UnknownTopicOrPartition
	}
	b := record.Batch(slices.Clone(raw))
	if _, err := record.Validate(b, record.Limits{}); err != nil {
		return -1, kafka.CorruptMessage
	}
	if id := b.ProducerID(); id >= 0 {
		if base, code, done := s.sequence(b); done {
			return base, code
		}
	}
	base := s.next
	b.SetBase(kafka.Offset(base), 0)
	s.batches = append(s.batches, b)
	s.next += int64(b.Count())
	if q := s.pids[b.ProducerID()]; q != nil {
		q.recent = append(q.recent, placed{b.BaseSequence(), b.LastSequence(), base})
		q.recent = q.recent[max(0, len(q.recent)-5):]
	}
	return base, kafka.None
}

// sequence is Kafka's check of an idempotent batch.
func (s *shelf) sequence(b record.Batch) (int64, kafka.ErrorCode, bool) {
	q := s.pids[b.ProducerID()]
	switch {
	case q == nil:
		s.pids[b.ProducerID()] = &sequences{epoch: b.ProducerEpoch()}
		return 0, 0, false
	case b.ProducerEpoch() < q.epoch:
		return -1, kafka.InvalidProducerEpoch, true
	case b.ProducerEpoch() > q.epoch:
		if b.BaseSequence() != 0 {
			return -1, kafka.OutOfOrderSequenceNumber, true
		}
		s.pids[b.ProducerID()] = &sequences{epoch: b.ProducerEpoch()}
		return 0, 0, false
	}
	for _, p := range q.recent {
		if p.first == b.BaseSequence() && p.last == b.LastSequence() {
			return p.base, kafka.None, true
		}
	}
	if n := len(q.recent); n > 0 && record.AddSequence(q.recent[n-1].last, 1) != b.BaseSequence() {
		return -1, kafka.OutOfOrderSequenceNumber, true
	}
	return 0, 0, false
}

// truncate forgets the end of a log and what was known of producers there, as a power cut does.
func (s *shelf) truncate(to int64) {
	s.next = to
	s.batches = slices.DeleteFunc(s.batches, func(b record.Batch) bool { return int64(b.LastOffset()) >= to })
	for _, q := range s.pids {
		q.recent = slices.DeleteFunc(q.recent, func(p placed) bool { return p.base >= to })
	}
}

// handle answers a request. With refuse set nothing is done and everything asked is refused with that code.
func (g *ledger) handle(req kmsg.Request, refuse kafka.ErrorCode) (kmsg.Response, time.Duration) {
	switch req := req.(type) {
	case *kmsg.ApiVersionsRequest:
		return apiVersions(req), 0
	case *kmsg.MetadataRequest:
		return g.metadata(req, refuse), 0
	case *kmsg.InitProducerIDRequest:
		resp := req.ResponseKind().(*kmsg.InitProducerIDResponse)
		g.pids++
		resp.ProducerID, resp.ProducerEpoch, resp.ErrorCode = g.pids, 0, int16(refuse)
		return resp, 0
	case *kmsg.ProduceRequest:
		return g.produce(req, refuse), 0
	case *kmsg.FetchRequest:
		return g.fetch(req, refuse)
	case *kmsg.ListOffsetsRequest:
		return g.list(req, refuse), 0
	case *kmsg.OffsetForLeaderEpochRequest:
		return g.epochEnd(req, refuse), 0
	}
	return g.group(req, refuse), 0
}

func (g *ledger) metadata(req *kmsg.MetadataRequest, refuse kafka.ErrorCode) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.MetadataResponse)
	resp.ClusterID = kmsg.StringPtr("test")
	resp.Brokers = append(resp.Brokers, kmsg.MetadataResponseBroker{NodeID: 0, Host: "b0", Port: 9092})
	if g.nearby || g.leader == 1 {
		resp.Brokers = append(resp.Brokers, kmsg.MetadataResponseBroker{NodeID: 1, Host: "b1", Port: 9092})
	}
	for _, t := range req.Topics {
		out := kmsg.NewMetadataResponseTopic()
		out.Topic, out.TopicID, out.ErrorCode = t.Topic, topicID(*t.Topic), int16(refuse)
		if g.topics[*t.Topic] == nil {
			out.ErrorCode, out.TopicID = 3, [16]byte{}
		}
		for p := range g.topics[*t.Topic] {
			part := kmsg.NewMetadataResponseTopicPartition()
			part.Partition, part.Leader, part.LeaderEpoch = int32(p), g.leader, g.epoch
			out.Partitions = append(out.Partitions, part)
		}
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}

func (g *ledger) produce(req *kmsg.ProduceRequest, refuse kafka.ErrorCode) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.ProduceResponse)
	for _, t := range req.Topics {
		out := kmsg.NewProduceResponseTopic()
		out.Topic, out.TopicID = t.Topic, t.TopicID
		for _, p := range t.Partitions {
			part := kmsg.NewProduceResponseTopicPartition()
			part.Partition, part.BaseOffset, part.ErrorCode = p.Partition, -1, int16(refuse)
			if refuse == kafka.None {
				base, code := g.shelf(g.nameOf(t.Topic, t.TopicID), p.Partition).append(p.Records)
				part.BaseOffset, part.ErrorCode = base, int16(code)
			}
			out.Partitions = append(out.Partitions, part)
		}
		resp.Topics = append(resp.Topics, out)
	}
	if req.Acks == 0 {
		return nil
	}
	return resp
}

// asked is one partition of a fetch session.
type asked struct {
	topic  string
	id     [16]byte
	part   int32
	offset int64
	epoch  int32
}

// session brings the broker's half of a fetch session up to date and returns what the request covers.
func (g *ledger) session(req *kmsg.FetchRequest) (id int32, all []asked, code kafka.ErrorCode) {
	old, known := g.fetches[req.SessionID]
	switch {
	case req.SessionEpoch > 0 && !known:
		return 0, nil, kafka.FetchSessionIDNotFound
	case req.SessionEpoch > 0 && g.epochs[req.SessionID] != req.SessionEpoch:
		return 0, nil, kafka.InvalidFetchSessionEpoch
	case req.SessionEpoch > 0:
		id, all = req.SessionID, old
	default:
		delete(g.fetches, req.SessionID)
		g.sessions++
		id = g.sessions
	}
	for _, t := range req.ForgottenTopics {
		all = slices.DeleteFunc(slices.Clone(all), func(a asked) bool {
			return a.topic == g.nameOf(t.Topic, t.TopicID) && slices.Contains(t.Partitions, a.part)
		})
	}
	for _, t := range req.Topics {
		for _, p := range t.Partitions {
			a := asked{g.nameOf(t.Topic, t.TopicID), t.TopicID, p.Partition, p.FetchOffset, p.CurrentLeaderEpoch}
			if k := slices.IndexFunc(all, func(b asked) bool { return b.topic == a.topic && b.part == a.part }); k >= 0 {
				all[k] = a
			} else {
				all = append(all, a)
			}
		}
	}
	g.fetches[id], g.epochs[id] = all, req.SessionEpoch+1
	return id, all, kafka.None
}

func (g *ledger) fetch(req *kmsg.FetchRequest, refuse kafka.ErrorCode) (kmsg.Response, time.Duration) {
	resp := req.ResponseKind().(*kmsg.FetchResponse)
	if refuse == kafka.FetchSessionIDNotFound || refuse == kafka.InvalidFetchSessionEpoch {
		resp.ErrorCode = int16(refuse)
		delete(g.fetches, req.SessionID)
		return resp, 0
	}
	id, all, code := g.session(req)
	if resp.SessionID, resp.ErrorCode = id, int16(code); code != kafka.None {
		return resp, 0
	}
	for _, a := range all {
		part := g.read(a, refuse)
		if g.nearby && req.Rack != "" && g.addr == "b0:9092" && part.ErrorCode == 0 {
			part.PreferredReadReplica, part.RecordBatches = 1, nil
		}
		if req.SessionEpoch > 0 && part.ErrorCode == 0 && len(part.RecordBatches) == 0 && part.PreferredReadReplica < 0 {
			continue
		}
		out := kmsg.NewFetchResponseTopic()
		out.Topic, out.TopicID, out.Partitions = a.topic, a.id, append(out.Partitions, part)
		resp.Topics = append(resp.Topics, out)
	}
	if !slices.ContainsFunc(resp.Topics, func(t kmsg.FetchResponseTopic) bool {
		return t.Partitions[0].ErrorCode != 0 || t.Partitions[0].PreferredReadReplica >= 0 ||
			len(t.Partitions[0].RecordBatches) > 0
	}) {
		return resp, time.Duration(req.MaxWaitMillis) * time.Millisecond
	}
	return resp, 0
}

func (g *ledger) read(a asked, refuse kafka.ErrorCode) kmsg.FetchResponseTopicPartition {
	part := kmsg.NewFetchResponseTopicPartition()
	part.Partition, part.ErrorCode = a.part, int16(refuse)
	s := g.shelf(a.topic, a.part)
	if s == nil {
		part.ErrorCode = int16(kafka.UnknownTopicOrPartition)
		return part
	}
	part.HighWatermark, part.LastStableOffset, part.LogStartOffset = s.next, s.next, s.start
	switch {
	case refuse != kafka.None:
	case a.epoch >= 0 && a.epoch < g.epoch:
		part.ErrorCode = int16(kafka.FencedLeaderEpoch)
	case a.offset > s.next || a.offset < s.start:
		part.ErrorCode = int16(kafka.OffsetOutOfRange)
	default:
		part.AbortedTransactions = s.aborted
		for _, b := range s.batches {
			if int64(b.LastOffset()) >= a.offset {
				part.RecordBatches = append(part.RecordBatches, b...)
			}
		}
	}
	return part
}

func (g *ledger) list(req *kmsg.ListOffsetsRequest, refuse kafka.ErrorCode) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
	for _, t := range req.Topics {
		out := kmsg.NewListOffsetsResponseTopic()
		out.Topic = t.Topic
		for _, p := range t.Partitions {
			part := kmsg.NewListOffsetsResponseTopicPartition()
			part.Partition, part.ErrorCode, part.LeaderEpoch = p.Partition, int16(refuse), -1
			switch s := g.shelf(t.Topic, p.Partition); {
			case s == nil:
				part.ErrorCode = int16(kafka.UnknownTopicOrPartition)
			case p.Timestamp == -2:
				part.Offset = s.start
			default:
				part.Offset = s.next
			}
			out.Partitions = append(out.Partitions, part)
		}
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}

func (g *ledger) epochEnd(req *kmsg.OffsetForLeaderEpochRequest, refuse kafka.ErrorCode) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
	for _, t := range req.Topics {
		out := kmsg.NewOffsetForLeaderEpochResponseTopic()
		out.Topic = t.Topic
		for _, p := range t.Partitions {
			part := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
			part.Partition, part.ErrorCode, part.LeaderEpoch = p.Partition, int16(refuse), p.LeaderEpoch
			shelf := g.shelf(t.Topic, p.Partition)
			if shelf == nil {
				shelf = &shelf0
			}
			part.EndOffset = shelf.next
			for _, b := range slices.Backward(shelf.batches) {
				if int32(b.LeaderEpoch()) > p.LeaderEpoch {
					part.EndOffset = int64(b.BaseOffset())
				}
			}
			out.Partitions = append(out.Partitions, part)
		}
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}

// group is a coordinator that knows one member.
func (g *ledger) group(req kmsg.Request, refuse kafka.ErrorCode) kmsg.Response {
	switch req := req.(type) {
	case *kmsg.FindCoordinatorRequest:
		resp := req.ResponseKind().(*kmsg.FindCoordinatorResponse)
		resp.NodeID, resp.Host, resp.Port, resp.ErrorCode = 0, "b0", 9092, int16(refuse)
		for _, key := range req.CoordinatorKeys { // version 4 and up
			c := kmsg.NewFindCoordinatorResponseCoordinator()
			c.Key, c.NodeID, c.Host, c.Port, c.ErrorCode = key, 0, "b0", 9092, int16(refuse)
			resp.Coordinators = append(resp.Coordinators, c)
		}
		return resp
	case *kmsg.JoinGroupRequest:
		return g.join(req, refuse)
	case *kmsg.SyncGroupRequest:
		resp := req.ResponseKind().(*kmsg.SyncGroupResponse)
		switch {
		case g.storing && g.assigned != nil:
			g.storing = false
		case len(req.GroupAssignment) > 0:
			g.assigned = slices.Clone(req.GroupAssignment[0].MemberAssignment)
		}
		resp.ErrorCode, resp.MemberAssignment = int16(refuse), g.assigned
		return resp
	case *kmsg.HeartbeatRequest:
		resp := req.ResponseKind().(*kmsg.HeartbeatResponse)
		resp.ErrorCode = int16(g.fence(req.MemberID, req.Generation, refuse))
		return resp
	case *kmsg.LeaveGroupRequest:
		g.member = ""
		return req.ResponseKind()
	case *kmsg.OffsetCommitRequest:
		return g.commit(req, refuse)
	case *kmsg.OffsetFetchRequest:
		return g.offsets(req, refuse)
	}
	panic(fmt.Sprintf("the test broker does not serve %T", req))
}

func (g *ledger) fence(member string, generation int32, refuse kafka.ErrorCode) kafka.ErrorCode {
	switch {
	case refuse != kafka.None:
		return refuse
	case member != g.member:
		return kafka.UnknownMemberID
	case generation != g.generation:
		return kafka.IllegalGeneration
	}
	return kafka.None
}

func (g *ledger) join(req *kmsg.JoinGroupRequest, refuse kafka.ErrorCode) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.JoinGroupResponse)
	resp.ErrorCode, resp.MemberID = int16(refuse), req.MemberID
	switch {
	case refuse != kafka.None:
	case req.MemberID == "" && req.InstanceID == nil:
		g.member = fmt.Sprintf("member-%d", g.generation)
		resp.ErrorCode, resp.MemberID = int16(kafka.MemberIDRequired), g.member
	case req.InstanceID == nil && req.MemberID != g.member:
		resp.ErrorCode = int16(kafka.UnknownMemberID)
	default:
		if !g.storing || g.assigned == nil {
			g.generation++
			g.assigned = nil
		}
		g.member = req.MemberID
		if g.member == "" {
			g.member = *req.InstanceID
		}
		resp.Generation, resp.Protocol, resp.LeaderID, resp.MemberID = g.generation, kmsg.StringPtr(req.Protocols[0].Name),
			g.member, g.member
		m := kmsg.NewJoinGroupResponseMember()
		m.MemberID, m.InstanceID, m.ProtocolMetadata = g.member, req.InstanceID, req.Protocols[0].Metadata
		resp.Members = append(resp.Members, m)
	}
	return resp
}

func (g *ledger) commit(req *kmsg.OffsetCommitRequest, refuse kafka.ErrorCode) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.OffsetCommitResponse)
	if req.Generation >= 0 {
		refuse = g.fence(req.MemberID, req.Generation, refuse)
	}
	for _, t := range req.Topics {
		out := kmsg.NewOffsetCommitResponseTopic()
		out.Topic = t.Topic
		for _, p := range t.Partitions {
			part := kmsg.NewOffsetCommitResponseTopicPartition()
			part.Partition, part.ErrorCode = p.Partition, int16(refuse)
			if refuse == kafka.None {
				g.committed[kafka.TopicPartition{Topic: t.Topic, Partition: kafka.PartitionID(p.Partition)}] = p.Offset
			}
			out.Partitions = append(out.Partitions, part)
		}
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}

func (g *ledger) offsets(req *kmsg.OffsetFetchRequest, refuse kafka.ErrorCode) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.OffsetFetchResponse)
	resp.ErrorCode = int16(refuse)
	for _, t := range req.Topics { // up to version 7
		ot := kmsg.NewOffsetFetchResponseTopic()
		ot.Topic = t.Topic
		for _, p := range t.Partitions {
			part := kmsg.NewOffsetFetchResponseTopicPartition()
			part.Partition, part.Offset = p, -1
			if o, ok := g.committed[kafka.TopicPartition{Topic: t.Topic, Partition: kafka.PartitionID(p)}]; ok {
				part.Offset = o
			}
			ot.Partitions = append(ot.Partitions, part)
		}
		resp.Topics = append(resp.Topics, ot)
	}
	for _, rg := range req.Groups {
		out := kmsg.NewOffsetFetchResponseGroup()
		out.Group, out.ErrorCode = rg.Group, int16(refuse)
		for _, t := range rg.Topics {
			ot := kmsg.NewOffsetFetchResponseGroupTopic()
			ot.Topic = t.Topic
			for _, p := range t.Partitions {
				part := kmsg.NewOffsetFetchResponseGroupTopicPartition()
				part.Partition, part.Offset, part.LeaderEpoch = p, -1, -1
				if o, ok := g.committed[kafka.TopicPartition{Topic: t.Topic, Partition: kafka.PartitionID(p)}]; ok {
					part.Offset = o
				}
				ot.Partitions = append(ot.Partitions, part)
			}
			out.Topics = append(out.Topics, ot)
		}
		resp.Groups = append(resp.Groups, out)
	}
	return resp
}
