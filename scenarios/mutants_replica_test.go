//go:build mutants

package scenarios

import (
	"fmt"
	"strings"

	"gregor/core/mutants"
)

// replicaMutants are those of replication, and of the leader's half of the in-sync set.
var replicaMutants = []mutantCase{
	{"repl.truncate_to_hw", "R1 R2", mutants.Set{TruncateToHighWatermark: true}, elections,
		[]string{"truncated-committed", "strong-isr"}},
	{"repl.epoch_reply_without_epoch", "R3", mutants.Set{EpochReplyWithoutEpoch: true}, unclean,
		[]string{"committed-changed", "strong-isr"}},
	{"repl.no_epoch_entry_on_election", "R4", mutants.Set{NoEpochEntryOnElection: true}, elections,
		[]string{"epoch-start"}},
	{"isr.expand_at_local_hw", "R5", mutants.Set{ExpandAtLocalHighWatermark: true}, earlyJoin(), []string{"strong-isr"}},
	{"repl.skip_truncate_same_leader", "R6", mutants.Set{SkipTruncateSameLeader: true}, bumped(),
		[]string{"heard-unmatched"}},
	{"repl.no_fetch_epoch_check", "R7", mutants.Set{NoFetchEpochCheck: true}, bumped(),
		[]string{"high-watermark-beyond-isr"}},
	{"repl.hw_ignores_epoch", "R7", mutants.Set{HighWatermarkIgnoresEpoch: true}, bumped(),
		[]string{"high-watermark-beyond-isr"}},
	{"repl.accept_stale_epoch_reply", "R8", mutants.Set{AcceptStaleReply: true}, bumped(), []string{stuck}},
	{"repl.failed_read_updates_state", "R10", mutants.Set{FailedReadUpdatesFollower: true}, bumped(),
		[]string{"heard-other-epoch", "heard-unmatched"}},
	{"repl.forget_last_fetched_epoch", "R11", mutants.Set{ForgetLastFetchedEpoch: true}, bumped(),
		[]string{"heard-unmatched"}},
	{"repl.diverging_updates_follower_leo", "R9", mutants.Set{DivergingUpdatesFollower: true}, sameLeader,
		[]string{"high-watermark-beyond-isr", "strong-isr"}},
	{"repl.hw_before_truncate", "R12", mutants.Set{HighWatermarkBeforeTruncate: true}, flips,
		[]string{"committed-changed"}},
	{"repl.hw_not_reset_on_full_truncate", "R13", mutants.Set{HighWatermarkNotReset: true}, lostHighWatermark(),
		[]string{"acked-loss", "acked-before-committed"}},
	{"repl.epoch_cache_keep_tail", "R13", mutants.Set{EpochCacheKeepsTail: true}, slowFlips, []string{stuck}},
	{"log.recover_skip_epoch0", "R13", mutants.Set{RecoverSkipsEpochZero: true}, deletedBefore,
		[]string{"heard-unmatched"}},
	{"repl.truncate_unowned", "R13", mutants.Set{TruncateUnowned: true}, thereAndBack(),
		[]string{"truncated-leading", "truncated-committed"}},
	{"log.cut_before_indexes", "-", mutants.Set{CutBeforeIndexes: true}, sheared(), []string{gaveUp}},
	{"repl.no_begin_within_batch", "KAFKA-6975", mutants.Set{NoBeginWithinBatch: true}, withinABatch, []string{stuck}},
	{"repl.delete_records_by_leader_alone", "KIP-107", mutants.Set{DeleteRecordsByLeaderAlone: true}, deletions,
		[]string{"deletion-behind"}},
	{"repl.listoffsets_local_hw", "R15", mutants.Set{ListOffsetsLocalHighWatermark: true}, endOffsets(),
		[]string{"freshness"}},
	{"isr.no_maximal_isr", "I1", mutants.Set{NoMaximalISR: true}, staleProposal(), []string{"high-watermark-beyond-isr"}},
	{"isr.no_current_epoch_fetch", "I2", mutants.Set{NoCurrentEpochFetch: true}, emptied, []string{"strong-isr"}},
	{"isr.no_broker_epoch", "I3", mutants.Set{NoBrokerEpoch: true}, staleProposal(), []string{"strong-isr"}},
	{"isr.hw_below_min_isr", "I6", mutants.Set{HighWatermarkBelowMinISR: true}, elections,
		[]string{"high-watermark-below-min-isr"}},
	{"isr.no_refresh_on_conflict", "I11", mutants.Set{NoRefreshOnConflict: true}, readded(), []string{stuck}},
}

// quick has brokers and replicas be missed soon.
const quick = "replica.lag.time.max.ms=1500 broker.session.timeout.ms=2000 broker.heartbeat.interval.ms=300"

// lossy allows what may come of losses.
const lossy = `allow acked-loss
allow lost-write
allow inconsistent-offsets
allow nonmonotonic-send
allow nonmonotonic-poll
allow leader-completeness
allow committed-offset-back
allow generation-back
allow recovered-lost-committed
allow duplicate
allow wrong-offset
`

// rounds writes lines for several rounds.
func rounds(n, everyMillis int, lines func(i, at int) []string) string {
	var all []string
	for i := range n {
		all = append(all, lines(i, i*everyMillis)...)
	}
	return strings.Join(all, "\n") + "\n"
}

// Leaders come and go, and nothing is lost.
const elections = "cluster brokers=3 controllers=3 min.insync.replicas=2 " + quick + `
topic orders partitions=2
producer p1 topic=orders rate=100/s linger.ms=0
consumer c1 group=billing topic=orders auto.offset.reset=earliest
network latency=5ms..40ms
random crash leader(orders-0) every 3s..8s for 20ms..3s
random restart broker every 3s..8s
random partition leader(orders-1) | broker every 4s..10s for 100ms..3s
random hold leader(orders-0) | broker every 3s..8s for 50ms..2s
random partition broker | controllers every 5s..12s for 100ms..4s
random pause broker every 4s..12s for 100ms..4s
run 40s
expect safe
allow poll-skip
allow nonmonotonic-poll
`

// Leaders come and go that lack what others had.
const unclean = "cluster brokers=3 controllers=3 min.insync.replicas=1 unclean.leader.election.enable=true " + quick + `
topic orders partitions=2
producer p1 topic=orders rate=100/s linger.ms=0
producer p2 topic=orders rate=30/s acks=1 linger.ms=0
network latency=5ms..40ms
random crash leader(orders-0) every 3s..8s for 20ms..3s
random restart broker every 3s..8s
random partition leader(orders-1) | broker every 4s..10s for 100ms..3s
random partition leader(orders-0) | rest every 5s..10s for 100ms..5s
random hold leader(orders-0) | broker every 3s..8s for 50ms..2s
random partition broker | controllers every 5s..12s for 100ms..4s
random pause broker every 4s..12s for 100ms..4s
random power-cut broker every 5s..12s for 10ms..3s
run 40s
` + lossy

// Leaders change several times a second.
const flips = "network latency=5ms..60ms" + flipping

// The same, on disks that take their time.
const slowFlips = "network latency=1ms..10ms\ndisk latency=5ms..60ms sync=20ms" + flipping

const flipping = `
cluster brokers=3 controllers=3 min.insync.replicas=1 ` + quick + `
topic orders partitions=2
producer p1 topic=orders rate=150/s linger.ms=0
producer p2 topic=orders rate=20/s linger.ms=0 acks=1
random crash leader(orders-0) every 600ms..1500ms for 10ms..300ms
random restart leader(orders-1) every 1s..2s
random partition leader(orders-0) | broker every 1s..3s for 50ms..600ms
run 30s
` + lossy

// The follower stops, the leader loses power and what it had, and leads again in another epoch; then the follower goes
// on.
const sameLeader = "cluster brokers=2 controllers=3 min.insync.replicas=1 " + quick + `
topic orders partitions=1
producer p1 topic=orders rate=200/s linger.ms=0
disk power-cut=loses
network latency=1ms..5ms
at 1500ms pause follower(orders-0) for 8s
at 3200ms power-cut leader(orders-0) for 100ms
at 12500ms pause follower(orders-0) for 8s
at 14200ms power-cut leader(orders-0) for 100ms
at 23500ms pause follower(orders-0) for 8s
at 25200ms power-cut leader(orders-0) for 100ms
run 35s
` + lossy

// earlyJoin has a follower stop in a controlled way and come back at once, and the leader die in between: the new one
// does not know yet how far the old one had come.
func earlyJoin() string {
	return "cluster brokers=3 controllers=3 min.insync.replicas=2 " + quick + `
topic orders partitions=1
producer p1 topic=orders rate=500/s linger.ms=0
network latency=10ms..30ms
random hold leader(orders-0) | broker every 100ms..400ms for 200ms..700ms
` + rounds(9, 4500, func(i, at int) []string {
		return []string{
			fmt.Sprintf("at %dms restart follower(orders-0)", at+2000),
			fmt.Sprintf("at %dms crash leader(orders-0) for 2500ms", at+2170+i*5),
		}
	}) + "run 42s\nexpect safe\n"
}

// lostHighWatermark has a leader alone in sync lose power and its log, but not its checkpoint of the high watermark,
// and die when the follower is in sync again.
func lostHighWatermark() string {
	return "cluster brokers=2 controllers=3 min.insync.replicas=1 " + quick + `
topic orders partitions=1
producer p1 topic=orders rate=40/s linger.ms=0
disk power-cut=loses
network latency=5ms..25ms
` + rounds(5, 9000, func(_, at int) []string {
		return []string{
			fmt.Sprintf("at %dms pause follower(orders-0) for 3s", at+1500),
			fmt.Sprintf("at %dms power-cut leader(orders-0) for 20ms", at+3600),
			fmt.Sprintf("at %dms crash leader(orders-0) for 2s", at+7200),
		}
	}) + "run 46s\n" + lossy
}

// endOffsets asks for the end of a partition while its leaders come and go.
func endOffsets() string {
	return "cluster brokers=3 controllers=3 min.insync.replicas=2 " + quick + `
topic orders partitions=1
producer p1 topic=orders rate=200/s linger.ms=0
network latency=20ms..60ms
` + rounds(60, 400, func(i, at int) []string {
		return []string{fmt.Sprintf("admin e%d do=end-offset topic=orders partition=0 at=%dms metadata.max.age.ms=200", i,
			at+1500+i%7*37)}
	}) + `random crash leader(orders-0) every 2s..4s for 500ms..2s
random restart leader(orders-0) every 3s..5s
run 27s
expect fresh
`
}

// staleProposal has a leader propose to take in a follower that has caught up, and the follower lose power and what it
// had while the proposal is on its way.
func staleProposal() string {
	return `cluster brokers=3 controllers=3 min.insync.replicas=2 replica.lag.time.max.ms=1500
topic orders partitions=1
producer p1 topic=orders rate=100/s value.bytes=3000 linger.ms=0
disk power-cut=loses
network latency=2ms..10ms bandwidth=2MiB/s
` + rounds(6, 10_000, func(i, at int) []string {
		b := brokerName(i % 3)
		return []string{
			fmt.Sprintf("at %dms pause %s for 3s", at+1000, b),
			fmt.Sprintf("at %dms hold leader(orders-0) | controllers for 1800ms", at+3950),
			fmt.Sprintf("at %dms power-cut %s for 20ms if survivable", at+4600+i*10, b),
			fmt.Sprintf("at %dms reset %s", at+4625+i*10, b),
			fmt.Sprintf("at %dms crash %s for 400ms", at+4626+i*10, b), // so that the controller sees at once that it is gone
		}
	}) + "run 60s\nexpect safe\n"
}

// readded has a replica taken away and given back while its leader hears nothing of it.
func readded() string {
	return `cluster brokers=3 controllers=3 min.insync.replicas=1
topic orders partitions=1
producer p1 topic=orders rate=100/s linger.ms=0
network latency=2ms..20ms
admin a0 do=reassign topic=orders partition=0 replicas=1,2,3 at=200ms
admin a1 do=elect-leaders topic=orders partition=0 at=1s
` + rounds(5, 4000, func(i, at int) []string {
		return []string{
			fmt.Sprintf("admin r%d do=reassign topic=orders partition=0 replicas=1,2 at=%dms", i, at+3000),
			fmt.Sprintf("admin s%d do=reassign topic=orders partition=0 replicas=1,2,3 at=%dms", i, at+3200),
			fmt.Sprintf("at %dms hold controllers | b1 for 900ms", at+2980),
		}
	}) + "run 25s\nexpect safe\n"
}

// Followers die when records have been deleted, and know no more from where on their log is: they read it all again.
const deletedBefore = `cluster brokers=3 controllers=3 min.insync.replicas=2
topic orders partitions=1
producer p1 topic=orders rate=100/s linger.ms=0
admin d1 do=delete-records topic=orders partition=0 before=100 at=3s
at 4s crash follower(orders-0) for 500ms
at 8s crash follower(orders-0) for 500ms
run 10s
expect safe
`

// thereAndBack has a leader write what nobody gets, another one take over and it lead again, while it waits to cut that
// off: disks are slow, and recovery points are written often.
func thereAndBack() string {
	orders := []string{"1,2,3", "2,1,3"}
	return `cluster brokers=3 controllers=3 min.insync.replicas=2 log.flush.interval.messages=1 log.flush.offset.checkpoint.interval.ms=100
topic orders partitions=1
producer p1 topic=orders rate=100/s linger.ms=0
network latency=1ms..5ms
disk latency=10ms..20ms sync=20ms
admin a0 do=reassign topic=orders partition=0 replicas=1,2,3 at=200ms
admin a1 do=elect-leaders topic=orders partition=0 at=1s
` + rounds(5, 5000, func(i, at int) []string {
		return []string{
			fmt.Sprintf("admin r%d do=reassign topic=orders partition=0 replicas=%s at=%dms", i, orders[(i+1)%2], at+2000),
			fmt.Sprintf("at %dms partition leader(orders-0) | b1,b2,b3 for 600ms", at+2600),
			fmt.Sprintf("admin e%d do=elect-leaders topic=orders partition=0 at=%dms", i, at+3000),
			fmt.Sprintf("admin s%d do=reassign topic=orders partition=0 replicas=%s at=%dms", i, orders[i%2], at+3200),
			fmt.Sprintf("admin f%d do=elect-leaders topic=orders partition=0 at=%dms", i, at+3300+i*30),
			fmt.Sprintf("admin t%d do=reassign topic=orders partition=0 replicas=%s at=%dms", i, orders[(i+1)%2], at+4200),
			fmt.Sprintf("admin g%d do=elect-leaders topic=orders partition=0 at=%dms", i, at+4500),
		}
	}) + "run 27s\nexpect safe\n"
}

// sheared has leadership go back and forth on disks that now and then take very long: who has to cut off what it wrote
// as a leader may still be writing down when it began to lead.
func sheared() string {
	orders := []string{"1,2,3", "2,1,3"}
	return `cluster brokers=3 controllers=3 min.insync.replicas=1
topic orders partitions=1
producer p1 topic=orders rate=60/s linger.ms=0
network latency=1ms..3ms
at 1s disk b1,b2,b3 latency=50us..150us sync=200us tail=3s tails=2%
` + rounds(24, 400, func(i, at int) []string {
		return []string{
			fmt.Sprintf("admin r%d do=reassign topic=orders partition=0 replicas=%s at=%dms", i, orders[i%2], at+1500),
			fmt.Sprintf("admin e%d do=elect-leaders topic=orders partition=0 at=%dms", i, at+1600),
			fmt.Sprintf("at %dms hold leader(orders-0) | broker for 150ms", at+1550),
		}
	}) + "run 12s\nexpect safe\n"
}

// bumped has a leader begin one epoch after the other: each time a replica that lags is taken away, and given back. One
// follower hears of it late, and what the other one said before arrives after it.
func bumped() string {
	return "cluster brokers=3 controllers=3 min.insync.replicas=1 " + quick + `
topic orders partitions=1
producer p1 topic=orders rate=100/s linger.ms=0
network latency=2ms..20ms
admin a0 do=reassign topic=orders partition=0 replicas=1,2,3 at=200ms
admin a1 do=elect-leaders topic=orders partition=0 at=1s
` + rounds(5, 3000, func(i, at int) []string {
		return []string{
			fmt.Sprintf("at %dms hold b3 | b1 for 1400ms", at+2500),
			fmt.Sprintf("at %dms hold controllers | b2 for %dms", at+2900, 60+i*80),
			fmt.Sprintf("admin r%d do=reassign topic=orders partition=0 replicas=1,2 at=%dms", i, at+2900),
			fmt.Sprintf("admin s%d do=reassign topic=orders partition=0 replicas=1,2,3 at=%dms", i, at+3400),
		}
	}) + "run 17s\nexpect safe\n"
}

// A leader, which hears nothing of the controllers, has a follower taken away, which deletes what it has, and given
// back. It hears of both at once, from a snapshot of the metadata.
const emptied = `cluster brokers=3 controllers=3 min.insync.replicas=1 broker.session.timeout.ms=20000 internal.metadata.log.segment.bytes=2048 metadata.log.max.record.bytes.between.snapshots=512 metadata.max.retention.bytes=1
topic orders partitions=1
producer p1 topic=orders rate=100/s count=50 linger.ms=0
admin r0 do=reassign topic=orders partition=0 replicas=1,2,3 at=200ms
admin e0 do=elect-leaders topic=orders partition=0 at=700ms
at 3s partition b1 | controllers for 4s
admin r1 do=reassign topic=orders partition=0 replicas=1,2 at=3300ms
admin r2 do=reassign topic=orders partition=0 replicas=1,2,3 at=4s
admin c1 do=create-topic topic=t1 partitions=4 at=4500ms
admin c2 do=create-topic topic=t2 partitions=4 at=4800ms
admin c3 do=create-topic topic=t3 partitions=4 at=5100ms
at 6900ms partition b1 | b3 for 3s
run 12s
expect safe
`
