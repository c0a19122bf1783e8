package replica

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// steadyStage is three replicas led by 1, with two committed records that all have.
func steadyStage(t *testing.T) *stage {
	s := newStage(t)
	for _, m := range s.nodes {
		m.boot()
	}
	s.ctl.elect(1)
	s.run()
	s.node(1).produce(kafka.AcksAll)
	s.node(1).produce(kafka.AcksAll)
	s.run()
	for _, m := range s.nodes {
		m.retryParked(true)
	}
	s.run()
	require.Empty(t, s.laws.bad)
	return s
}

// askOf is a fetch as broker 3 sends it.
func askOf(s *stage, offset kafka.Offset) FetchAsk {
	return FetchAsk{Replica: 3, ReplicaEpoch: s.ctl.brokers[3].epoch, TopicID: s.topic, MaxBytes: 1 << 20,
		MinOneBatch: true,
		Ask:         wire.FetchPartition{CurrentLeaderEpoch: 1, LastFetchedEpoch: 1, FetchOffset: offset, MaxBytes: 1 << 20}}
}

// failedFetches are two fetches of broker 3 that cannot be served, and what its leader knows of it then.
func failedFetches(t *testing.T) FollowerState {
	s := steadyStage(t)
	a := s.node(1).r.Fetch(s.clock(), askOf(s, 7))
	require.Equal(t, kafka.None, a.Code) // an offset beyond the end diverges
	require.Equal(t, wire.EpochEnd{Known: true, Epoch: 1, End: 2}, a.Diverging)
	ask := askOf(s, 7)
	ask.Ask.LastFetchedEpoch = kafka.NoEpoch
	require.Equal(t, kafka.OffsetOutOfRange, s.node(1).r.Fetch(s.clock(), ask).Code)
	return s.node(1).r.Followers()[1]
}

// R10 (KAFKA-8400): a fetch that fails says nothing of the follower.
func TestAFailedFetchSaysNothing(t *testing.T) {
	require.EqualValues(t, 2, failedFetches(t).End)
}

// ofAnotherTopic is metadata of another topic that has the same name.
func ofAnotherTopic(s *stage) State {
	other := s.ctl.state
	other.TopicID, other.LeaderEpoch, other.Leader = kafka.UUID{9}, 7, 2
	return other
}

// I17 (KAFKA-12257): metadata, and fetches, of another topic of the same name.
func TestAnotherTopicOfTheSameName(t *testing.T) {
	s := steadyStage(t)
	r := s.node(1).r
	require.False(t, r.Apply(s.clock(), ofAnotherTopic(s)))
	require.Equal(t, Leading, r.Role())
	require.EqualValues(t, 1, r.Epoch())
	ask := askOf(s, 2)
	ask.TopicID = kafka.UUID{9}
	require.Equal(t, kafka.InconsistentTopicID, r.Fetch(s.clock(), ask).Code)
}

func TestWhoMayFetch(t *testing.T) {
	s := steadyStage(t)
	leader, follower := s.node(1).r, s.node(2).r
	code := func(r *Replica, change func(*FetchAsk)) kafka.ErrorCode {
		ask := askOf(s, 2)
		change(&ask)
		return r.Fetch(s.clock(), ask).Code
	}
	require.Equal(t, kafka.None, code(leader, func(a *FetchAsk) {}))
	require.Equal(t, kafka.FencedLeaderEpoch, code(leader, func(a *FetchAsk) { a.Ask.CurrentLeaderEpoch = 0 }))
	require.Equal(t, kafka.UnknownLeaderEpoch, code(leader, func(a *FetchAsk) { a.Ask.CurrentLeaderEpoch = 2 }))
	require.Equal(t, kafka.NotLeaderOrFollower, code(leader, func(a *FetchAsk) { a.ReplicaEpoch-- }),
		"an earlier incarnation")
	require.Equal(t, kafka.UnknownLeaderEpoch, code(leader, func(a *FetchAsk) { a.Replica = 9 }), "no replica")
	require.Equal(t, kafka.NotLeaderOrFollower, code(follower, func(a *FetchAsk) {}), "no leader")
	require.Equal(t, kafka.NotLeaderOrFollower, code(follower, func(a *FetchAsk) { a.Replica = kafka.NoNode }))
	require.Equal(t, kafka.None, code(follower, func(a *FetchAsk) { a.Replica, a.AnyReplica = kafka.NoNode, true }))
	require.Equal(t, kafka.OffsetOutOfRange, code(leader, func(a *FetchAsk) {
		a.Ask.LastFetchedEpoch,
			a.Ask.FetchOffset = -1, 3
	}))
}

// A follower takes nothing that its leader cannot have sent, and is none the worse for it.
func TestHostileAnswers(t *testing.T) {
	s := steadyStage(t)
	r := s.node(3).r
	good := func(base kafka.Offset, epoch kafka.LeaderEpoch) []byte {
		b := record.NewBuilder(record.Options{})
		b.Add(1, nil, []byte("x"))
		batch := b.Build()
		batch.SetBase(base, epoch)
		return batch
	}
	torn := good(2, 1)
	torn[len(torn)-1] ^= 1
	short := good(2, 1)
	for what, records := range map[string][]byte{
		"a flipped bit": torn, "a newer epoch": good(2, 2), "an offset that is taken": good(1,
			1), "noise": []byte("this is no batch at all, but long enough"),
		"a piece": short[:len(short)-1], "nothing": nil,
	} {
		r.Fetched(s.clock(), Fetched{AskedEpoch: 1, AskedOffset: 2, HighWatermark: 1 << 60, LogStart: -5, Records: records})
		s.run()
		require.EqualValues(t, 2, r.p.log.EndOffset(), what)
		require.EqualValues(t, 2, r.p.log.HighWatermark(), what)
		require.Equal(t, seglog.Ready, r.p.log.State(), what)
	}
	r.Fetched(s.clock(), Fetched{AskedEpoch: 1, AskedOffset: 2,
		Diverging: wire.EpochEnd{Known: true, Epoch: 1 << 30, End: 1 << 60}})
	s.run()
	require.EqualValues(t, 2, r.p.log.EndOffset())
}

// alone is a fetcher whose requests go nowhere.
type alone struct{ sent []kmsg.Request }

func (a *alone) Send(_ *Fetcher, _ uint64, req kmsg.Request) { a.sent = append(a.sent, req) }

func TestTheFetcherTakesNobodysAnswer(t *testing.T) {
	s := steadyStage(t)
	out := &alone{}
	m := s.node(3)
	f := NewFetcher(&fetcherConfig, m.cfg, 1, out)
	f.Add(m.r)
	f.Settle(s.clock())
	f.Settle(s.clock())
	require.Len(t, out.sent, 1, "one request at a time")
	req := out.sent[0].(*kmsg.FetchRequest)
	require.EqualValues(t, m.cfg.Epoch, req.ReplicaState.Epoch)
	p := req.Topics[0].Partitions[0]
	require.EqualValues(t, []int64{1, 2, 1}, []int64{int64(p.CurrentLeaderEpoch), p.FetchOffset,
		int64(p.LastFetchedEpoch)})

	f.Answer(s.clock(), 99, kmsg.NewPtrFetchResponse(), nil) // of another request
	f.Settle(s.clock())
	require.Len(t, out.sent, 1)
	f.Answer(s.clock(), 1, kmsg.NewPtrFetchResponse(), nil) // says nothing of anything
	f.Settle(s.clock())
	require.Len(t, out.sent, 1)
	require.Equal(t, s.now.Add(time.Second), f.Deadline())
	s.now = s.now.Add(time.Second)
	f.Tick(s.clock())
	require.Len(t, out.sent, 2)
	f.Remove(m.r)
	f.Failed(s.clock(), 2)
	s.now = s.now.Add(time.Minute)
	f.Tick(s.clock())
	require.Len(t, out.sent, 2)
	require.Equal(t, env.Never, f.Deadline())
}

// again is a waiter that appends and waits once more when it is answered, as a coordinator may.
type again struct {
	m     *machine
	left  int
	heard int
}

func (a *again) Acked(now env.Now, _ int, code kafka.ErrorCode) {
	a.heard++
	if a.left--; a.left > 0 && code == kafka.None {
		a.append(now)
	}
}

func (a *again) append(now env.Now) {
	b := record.NewBuilder(record.Options{})
	b.Add(1, nil, []byte("again"))
	res, err := a.m.r.Append(now, seglog.Append{Batch: b.Build()}, kafka.AcksAll)
	if err != nil {
		panic(err)
	}
	a.m.r.Await(kafka.AcksAll, res.Last+1, a, 0)
}

func TestWhoIsAnsweredMayAppend(t *testing.T) {
	s := steadyStage(t)
	a, b := &again{m: s.node(1), left: 5}, &again{m: s.node(1), left: 3}
	a.append(s.clock())
	b.append(s.clock())
	s.run()
	require.Equal(t, 5, a.heard)
	require.Equal(t, 3, b.heard)
	require.Zero(t, s.node(1).r.Waiting())
	s.node(1).r.SetMinISR(4) // never more than there are replicas
	require.Equal(t, 3, s.node(1).r.p.effectiveMinISR())

	s.holds["2>1"] = true
	a.left = 1
	a.append(s.clock())
	s.run()
	require.Equal(t, 1, s.node(1).r.Waiting())
	other := s.ctl.state
	other.Leader, other.LeaderEpoch = 2, 9
	s.node(1).r.Apply(s.clock(), other)
	require.Equal(t, 6, a.heard, "an append that waits at a leader that lost its leadership is answered")
}

// The high watermark waits for a follower that has caught up and is about to join, but not for longer than a lag may
// last, though nothing else happens.
func TestOneAboutToJoinIsNotWaitedForLong(t *testing.T) {
	s := newStage(t)
	s.ctl.state.ISR = []kafka.NodeID{1}
	s.node(1).boot()
	s.node(2).boot()
	s.holds["1>c"] = true
	s.ctl.elect(1)
	s.run()
	s.drop("1>c")
	s.node(1).r.leading.proposal.clear() // as if the controller had refused it
	s.node(2).crash()
	s.node(1).produce(kafka.AcksAll)
	s.run()
	require.Equal(t, 1, s.node(1).r.Waiting())
	s.sleep(9 * time.Second)
	require.Equal(t, 1, s.node(1).r.Waiting())
	require.Equal(t, env.Instant(10*time.Second+1), s.node(1).r.Deadline())
	s.sleep(2 * time.Second)
	require.Zero(t, s.node(1).r.Waiting())
}

// A fetch may bring more than fits into one segment.
func TestAnAnswerLargerThanASegment(t *testing.T) {
	s := steadyStage(t)
	cfg := seglog.DefaultConfig()
	cfg.SegmentBytes = 200
	s.node(3).log.SetConfig(s.clock(), cfg)
	s.cuts["1>3"], s.cuts["3>1"] = true, true
	for range 20 {
		s.node(1).produce(kafka.AcksLeader)
	}
	s.run()
	clear(s.cuts)
	s.sleep(2 * time.Second)
	require.EqualValues(t, 22, s.node(3).log.EndOffset())
	require.Greater(t, s.node(3).log.Segments(), 5)
	require.Empty(t, s.laws.bad)
}

// A fetch offset vouches for what is written: the next fetch waits for the log, but not for ever.
func TestAFetchWaitsForTheLog(t *testing.T) {
	s := steadyStage(t)
	m, out := s.node(3), &alone{}
	f := NewFetcher(&fetcherConfig, m.cfg, 1, out)
	f.Add(m.r)
	b := record.NewBuilder(record.Options{})
	b.Add(1, nil, []byte("x"))
	batch := b.Build()
	batch.SetBase(2, 1)
	released := 0
	buf := &env.Buffer{Bytes: batch, Recycle: func(*env.Buffer) { released++ }}
	m.r.Fetched(s.clock(), Fetched{AskedEpoch: 1, AskedOffset: 2, HighWatermark: 2, Records: batch, Buffer: buf})
	buf.Release()
	require.EqualValues(t, 3, m.log.EndOffset())
	require.Zero(t, released, "the log holds it until it is written")
	f.Settle(s.clock())
	require.Empty(t, out.sent)
	require.Equal(t, s.now.Add(fetcherConfig.MaxWait), f.Deadline())
	m.idle()
	require.Equal(t, 1, released)
	f.Settle(s.clock())
	require.Len(t, out.sent, 1)
	require.EqualValues(t, 3, out.sent[0].(*kmsg.FetchRequest).Topics[0].Partitions[0].FetchOffset)
}

// A follower's fetch costs its leader no memory.
func TestAFetchAllocatesNothing(t *testing.T) {
	s := steadyStage(t)
	s.ctl.brokers[3] = s.node(1).view[3]
	r, ask, now := s.node(1).r, askOf(s, 2), s.clock()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if a := r.Fetch(now, ask); a.Code != kafka.None {
			t.Fatal(a.Code)
		}
		r.Settle(now)
	}))
}

// A proposal that was never answered may still arrive. That a later sending of it is refused ends nothing: its member
// counts until the metadata moves on, or a sending is accepted.
func TestARefusalAfterASilenceEndsNothing(t *testing.T) {
	s := newStage(t)
	s.ctl.state.ISR = []kafka.NodeID{1}
	s.node(1).boot()
	s.node(2).boot()
	s.holds["1>c"] = true
	s.ctl.elect(1)
	s.run()
	r := s.node(1).r
	require.True(t, r.leading.inMaximalISR(2))
	first := r.leading.proposal.seq
	r.Altered(s.clock(), first+7, Altered{Code: kafka.IneligibleReplica}) // of no proposal there is
	require.True(t, r.leading.inMaximalISR(2))
	r.Altered(s.clock(), first, Altered{Code: kafka.RequestTimedOut})
	require.Equal(t, s.now.Add(time.Second), r.Deadline())
	s.sleep(time.Second)
	require.Len(t, s.held, 2, "it is sent again")
	r.Altered(s.clock(), r.leading.proposal.seq, Altered{Code: kafka.IneligibleReplica})
	require.True(t, r.leading.inMaximalISR(2))
	s.sleep(time.Second)
	require.Len(t, s.held, 3)
	s.release("1>c", 1) // the first one arrives at last
	s.run()
	require.Equal(t, []kafka.NodeID{1, 2}, s.ctl.state.ISR)
	require.Equal(t, []kafka.NodeID{1, 2}, r.ISR(), "by the metadata")
	require.False(t, r.leading.proposal.open())
	require.Empty(t, s.laws.bad)
}

// A follower whose fetch is fenced does not ask again in its epoch: the metadata brings the next one. That
// a request of the epoch before was refused means nothing for this one (R8, KAFKA-7786).
func TestAFencedFollowerWaitsForTheNextEpoch(t *testing.T) {
	s := steadyStage(t)
	r := s.node(3).r
	r.Fetched(s.clock(), Fetched{AskedEpoch: 0, AskedOffset: 2, Code: kafka.FencedLeaderEpoch})
	require.Equal(t, ready, r.following.readiness(s.clock()))
	r.Fetched(s.clock(), Fetched{AskedEpoch: 1, AskedOffset: 2, Code: kafka.FencedLeaderEpoch})
	later := s.clock()
	later.Mono = later.Mono.Add(time.Hour)
	require.Equal(t, away, r.following.readiness(later))
	next := s.ctl.state
	next.LeaderEpoch++
	require.True(t, r.Apply(s.clock(), next))
	require.Equal(t, ready, r.following.readiness(s.clock()))
}

// A leader emits where its epoch begins, and each fetch that does not go on from the one before.
func TestFactsOfALeader(t *testing.T) {
	s := steadyStage(t)
	m := s.node(1)
	tp := m.r.Partition()
	require.Equal(t, []env.Fact{env.EpochBegun{TopicPartition: tp, Epoch: 1, Start: 0},
		env.FollowerHeard{TopicPartition: tp, Epoch: 1, Broker: 2, Offset: 0, FetchEpoch: 1, LastEpoch: kafka.NoEpoch},
		env.FollowerHeard{TopicPartition: tp, Epoch: 1, Broker: 3, Offset: 0, FetchEpoch: 1,
			LastEpoch: kafka.NoEpoch}}, m.own)
	m.own = nil
	m.r.Fetch(s.clock(), askOf(s, 2))
	require.Empty(t, m.own)
	m.r.Fetch(s.clock(), askOf(s, 1))
	again := askOf(s, 1)
	again.ReplicaEpoch++
	m.r.Fetch(s.clock(), again)
	heard := env.FollowerHeard{TopicPartition: tp, Epoch: 1, Broker: 3, Offset: 1, FetchEpoch: 1, LastEpoch: 1}
	require.Equal(t, []env.Fact{heard, heard}, m.own)
}
