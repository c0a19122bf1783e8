package client

import (
	"slices"

	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// session is the client's half of a fetch session with one broker (KIP-227): after one full request, only what
// changed is sent.
type session struct {
	broker int32
	id     int32 // 0: none
	epoch  int32 // of the next request; 0: a full one
	byID   bool  // topics go by id (version 13 and up)
	parts  []sessionPart
	spare  []sessionPart // room for the next list
	ask    fetchAsk
	req    kmsg.FetchRequest
}

// request is an empty Fetch request. Its memory is reused: once sent, it is not read any more.
func (s *session) request() *kmsg.FetchRequest {
	topics := s.req.Topics[:0]
	s.req = kmsg.NewFetchRequest()
	s.req.Topics = topics
	return &s.req
}

// sessionPart is one partition as it was last sent to the broker.
type sessionPart struct {
	tp     kafka.TopicPartition
	id     kafka.UUID
	offset kafka.Offset
	leader kafka.LeaderEpoch
}

// plan fills a request with the partitions wanted, sorted: all of them, or what changed since the last.
func (s *session) plan(req *kmsg.FetchRequest, want []sessionPart, byID bool, maxBytes int32) {
	if byID != s.byID {
		s.epoch, s.byID = 0, byID // names and ids do not mix in a session: end it and begin another
	}
	req.SessionID, req.SessionEpoch = s.id, s.epoch
	old := s.parts
	if s.epoch == 0 {
		old = nil
	}
	for _, p := range want {
		if !slices.Contains(old, p) {
			addFetchPartition(req, p, maxBytes)
		}
	}
	for _, p := range old {
		if i := slices.IndexFunc(want, func(w sessionPart) bool { return w.tp == p.tp }); i < 0 || want[i].id != p.id {
			addForgotten(req, p)
		}
	}
	s.parts, s.spare = want, s.parts
}

func addFetchPartition(req *kmsg.FetchRequest, p sessionPart, maxBytes int32) {
	part := kmsg.NewFetchRequestTopicPartition()
	part.Partition, part.FetchOffset = int32(p.tp.Partition), int64(p.offset)
	part.CurrentLeaderEpoch, part.PartitionMaxBytes = int32(p.leader), maxBytes
	if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != p.tp.Topic || req.Topics[n-1].TopicID != p.id {
		addFetchTopic(req, p)
	}
	t := &req.Topics[len(req.Topics)-1]
	t.Partitions = append(t.Partitions, part)
}

// addFetchTopic adds a topic in the place of an earlier request's, with its room for partitions.
func addFetchTopic(req *kmsg.FetchRequest, p sessionPart) {
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID = p.tp.Topic, p.id
	if n := len(req.Topics); n < cap(req.Topics) {
		t.Partitions = req.Topics[:n+1][n].Partitions[:0]
	}
	req.Topics = append(req.Topics, t)
}

func addForgotten(req *kmsg.FetchRequest, p sessionPart) {
	if n := len(req.ForgottenTopics); n == 0 || req.ForgottenTopics[n-1].Topic != p.tp.Topic {
		t := kmsg.NewFetchRequestForgottenTopic()
		t.Topic, t.TopicID = p.tp.Topic, p.id
		req.ForgottenTopics = append(req.ForgottenTopics, t)
	}
	t := &req.ForgottenTopics[len(req.ForgottenTopics)-1]
	t.Partitions = append(t.Partitions, int32(p.tp.Partition))
}

// answered moves the session on by what the broker said.
func (s *session) answered(code kafka.ErrorCode, id int32) {
	switch {
	case code == kafka.FetchSessionIDNotFound:
		s.id, s.epoch = 0, 0
	case code != kafka.None:
		s.epoch = 0 // with the id: the broker closes it and opens another
	case id == 0:
		s.id, s.epoch = 0, 0 // the broker keeps no session for us
	case s.epoch == 0 || id != s.id:
		s.id, s.epoch = id, 1
	default:
		s.epoch = max(s.epoch+1, 1) // wraps to 1, not to 0
	}
}

// lost starts a new session after a response that never came.
func (s *session) lost() { s.epoch = 0 }
