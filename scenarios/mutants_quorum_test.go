//go:build mutants

package scenarios

import (
	"fmt"

	"gregor/core/mutants"
)

// quorumMutants are those of the metadata quorum.
var quorumMutants = []mutantCase{
	{"raft.no_flush", "K1", mutants.Set{QuorumNoFlush: true}, quorumFaults,
		[]string{"quorum-unflushed-commit", "quorum-lost-flushed"}},
	{"raft.resume_leadership", "K2", mutants.Set{ResumeLeadership: true}, quorumFaults, []string{"quorum-epoch-resumed"}},
	{"raft.commit_prev_epoch", "K3", mutants.Set{CommitPreviousEpoch: true}, quorumFaults,
		[]string{"quorum-commit-old-epoch"}},
	{"raft.no_check_quorum", "K4", mutants.Set{NoCheckQuorum: true}, cutController, []string{twoReigns}},
	{"raft.no_prevote", "K5", mutants.Set{NoPreVote: true}, flapping(), []string{leaderDisturbed}},
	{"raft.prevote_grant_before_fetch", "K5", mutants.Set{PreVoteWithLeader: true}, flapping(), []string{leaderDisturbed}},
	{"raft.no_dir_id", "K8", mutants.Set{NoDirectoryID: true}, "emptied-voter",
		[]string{"quorum-committed-lost", "quorum-emptied-voter"}},
	{"raft.allow_truncate_below_hw", "K6", mutants.Set{QuorumTruncateBelowHighWatermark: true, QuorumNoFlush: true},
		lostTail(),
		[]string{"quorum-truncated-below-high-watermark"}},
	{"raft.retention_deletes", "K7", mutants.Set{QuorumRetentionDeletes: true}, smallSegments,
		[]string{"quorum-log-start-beyond-snapshot"}},
	{"ctrl.expose_uncommitted", "K9", mutants.Set{ExposeUncommitted: true}, quorumFaults,
		[]string{"metadata-disagrees", "partition-epoch", "fenced-in-isr"}},
}

// Controllers lose power, messages and each other while there is something to decide.
const quorumFaults = "cluster brokers=3 controllers=3 min.insync.replicas=2 " + quick + `
topic orders partitions=2
producer p1 topic=orders rate=20/s
admin a1 do=create-topic topic=t1 partitions=2 at=3s
admin a2 do=create-topic topic=t2 partitions=2 at=7s
admin a3 do=create-topic topic=t3 partitions=2 at=11s
admin a4 do=create-topic topic=t4 partitions=2 at=15s
admin a5 do=create-topic topic=t5 partitions=2 at=19s
admin a6 do=create-topic topic=t6 partitions=2 at=23s
admin a7 do=create-topic topic=t7 partitions=2 at=27s
disk power-cut=loses latency=1ms..20ms sync=10ms
network latency=2ms..30ms
random power-cut controllers every 2s..5s for 10ms..3s
random power-cut controller every 3s..8s for 10ms..3s
random crash controller every 3s..8s for 10ms..3s
random pause controller every 4s..10s for 100ms..4s
random partition controller | rest every 4s..10s for 100ms..5s
random partition controllers | rest one-way every 3s..8s for 100ms..5s
random partition rest | controllers one-way every 3s..8s for 100ms..5s
random hold controller | controllers every 3s..8s for 100ms..4s
random restart broker every 4s..9s
run 40s
expect safe
`

// The metadata log goes on in a new file every few seconds, and hardly anything is covered by a snapshot.
const smallSegments = `cluster brokers=3 controllers=3 min.insync.replicas=2 internal.metadata.log.segment.bytes=2048 metadata.log.max.record.bytes.between.snapshots=16384
topic orders partitions=2
producer p1 topic=orders rate=20/s
random restart broker every 2s..5s
random crash controllers every 2s..5s for 100ms..2s
run 15s
expect safe
`

// The active controller is cut off from the others, and not from the brokers.
const cutController = `cluster brokers=3 controllers=3 min.insync.replicas=2
topic orders partitions=1
producer p1 topic=orders rate=20/s
network latency=1ms..10ms
at 2s partition controller | controllers for 14s
at 20s partition controllers | controller one-way for 14s
run 40s
expect safe
`

// flapping cuts one controller off again and again: after the first time it is not the active one.
func flapping() string {
	return `cluster brokers=3 controllers=3
topic orders partitions=1
producer p1 topic=orders rate=20/s
network latency=1ms..10ms
` + rounds(8, 4500, func(i, at int) []string {
		return []string{fmt.Sprintf("at %dms partition k1 | rest for 3500ms", at+1000)}
	}) + "run 40s\nexpect safe\n"
}

// lostTail has two controllers lose power, and what they have not flushed, when they have just agreed on something; the
// third one knows that they had, and is cut off from them for a while.
func lostTail() string {
	return "cluster brokers=1 controllers=3 " + quick + `
topic orders partitions=1
producer p1 topic=orders rate=20/s
disk power-cut=loses sync=200ms
network latency=1ms..3ms
` + rounds(3, 9000, func(i, at int) []string {
		spared := controllerName(i)
		others := controllerName((i+1)%3) + "," + controllerName((i+2)%3)
		return []string{
			fmt.Sprintf("admin a%d do=create-topic topic=t%d partitions=2 at=%dms", i, i, at+3000),
			fmt.Sprintf("at %dms partition %s | rest for 6s", at+3060, spared),
			fmt.Sprintf("at %dms power-cut %s for 10ms", at+3060, others),
		}
	}) + "run 27s\nexpect safe\n"
}
