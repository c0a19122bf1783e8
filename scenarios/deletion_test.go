package scenarios

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/checkers/history"
	"gregor/core/env"
)

// deletion is a cluster whose records are deleted up to where no follower's fetch brings anything any more; FAULT may
// be in the way.
const deletion = `cluster brokers=3 controllers=3 min.insync.replicas=2
topic orders partitions=1
producer p1 topic=orders rate=100/s count=200 linger.ms=0
FAULT
admin d1 do=delete-records topic=orders partition=0 before=100 at=6s
run 14s
expect safe
`

// deleted runs a deletion and returns the answer, and when the leader's log began at 100 and when the fact was emitted.
func deleted(t *testing.T, fault string) (f env.RecordsDeleted, begun, told env.Instant) {
	t.Helper()
	r := Do(Token{Scenario: parsed(t, strings.Replace(deletion, "FAULT", fault, 1)), Seed: 1}, Options{})
	require.Equal(t, Holds, r.Verdict, r.Sentence)
	for _, s := range r.History.Facts {
		switch is := s.Fact.(type) {
		case env.LogStartAdvanced:
			if begun == 0 && is.Topic == "orders" {
				begun = s.At
			}
		case env.RecordsDeleted:
			require.Zero(t, told, "answered twice")
			f, told = is, s.At
		}
	}
	require.NotZero(t, told, "no deletion was answered")
	return f, begun, told
}

// DeleteRecords is answered when the records are gone from every replica that is alive, and from no other (KIP-107).
func TestDeletedRecordsAreGoneEverywhere(t *testing.T) {
	f, begun, told := deleted(t, "# nothing is in the way")
	require.ElementsMatch(t, ids(1, 2, 3), f.Replicas)
	require.EqualValues(t, 100, f.To)
	require.Less(t, told.Sub(begun), 100*time.Millisecond,
		"an idle follower's fetch waits 500 ms, and must not be waited for")

	f, begun, told = deleted(t, "at 5s pause b3 for 3s")
	require.Len(t, f.Replicas, 3)
	require.Greater(t, told.Sub(begun), 1900*time.Millisecond, "a follower that is alive but asleep is waited for")

	f, begun, told = deleted(t, "at 2s crash follower(orders-0) for 9s")
	require.Len(t, f.Replicas, 2)
	require.Less(t, told.Sub(begun), 100*time.Millisecond, "one that is known to be dead is not")
}

// deletions are deletions while brokers fail, each of which may come back to find its leader's log begin beyond its
// end, and within a batch.
const deletions = `cluster brokers=3 controllers=3 min.insync.replicas=2 broker.session.timeout.ms=2000 broker.heartbeat.interval.ms=300
topic orders partitions=1
producer p1 topic=orders rate=100/s linger.ms=0
admin d1 do=delete-records topic=orders partition=0 before=50 at=2s
admin d2 do=delete-records topic=orders partition=0 before=150 at=4s
admin d3 do=delete-records topic=orders partition=0 before=250 at=6s
admin d4 do=delete-records topic=orders partition=0 before=350 at=8s
disk latency=1ms..20ms sync=10ms
random crash broker every 1s..3s for 10ms..2s
random pause broker every 1s..3s for 10ms..1s
random partition broker | rest every 2s..4s for 10ms..2s
run 12s
expect safe
`

// Whatever happens to brokers meanwhile, an answer is true when it is given.
func TestDeletionsUnderFaults(t *testing.T) {
	by := map[int]int{} // answers by how many replicas they count
	for seed := range uint64(40) {
		token := Token{Scenario: parsed(t, deletions), Seed: seed}
		r := Do(token, Options{})
		require.Equal(t, Holds, r.Verdict, "seed %d: %s", seed, r.Sentence)
		eachDeletion(r.History.Facts, func(f env.RecordsDeleted) { by[len(f.Replicas)]++ })
	}
	require.Greater(t, by[3], 20, "answers that count all: %v", by)
	require.Greater(t, by[1]+by[2], 5, "answers that count the others only: %v", by)
}

// withinABatch has a follower lose everything when its leader's log begins within a batch, and lose power while it
// restarts with that.
const withinABatch = `cluster brokers=3 controllers=3 min.insync.replicas=2 broker.session.timeout.ms=2000 broker.heartbeat.interval.ms=300 log.flush.offset.checkpoint.interval.ms=100
topic orders partitions=1
producer p1 topic=orders rate=200/s linger.ms=200
admin d1 do=delete-records topic=orders partition=0 before=130 at=2s
disk latency=5ms..40ms sync=20ms
at 4s wipe follower(orders-0) for 100ms
random power-cut follower(orders-0) every 300ms..1s for 10ms..200ms
at 9s wipe follower(orders-0) for 100ms
run 12s
expect safe
`

// DeleteRecords does not cut batches: a follower that begins where its leader does takes the first one whole
// (KAFKA-6975).
func TestAFollowerBeginsWithinABatch(t *testing.T) {
	within := 0
	for seed := range uint64(20) {
		r := Do(Token{Scenario: parsed(t, withinABatch), Seed: seed}, Options{})
		require.Equal(t, Holds, r.Verdict, "seed %d: %s", seed, r.Sentence)
		for _, s := range r.History.Facts {
			if f, ok := s.Fact.(env.Logged); ok && strings.Contains(f.Text, "where everything is deleted here") {
				within++
			}
		}
	}
	require.Greater(t, within, 10)
}

// beginsAnew has a follower that was away find its leader's log begin beyond its end, and be killed at CRASH while it
// restarts. Its checkpoints have what it had flushed up to where it stopped at 2s, and not that this was deleted since.
const beginsAnew = `cluster brokers=3 controllers=3 min.insync.replicas=2 log.flush.interval.messages=1 replica.lag.time.max.ms=400 replica.fetch.wait.max.ms=400 broker.session.timeout.ms=2000 broker.heartbeat.interval.ms=300
topic orders partitions=1
producer p1 topic=orders rate=100/s linger.ms=0
disk latency=5ms..40ms sync=20ms
at 2s restart b3
admin d1 do=delete-records topic=orders partition=0 before=450 at=5s
at 5500ms partition b3 | rest for 1200ms
admin d2 do=delete-records topic=orders partition=0 before=600 at=6500ms
at CRASH crash b3 for 300ms
run 12s
expect safe
`

// A log that restarts has no segment for a moment, and its broker starts again whenever it is killed.
func TestABrokerStartsWhateverABeginningLeft(t *testing.T) {
	anew := 0
	for crash := 6750; crash <= 7100; crash += 50 {
		for seed := range uint64(6) {
			story := strings.Replace(beginsAnew, "CRASH", fmt.Sprintf("%dms", crash), 1)
			r := Do(Token{Scenario: parsed(t, story), Seed: seed}, Options{})
			require.Equal(t, Holds, r.Verdict, "killed after %d ms, seed %d: %s", crash, seed, r.Sentence)
			for _, s := range r.History.Facts {
				if f, ok := s.Fact.(env.LogCutting); ok && f.Anew && s.Node == "b3" {
					anew++
				}
			}
		}
	}
	require.Greater(t, anew, 30)
}

func eachDeletion(facts []history.Stamped, f func(env.RecordsDeleted)) {
	for _, s := range facts {
		if d, ok := s.Fact.(env.RecordsDeleted); ok {
			f(d)
		}
	}
}

// A partition that went to other brokers while one was down is set aside when that starts: the log is of no use there,
// and would be taken for a new one's later.
func TestWhatWentElsewhereIsSetAside(t *testing.T) {
	const story = `cluster brokers=4 controllers=3 min.insync.replicas=2
topic orders partitions=1 replication.factor=3
producer p1 topic=orders rate=50/s
admin a1 do=reassign topic=orders partition=0 replicas=1,2,3 at=1s
at 5s crash b3 for 6s
admin a2 do=reassign topic=orders partition=0 replicas=1,2,4 at=6s
run 14s
expect safe
`
	r := Do(Token{Scenario: parsed(t, story), Seed: 1}, Options{})
	require.Equal(t, Holds, r.Verdict, r.Sentence)
	var aside []string
	for _, s := range r.History.Facts {
		if f, ok := s.Fact.(env.ReplicaDropped); ok && f.Topic == "orders" && s.Node == "b3" {
			aside = append(aside, f.String())
		}
	}
	require.Equal(t, []string{"orders-0"}, aside)
}
