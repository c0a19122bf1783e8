package main

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

type (
	JR  = *kmsg.JoinGroupResponse
	SR  = *kmsg.SyncGroupResponse
	HR  = *kmsg.HeartbeatResponse
	LGR = *kmsg.LeaveGroupResponse
	DGR = *kmsg.DescribeGroupsResponse
	OCR = *kmsg.OffsetCommitResponse
	OFR = *kmsg.OffsetFetchResponse
)

func join(g, member string, inst *string, typ string, protos ...string) *kmsg.JoinGroupRequest {
	r := kmsg.NewPtrJoinGroupRequest()
	r.Group, r.MemberID, r.InstanceID, r.ProtocolType = g, member, inst, typ
	r.SessionTimeoutMillis, r.RebalanceTimeoutMillis = 10000, 2000
	for _, p := range protos {
		x := kmsg.NewJoinGroupRequestProtocol()
		x.Name, x.Metadata = p, append([]byte{0, 1, 0, 0, 0, 1, 0, 5, 't', 'o', 'p', 'i', 'c', 0, 0, 0, byte(len(p))},
			append([]byte(p), 0, 0, 0, 0)...)
		r.Protocols = append(r.Protocols, x)
	}
	return r
}

func syncr(g string, gen int32, member string, inst *string, as ...string) *kmsg.SyncGroupRequest {
	r := kmsg.NewPtrSyncGroupRequest()
	r.Group, r.Generation, r.MemberID, r.InstanceID = g, gen, member, inst
	r.ProtocolType, r.Protocol = sp("consumer"), sp("range")
	for i := 0; i+1 < len(as); i += 2 {
		x := kmsg.NewSyncGroupRequestGroupAssignment()
		x.MemberID, x.MemberAssignment = as[i], []byte(as[i+1])
		r.GroupAssignment = append(r.GroupAssignment, x)
	}
	return r
}

func hb(g string, gen int32, member string, inst *string) *kmsg.HeartbeatRequest {
	r := kmsg.NewPtrHeartbeatRequest()
	r.Group, r.Generation, r.MemberID, r.InstanceID = g, gen, member, inst
	return r
}

func leave(g, member string, ms ...[2]string) *kmsg.LeaveGroupRequest {
	r := kmsg.NewPtrLeaveGroupRequest()
	r.Group, r.MemberID = g, member
	if len(ms) == 0 {
		ms = [][2]string{{member, ""}}
	}
	for _, m := range ms {
		x := kmsg.NewLeaveGroupRequestMember()
		x.MemberID = m[0]
		if m[1] != "" {
			x.InstanceID = sp(m[1])
		}
		x.Reason = sp("why")
		r.Members = append(r.Members, x)
	}
	return r
}

func desc(gs ...string) *kmsg.DescribeGroupsRequest {
	r := kmsg.NewPtrDescribeGroupsRequest()
	r.Groups = gs
	r.IncludeAuthorizedOperations = true
	return r
}

func (s *side) ocr(g string, gen int32, member string, inst *string, topic string, part int32, off int64,
	meta *string) *kmsg.OffsetCommitRequest {
	r := kmsg.NewPtrOffsetCommitRequest()
	r.Group, r.Generation, r.MemberID, r.InstanceID, r.RetentionTimeMillis = g, gen, member, inst, -1
	t := kmsg.NewOffsetCommitRequestTopic()
	t.Topic, t.TopicID = topic, s.id(topic)
	p := kmsg.NewOffsetCommitRequestTopicPartition()
	p.Partition, p.Offset, p.Metadata, p.LeaderEpoch, p.Timestamp = part, off, meta, -1, -1
	t.Partitions = append(t.Partitions, p)
	r.Topics = append(r.Topics, t)
	return r
}

func (s *side) ofr(g string, topics []string, parts ...int32) *kmsg.OffsetFetchRequest {
	r := kmsg.NewPtrOffsetFetchRequest()
	r.Group = g
	x := kmsg.NewOffsetFetchRequestGroup()
	x.Group = g
	x.MemberEpoch = -1
	if topics != nil {
		r.Topics = []kmsg.OffsetFetchRequestTopic{}
		x.Topics = []kmsg.OffsetFetchRequestGroupTopic{}
	}
	for _, t := range topics {
		y := kmsg.NewOffsetFetchRequestTopic()
		y.Topic, y.Partitions = t, parts
		r.Topics = append(r.Topics, y)
		z := kmsg.NewOffsetFetchRequestGroupTopic()
		z.Topic, z.TopicID, z.Partitions = t, s.id(t), parts
		x.Topics = append(x.Topics, z)
	}
	r.Groups = append(r.Groups, x)
	return r
}

// in makes one member of a group, joined and synced; the join is not recorded.
func (s *side) in(g string, inst *string) (string, int32) {
	n := len(s.out)
	a := s.start("q", "j", func() kmsg.Request { return join(g, "", inst, "consumer", "range") }()).end().(JR)
	if a.ErrorCode == 79 {
		a = s.start("q", "j", join(g, a.MemberID, inst, "consumer", "range")).end().(JR)
	}
	id := a.MemberID
	s.start("q", "s", syncr(g, a.Generation, id, inst, id, "assigned")).end()
	s.out = s.out[:n]
	return id, a.Generation
}

func (s *side) warm() { // the offsets topic exists and is loaded
	for range 100 {
		r := kmsg.NewPtrFindCoordinatorRequest()
		r.CoordinatorKey, r.CoordinatorKeys = "warm", []string{"warm"}
		x := s.quiet(r).(*kmsg.FindCoordinatorResponse)
		if len(x.Coordinators) == 1 && x.Coordinators[0].ErrorCode == 0 {
			break
		}
		s.pause(50)
	}
	for _, g := range []string{"w1", "w2", "w3", "w4", "w5"} {
		for range 100 {
			x := s.quiet(hb(g, 1, "x", nil)).(HR)
			if x.ErrorCode == 25 {
				break
			}
			s.pause(50)
		}
	}
}

var _ = conv("findcoordinator", 10, func(s *side, t string) {
	s.warm()
	F := func(label string, typ int8, keys ...string) {
		r := kmsg.NewPtrFindCoordinatorRequest()
		r.CoordinatorType = typ
		r.CoordinatorKeys = keys
		if len(keys) > 0 {
			r.CoordinatorKey = keys[0]
		}
		do[*kmsg.FindCoordinatorResponse](s, label, r)
	}
	F("one", 0, "g1")
	F("empty key", 0, "")
	F("two", 0, "g1", "g2")
	F("twice", 0, "g1", "g1")
	F("none", 0)
	F("type -1", -1, "g1")
	F("type 5", 5, "g1")
	F("type 2", 2, "g1")
})

var _ = conv("joingroup", 11, func(s *side, t string) {
	s.warm()
	v := s.version(11)
	g := t
	J := func(label string, r *kmsg.JoinGroupRequest) JR { return do[JR](s, label, r) }
	J("unknown member", join(g, "nobody", nil, "consumer", "range"))
	J("empty group", join("", "", nil, "consumer", "range"))
	J("no protocols", join(g, "", nil, "consumer"))
	J("empty protocol type", join(g, "", nil, "", "range"))
	r := join(g, "", nil, "consumer", "range")
	r.SessionTimeoutMillis = 10
	J("session timeout small", r)
	r = join(g, "", nil, "consumer", "range")
	r.SessionTimeoutMillis = 100000000
	J("session timeout large", r)
	r = join(g, "", nil, "consumer", "range")
	r.SessionTimeoutMillis = -1
	J("session timeout -1", r)
	do[DGR](s, "described before", desc(g))
	a := J("first, no id", join(g, "", nil, "consumer", "range", "roundrobin"))
	if v >= 4 {
		do[DGR](s, "described with a pending member", desc(g))
		do[HR](s, "heartbeat of pending", hb(g, 0, a.MemberID, nil))
		do[SR](s, "sync of pending", syncr(g, 0, a.MemberID, nil))
		a = J("first, with id", join(g, a.MemberID, nil, "consumer", "range", "roundrobin"))
	}
	do[DGR](s, "described before sync", desc(g))
	do[HR](s, "heartbeat before sync", hb(g, a.Generation, a.MemberID, nil))
	J("joins again before sync", join(g, a.MemberID, nil, "consumer", "range", "roundrobin"))
	do[SR](s, "sync", syncr(g, 1, a.MemberID, nil, a.MemberID, "all of it"))
	do[SR](s, "sync again", syncr(g, 1, a.MemberID, nil))
	do[DGR](s, "described stable", desc(g))
	do[HR](s, "heartbeat", hb(g, 1, a.MemberID, nil))
	J("other protocol type", join(g, "", nil, "connect", "range"))
	J("no common protocol", join(g, "", nil, "consumer", "sticky"))
	J("unknown member in a stable group", join(g, "nobody", nil, "consumer", "range"))
	// a second one
	b := J("second, no id", func() *kmsg.JoinGroupRequest {
		r := join(g, "", nil, "consumer", "range", "sticky")
		if v < 4 {
			r.RebalanceTimeoutMillis = 1
		}
		return r
	}())
	if v >= 4 {
		p := s.start("two", "second joins", join(g, b.MemberID, nil, "consumer", "roundrobin", "range", "sticky"))
		s.pause(200)
		do[HR](s, "first is told", hb(g, 1, a.MemberID, nil))
		do[DGR](s, "described in the middle", desc(g))
		do[SR](s, "sync in the middle", syncr(g, 1, a.MemberID, nil))
		do[SR](s, "sync of the new in the middle", syncr(g, 1, b.MemberID, nil))
		do[OCR](s, "commit in the middle", s.ocr(g, 1, a.MemberID, nil, "x", 0, 5, nil))
		x := J("first rejoins", join(g, a.MemberID, nil, "consumer", "range", "roundrobin"))
		y := p.end().(JR)
		s.note("leader", []any{x.LeaderID == a.MemberID, y.LeaderID == a.MemberID, y.Generation})
		q := s.start("two", "second syncs", syncr(g, 2, b.MemberID, nil))
		s.pause(100)
		do[OCR](s, "commit before sync", s.ocr(g, 2, a.MemberID, nil, "x", 0, 5, nil))
		do[HR](s, "heartbeat before sync 2", hb(g, 2, a.MemberID, nil))
		do[SR](s, "sync wrong protocol", func() *kmsg.SyncGroupRequest {
			r := syncr(g, 2, a.MemberID, nil)
			r.Protocol = sp("roundrobin")
			return r
		}())
		do[SR](s, "sync wrong type", func() *kmsg.SyncGroupRequest {
			r := syncr(g, 2, a.MemberID, nil)
			r.ProtocolType = sp("connect")
			return r
		}())
		do[SR](s, "sync wrong generation", syncr(g, 1, a.MemberID, nil))
		do[SR](s, "sync unknown member", syncr(g, 2, "nobody", nil))
		do[SR](s, "leader syncs", syncr(g, 2, a.MemberID, nil, a.MemberID, "A", b.MemberID, "B", "nobody", "C"))
		q.end()
		do[DGR](s, "described with two", desc(g))
		do[HR](s, "heartbeat wrong generation", hb(g, 1, a.MemberID, nil))
		do[HR](s, "heartbeat generation ahead", hb(g, 3, a.MemberID, nil))
		do[HR](s, "heartbeat unknown member", hb(g, 2, "nobody", nil))
		do[HR](s, "heartbeat empty member", hb(g, 2, "", nil))
		do[HR](s, "heartbeat with an instance", hb(g, 2, a.MemberID, sp("i1")))
		do[LGR](s, "leave", leave(g, b.MemberID))
		do[HR](s, "after leave", hb(g, 2, a.MemberID, nil))
		do[DGR](s, "described after leave", desc(g))
		J("alone", join(g, a.MemberID, nil, "consumer", "roundrobin"))
		do[SR](s, "sync other protocol", func() *kmsg.SyncGroupRequest {
			r := syncr(g, 3, a.MemberID, nil, a.MemberID, "all")
			r.Protocol = sp("roundrobin")
			return r
		}())
	}
	do[LGR](s, "leave unknown", leave(g, "nobody"))
	do[LGR](s, "leave a", leave(g, a.MemberID))
	do[LGR](s, "leave a again", leave(g, a.MemberID))
	do[DGR](s, "described empty", desc(g))
	J("joins the empty", join(g, a.MemberID, nil, "consumer", "range"))
})

var _ = conv("joinstatic", 11, func(s *side, t string) {
	s.warm()
	if s.version(11) < 5 {
		return
	}
	g, i1, i2 := t, sp("i1"), sp("i2")
	J := func(label string, r *kmsg.JoinGroupRequest) JR { return do[JR](s, label, r) }
	J("static unknown with id", join(g, "nobody", i1, "consumer", "range"))
	J("empty instance", join(g, "", sp(""), "consumer", "range"))
	J("instance with a space", join(g, "", sp("a b"), "consumer", "range"))
	J("instance ..", join(g, "", sp(".."), "consumer", "range"))
	a := J("static joins", join(g, "", i1, "consumer", "range"))
	do[SR](s, "syncs", syncr(g, a.Generation, a.MemberID, i1, a.MemberID, "A"))
	do[DGR](s, "described", desc(g))
	do[HR](s, "heartbeat right", hb(g, 1, a.MemberID, i1))
	do[HR](s, "heartbeat other instance", hb(g, 1, a.MemberID, i2))
	do[HR](s, "heartbeat fenced", hb(g, 1, "other", i1))
	do[HR](s, "heartbeat no instance", hb(g, 1, a.MemberID, nil))
	b := J("static joins again, same protocols", join(g, "", i1, "consumer", "range"))
	s.note("new member id", a.MemberID != b.MemberID)
	do[HR](s, "old id", hb(g, 1, a.MemberID, i1))
	do[SR](s, "old id syncs", syncr(g, 1, a.MemberID, i1))
	do[OCR](s, "old id commits", s.ocr(g, 1, a.MemberID, i1, "x", 0, 1, nil))
	J("old id joins", join(g, a.MemberID, i1, "consumer", "range"))
	do[SR](s, "new id syncs", syncr(g, b.Generation, b.MemberID, i1))
	c := J("static joins again, other protocols", join(g, "", i1, "consumer", "range", "sticky"))
	do[SR](s, "syncs 3", syncr(g, c.Generation, c.MemberID, i1, c.MemberID, "C"))
	p := s.start("two", "second joins", join(g, "", i2, "consumer", "range"))
	s.pause(200)
	J("first rejoins", join(g, c.MemberID, i1, "consumer", "range"))
	d := p.end().(JR)
	q := s.start("two", "second syncs", syncr(g, d.Generation, d.MemberID, i2))
	s.pause(100)
	do[SR](s, "first syncs", syncr(g, d.Generation, c.MemberID, i1, c.MemberID, "1", d.MemberID, "2"))
	q.end()
	do[DGR](s, "described two", desc(g))
	do[LGR](s, "leave with a wrong id", leave(g, "x", [2]string{"other", "i1"}))
	do[LGR](s, "leave instance unknown", leave(g, "x", [2]string{"", "i9"}))
	do[LGR](s, "leave by instance", leave(g, "x", [2]string{"", "i2"}))
	do[LGR](s, "leave several", leave(g, "x", [2]string{"", "i1"}, [2]string{"nobody", ""}, [2]string{"", "i2"}))
	do[DGR](s, "described at the end", desc(g))
})

var _ = conv("sync", 14, func(s *side, t string) {
	s.warm()
	id, gen := s.in(t, nil)
	do[SR](s, "stable", syncr(t, gen, id, nil))
	do[SR](s, "wrong generation", syncr(t, gen+1, id, nil))
	do[SR](s, "unknown member", syncr(t, gen, "nobody", nil))
	do[SR](s, "unknown group", syncr(t+"u", 1, "nobody", nil))
	do[SR](s, "empty group", syncr("", 1, "nobody", nil))
	r := syncr(t, gen, id, nil)
	r.ProtocolType, r.Protocol = nil, nil
	do[SR](s, "no protocol", r)
	r = syncr(t, gen, id, nil)
	r.Protocol = sp("x")
	do[SR](s, "wrong protocol", r)
	do[SR](s, "instance unknown", syncr(t, gen, id, sp("i")))
})

var _ = conv("heartbeat", 12, func(s *side, t string) {
	s.warm()
	id, gen := s.in(t, nil)
	do[HR](s, "ok", hb(t, gen, id, nil))
	do[HR](s, "wrong generation", hb(t, gen+1, id, nil))
	do[HR](s, "generation -1", hb(t, -1, id, nil))
	do[HR](s, "unknown member", hb(t, gen, "nobody", nil))
	do[HR](s, "unknown group", hb(t+"u", gen, id, nil))
	do[HR](s, "empty group", hb("", gen, id, nil))
	do[HR](s, "instance", hb(t, gen, id, sp("i")))
})

// A group of the protocol of KIP-848: Kafka serves it, with group.version 1.
var _ = conv("consumergroupheartbeat", 68, func(s *side, t string) {
	s.warm()
	r := kmsg.NewPtrConsumerGroupHeartbeatRequest()
	r.Group, r.MemberID, r.RebalanceTimeoutMillis, r.SubscribedTopicNames, r.Topics = t, "member-of-"+t, 10000,
		[]string{"none-" + t}, []kmsg.ConsumerGroupHeartbeatRequestTopic{}
	do[*kmsg.ConsumerGroupHeartbeatResponse](s, "join", r)
})

var _ = conv("leave", 13, func(s *side, t string) {
	s.warm()
	id, gen := s.in(t, nil)
	do[LGR](s, "unknown", leave(t, "nobody"))
	do[LGR](s, "unknown group", leave(t+"u", "nobody"))
	do[LGR](s, "empty group", leave("", "nobody"))
	do[LGR](s, "empty member", leave(t, ""))
	do[LGR](s, "ok", leave(t, id))
	do[LGR](s, "again", leave(t, id))
	do[HR](s, "heartbeat", hb(t, gen, id, nil))
	if s.version(13) >= 3 {
		r := leave(t, "")
		r.Members = nil
		do[LGR](s, "nobody", r)
	}
})

var _ = conv("describegroups", 15, func(s *side, t string) {
	s.warm()
	id, gen := s.in(t, sp("inst"))
	_ = id
	_ = gen
	do[DGR](s, "one", desc(t))
	do[DGR](s, "unknown", desc(t+"u"))
	do[DGR](s, "empty name", desc(""))
	do[DGR](s, "none", desc())
	do[DGR](s, "twice", desc(t, t))
	r := desc(t, t+"u")
	r.IncludeAuthorizedOperations = false
	do[DGR](s, "two, no operations", r)
	s.put2(t+"o", s.ocr(t+"o", -1, "", nil, "warmtopic", 0, 1, nil))
	do[DGR](s, "only offsets", desc(t+"o"))
})

var _ = conv("listgroups", 16, func(s *side, t string) {
	s.warm()
	s.in(t, nil)
	s.put2(t+"o", s.ocr(t+"o", -1, "", nil, "warmtopic", 0, 1, nil))
	L := func(label string, states, types []string) {
		r := kmsg.NewPtrListGroupsRequest()
		r.StatesFilter, r.TypesFilter = states, types
		x := do[*kmsg.ListGroupsResponse](s, label, r)
		// only this conversation's
		o := s.out[len(s.out)-1]
		m := map[string]any{"ErrorCode": x.ErrorCode, "ThrottleMillis": x.ThrottleMillis}
		var gs []any
		for _, g := range x.Groups {
			if strings.HasPrefix(g.Group, t) {
				gs = append(gs, map[string]any{"Group": g.Group, "ProtocolType": g.ProtocolType, "State": g.GroupState,
					"Type": g.GroupType})
			}
		}
		m["Groups"] = gs
		o.tree = m
	}
	L("all", nil, nil)
	L("stable", []string{"Stable"}, nil)
	L("stable lower", []string{"stable"}, nil)
	L("empty", []string{"Empty"}, nil)
	L("both", []string{"Empty", "Stable"}, nil)
	L("dead", []string{"Dead"}, nil)
	L("preparing", []string{"PreparingRebalance"}, nil)
	L("nonsense", []string{"Nonsense"}, nil)
	L("empty string", []string{""}, nil)
	L("classic", nil, []string{"classic"})
	L("Classic", nil, []string{"Classic"})
	L("consumer", nil, []string{"consumer"})
	L("share", nil, []string{"share"})
	L("type nonsense", nil, []string{"x"})
	L("classic stable", []string{"Stable"}, []string{"classic"})
})

var _ = conv("offsetcommit", 8, func(s *side, t string) {
	s.warm()
	s.mk(t, 3)
	g := t
	C := func(label string, r *kmsg.OffsetCommitRequest) { do[OCR](s, label, r) }
	C("no group, generation -1", s.ocr(g+"n", -1, "", nil, t, 0, 5, sp("m")))
	C("no group, generation 1", s.ocr(g+"u", 1, "x", nil, t, 0, 5, sp("m")))
	C("no group, member only", s.ocr(g+"u", -1, "x", nil, t, 0, 5, sp("m")))
	C("no group, generation -2", s.ocr(g+"u2", -2, "", nil, t, 0, 5, sp("m")))
	C("empty group", s.ocr("", -1, "", nil, t, 0, 5, sp("m")))
	C("offset -1", s.ocr(g+"n", -1, "", nil, t, 1, -1, sp("m")))
	C("offset -5", s.ocr(g+"n", -1, "", nil, t, 1, -5, sp("m")))
	C("offset max", s.ocr(g+"n", -1, "", nil, t, 1, 1<<62, sp("m")))
	C("null metadata", s.ocr(g+"n", -1, "", nil, t, 1, 7, nil))
	C("empty metadata", s.ocr(g+"n", -1, "", nil, t, 2, 8, sp("")))
	C("metadata 4096", s.ocr(g+"n", -1, "", nil, t, 2, 9, sp(strings.Repeat("m", 4096))))
	C("metadata 4097", s.ocr(g+"n", -1, "", nil, t, 2, 10, sp(strings.Repeat("m", 4097))))
	C("metadata multibyte", s.ocr(g+"n", -1, "", nil, t, 2, 11, sp(strings.Repeat("é", 2049))))
	C("unknown partition", s.ocr(g+"n", -1, "", nil, t, 9, 5, nil))
	C("negative partition", s.ocr(g+"n", -1, "", nil, t, -1, 5, nil))
	C("unknown topic", s.ocr(g+"n", -1, "", nil, t+"u", 0, 5, nil))
	C("invalid topic", s.ocr(g+"n", -1, "", nil, "a b", 0, 5, nil))
	C("empty topic", s.ocr(g+"n", -1, "", nil, "", 0, 5, nil))
	C("internal topic", s.ocr(g+"n", -1, "", nil, "__consumer_offsets", 0, 5, nil))
	r := s.ocr(g+"n", -1, "", nil, t, 0, 5, nil)
	r.Topics = nil
	C("no topics", r)
	r = s.ocr(g+"n", -1, "", nil, t, 0, 5, nil)
	r.Topics[0].Partitions = nil
	C("no partitions", r)
	r = s.ocr(g+"n", -1, "", nil, t, 0, 5, nil)
	r.Topics[0].Partitions = append(r.Topics[0].Partitions,
		s.ocr(g+"n", -1, "", nil, t, 9, 6, nil).Topics[0].Partitions...)
	r.Topics[0].Partitions = append(r.Topics[0].Partitions,
		s.ocr(g+"n", -1, "", nil, t, 2, 6, nil).Topics[0].Partitions...)
	C("good and bad", r)
	r = s.ocr(g+"n", -1, "", nil, t, 0, 5, nil)
	r.Topics[0].Partitions = append(r.Topics[0].Partitions,
		s.ocr(g+"n", -1, "", nil, t, 0, 6, nil).Topics[0].Partitions...)
	C("twice the same", r)
	r = s.ocr(g+"n", -1, "", nil, t, 0, 5, nil)
	r.Topics[0].Partitions[0].LeaderEpoch = 77
	C("leader epoch 77", r)
	r = s.ocr(g+"n", -1, "", nil, t, 1, 5, nil)
	r.Topics[0].Partitions[0].LeaderEpoch = -7
	C("leader epoch -7", r)
	r = s.ocr(g+"n", -1, "", nil, t, 2, 6, nil)
	r.RetentionTimeMillis = 100
	C("retention 100", r)
	id, gen := s.in(g, nil)
	C("member", s.ocr(g, gen, id, nil, t, 0, 5, sp("m")))
	C("wrong generation", s.ocr(g, gen+1, id, nil, t, 0, 6, sp("m")))
	C("old generation", s.ocr(g, gen-1, id, nil, t, 0, 6, sp("m")))
	C("unknown member", s.ocr(g, gen, "nobody", nil, t, 0, 6, sp("m")))
	C("simple, group has members", s.ocr(g, -1, "", nil, t, 0, 6, sp("m")))
	C("member, generation -1", s.ocr(g, -1, id, nil, t, 0, 6, sp("m")))
	C("no member, right generation", s.ocr(g, gen, "", nil, t, 0, 6, sp("m")))
	C("instance unknown", s.ocr(g, gen, id, sp("i"), t, 0, 6, sp("m")))
	do[OFR](s, "see", s.ofr(g+"n", nil))
	do[OFR](s, "see members", s.ofr(g, nil))
})

var _ = conv("offsetfetch", 9, func(s *side, t string) {
	s.warm()
	s.mk(t, 4)
	s.mk(t+"b", 1)
	g := t
	s.put2(g, s.ocr(g, -1, "", nil, t, 0, 5, sp("m")))
	s.put2(g, s.ocr(g, -1, "", nil, t, 2, 7, nil))
	s.put2(g, s.ocr(g, -1, "", nil, t+"b", 0, 9, sp("")))
	F := func(label string, r *kmsg.OffsetFetchRequest) { do[OFR](s, label, r) }
	F("two", s.ofr(g, []string{t}, 0, 2))
	F("one without a commit", s.ofr(g, []string{t}, 1))
	F("unknown partition", s.ofr(g, []string{t}, 9))
	F("negative partition", s.ofr(g, []string{t}, -1))
	F("twice", s.ofr(g, []string{t}, 0, 0))
	F("topic twice", s.ofr(g, []string{t, t}, 0))
	F("unknown topic", s.ofr(g, []string{t + "u"}, 0))
	F("invalid topic", s.ofr(g, []string{"a b", ""}, 0))
	F("no partitions", s.ofr(g, []string{t}))
	F("no topics", s.ofr(g, []string{}))
	if s.version(9) >= 2 {
		F("all", s.ofr(g, nil))
		F("all of unknown", s.ofr(g+"u", nil))
	}
	F("unknown group", s.ofr(g+"u", []string{t}, 0))
	F("empty group", s.ofr("", []string{t}, 0))
	r := s.ofr(g, []string{t}, 0)
	r.RequireStable = true
	F("stable", r)
	if s.version(9) >= 8 {
		r = s.ofr(g, nil)
		r.Groups = append(r.Groups, s.ofr(g+"u", nil).Groups...)
		r.Groups = append(r.Groups, s.ofr(g, []string{t}, 0, 1).Groups...)
		F("three groups", r)
		r = s.ofr(g, nil)
		r.Groups = nil
		F("no groups", r)
		r = s.ofr(g, nil)
		r.Groups[0].MemberID = sp("m")
		r.Groups[0].MemberEpoch = 3
		F("member and epoch, simple group", r)
		id, gen := s.in(g+"m", nil)
		r = s.ofr(g+"m", []string{t}, 0)
		r.Groups[0].MemberID, r.Groups[0].MemberEpoch = sp(id), gen
		F("member and generation", r)
		r = s.ofr(g+"m", []string{t}, 0)
		r.Groups[0].MemberID, r.Groups[0].MemberEpoch = sp(id), gen+1
		F("member, wrong generation", r)
		r = s.ofr(g+"m", []string{t}, 0)
		r.Groups[0].MemberID, r.Groups[0].MemberEpoch = sp("nobody"), gen
		F("unknown member", r)
	}
	// a topic that is gone
	d := kmsg.NewPtrDeleteTopicsRequest()
	x := kmsg.NewDeleteTopicsRequestTopic()
	x.Topic = sp(t + "b")
	d.Topics = append(d.Topics, x)
	d.TimeoutMillis = 5000
	s.quiet(d)
	s.pause(500)
	F("topic deleted", s.ofr(g, []string{t + "b"}, 0))
	if s.version(9) >= 2 {
		F("all after deletion", s.ofr(g, nil))
	}
})

var _ = conv("offsetdelete", 47, func(s *side, t string) {
	s.warm()
	s.mk(t, 3)
	g := t
	for p := range int32(3) {
		s.put2(g, s.ocr(g, -1, "", nil, t, p, 5, nil))
	}
	D := func(label, group string, ts ...any) {
		r := kmsg.NewPtrOffsetDeleteRequest()
		r.Group = group
		for i := 0; i < len(ts); i += 2 {
			x := kmsg.NewOffsetDeleteRequestTopic()
			x.Topic = ts[i].(string)
			if n := ts[i+1].(int); n != -99 {
				p := kmsg.NewOffsetDeleteRequestTopicPartition()
				p.Partition = int32(n)
				x.Partitions = append(x.Partitions, p)
			}
			r.Topics = append(r.Topics, x)
		}
		do[*kmsg.OffsetDeleteResponse](s, label, r)
	}
	D("one", g, t, 0)
	D("again", g, t, 0)
	D("unknown partition", g, t, 9)
	D("negative", g, t, -1)
	D("unknown topic", g, t+"u", 0)
	D("empty topic", g, "", 0)
	D("twice", g, t, 1, t, 1)
	D("no partitions", g, t, -99)
	D("no topics", g)
	D("unknown group", g+"u", t, 0)
	D("empty group", "", t, 0)
	s.in(g+"m", nil)
	D("with members", g+"m", t, 0)
	do[OFR](s, "see", s.ofr(g, nil))
})

var _ = conv("deletegroups", 42, func(s *side, t string) {
	s.warm()
	s.mk(t, 1)
	s.put2(t, s.ocr(t, -1, "", nil, t, 0, 5, nil))
	s.put2(t+"2", s.ocr(t+"2", -1, "", nil, t, 0, 5, nil))
	s.in(t+"m", nil)
	D := func(label string, gs ...string) {
		r := kmsg.NewPtrDeleteGroupsRequest()
		r.Groups = gs
		do[*kmsg.DeleteGroupsResponse](s, label, r)
	}
	D("none")
	D("unknown", t+"u")
	D("empty name", "")
	D("with members", t+"m")
	D("one", t)
	D("again", t)
	D("twice", t+"2", t+"2")
	D("several", t+"u", t+"m", t+"2")
	do[OFR](s, "offsets are gone", s.ofr(t, nil))
	do[DGR](s, "described", desc(t))
	if s.version(42) >= 0 {
		s.put2(t+"p", s.ocr(t+"p", -1, "", nil, t, 0, 5, nil))
	}
})

var _ = conv("expiry", -1, func(s *side, t string) {
	s.warm()
	// how long until a silent member is out, and a join of one that does not come back
	r := join(t, "", nil, "consumer", "range")
	r.SessionTimeoutMillis = 6000
	a := do[JR](s, "join", r)
	r.MemberID = a.MemberID
	a = do[JR](s, "join with id", r)
	do[SR](s, "sync", syncr(t, a.Generation, a.MemberID, nil, a.MemberID, "A"))
	gone := -1
	for i := range 20 {
		s.pause(500)
		x := s.quiet(desc(t)).(DGR)
		if x.Groups[0].State == "Empty" {
			gone = i
			break
		}
	}
	s.note("gone after 5.5 to 7 s", gone >= 10 && gone <= 14)
	do[HR](s, "heartbeat of the gone", hb(t, a.Generation, a.MemberID, nil))
	do[DGR](s, "described", desc(t))
})

var _ = conv("rebalance-timeout", -1, func(s *side, t string) {
	s.warm()
	id, _ := s.in(t, nil)
	b := do[JR](s, "second, no id", join(t, "", nil, "consumer", "range"))
	p := s.start("two", "second joins, first is silent", join(t, b.MemberID, nil, "consumer", "range"))
	x := p.end().(JR)
	s.note("members", len(x.Members))
	do[HR](s, "first", hb(t, 2, id, nil))
	do[DGR](s, "described", desc(t))
	_ = fmt.Sprint
	// who syncs late
	s.patience = 8e9
	c := do[JR](s, "third, no id", join(t, "", nil, "consumer", "range"))
	q := s.start("three", "third joins", join(t, c.MemberID, nil, "consumer", "range"))
	s.pause(100)
	do[JR](s, "second rejoins", join(t, b.MemberID, nil, "consumer", "range"))
	y := q.end().(JR)
	do[SR](s, "follower syncs, leader never does", syncr(t, y.Generation, c.MemberID, nil))
})

func (s *side) put2(g string, r *kmsg.OffsetCommitRequest) {
	for range 40 {
		x := s.quiet(r).(OCR)
		if len(x.Topics) > 0 && len(x.Topics[0].Partitions) > 0 {
			c := x.Topics[0].Partitions[0].ErrorCode
			if c == 0 {
				return
			}
		}
		s.pause(50)
	}
}
