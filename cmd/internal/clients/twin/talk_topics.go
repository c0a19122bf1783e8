package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func mreq(auto bool, topics ...string) *kmsg.MetadataRequest {
	r := kmsg.NewPtrMetadataRequest()
	r.AllowAutoTopicCreation = auto
	r.Topics = []kmsg.MetadataRequestTopic{}
	for _, x := range topics {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = sp(x)
		r.Topics = append(r.Topics, t)
	}
	return r
}

type ct = kmsg.CreateTopicsRequestTopic

func newT(name string, n int32, rf int16, cfg ...string) ct {
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = name, n, rf
	for i := 0; i+1 < len(cfg); i += 2 {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name = cfg[i]
		if cfg[i+1] != "<null>" {
			c.Value = sp(cfg[i+1])
		}
		t.Configs = append(t.Configs, c)
	}
	return t
}

func withA(t ct, a ...[]int32) ct {
	for _, x := range a {
		p := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
		p.Partition, p.Replicas = x[0], x[1:]
		t.ReplicaAssignment = append(t.ReplicaAssignment, p)
	}
	return t
}

func creq(ts ...ct) *kmsg.CreateTopicsRequest {
	r := kmsg.NewPtrCreateTopicsRequest()
	r.Topics = ts
	r.TimeoutMillis = 10000
	return r
}

func vonly(r *kmsg.CreateTopicsRequest) *kmsg.CreateTopicsRequest { r.ValidateOnly = true; return r }

var _ = conv("metadata", 3, func(s *side, t string) {
	s.mk(t, 3)
	do[*kmsg.MetadataResponse](s, "one", mreq(false, t))
	do[*kmsg.MetadataResponse](s, "unknown", mreq(false, t+"-unknown"))
	do[*kmsg.MetadataResponse](s, "empty list", func() kmsg.Request { r := mreq(false); return r }())
	do[*kmsg.MetadataResponse](s, "invalid names", mreq(false, "", ".", "..", "a b", "a/b", "é", strings.Repeat("x", 249),
		strings.Repeat("x", 250)))
	do[*kmsg.MetadataResponse](s, "invalid names, auto", mreq(true, "", ".", "..", "a b", strings.Repeat("x", 250)))
	do[*kmsg.MetadataResponse](s, "twice the same", mreq(false, t, t))
	do[*kmsg.MetadataResponse](s, "two, one unknown", mreq(false, t, t+"-unknown2"))
	r := mreq(false, t)
	r.IncludeClusterAuthorizedOperations, r.IncludeTopicAuthorizedOperations = true, true
	do[*kmsg.MetadataResponse](s, "authorized operations", r)
	r = mreq(false, t+"-none")
	r.IncludeClusterAuthorizedOperations, r.IncludeTopicAuthorizedOperations = true, true
	do[*kmsg.MetadataResponse](s, "authorized operations, unknown topic", r)
	if s.version(3) >= 10 {
		r = mreq(false)
		x := kmsg.NewMetadataRequestTopic()
		x.TopicID = s.id(t)
		r.Topics = append(r.Topics, x)
		do[*kmsg.MetadataResponse](s, "by id", r)
		r = mreq(false)
		x = kmsg.NewMetadataRequestTopic()
		x.TopicID = [16]byte{1, 2, 3, 4}
		r.Topics = append(r.Topics, x)
		do[*kmsg.MetadataResponse](s, "by unknown id", r)
		r = mreq(false)
		x = kmsg.NewMetadataRequestTopic()
		r.Topics = append(r.Topics, x)
		do[*kmsg.MetadataResponse](s, "null name and zero id", r)
		r = mreq(false, t)
		r.Topics[0].TopicID = [16]byte{9}
		do[*kmsg.MetadataResponse](s, "name and wrong id", r)
		r = mreq(false, t)
		r.Topics[0].TopicID = s.id(t)
		do[*kmsg.MetadataResponse](s, "name and id", r)
		r = mreq(false, t)
		x = kmsg.NewMetadataRequestTopic()
		x.TopicID = s.id(t)
		r.Topics = append(r.Topics, x)
		do[*kmsg.MetadataResponse](s, "by name and by id", r)
	}
	do[*kmsg.MetadataResponse](s, "auto create", mreq(true, t+"-auto"))
	time.Sleep(700 * time.Millisecond)
	do[*kmsg.MetadataResponse](s, "auto created", mreq(false, t+"-auto"))
	do[*kmsg.MetadataResponse](s, "internal auto", mreq(true, "__consumer_offsets"))
	do[*kmsg.MetadataResponse](s, "transaction state auto", mreq(false, "__transaction_state"))
})

var _ = conv("metadata-all", 3, func(s *side, t string) {
	r := mreq(false)
	r.Topics = nil
	if s.version(3) == 0 {
		r.Topics = []kmsg.MetadataRequestTopic{}
	}
	x := do[*kmsg.MetadataResponse](s, "all", r)
	// what a client sees: is it in some order?
	sorted := true
	for i := 1; i < len(x.Topics); i++ {
		sorted = sorted && *x.Topics[i-1].Topic < *x.Topics[i].Topic
	}
	s.note("sorted", sorted)
})

var _ = conv("createtopics", 19, func(s *side, t string) {
	C := func(l string, r *kmsg.CreateTopicsRequest) { do[*kmsg.CreateTopicsResponse](s, l, r) }
	C("plain", creq(newT(t, 2, 1)))
	C("exists", creq(newT(t, 2, 1)))
	C("exists, validate only", vonly(creq(newT(t, 2, 1))))
	C("empty list", creq())
	C("zero partitions", creq(newT(t+"z", 0, 1)))
	C("-1 partitions", creq(newT(t+"m1", -1, 1)))
	C("-2 partitions", creq(newT(t+"m2", -2, 1)))
	C("rf 0", creq(newT(t+"r0", 1, 0)))
	C("rf -1", creq(newT(t+"r1", 1, -1)))
	C("rf -2", creq(newT(t+"r2", 1, -2)))
	C("rf 2", creq(newT(t+"r3", 1, 2)))
	C("rf 2, validate only", vonly(creq(newT(t+"r3", 1, 2))))
	C("-1 -1", creq(newT(t+"d", -1, -1)))
	C("invalid names", creq(newT("", 1, 1), newT(".", 1, 1), newT("..", 1, 1), newT("a b", 1, 1), newT("é", 1, 1),
		newT(strings.Repeat("y", 250), 1, 1)))
	C("249 chars", vonly(creq(newT(strings.Repeat("y", 249), 1, 1))))
	C("duplicate", creq(newT(t+"dup", 1, 1), newT(t+"dup", 2, 1), newT(t+"other", 1, 1)))
	C("duplicate of existing", creq(newT(t, 1, 1), newT(t, 2, 1)))
	C("internal", creq(newT("__consumer_offsets", 1, 1)))
	C("metadata topic", creq(newT("__cluster_metadata", 1, 1)))
	C("collision .", creq(newT(t+".c_d", 1, 1)))
	C("collision _", creq(newT(t+"_c.d", 1, 1)))
	C("collision in one request", creq(newT(t+"x.y", 1, 1), newT(t+"x_y", 1, 1)))
	C("assignment", creq(withA(newT(t+"a1", -1, -1), []int32{0, 1}, []int32{1, 1})))
	C("assignment and partitions", creq(withA(newT(t+"a2", 2, -1), []int32{0, 1}, []int32{1, 1})))
	C("assignment and rf", creq(withA(newT(t+"a3", -1, 1), []int32{0, 1}, []int32{1, 1})))
	C("assignment twice the same broker", creq(withA(newT(t+"a4", -1, -1), []int32{0, 1, 1})))
	C("assignment unknown broker", creq(withA(newT(t+"a5", -1, -1), []int32{0, 9})))
	C("assignment negative broker", creq(withA(newT(t+"a5", -1, -1), []int32{0, -1})))
	C("assignment gap", creq(withA(newT(t+"a6", -1, -1), []int32{0, 1}, []int32{2, 1})))
	C("assignment not from 0", creq(withA(newT(t+"a7", -1, -1), []int32{1, 1})))
	C("assignment negative", creq(withA(newT(t+"a7", -1, -1), []int32{-1, 1})))
	C("assignment empty replicas", creq(withA(newT(t+"a8", -1, -1), []int32{0})))
	C("assignment duplicate partition", creq(withA(newT(t+"a9", -1, -1), []int32{0, 1}, []int32{0, 1})))
	C("assignment unequal", creq(withA(newT(t+"aa", -1, -1), []int32{0, 1}, []int32{1, 1, 2})))
	C("assignment empty replicas second", creq(withA(newT(t+"ab", -1, -1), []int32{0, 1}, []int32{1})))
	C("configs", creq(newT(t+"c1", 1, 1, "retention.ms", "1000", "cleanup.policy", "compact,delete", "compression.type",
		"gzip")))
	C("config unknown", creq(newT(t+"c2", 1, 1, "no.such.config", "1")))
	C("config bad number", creq(newT(t+"c3", 1, 1, "retention.ms", "abc")))
	C("config bad range", creq(newT(t+"c4", 1, 1, "retention.ms", "-2")))
	C("config bad enum", creq(newT(t+"c5", 1, 1, "compression.type", "rot13")))
	C("config bad list", creq(newT(t+"c6", 1, 1, "cleanup.policy", "delete,shred")))
	C("config empty list", creq(newT(t+"c7", 1, 1, "cleanup.policy", "")))
	C("config null", creq(newT(t+"c8", 1, 1, "retention.ms", "<null>")))
	C("config empty name", creq(newT(t+"c9", 1, 1, "", "1")))
	C("config twice", creq(newT(t+"ca", 1, 1, "retention.ms", "1000", "retention.ms", "2000")))
	C("config min isr over rf", creq(newT(t+"cb", 1, 1, "min.insync.replicas", "2")))
	C("config spaces", creq(newT(t+"cc", 1, 1, "retention.ms", " 1000 ", "cleanup.policy", " compact , delete ")))
	C("config boolean", creq(newT(t+"cd", 1, 1, "preallocate", "yes")))
	C("config boolean upper", creq(newT(t+"ce", 1, 1, "preallocate", "TRUE")))
	remote := creq(newT(t+"cf", 1, 1, "remote.storage.enable", "true"))
	remote.ValidateOnly = true
	C("config remote storage", remote)
	C("config min.cleanable ratio", creq(newT(t+"cg", 1, 1, "min.cleanable.dirty.ratio", "1.5")))
	C("config segment.bytes small", creq(newT(t+"ch", 1, 1, "segment.bytes", "10")))
	C("config message.format.version", creq(newT(t+"ci", 1, 1, "message.format.version", "2.8")))
	C("config message.timestamp.difference.max.ms", creq(newT(t+"cj", 1, 1, "message.timestamp.difference.max.ms",
		"1000")))
	C("config lag pair", creq(newT(t+"ck", 1, 1, "min.compaction.lag.ms", "1000", "max.compaction.lag.ms", "10")))
	C("config local retention", creq(newT(t+"cl", 1, 1, "local.retention.ms", "1000000", "retention.ms", "10")))
	C("config max.message.bytes over", creq(newT(t+"cm", 1, 1, "max.message.bytes", "2147483648")))
	C("config throttled", creq(newT(t+"cn", 1, 1, "leader.replication.throttled.replicas", "0:1,1:2",
		"follower.replication.throttled.replicas", "x")))
	C("validate only", vonly(creq(newT(t+"v", 3, 1, "retention.ms", "5"))))
	C("after validate only", creq(newT(t+"v", 3, 1)))
	C("mixed", creq(newT(t+"ok1", 1, 1), newT("bad name", 1, 1), newT(t, 1, 1), newT(t+"ok2", -1, 1, "x", "y")))
	r := creq(newT(t+"t0", 1, 1))
	r.TimeoutMillis = 0
	C("timeout 0", r)
	r = creq(newT(t+"t1", 1, 1))
	r.TimeoutMillis = -1
	C("timeout -1", r)
	C("too many partitions", vonly(creq(newT(t+"many", 10001, 1))))
	C("max int partitions", vonly(creq(newT(t+"many", 2147483647, 1))))
	for _, n := range []string{t, t + "m1", t + "a1", t + "c1"} {
		s.settle(n)
		do[*kmsg.MetadataResponse](s, "see "+n, mreq(false, n))
	}
})

var _ = conv("deletetopics", 20, func(s *side, t string) {
	var names []string
	for i := range 8 {
		n := fmt.Sprint(t, "n", i)
		s.mk(n, 1)
		names = append(names, n)
	}
	v := s.version(20)
	D := func(label string, ns ...any) {
		r := kmsg.NewPtrDeleteTopicsRequest()
		r.TimeoutMillis = 5000
		for _, n := range ns {
			x := kmsg.NewDeleteTopicsRequestTopic()
			switch n := n.(type) {
			case string:
				r.TopicNames = append(r.TopicNames, n)
				x.Topic = sp(n)
			case [16]byte:
				x.TopicID = n
			case ct:
				x.Topic = sp(n.Topic)
				x.TopicID = s.id(n.Topic)
			}
			r.Topics = append(r.Topics, x)
		}
		do[*kmsg.DeleteTopicsResponse](s, label, r)
	}
	D("empty")
	D("one", names[0])
	D("again", names[0])
	D("unknown", t+"-unknown")
	D("empty name", "")
	D("invalid name", "a b")
	D("twice", names[1], names[1])
	D("two", names[2], t+"-unknown")
	if v >= 6 {
		D("by id", s.id(names[3]))
		D("unknown id", [16]byte{7, 7})
		D("zero id, null name", [16]byte{})
		D("both", newT(names[4], 1, 1))
		D("name and id of the same", names[5], s.id(names[5]))
		D("id twice", s.id(names[6]), s.id(names[6]))
	}
	time.Sleep(200 * time.Millisecond)
	do[*kmsg.MetadataResponse](s, "metadata after", mreq(false, names...))
	D("metadata topic", "__cluster_metadata")
})

var _ = conv("createpartitions", 37, func(s *side, t string) {
	s.mk(t, 2)
	s.mk(t+"b", 1)
	C := func(label string, vo bool, ts ...any) {
		r := kmsg.NewPtrCreatePartitionsRequest()
		r.TimeoutMillis, r.ValidateOnly = 5000, vo
		for i := 0; i < len(ts); i += 3 {
			x := kmsg.NewCreatePartitionsRequestTopic()
			x.Topic, x.Count = ts[i].(string), int32(ts[i+1].(int))
			if a, ok := ts[i+2].([][]int32); ok {
				x.Assignment = []kmsg.CreatePartitionsRequestTopicAssignment{}
				for _, y := range a {
					z := kmsg.NewCreatePartitionsRequestTopicAssignment()
					z.Replicas = y
					x.Assignment = append(x.Assignment, z)
				}
			}
			r.Topics = append(r.Topics, x)
		}
		do[*kmsg.CreatePartitionsResponse](s, label, r)
	}
	C("empty", false)
	C("same count", false, t, 2, nil)
	C("fewer", false, t, 1, nil)
	C("zero", false, t, 0, nil)
	C("negative", false, t, -1, nil)
	C("validate", true, t, 4, nil)
	C("more", false, t, 3, nil)
	C("unknown", false, t+"-u", 3, nil)
	C("invalid name", false, "a b", 3, nil)
	C("empty name", false, "", 3, nil)
	C("twice", false, t, 5, nil, t, 6, nil)
	C("assigned", false, t, 4, [][]int32{{1}})
	C("assigned too many", false, t, 5, [][]int32{{1}, {1}})
	C("assigned too few", false, t, 7, [][]int32{{1}})
	C("assigned none", false, t, 7, [][]int32{})
	C("assigned unknown broker", false, t, 5, [][]int32{{5}})
	C("assigned twice", false, t, 5, [][]int32{{1, 1}})
	C("assigned empty", false, t, 5, [][]int32{{}})
	C("assigned other rf", false, t, 5, [][]int32{{1, 2}})
	C("too many", true, t, 100000, nil)
	C("two", false, t, 5, nil, t+"b", 2, nil)
	C("internal", true, "__consumer_offsets", 60, nil)
	s.settle(t)
	time.Sleep(100 * time.Millisecond)
	do[*kmsg.MetadataResponse](s, "see", mreq(false, t, t+"b"))
})

var _ = conv("describetopicpartitions", 75, func(s *side, t string) {
	s.mk(t+"a", 3)
	s.mk(t+"b", 2)
	D := func(label string, limit int32, ct string, cp int32, ts ...string) {
		r := kmsg.NewPtrDescribeTopicPartitionsRequest()
		r.ResponsePartitionLimit = limit
		if ct != "-" {
			c := kmsg.NewDescribeTopicPartitionsRequestCursor()
			c.Topic, c.Partition = ct, cp
			r.Cursor = &c
		}
		r.Topics = []kmsg.DescribeTopicPartitionsRequestTopic{}
		for _, n := range ts {
			x := kmsg.NewDescribeTopicPartitionsRequestTopic()
			x.Topic = n
			r.Topics = append(r.Topics, x)
		}
		do[*kmsg.DescribeTopicPartitionsResponse](s, label, r)
	}
	a, b := t+"a", t+"b"
	D("both", 2000, "-", 0, a, b)
	D("both, other order", 2000, "-", 0, b, a)
	D("unknown", 2000, "-", 0, t+"u")
	D("invalid", 2000, "-", 0, "a b", "")
	D("twice", 2000, "-", 0, a, a)
	D("limit 1", 1, "-", 0, a, b)
	D("limit 2", 2, "-", 0, a, b)
	D("limit 3", 3, "-", 0, a, b)
	D("limit 4", 4, "-", 0, a, b)
	D("limit 5", 5, "-", 0, a, b)
	D("limit 0", 0, "-", 0, a, b)
	D("limit -1", -1, "-", 0, a, b)
	D("cursor a 1", 2000, a, 1, a, b)
	D("cursor a 3", 2000, a, 3, a, b)
	D("cursor a 9", 2000, a, 9, a, b)
	D("cursor a -1", 2000, a, -1, a, b)
	D("cursor b 1", 2000, b, 1, a, b)
	D("cursor beyond", 2000, b+"z", 0, a, b)
	D("cursor before", 2000, a[:len(a)-1], 0, a, b)
	D("cursor unknown in list", 2000, a+"u", 0, a, b)
	D("cursor a 1 limit 1", 1, a, 1, a, b)
	D("cursor a 2 limit 2", 2, a, 2, a, b)
	D("limit 2 with unknown first", 2, "-", 0, t+"Au", a, b)
	D("cursor deleted", 2000, t+"aa", 0, a, t+"aa", b)
})

var _ = conv("describetopicpartitions-all", 75, func(s *side, t string) {
	r := kmsg.NewPtrDescribeTopicPartitionsRequest()
	r.Topics = []kmsg.DescribeTopicPartitionsRequestTopic{}
	do[*kmsg.DescribeTopicPartitionsResponse](s, "all", r)
	r = kmsg.NewPtrDescribeTopicPartitionsRequest()
	r.Topics = []kmsg.DescribeTopicPartitionsRequestTopic{}
	r.ResponsePartitionLimit = 7
	do[*kmsg.DescribeTopicPartitionsResponse](s, "all, limit 7", r)
})

var _ = conv("deleterecords", 21, func(s *side, t string) {
	s.mk(t, 2)
	s.mk(t+"c", 1, "cleanup.policy", "compact")
	s.mk(t+"cd", 1, "cleanup.policy", "compact,delete")
	for range 4 {
		s.put(t, 0, some(5))
	}
	s.put(t+"c", 0, some(5))
	s.put(t+"cd", 0, some(5))
	D := func(label string, ts ...any) {
		r := kmsg.NewPtrDeleteRecordsRequest()
		r.TimeoutMillis = 3000
		for i := 0; i < len(ts); i += 3 {
			x := kmsg.NewDeleteRecordsRequestTopic()
			x.Topic = ts[i].(string)
			p := kmsg.NewDeleteRecordsRequestTopicPartition()
			p.Partition, p.Offset = int32(ts[i+1].(int)), int64(ts[i+2].(int))
			x.Partitions = append(x.Partitions, p)
			r.Topics = append(r.Topics, x)
		}
		do[*kmsg.DeleteRecordsResponse](s, label, r)
	}
	D("empty")
	D("to 0", t, 0, 0)
	D("to 7", t, 0, 7)
	D("to 3", t, 0, 3)
	D("beyond", t, 0, 21)
	D("-2", t, 0, -2)
	D("unknown partition", t, 9, 1)
	D("negative partition", t, -1, 1)
	D("unknown topic", t+"u", 0, 1)
	D("invalid topic", "a b", 0, 1)
	D("compacted", t+"c", 0, 1)
	D("compacted and deleted", t+"cd", 0, 1)
	D("internal", "__consumer_offsets", 0, 0)
	D("metadata", "__cluster_metadata", 0, 0)
	D("twice", t, 0, 8, t, 0, 9)
	D("several", t, 0, 10, t, 1, 0, t+"u", 0, 0)
	D("to the end", t, 0, -1)
	D("empty partition -1", t, 1, -1)
	D("empty partition 1", t, 1, 1)
	s.put(t, 0, some(2))
	do[*kmsg.FetchResponse](s, "fetch at 0", s.freq(t, fp{part: 0, off: 0}))
	do[*kmsg.FetchResponse](s, "fetch at 20", s.freq(t, fp{part: 0, off: 20}))
})

var _ = conv("electleaders", 43, func(s *side, t string) {
	s.mk(t, 2)
	for _, typ := range []int8{0, 1, 2, -1} {
		D := func(label string, null bool, ts ...any) {
			r := kmsg.NewPtrElectLeadersRequest()
			r.TimeoutMillis = 3000
			r.ElectionType = typ
			if !null {
				r.Topics = []kmsg.ElectLeadersRequestTopic{}
			}
			for i := 0; i < len(ts); i += 2 {
				x := kmsg.NewElectLeadersRequestTopic()
				x.Topic = ts[i].(string)
				x.Partitions = append(x.Partitions, int32(ts[i+1].(int)))
				r.Topics = append(r.Topics, x)
			}
			do[*kmsg.ElectLeadersResponse](s, fmt.Sprint(label, " type ", typ), r)
		}
		D("empty", false)
		D("null", true)
		D("one", false, t, 0)
		D("unknown partition", false, t, 9)
		D("negative partition", false, t, -1)
		D("unknown topic", false, t+"u", 0)
		D("twice", false, t, 0, t, 0)
		D("several", false, t, 0, t, 1, t, 2)
	}
})

var _ = conv("reassign", 45, func(s *side, t string) {
	s.mk(t, 3)
	D := func(label string, ts ...any) {
		r := kmsg.NewPtrAlterPartitionAssignmentsRequest()
		r.TimeoutMillis = 3000
		r.AllowReplicationFactorChange = label[0] != '!'
		for i := 0; i < len(ts); i += 3 {
			x := kmsg.NewAlterPartitionAssignmentsRequestTopic()
			x.Topic = ts[i].(string)
			p := kmsg.NewAlterPartitionAssignmentsRequestTopicPartition()
			p.Partition = int32(ts[i+1].(int))
			if a, ok := ts[i+2].([]int32); ok {
				p.Replicas = a
			}
			x.Partitions = append(x.Partitions, p)
			r.Topics = append(r.Topics, x)
		}
		do[*kmsg.AlterPartitionAssignmentsResponse](s, label, r)
	}
	D("empty")
	D("the same", t, 0, []int32{1})
	D("cancel none", t, 0, nil)
	D("empty replicas", t, 0, []int32{})
	D("unknown broker", t, 0, []int32{9})
	D("negative broker", t, 0, []int32{-1})
	D("twice the broker", t, 0, []int32{1, 1})
	D("two brokers", t, 0, []int32{1, 2})
	D("!two brokers, same factor", t, 0, []int32{1, 2})
	D("unknown partition", t, 9, []int32{1})
	D("unknown topic", t+"u", 0, []int32{1})
	D("cancel unknown topic", t+"u", 0, nil)
	D("cancel unknown partition", t, 9, nil)
	D("several", t, 0, []int32{1}, t, 1, []int32{7}, t+"u", 0, []int32{1})
	D("same twice", t, 0, []int32{1}, t, 0, []int32{1})
})

var _ = conv("listreassign", 46, func(s *side, t string) {
	s.mk(t, 3)
	D := func(label string, null bool, ts ...any) {
		r := kmsg.NewPtrListPartitionReassignmentsRequest()
		r.TimeoutMillis = 3000
		if !null {
			r.Topics = []kmsg.ListPartitionReassignmentsRequestTopic{}
		}
		for i := 0; i < len(ts); i += 2 {
			x := kmsg.NewListPartitionReassignmentsRequestTopic()
			x.Topic = ts[i].(string)
			x.Partitions = []int32{int32(ts[i+1].(int))}
			r.Topics = append(r.Topics, x)
		}
		do[*kmsg.ListPartitionReassignmentsResponse](s, label, r)
	}
	D("null", true)
	D("empty", false)
	D("one", false, t, 0)
	D("unknown", false, t+"u", 0, t, 9)
})

var _ = conv("describequorum", 55, func(s *side, t string) {
	D := func(label string, ts ...any) {
		r := kmsg.NewPtrDescribeQuorumRequest()
		for i := 0; i < len(ts); i += 2 {
			x := kmsg.NewDescribeQuorumRequestTopic()
			x.Topic = ts[i].(string)
			p := kmsg.NewDescribeQuorumRequestTopicPartition()
			p.Partition = int32(ts[i+1].(int))
			x.Partitions = append(x.Partitions, p)
			r.Topics = append(r.Topics, x)
		}
		do[*kmsg.DescribeQuorumResponse](s, label, r)
	}
	D("metadata", "__cluster_metadata", 0)
	D("partition 1", "__cluster_metadata", 1)
	D("other topic", "x", 0)
	D("empty")
	D("twice", "__cluster_metadata", 0, "__cluster_metadata", 0)
})

var _ = conv("updatefeatures", 57, func(s *side, t string) {
	D := func(label string, ts ...any) {
		r := kmsg.NewPtrUpdateFeaturesRequest()
		r.TimeoutMillis = 3000
		r.ValidateOnly = true
		for i := 0; i < len(ts); i += 3 {
			x := kmsg.NewUpdateFeaturesRequestFeatureUpdate()
			x.Feature = ts[i].(string)
			x.MaxVersionLevel = int16(ts[i+1].(int))
			x.UpgradeType = int8(ts[i+2].(int))
			x.AllowDowngrade = x.UpgradeType > 1
			r.FeatureUpdates = append(r.FeatureUpdates, x)
		}
		if s.version(57) == 0 && label != "empty" && label != "unknown" {
			return
		}
		do[*kmsg.UpdateFeaturesResponse](s, label, r)
	}
	D("empty")
	D("unknown", "no.such", 1, 1)
	D("metadata.version same", "metadata.version", 30, 1)
	D("metadata.version too high", "metadata.version", 99, 1)
	D("metadata.version 0", "metadata.version", 0, 1)
	D("metadata.version lower as upgrade", "metadata.version", 29, 1)
	D("metadata.version lower safe", "metadata.version", 29, 2)
	D("metadata.version lower unsafe", "metadata.version", 20, 3)
	D("bad type", "metadata.version", 30, 0)
	D("bad type 9", "metadata.version", 30, 9)
	D("negative", "metadata.version", -1, 1)
	D("elr", "eligible.leader.replicas.version", 0, 2)
	D("twice", "metadata.version", 30, 1, "metadata.version", 30, 1)
	D("kraft.version", "kraft.version", 0, 2)
})

var _ = conv("describecluster", 60, func(s *side, t string) {
	for _, auth := range []bool{false, true} {
		for _, typ := range []int8{1, 2, 0, 3, -1} {
			for _, f := range []bool{false, true} {
				r := kmsg.NewPtrDescribeClusterRequest()
				r.IncludeClusterAuthorizedOperations, r.EndpointType, r.IncludeFencedBrokers = auth, typ, f
				do[*kmsg.DescribeClusterResponse](s, fmt.Sprint("auth ", auth, " type ", typ, " fenced ", f), r)
			}
		}
	}
})

var _ = conv("listconfigresources", 74, func(s *side, t string) {
	s.mk(t, 1)
	for _, x := range [][]int8{{}, {2}, {4}, {8}, {16}, {32}, {2, 4, 8}, {2, 2}, {0}, {99}, {-1}, {1}} {
		r := kmsg.NewPtrListConfigResourcesRequest()
		r.ResourceTypes = x
		do[*kmsg.ListConfigResourcesResponse](s, fmt.Sprint(x), r)
	}
})

var _ = conv("unregisterbroker", 64, func(s *side, t string) {
	for _, n := range []int32{99, -1, -2} {
		r := kmsg.NewPtrUnregisterBrokerRequest()
		r.BrokerID = n
		do[*kmsg.UnregisterBrokerResponse](s, fmt.Sprint("broker ", n), r)
	}
})

var _ = conv("describelogdirs", 35, func(s *side, t string) {
	s.mk(t, 2)
	s.put(t, 0, some(5))
	D := func(label string, null bool, ts ...any) {
		r := kmsg.NewPtrDescribeLogDirsRequest()
		if !null {
			r.Topics = []kmsg.DescribeLogDirsRequestTopic{}
		}
		for i := 0; i < len(ts); i += 2 {
			x := kmsg.NewDescribeLogDirsRequestTopic()
			x.Topic = ts[i].(string)
			x.Partitions = ts[i+1].([]int32)
			r.Topics = append(r.Topics, x)
		}
		do[*kmsg.DescribeLogDirsResponse](s, label, r)
	}
	D("one", false, t, []int32{0})
	D("both", false, t, []int32{0, 1})
	D("no partitions", false, t, []int32{})
	D("unknown partition", false, t, []int32{9})
	D("twice", false, t, []int32{0, 0})
	D("unknown topic", false, t+"u", []int32{0})
	D("empty", false)
	D("metadata", false, "__cluster_metadata", []int32{0})
})

var _ = conv("describelogdirs-all", 35, func(s *side, t string) {
	r := kmsg.NewPtrDescribeLogDirsRequest()
	do[*kmsg.DescribeLogDirsResponse](s, "all", r)
})
