// Package broker is the Node: a Kafka broker, a controller, or both, as process.roles says. It composes the metadata
// quorum, the controller's decisions, replicated logs, groups and connections, and routes requests.
//
// It promises Kafka's answers to Kafka's requests, on each connection in the order the requests came, and that
// nothing is acknowledged before the replicas say it may be ([replica.Replica.Await]).
//
// # The order of things
//
//   - A request becomes a slot in its connection's queue when it arrives. It begins when the ones before it are
//     answered, or at once if all of them are produces; answers leave from the head of the queue only. What a
//     slot waits for (a write, a replica, more data, a group, the controller) is held by the piece that will finish
//     it. Clients wait until the broker is in service; what nodes ask each other is served before.
//   - Disk outcomes belong to the log whose number is in the upper half of their OpID; the first numbers are the
//     node's own files and the quorum's.
//   - Every node has a replica of the metadata log, as a voter or an observer ([raft.Replica]). What it commits goes
//     into the image, and from there to the partitions (publish.go). That is the only way anything about the cluster
//     gets known: a partition is led here because the image says so.
//   - What changes the cluster is a question to the active controller (control.go), one decision at a time, written to
//     the quorum's log and answered when it is committed and in the image. Another node's clients reach it through an
//     Envelope (forward.go).
//   - A log that was touched in a step is settled once, at the step's end: its replica moves the high watermark,
//     produces are answered, fetches that waited for it are tried again, its fetcher asks for more.
//   - One broker alone is a quorum of one voter and takes the same way.
//
// # Where it differs from Kafka
//
//   - CreateTopics, DeleteTopics and CreatePartitions are answered when this broker has read of the outcome and leads
//     what it shall lead, a Metadata or FindCoordinator that makes a topic likewise; Kafka sends the client away.
//   - A broker whose heartbeat connection breaks is looked for at once, and fenced if its machine refuses the
//     connection; Kafka waits for broker.session.timeout.ms. Silence alone is waited for here, too.
//   - Fetches and proposals that were refused are tried again after 50 ms, unless replica.fetch.backoff.ms says
//     otherwise.
//   - A group is served again when all that an earlier coordinator may have told is committed under the new one; a
//     group's record that is committed counts, though fewer replicas than min.insync.replicas had it in the end.
//   - A Produce waits for the disk without a thread, so that a slow disk shows as REQUEST_TIMED_OUT.
//   - DeleteRecords waits for the leader's checkpoint, too, so that nothing comes back after a crash; and followers hear
//     of the new log start at once, not when their fetch has waited for replica.fetch.wait.max.ms.
//   - Where no listener is the controller's own, each serves the APIs of both roles.
//   - A broker with one listener needs no inter.broker.listener.name: brokers reach it by that one, whatever its name.
//   - There is no silence: whatever a node cannot go on without ends it with [env.GaveUp], one line with the reason and the
//     fix. A metadata log that cannot be written is such a thing, on a voter and on an observer.
//   - A broker whose disk fails a partition hands its leaderships over and ends if others have that partition, as Kafka's
//     does when its last directory fails. If none has, it goes on with the other partitions. One that failed for lack of
//     space is read as before, answers KAFKA_STORAGE_ERROR to appends, and goes on by itself when there is space; Kafka's
//     broker halts. Metadata says KAFKA_STORAGE_ERROR of a partition that only this broker has and whose disk failed;
//     Kafka says LEADER_NOT_AVAILABLE, which promises an election to come.
//   - A node does not start when its metadata log lacks what was committed, unless unclean.metadata.recovery.enable says
//     so. Kafka's starts, and renames the partitions that it has forgotten -stray. A broker whose quorum has all of it may
//     lose its own copy: it fetches another one.
//   - A live broker that was unregistered registers again; Kafka's goes on with heartbeats that fail, fenced for ever.
//   - There are no transactions; ApiVersions names none of their APIs.
//
// The package does not frame, decode or validate what clients send (core/wire did, before the event), does not touch
// files of partitions (core/seglog does), and knows no clock, socket or goroutine.
package broker
