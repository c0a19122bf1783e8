package group

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/coordinator"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/internal/conversation"
)

// TestConversations plays the files of testdata. testdata/README lists the commands.
func TestConversations(t *testing.T) { conversation.Files(t, "testdata/*.txt", play) }

// talk is one conversation.
type talk struct {
	*bench
	names map[string]string // member id -> name in the file
	ids   map[string]string // and back
	as    map[Ticket]string // the name a JoinGroup asked for
	label map[Ticket]string
	hold  bool
	shown int // facts already printed
	out   []string
	arg   map[string]string
	bare  []string
}

func play(t *testing.T, text string) string {
	k := &talk{bench: newBench(t), names: map[string]string{}, ids: map[string]string{}, as: map[Ticket]string{},
		label: map[Ticket]string{}}
	return conversation.Play(t, text, k.respond)
}

func (k *talk) say(format string, args ...any) {
	k.out = append(k.out, k.named(fmt.Sprintf(format, args...)))
}

// named writes members by name.
func (k *talk) named(s string) string {
	for _, id := range slices.Sorted(maps.Keys(k.names)) {
		s = strings.ReplaceAll(s, id, k.names[id])
	}
	return s
}

func (k *talk) respond(c *conversation.Command) string {
	k.arg, k.bare, k.out = c.Args, c.Words, nil
	if k.c == nil && c.Name != "config" {
		k.start()
	}
	run, ok := commands[c.Name]
	if !ok {
		c.Fatalf("no such command")
	}
	run(k)
	k.flush()
	return strings.Join(k.out, "\n")
}

// flush prints the responses and facts. Appends are committed at once, unless they are held.
func (k *talk) flush() {
	if k.c == nil {
		return
	}
	k.print()
	for !k.hold && len(k.queue) > 0 {
		k.settle(kafka.None)
		k.print()
	}
	k.check()
}

func (k *talk) print() {
	for _, r := range k.replies {
		if j, ok := r.r.(*kmsg.JoinGroupResponse); ok {
			k.learn(k.as[r.ticket], j.MemberID)
		}
	}
	for _, r := range k.replies {
		k.say("%s: %s", k.label[r.ticket], show(r.r))
	}
	k.replies = nil
	for _, f := range k.facts[k.shown:] {
		k.say("fact %s", showFact(f))
	}
	k.shown = len(k.facts)
}

func (k *talk) learn(as, id string) {
	if id != "" && as != "" && k.names[id] == "" && k.ids[as] == "" {
		k.names[id], k.ids[as] = as, id
	}
}

// Arguments.

func (k *talk) str(name, without string) string {
	if v, ok := k.arg[name]; ok {
		return v
	}
	return without
}

func (k *talk) num(name string, without int) int {
	n, err := strconv.Atoi(k.str(name, strconv.Itoa(without)))
	if err != nil {
		k.t.Fatalf("%s: %v", name, err)
	}
	return n
}

func (k *talk) dur(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		k.t.Fatalf("%v", err)
	}
	return d
}

func (k *talk) ms(name, without string) int32 {
	return int32(k.dur(k.str(name, without)) / time.Millisecond)
}
func (k *talk) opt(name string) *string {
	if v, ok := k.arg[name]; ok {
		return &v
	}
	return nil
}
func (k *talk) list(name, without string) []string {
	v := k.str(name, without)
	if v == "" {
		return nil
	}
	return strings.Split(v, ",")
}

// id is a member's id by its name, or the text itself.
func (k *talk) id(name string) string {
	if id, ok := k.ids[name]; ok {
		return id
	}
	return name
}

func (k *talk) request(label string, req any) Ticket {
	t := k.ticket(req)
	k.label[t] = label
	return t
}

// topicPartition splits orders-0.
func (k *talk) topicPartition(s string) (string, int32) {
	i := strings.LastIndexByte(s, '-')
	n, err := strconv.Atoi(s[i+1:])
	if i < 0 || err != nil {
		k.t.Fatalf("%q is not topic-partition", s)
	}
	return s[:i], int32(n)
}

var client = ClientInfo{ID: "app", Host: "/10.0.0.1"}

var commands = map[string]func(*talk){}

func init() {
	commands["config"] = func(k *talk) {
		k.cfg.InitialRebalanceDelay = k.dur(k.str("delay", "3s"))
		k.cfg.MaxSize = k.num("max", k.cfg.MaxSize)
		k.cfg.MaxPendingJoins = k.num("pending", k.cfg.MaxPendingJoins)
		k.cfg.MaxUnstoredGroups = k.num("unstored", k.cfg.MaxUnstoredGroups)
		k.cfg.MaxGroups = k.num("groups", k.cfg.MaxGroups)
		k.cfg.MaxMemberBytes = k.num("says", k.cfg.MaxMemberBytes)
		k.cfg.MaxMembersBytes = k.num("say", k.cfg.MaxMembersBytes)
		k.cfg.MaxAppendsInFlight = k.num("inflight", k.cfg.MaxAppendsInFlight)
		k.cfg.OffsetsRetention = k.dur(k.str("retention", "168h"))
		k.cfg.OffsetMetadataMaxBytes = k.num("metadata", k.cfg.OffsetMetadataMaxBytes)
	}
	commands["resize"] = func(k *talk) { k.cfg.MaxSize = k.num("max", 0) } // from the next crash on
	commands["join"] = (*talk).join
	commands["sync"] = (*talk).sync
	commands["heartbeat"] = (*talk).heartbeat
	commands["leave"] = (*talk).leave
	commands["commit"] = (*talk).commit
	commands["fetch"] = (*talk).fetch
	commands["offset-delete"] = (*talk).offsetDelete
	commands["describe"] = (*talk).describe
	commands["list"] = (*talk).listGroups
	commands["delete"] = (*talk).delete
	commands["tick"] = func(k *talk) { k.advance(k.dur(k.bare[0]), k.flush) }
	commands["wall"] = func(k *talk) { k.now.Wall += env.WallMillis(k.dur(k.bare[0]) / time.Millisecond) }
	commands["hold"] = func(k *talk) { k.hold = true }
	commands["release"] = func(k *talk) { k.hold = false }
	commands["store"] = func(k *talk) { k.settle(kafka.None) }
	commands["fail"] = func(k *talk) { k.settle(kafka.ErrorCode(k.num("code", 0))) }
	commands["queue"] = func(k *talk) {
		for _, q := range k.queue {
			k.say("%s", k.records(q.records))
		}
	}
	commands["crash"] = func(k *talk) { k.crash(func(queued) bool { return slices.Contains(k.bare, "stored") }) }
	commands["log"] = func(k *talk) {
		for _, l := range k.log[len(k.log)-min(k.num("last", len(k.log)), len(k.log)):] {
			k.say("%s", k.records([]coordinator.Record{l.Record}))
		}
	}
	commands["waiting"] = func(k *talk) {
		for t := Ticket(1); t <= k.last; t++ {
			if _, ok := k.waiting[t]; ok {
				k.say("%s", k.label[t])
			}
		}
	}
	commands["unload"] = (*talk).unload
	commands["begin-load"] = func(k *talk) {
		k.beginLoad(k.c)
		replayInto(k.t, k.c, k.log)
	}
	commands["end-load"] = func(k *talk) {
		k.endLoad(k.c)
		k.away = false
	}
	commands["topic-deleted"] = func(k *talk) {
		delete(k.cfg.Topics.(testTopics), k.bare[0])
		k.c.TopicDeleted(k.now, k.bare[0])
	}
}

// unload has this broker resign all partitions. Then the coordinator holds nothing, and the outcomes of its appends
// mean nothing to it.
func (k *talk) unload() {
	k.resign()
	if len(k.c.groups.byID) > 0 || k.c.groups.unstored != 0 {
		k.t.Fatalf("after unloading %d groups are left, %d of them not in the log", len(k.c.groups.byID), k.c.groups.unstored)
	}
	queue := k.queue
	k.queue, k.away = nil, true
	for _, q := range queue {
		if slices.Contains(k.bare, "stored") {
			k.store(q)
		}
		q.done.Acked(k.now, 0, kafka.None)
	}
}

func (k *talk) join() {
	req := kmsg.NewPtrJoinGroupRequest()
	req.Version = int16(k.num("v", 9))
	req.Group, req.MemberID, req.InstanceID = k.str("g", "billing"), k.id(k.str("member", "")), k.opt("instance")
	req.SessionTimeoutMillis = k.ms("session", "10s")
	if req.Version > 0 {
		req.RebalanceTimeoutMillis = k.ms("rebalance", "60s")
	}
	req.ProtocolType = k.str("type", "consumer")
	for _, p := range k.list("protocols", "range:orders") {
		name, topics, _ := strings.Cut(p, ":")
		metadata := subscription(strings.Split(topics, "+")...)
		if topics == "garbage" {
			metadata = []byte{0, 1, 0xff}
		}
		req.Protocols = append(req.Protocols, kmsg.JoinGroupRequestProtocol{Name: name, Metadata: metadata})
	}
	as := k.str("as", k.str("member", "?"))
	t := k.request("join "+as, req)
	k.as[t] = k.str("as", "")
	k.c.Join(k.now, t, req, client)
}

func (k *talk) sync() {
	req := kmsg.NewPtrSyncGroupRequest()
	req.Version = int16(k.num("v", 5))
	req.Group, req.MemberID, req.InstanceID = k.str("g", "billing"), k.id(k.str("member", "")), k.opt("instance")
	req.Generation = int32(k.num("gen", 1))
	if req.Version >= 5 && !slices.Contains(k.bare, "no-protocol") {
		kind, name := k.str("type", "consumer"), k.str("protocol", "range")
		req.ProtocolType, req.Protocol = &kind, &name
	}
	for _, a := range k.list("assign", "") {
		who, what, _ := strings.Cut(a, ":")
		req.GroupAssignment = append(req.GroupAssignment,
			kmsg.SyncGroupRequestGroupAssignment{MemberID: k.id(who), MemberAssignment: []byte(what)})
	}
	k.c.Sync(k.now, k.request("sync "+k.str("member", "?"), req), req, client)
}

func (k *talk) heartbeat() {
	req := kmsg.NewPtrHeartbeatRequest()
	req.Version = 4
	req.Group, req.MemberID, req.InstanceID = k.str("g", "billing"), k.id(k.str("member", "")), k.opt("instance")
	req.Generation = int32(k.num("gen", 1))
	k.c.Heartbeat(k.now, k.request("heartbeat "+k.str("member", "?"), req), req, client)
}

func (k *talk) leave() {
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Version = int16(k.num("v", 5))
	req.Group, req.MemberID = k.str("g", "billing"), k.id(k.str("member", ""))
	for _, name := range k.list("members", "") {
		id, instance, static := strings.Cut(name, "@")
		m := kmsg.LeaveGroupRequestMember{MemberID: k.id(id)}
		if static {
			m.InstanceID = &instance
		}
		req.Members = append(req.Members, m)
	}
	k.c.Leave(k.now, k.request("leave", req), req, client)
}

func (k *talk) commit() {
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Version = int16(k.num("v", 9))
	req.Group, req.MemberID, req.InstanceID = k.str("g", "billing"), k.id(k.str("member", "")), k.opt("instance")
	req.Generation = int32(k.num("gen", -1))
	if r, ok := k.arg["retention"]; ok {
		req.RetentionTimeMillis = k.dur(r).Milliseconds()
	}
	for _, o := range k.list("offsets", "orders-0:1") {
		name, at, _ := strings.Cut(o, ":")
		topic, p := k.topicPartition(name)
		n, _ := strconv.ParseInt(at, 10, 64)
		t := kmsg.OffsetCommitRequestTopic{Topic: topic}
		if req.Version >= versionWithTopicID {
			t.Topic, t.TopicID = "", k.topicID(topic)
		}
		t.Partitions = []kmsg.OffsetCommitRequestTopicPartition{{Partition: p, Offset: n,
			LeaderEpoch: int32(k.num("epoch", -1)), Metadata: k.opt("metadata")}}
		req.Topics = append(req.Topics, t)
	}
	k.c.OffsetCommit(k.now, k.request("commit "+k.str("member", "-"), req), req, client)
}

func (k *talk) topicID(name string) kafka.UUID {
	if id, ok := k.cfg.Topics.IDOf(name); ok {
		return id
	}
	return kafka.UUID{0xff}
}

func (k *talk) fetch() {
	req := kmsg.NewPtrOffsetFetchRequest()
	req.Version = int16(k.num("v", 9))
	req.RequireStable = slices.Contains(k.bare, "stable")
	for _, g := range strings.Split(k.str("g", "billing"), ",") {
		group := kmsg.NewOffsetFetchRequestGroup()
		group.Group = g
		for _, o := range k.list("offsets", "") {
			topic, p := k.topicPartition(o)
			group.Topics = append(group.Topics, kmsg.OffsetFetchRequestGroupTopic{Topic: topic, TopicID: k.topicID(topic),
				Partitions: []int32{p}})
			req.Topics = append(req.Topics, kmsg.OffsetFetchRequestTopic{Topic: topic, Partitions: []int32{p}})
		}
		req.Group = g
		req.Groups = append(req.Groups, group)
	}
	if req.Version < versionWithGroups {
		req.Groups = nil
	}
	k.c.OffsetFetch(k.now, k.request("fetch", req), req, client)
}

func (k *talk) offsetDelete() {
	req := kmsg.NewPtrOffsetDeleteRequest()
	req.Group = k.str("g", "billing")
	for _, o := range k.list("offsets", "") {
		topic, p := k.topicPartition(o)
		req.Topics = append(req.Topics, kmsg.OffsetDeleteRequestTopic{Topic: topic,
			Partitions: []kmsg.OffsetDeleteRequestTopicPartition{{Partition: p}}})
	}
	k.c.OffsetDelete(k.now, k.request("offset-delete", req), req, client)
}

func (k *talk) describe() {
	req := kmsg.NewPtrDescribeGroupsRequest()
	req.Version = int16(k.num("v", 6))
	req.Groups = k.list("g", "billing")
	req.IncludeAuthorizedOperations = slices.Contains(k.bare, "operations")
	k.c.Describe(k.now, k.request("describe", req), req, client)
}

func (k *talk) listGroups() {
	req := kmsg.NewPtrListGroupsRequest()
	req.Version = 5
	req.StatesFilter, req.TypesFilter = k.list("states", ""), k.list("types", "")
	k.c.List(k.now, k.request("list", req), req, client)
}

func (k *talk) delete() {
	req := kmsg.NewPtrDeleteGroupsRequest()
	req.Version = 2
	req.Groups = k.list("g", "billing")
	k.c.DeleteGroups(k.now, k.request("delete", req), req, client)
}

// records prints records as what they mean.
func (k *talk) records(rs []coordinator.Record) string {
	var all []string
	for _, r := range rs {
		id, ch, _, err := decode(r.Key, r.Value)
		if err != nil {
			k.t.Fatalf("%v", err)
		}
		switch ch.kind {
		case offsetStored:
			o := ch.offset
			s := fmt.Sprintf("%s %v=%d", id, ch.partition, o.Offset)
			if o.LeaderEpoch >= 0 {
				s += fmt.Sprintf(" epoch=%d", o.LeaderEpoch)
			}
			if o.Metadata != "" {
				s += fmt.Sprintf(" metadata=%q", o.Metadata)
			}
			if o.ExpiresAt >= 0 {
				s += fmt.Sprintf(" expires=+%v", time.Duration(o.ExpiresAt-o.At)*time.Millisecond)
			}
			all = append(all, s)
		case offsetRemoved:
			all = append(all, fmt.Sprintf("%s %v removed", id, ch.partition))
		case groupRemoved:
			all = append(all, fmt.Sprintf("%s removed", id))
		case groupStored:
			all = append(all, id+" "+showRecord(ch.metadata))
		}
	}
	return strings.Join(all, "; ")
}

func showRecord(v *kmsg.GroupMetadataValue) string {
	s := fmt.Sprintf("generation=%d type=%q protocol=%s leader=%s", v.Generation, v.ProtocolType, orDash(v.Protocol),
		orDash(v.Leader))
	for _, m := range v.Members {
		s += fmt.Sprintf(" %s", m.MemberID)
		if m.InstanceID != nil {
			s += "@" + *m.InstanceID
		}
		s += fmt.Sprintf("=%q", m.Assignment)
	}
	return s
}
