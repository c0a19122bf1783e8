package raft

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/disksim"
)

// scramble fills a message with numbers near those that mean something, and with lists of any small length.
func scramble(r *env.Rand, v reflect.Value, deep int) {
	odd := []int64{-1, 0, 1, 2, 3, 4, 5, 7, 100, -7, 1 << 30, 1<<31 - 1, 1<<62 + 1}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; v.Field(i).CanSet() && name != "UnknownTags" && name != "Version" {
				scramble(r, v.Field(i), deep+1)
			}
		}
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(odd[r.IntN(len(odd))])
	case reflect.Bool:
		v.SetBool(r.Chance(1, 2))
	case reflect.String:
		v.SetString([]string{"", Partition.Topic, "x"}[r.IntN(3)])
	case reflect.Slice:
		n := []int{1, 1, 1, 0, 2}[r.IntN(5)]
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			if v.Type().Elem().Kind() == reflect.Uint8 {
				continue
			}
			scramble(r, v.Index(i), deep+1)
		}
	}
}

// sane puts the partition's name into a message, so that most of them get past the first check.
func sane(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		sane(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			switch v.Type().Field(i).Name {
			case "Topic":
				v.Field(i).SetString(Partition.Topic)
			case "TopicID":
				v.Field(i).Set(reflect.ValueOf([16]byte(kafka.MetadataTopicID)))
			case "Partition":
				v.Field(i).SetInt(0)
			case "ErrorCode":
				v.Field(i).SetInt(0)
			default:
				sane(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			sane(v.Index(i))
		}
	}
}

// TestHostileMessages: whatever a peer says, a replica answers or drops it. It may find that the peer contradicts what
// is committed, and end with a clear line; it never panics and never breaks a law.
func TestHostileMessages(t *testing.T) {
	failed := 0
	for seed := uint64(1); seed <= 40; seed++ {
		root := env.NewRand(seed)
		r := root.Fork("hostile")
		c := newCluster(seed, 3, 1, r.Chance(1, 2), disksim.Options{LatencyNanos: 10_000, SyncNanos: 100_000})
		c.laws.ignore = "ReplicaFailed SingleLeader MajorityReachedHighWatermark CheckQuorum LeaderCompleteness ConsistentCommittedData LogMatching MonotonicEpoch"
		for _, m := range c.nodes {
			m.start()
		}
		c.run(ms(r.Between(50, 4000)))
		for range 150 {
			m := c.nodes[r.IntN(len(c.nodes))]
			if m.r == nil || m.r.State() == Failed {
				continue
			}
			if r.Chance(1, 2) {
				c.hostileRequest(&r, m)
			} else {
				c.hostileResponse(&r, m)
			}
			c.run(ms(r.Between(0, 300)))
			require.Nil(t, c.laws.broken, "seed %d: %+v", seed, c.laws.broken)
		}
		for _, m := range c.nodes {
			if m.r.State() == Failed {
				failed++
			}
		}
	}
	t.Logf("%d replicas found their peers to contradict what is committed", failed)
}

// TestOneRequestDoesNotEndAQuorum sends one voter a Vote of an epoch near the end of the numbers: elections go on.
func TestOneRequestDoesNotEndAQuorum(t *testing.T) {
	c := newCluster(1, 3, 0, false, disksim.Options{})
	for _, m := range c.nodes {
		m.start()
	}
	c.run(5 * time.Second)
	p := kmsg.NewVoteRequestTopicPartition()
	p.CandidateID, p.CandidateEpoch = int32(c.nodes[1].id), int32(maxEpoch)
	topic := kmsg.NewVoteRequestTopic()
	topic.Topic, topic.Partitions = Partition.Topic, []kmsg.VoteRequestTopicPartition{p}
	req := kmsg.NewPtrVoteRequest()
	req.Topics = []kmsg.VoteRequestTopic{topic}
	c.nodes[0].do(func(now env.Now) { c.nodes[0].r.HandleRequest(now, req, 1<<60) })
	c.run(5 * time.Second)
	for _, m := range c.nodes { // and the leader, too, must be found again
		m.stop(false)
		m.start()
	}
	c.run(30 * time.Second)
	require.NotNil(t, c.leader(), "one request has ended every election; see isCredible")
}

var hostileKeys = []struct {
	key int16
	top int16
}{{52, 2}, {53, 1}, {54, 1}, {1, 18}, {59, 1}, {55, 2}}

func (c *cluster) hostileRequest(r *env.Rand, m *machine) {
	k := hostileKeys[r.IntN(len(hostileKeys))]
	req := kmsg.RequestForKey(k.key)
	req.SetVersion(int16(r.Between(0, int64(k.top))))
	scramble(r, reflect.ValueOf(req).Elem(), 0)
	if r.Chance(3, 4) {
		sane(reflect.ValueOf(req))
	}
	m.do(func(now env.Now) { m.r.HandleRequest(now, req, 1<<60) })
}

func (c *cluster) hostileResponse(r *env.Rand, m *machine) {
	var tags []uint64
	for i := range m.r.member.peers.list {
		if m.r.member.peers.list[i].tag != 0 {
			tags = append(tags, m.r.member.peers.list[i].tag)
		}
	}
	if len(tags) == 0 {
		return
	}
	k := hostileKeys[r.IntN(5)]
	resp := kmsg.ResponseForKey(k.key)
	resp.SetVersion(k.top)
	scramble(r, reflect.ValueOf(resp).Elem(), 0)
	if r.Chance(3, 4) {
		sane(reflect.ValueOf(resp))
	}
	if f, ok := resp.(*kmsg.FetchResponse); ok && len(f.Topics) > 0 && len(f.Topics[0].Partitions) > 0 && r.Chance(1, 2) {
		f.Topics[0].Partitions[0].RecordBatches = hostileBatches(r, m)
	}
	m.do(func(now env.Now) { m.r.HandleResponse(now, tags[r.IntN(len(tags))], resp, nil) })
}

// hostileBatches are batches that nearly fit.
func hostileBatches(r *env.Rand, m *machine) []byte {
	b := record.NewBuilder(record.Options{Control: r.Chance(1, 4)})
	b.Add(1, []byte("k"), make([]byte, 50))
	raw := b.Build()
	raw.SetBase(m.r.log.end.End+kafka.Offset(r.Between(-1, 1)), m.r.Epoch()+kafka.LeaderEpoch(r.Between(-1, 1)))
	out := append([]byte(nil), raw...)
	switch r.IntN(4) {
	case 0:
		out[r.IntN(len(out))] ^= 1 << r.IntN(8)
	case 1:
		out = out[:r.IntN(len(out))]
	case 2:
		out = append(out, out...)
	}
	return out
}

// TestControlRecords holds the control records against bytes written down by hand from Kafka's schemas.
func TestControlRecords(t *testing.T) {
	c := newCluster(1, 3, 0, false, disksim.Options{})
	for _, m := range c.nodes {
		m.start()
	}
	c.run(5 * time.Second)
	l := c.leader()
	require.NotNil(t, l)
	l.r.member.lead.granting = []int{0, 2}
	value := only(t, l.r.member.lead.change(env.Now{Wall: 5}))
	leader := byte(l.id)
	require.Equal(t, []byte{0, 0, 0, 0, 0, leader, // version, leader
		4, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, // three voters, each without tags
		3, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0, // two of them granted
		0}, value)

	require.NoError(t, l.snapshot(1))
	c.run(100 * time.Millisecond)
	raw, err := l.disk.ReadFile(c.cfg.Dir + "/" + checkpointName(l.r.snapshots.latest()))
	require.NoError(t, err)
	split := record.Split(raw)
	var kinds []bool
	var last record.Batch
	next := kafka.Offset(0)
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		require.NoError(t, record.ValidateStored(b))
		require.Equal(t, next, b.BaseOffset())
		require.Equal(t, l.r.snapshots.latest().Epoch, b.LeaderEpoch())
		next, last = b.NextOffset(), b
		if len(kinds) == 0 {
			ts := l.owner.lastTS
			require.Equal(t, append([]byte{0, 0, 0, 0, byte(ts >> 40), byte(ts >> 32), byte(ts >> 24),
				byte(ts >> 16), byte(ts >> 8), byte(ts)}, 0), only(t, b))
		}
		kinds = append(kinds, b.Attributes().IsControl())
	}
	require.NoError(t, split.Err())
	require.Equal(t, []bool{true, false, true}, kinds)
	require.Equal(t, []byte{0, 0, 0}, only(t, last))
	require.True(t, isFooter(last))
}

func only(t *testing.T, b record.Batch) []byte {
	it := b.Records(new(record.Scratch), record.Limits{})
	rec, ok := it.Next()
	require.True(t, ok)
	require.NoError(t, it.Err())
	return rec.Value
}

// TestStateFile reads what Kafka writes, and refuses the rest.
func TestStateFile(t *testing.T) {
	e, err := decodeState([]byte(`{"clusterId":"","leaderId":2,"leaderEpoch":7,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}`))
	require.NoError(t, err)
	require.Equal(t, election{epoch: 7, leader: 2, voted: kafka.NoNode}, e)
	dir, err := kafka.ParseUUID("kQfniij7QFqLZeYCmZ46Nw")
	require.NoError(t, err)
	e, err = decodeState([]byte(`{"leaderId":-1,"leaderEpoch":8,"votedId":3,"votedDirectoryId":"kQfniij7QFqLZeYCmZ46Nw","data_version":1}`))
	require.NoError(t, err)
	require.Equal(t, election{epoch: 8, leader: kafka.NoNode, voted: 3, votedDir: dir}, e)
	for _, bad := range []string{"", "{}", "[]", `{"data_version":2,"leaderEpoch":1}`, `{"data_version":0}`,
		`{"leaderId":-2,"leaderEpoch":1,"data_version":0}`,
		`{"leaderEpoch":1,"votedId":1,"votedDirectoryId":"x","data_version":1}`} {
		_, err := decodeState([]byte(bad))
		require.Error(t, err, bad)
	}
}

// TestConfig refuses what cannot work.
func TestConfig(t *testing.T) {
	good := DefaultConfig()
	good.Voters = []Voter{{ID: 2}, {ID: 1}}
	got, err := good.checked()
	require.NoError(t, err)
	require.Equal(t, []Voter{{ID: 1}, {ID: 2}}, got.Voters)
	for name, spoil := range map[string]func(*Config){
		"no voters":    func(c *Config) { c.Voters = nil },
		"twice":        func(c *Config) { c.Voters = []Voter{{ID: 1}, {ID: 1}} },
		"negative":     func(c *Config) { c.Voters = []Voter{{ID: -1}} },
		"same owners":  func(c *Config) { c.FileOwner = c.LogOwner },
		"no timeout":   func(c *Config) { c.ElectionTimeoutMs = 0 },
		"long timeout": func(c *Config) { c.FetchTimeoutMs = maxTimeoutMs + 1 },
	} {
		c := good
		spoil(&c)
		_, err := c.checked()
		require.Error(t, err, name)
	}
}

// TestParseVoters reads both of Kafka's forms.
func TestParseVoters(t *testing.T) {
	dir, err := kafka.ParseUUID("kQfniij7QFqLZeYCmZ46Nw")
	require.NoError(t, err)
	got, err := ParseVoters("1@a.example:9093, 2@[::1]:9094,3@c:9095:kQfniij7QFqLZeYCmZ46Nw")
	require.NoError(t, err)
	require.Equal(t, []Voter{{ID: 1, Host: "a.example", Port: 9093}, {ID: 2, Host: "::1", Port: 9094},
		{ID: 3, Host: "c", Port: 9095, Directory: dir}}, got)
	for _, bad := range []string{"", "a:1", "1@a", "1@:9", "-1@a:9", "1@a:99999", "1@a:9:x", "1@[::1:9"} {
		_, err := ParseVoters(bad)
		require.Error(t, err, bad)
	}
}
