//go:build mutants

package scenarios

import "gregor/core/mutants"

// brokerMutants are those of one broker by itself.
var brokerMutants = []mutantCase{
	{"idem.off", "P1", mutants.Set{IdempotenceOff: true}, "retry-idempotent", []string{"duplicate-append"}},
	{"idem.window=1", "P2", mutants.Set{IdempotenceWindowOne: true}, "retry-idempotent", []string{"duplicate"}},
	{"idem.dup_reply_wrong_offset", "P8", mutants.Set{DuplicateWrongOffset: true}, "retry-idempotent",
		[]string{"duplicate-answer"}},
	{"ack.before_write", "-", mutants.Set{AckBeforeWrite: true}, restartThenCut,
		[]string{"acked-loss", "recovered-lost-committed"}},
	{"ack.before_flush", "-", mutants.Set{AckBeforeFlush: true}, restartThenCut,
		[]string{"acked-loss", "recovered-lost-committed"}},
	{"produce.ack_base_zero_on_timeout", "P10", mutants.Set{AckZeroOnTimeout: true}, slowDisk, []string{"wrong-offset"}},
	{"fetch.past_hw", "T11", mutants.Set{FetchPastHighWatermark: true}, "power-cut-flushed", []string{"dirty-read"}},
	{"log.append_after_error", "C7", mutants.Set{AppendAfterError: true}, fullThenCrash, []string{"acked-loss"}},
	{"log.sync_error_ignored", "fsyncgate", mutants.Set{SyncErrorIgnored: true}, "fsync-error",
		[]string{"recovered-lost-flushed"}},
	{"log.no_dir_fsync", "C7", mutants.Set{NoDirectorySync: true}, "power-cut-flushed",
		[]string{"recovered-lost-flushed"}},
	{"log.retention_past_hw", "R14", mutants.Set{RetentionPastHighWatermark: true}, eagerRetention,
		[]string{"log-start-beyond-high-watermark"}},
	{"group.commit_no_fence", "G1", mutants.Set{CommitUnfenced: true}, "rebalance", []string{zombieCommit}},
	{"offs.expire_by_commit_time", "G9", mutants.Set{ExpireByCommitTime: true}, idleGroup, []string{"not-at-most-once"}},
	{"net.acks0_keep_conn", "I10", mutants.Set{AcksZeroKeepsConnection: true}, movedLeader, []string{silentLoss}},
	{"coord.cache_epoch_first", "I15", mutants.Set{CacheEpochFirst: true}, lentCoordinator, []string{stuck}},
	{"coord.serve_while_loading", "G10", mutants.Set{ServeWhileLoading: true}, coordinatorRestart,
		[]string{"generation-back"}},
}

// A disk that stalls for longer than producers wait.
const slowDisk = `cluster brokers=1
topic orders partitions=1
producer p1 topic=orders rate=200/s request.timeout.ms=1000
at 0s drift p1 -100000ppm
random disk b1 stall=1500ms every 1s..2s
run 10s
expect safe
`

// A clean stop, a start, and then a power cut in the middle of writing.
const restartThenCut = `cluster brokers=1 log.flush.interval.messages=1
topic orders partitions=1
producer p1 topic=orders rate=300/s value.bytes=4000 linger.ms=20 request.timeout.ms=400
disk latency=1ms..20ms sync=15ms
at 1s shutdown b1
at 2s restart b1
random power-cut b1 every 1s..2s for 50ms..500ms from 3s
run 9s
expect safe
`

// Retention that looks often, and a disk that syncs slowly.
const eagerRetention = `cluster brokers=1 log.flush.interval.messages=1 log.retention.check.interval.ms=20
topic orders partitions=1 retention.bytes=1 segment.bytes=1048576
producer p1 topic=orders rate=500/s value.bytes=20000
disk sync=300ms
run 10s
expect safe
allow acked-loss
allow poll-skip
allow unseen
`

// A group that has nothing to commit for longer than offsets are kept, and then restarts.
const idleGroup = `cluster brokers=1 offsets.retention.minutes=1 offsets.retention.check.interval.ms=1000
topic orders partitions=1
producer p1 topic=orders rate=100/s count=100
consumer c1 group=billing topic=orders auto.offset.reset=earliest enable.auto.commit=false commit=after session.timeout.ms=6000
at 100s crash c1 for 15s
run 150s
expect at-most-once
`

// A broker that restarts under a group.
const coordinatorRestart = `cluster brokers=1
topic orders partitions=2
producer p1 topic=orders rate=100/s
consumer c1 group=billing topic=orders auto.offset.reset=earliest enable.auto.commit=false commit=after
at 3s crash b1 for 100ms
at 3s crash c1 for 100ms
run 10s
expect safe
allow not-at-most-once
`

// A leader that hands over to another one and goes on living.
const movedLeader = `cluster brokers=3
topic orders partitions=1
producer p1 topic=orders rate=100/s acks=0 linger.ms=0
admin r1 do=reassign topic=orders partition=0 replicas=2,3,1 at=1s
admin e1 do=elect-leaders topic=orders partition=0 at=2s
admin r2 do=reassign topic=orders partition=0 replicas=3,1,2 at=3s
admin e2 do=elect-leaders topic=orders partition=0 at=4s
run 15s
expect safe
allow acked-loss
`

// lentCoordinator has a broker, which has begun to coordinate a group and is not done with loading it, hand it to
// another one and take it back, and hear of both at once.
const lentCoordinator = `cluster brokers=6 controllers=3 offsets.topic.num.partitions=1
topic orders partitions=2
producer p1 topic=orders rate=200/s linger.ms=0
consumer c1 group=billing topic=orders auto.offset.reset=earliest enable.auto.commit=false commit=after
network latency=1ms..5ms
admin r1 do=reassign topic=__consumer_offsets partition=0 replicas=2,1,3 at=1s
admin e1 do=elect-leaders topic=__consumer_offsets partition=0 at=1500ms
admin r2 do=reassign topic=__consumer_offsets partition=0 replicas=1,2,3 at=2s
at 2480ms hold b2,b3 | b1 for 2500ms
admin e2 do=elect-leaders topic=__consumer_offsets partition=0 at=2500ms
at 2550ms hold b1 | controllers for 1900ms
admin r3 do=reassign topic=__consumer_offsets partition=0 replicas=2,1,3 at=3200ms
admin e3 do=elect-leaders topic=__consumer_offsets partition=0 at=3400ms
admin r4 do=reassign topic=__consumer_offsets partition=0 replicas=1,2,3 at=3700ms
admin e4 do=elect-leaders topic=__consumer_offsets partition=0 at=4s
run 8s
expect safe
`

// fullThenCrash has a log read its files again after its disk ran full: what was acknowledged and is not there is lost.
const fullThenCrash = `cluster brokers=1 log.flush.interval.messages=1
topic orders partitions=2
producer p1 topic=orders rate=200/s value.bytes=1000 delivery.timeout.ms=60000
consumer c1 group=billing topic=orders auto.offset.reset=earliest
at 2s disk b1 capacity=500KiB for 4s
at 6500ms crash b1 for 200ms
run 10s
expect safe
`
