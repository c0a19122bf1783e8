// Package raft is Kafka's metadata quorum (KRaft): the replicas of the one partition __cluster_metadata-0, their
// leader, and what of their log is committed.
//
// A [Replica] is one of them, as a pure state machine. Its owner calls it with requests, responses, the outcomes of its
// disk operations and the time; it sends to the other replicas through [Out] and hands what is committed to an [Owner],
// the state machine that lives on the log. Elections are KRaft's with pre-vote (KIP-996), replication is pulled with
// Fetch, a replica that has fallen too far behind gets a snapshot with FetchSnapshot. The log is a [seglog.Log].
//
// It promises:
//   - Nothing leaves a replica (a response, a request, a call of its owner) before the election state it rests on is
//     durable in quorum-state. A vote is durable before it is given, a candidacy before it is announced, a
//     leadership before its first record.
//   - What a replica claims to hold is flushed: a follower fetches from offset N only when all below N survives a
//     power cut of its machine, and the leader counts its own log likewise.
//   - The high watermark moves only over records of the leader's own epoch, and never back within one life of the
//     replica. Nothing below it is ever truncated.
//   - The owner receives every committed batch once and in order, after the newest snapshot there was, and nothing that
//     is not committed. It learns of its own leadership when it has received everything committed before.
//   - A leader that restarts does not continue to lead its old epoch: it resigns.
//   - The log is deleted only below a snapshot.
//
// It does not change the voters (KIP-853's AddRaftVoter, RemoveRaftVoter and UpdateRaftVoter): they are static, as
// with Kafka's controller.quorum.voters. Voters may be configured with the directory ids their disks were formatted
// with; then a replica that restarts with an empty disk is no voter any more, and its vote is not asked for.
// Without them, as in Kafka, nothing protects committed metadata from a voter that lost its disk and forgot it.
//
// Where to start reading: replica.go (the parts and their order), role.go (the roles, drawn), log.go. The arithmetic of
// majorities is core/quorum's.
//
// Where it deliberately differs from Kafka:
//   - The fetch timeout is up to a tenth longer than configured, drawn again each time.
//   - A follower whose leader has sent EndQuorumEpoch grants pre-votes at once.
//   - A follower whose connection to the leader breaks, and that does not reach it again within a tenth to a fifth of
//     the election timeout, asks for pre-votes without waiting for the fetch timeout; and it grants them.
//   - A request that waits for data at the leader is answered when the high watermark passes what its sender knows,
//     from Fetch version 18 on (KIP-1166), and every replica sends that version.
//   - A response is handled only if its request is the one in flight to that node.
//   - After a restart the log begins at the newest snapshot, wherever it began before.
//   - Records a leader appended and could not commit are failed with NOT_CONTROLLER; whether a later leader commits
//     them is unknown, as in Kafka.
package raft
