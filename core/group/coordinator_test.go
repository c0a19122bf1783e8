package group

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// TestNothingOfARequestIsKept sends requests whose bytes and strings are all in one buffer, and scribbles over
// it after every call, as a pool would.
func TestNothingOfARequestIsKept(t *testing.T) {
	b := newBench(t)
	b.cfg.InitialRebalanceDelay = 0
	b.start()
	send := func(req interface {
		kmsg.Request
		UnsafeReadFrom([]byte) error
	}, version int16, call func(Ticket)) kmsg.Response {
		req.SetVersion(version)
		frame := req.AppendTo(nil)
		if err := req.UnsafeReadFrom(frame); err != nil {
			t.Fatal(err)
		}
		call(b.ticket(nil))
		for i := range frame {
			frame[i] = 'X'
		}
		b.settleAll()
		b.advance(0, b.settleAll)
		if len(b.replies) == 0 {
			return nil
		}
		r := b.replies[len(b.replies)-1].r
		b.replies = nil
		return r
	}
	join := kmsg.NewPtrJoinGroupRequest()
	join.Group, join.InstanceID, join.ProtocolType, join.SessionTimeoutMillis, join.RebalanceTimeoutMillis = "group",
		ptr("instance"), "consumer", 10000, 10000
	join.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range", Metadata: subscription("orders")}}
	j := send(join, 9, func(t Ticket) {
		b.c.Join(b.now, t, join, ClientInfo{"client", "/host"})
	}).(*kmsg.JoinGroupResponse)
	sync := kmsg.NewPtrSyncGroupRequest()
	sync.Group, sync.MemberID, sync.Generation, sync.ProtocolType, sync.Protocol = "group", j.MemberID, 1, ptr("consumer"),
		ptr("range")
	sync.GroupAssignment = []kmsg.SyncGroupRequestGroupAssignment{{MemberID: j.MemberID,
		MemberAssignment: []byte("assignment")}}
	s := send(sync, 5, func(t Ticket) { b.c.Sync(b.now, t, sync, ClientInfo{}) }).(*kmsg.SyncGroupResponse)
	commit := kmsg.NewPtrOffsetCommitRequest()
	commit.Group, commit.MemberID, commit.Generation = "group", j.MemberID, 1
	commit.Topics = []kmsg.OffsetCommitRequestTopic{{Topic: "orders",
		Partitions: []kmsg.OffsetCommitRequestTopicPartition{{Offset: 3, Metadata: ptr("metadata")}}}}
	o := send(commit, 9, func(t Ticket) { b.c.OffsetCommit(b.now, t, commit, ClientInfo{}) }).(*kmsg.OffsetCommitResponse)
	simple := kmsg.NewPtrOffsetCommitRequest()
	simple.Group, simple.Topics = "simple", []kmsg.OffsetCommitRequestTopic{{Topic: "orders",
		Partitions: []kmsg.OffsetCommitRequestTopicPartition{{Offset: 3}}}}
	send(simple, 9, func(t Ticket) { b.c.OffsetCommit(b.now, t, simple, ClientInfo{}) })
	b.check()
	seen := b.durable(b.c) + string(s.MemberAssignment) + o.Topics[0].Topic + show(j)
	if strings.Contains(seen, "XX") || !strings.Contains(seen, "assignment") ||
		o.Topics[0].Partitions[0].ErrorCode != int16(kafka.None) {
		t.Errorf("a request was kept, or went wrong:\n%s", seen)
	}
}

// Offsets of a deleted topic are removed from a bounded number of groups in one call.
func TestADeletedTopicIsForgottenInSlices(t *testing.T) {
	b := newBench(t)
	b.start()
	const groups = 3*groupsPerSlice + 10
	for i := range groups {
		r := kmsg.NewPtrOffsetCommitRequest()
		r.Group = fmt.Sprintf("group-%d", i)
		r.Topics = []kmsg.OffsetCommitRequestTopic{{Topic: "orders",
			Partitions: []kmsg.OffsetCommitRequestTopicPartition{{Offset: 3}}}}
		b.c.OffsetCommit(b.now, b.ticket(nil), r, ClientInfo{})
		b.settleAll()
	}
	b.c.TopicDeleted(b.now, "orders")
	left := func() (n int) {
		for _, id := range b.c.groups.sorted() {
			if len(b.c.groups.byID[id].inflight) == 0 && len(b.c.groups.byID[id].offsets) > 0 {
				n++
			}
		}
		return n
	}
	for want := groups - groupsPerSlice; want > 0; want -= groupsPerSlice {
		if got := left(); got != want {
			t.Fatalf("%d groups are left, want %d", got, want)
		}
		if b.c.runtime.Deadline() > b.now.Mono {
			t.Fatalf("the coordinator does not go on")
		}
		b.c.runtime.Tick(b.now)
	}
	b.settleAll()
	if got := len(b.c.groups.byID); got != 0 {
		t.Errorf("%d groups of %d still have offsets of the topic", got, groups)
	}
}

// TestAnswersOfEveryVersion: a response can be encoded in the version of its request, and decoded again.
func TestAnswersOfEveryVersion(t *testing.T) {
	b := newBench(t)
	b.start()
	versions := func(newest int16, ask func(Ticket, int16)) {
		for v := int16(0); v <= newest; v++ {
			b.replies = nil
			ask(b.ticket(nil), v)
			if len(b.replies) != 1 {
				t.Fatalf("version %d: %d answers at once, want 1", v, len(b.replies))
			}
			r := b.replies[0].r
			if r.GetVersion() != v {
				t.Errorf("%T: version %d, asked for %d", r, r.GetVersion(), v)
			}
			if err := r.RequestKind().ResponseKind().ReadFrom(r.AppendTo(nil)); err != nil {
				t.Errorf("%T version %d: %v", r, v, err)
			}
		}
	}
	who := ClientInfo{"app", "/h"}
	versions(9, func(t Ticket, v int16) {
		b.c.Join(b.now, t, &kmsg.JoinGroupRequest{Version: v, Group: "g", MemberID: "unknown", SessionTimeoutMillis: 10000},
			who)
	})
	versions(5, func(t Ticket, v int16) { b.c.Sync(b.now, t, &kmsg.SyncGroupRequest{Version: v, Group: "g"}, who) })
	versions(4, func(t Ticket, v int16) { b.c.Heartbeat(b.now, t, &kmsg.HeartbeatRequest{Version: v, Group: "g"}, who) })
	versions(5, func(t Ticket, v int16) { b.c.Leave(b.now, t, &kmsg.LeaveGroupRequest{Version: v, Group: "g"}, who) })
	versions(10, func(t Ticket, v int16) {
		b.c.OffsetCommit(b.now, t, &kmsg.OffsetCommitRequest{Version: v, Group: "g", Generation: 1,
			Topics: []kmsg.OffsetCommitRequestTopic{{Topic: "orders", TopicID: [16]byte{1},
				Partitions: []kmsg.OffsetCommitRequestTopicPartition{{}}}}}, who)
	})
	versions(10, func(t Ticket, v int16) {
		b.c.OffsetFetch(b.now, t, &kmsg.OffsetFetchRequest{Version: v, Group: "g",
			Topics: []kmsg.OffsetFetchRequestTopic{{Topic: "orders", Partitions: []int32{0}}},
			Groups: []kmsg.OffsetFetchRequestGroup{{Group: "g",
				Topics: []kmsg.OffsetFetchRequestGroupTopic{{Topic: "orders", TopicID: [16]byte{1}, Partitions: []int32{0}}}}}},
			who)
	})
	versions(0, func(t Ticket, v int16) {
		b.c.OffsetDelete(b.now, t, &kmsg.OffsetDeleteRequest{Version: v, Group: "g"}, who)
	})
	versions(6, func(t Ticket, v int16) {
		b.c.Describe(b.now, t, &kmsg.DescribeGroupsRequest{Version: v, Groups: []string{"g", ""}}, who)
	})
	versions(5, func(t Ticket, v int16) { b.c.List(b.now, t, &kmsg.ListGroupsRequest{Version: v}, who) })
	versions(3, func(t Ticket, v int16) {
		b.c.DeleteGroups(b.now, t, &kmsg.DeleteGroupsRequest{Version: v, Groups: []string{"g", ""}}, who)
	})
}

// A reply that calls the coordinator is a bug, and panics.
func TestCallBack(t *testing.T) {
	b := newBench(t)
	b.heard = func(Ticket, kmsg.Response) { hosted{b.c}.Tick(b.now) }
	b.start()
	defer func() {
		if recover() == nil {
			t.Error("a call from within a call went unnoticed")
		}
	}()
	b.c.Heartbeat(b.now, 1, kmsg.NewPtrHeartbeatRequest(), ClientInfo{})
}

// TestCrowd: a group of a thousand forms, works and goes in reasonable time and appends.
func TestCrowd(t *testing.T) {
	b := newBench(t)
	b.start()
	const crowd = 1000
	for range crowd {
		req := kmsg.NewPtrJoinGroupRequest()
		req.Version, req.Group, req.SessionTimeoutMillis, req.RebalanceTimeoutMillis, req.ProtocolType = 3, "g", 10000, 60000,
			"consumer"
		req.Protocols = protocolSets[0]
		b.c.Join(b.now, b.ticket(nil), req, ClientInfo{"app", "/h"})
	}
	for b.now.Mono < env.Instant(70*time.Second) && len(b.replies) == 0 {
		b.jump(b.c.runtime.Deadline())
		b.c.runtime.Tick(b.now)
	}
	if len(b.replies) != crowd || len(b.c.groups.byID["g"].members) != crowd {
		t.Fatalf("%d answers, %d members", len(b.replies), len(b.c.groups.byID["g"].members))
	}
	for b.c.groups.byID["g"].state != Empty {
		b.jump(b.c.runtime.Deadline())
		b.c.runtime.Tick(b.now)
		b.settleAllUnchecked()
	}
	if len(b.log) != 1 {
		t.Errorf("%d records, want the one of the empty group", len(b.log))
	}
}

func (b *bench) settleAllUnchecked() {
	for len(b.queue) > 0 {
		q := b.queue[0]
		b.queue = b.queue[1:]
		b.store(q)
		q.done.Acked(b.now, 0, kafka.None)
	}
}

// benchmarkStable is a coordinator with one stable member.
func benchmarkStable(b *testing.B) (*bench, string) {
	w := newBench(b)
	w.cfg.InitialRebalanceDelay = 0
	w.start()
	req := kmsg.NewPtrJoinGroupRequest()
	req.Version, req.Group, req.SessionTimeoutMillis, req.RebalanceTimeoutMillis, req.ProtocolType = 3, "g", 10000, 60000,
		"consumer"
	req.Protocols = protocolSets[0]
	w.c.Join(w.now, w.ticket(nil), req, ClientInfo{"app", "/h"})
	w.c.runtime.Tick(w.now)
	id := w.replies[0].r.(*kmsg.JoinGroupResponse).MemberID
	sync := kmsg.NewPtrSyncGroupRequest()
	sync.Version, sync.Group, sync.MemberID, sync.Generation = 3, "g", id, 1
	w.c.Sync(w.now, w.ticket(nil), sync, ClientInfo{})
	w.settleAll()
	return w, id
}

func BenchmarkHeartbeat(b *testing.B) {
	w, id := benchmarkStable(b)
	req := kmsg.NewPtrHeartbeatRequest()
	req.Version, req.Group, req.MemberID, req.Generation = 4, "g", id, 1
	b.ReportAllocs()
	for b.Loop() {
		w.replies = w.replies[:0]
		w.c.Heartbeat(w.now, w.ticket(nil), req, ClientInfo{})
	}
}

func BenchmarkOffsetCommit(b *testing.B) {
	w, id := benchmarkStable(b)
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Version, req.Group, req.MemberID, req.Generation = 9, "g", id, 1
	req.Topics = []kmsg.OffsetCommitRequestTopic{{Topic: "orders",
		Partitions: make([]kmsg.OffsetCommitRequestTopicPartition, 8)}}
	for i := range req.Topics[0].Partitions {
		req.Topics[0].Partitions[i].Partition = int32(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		w.replies, w.queue = w.replies[:0], w.queue[:0]
		w.c.OffsetCommit(w.now, w.ticket(nil), req, ClientInfo{})
		w.queue[0].done.Acked(w.now, 0, kafka.None)
	}
}
