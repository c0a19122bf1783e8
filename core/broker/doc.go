// Package broker is the Node: a Kafka broker, a controller, or both, as process.roles says. It composes the parts and
// has the only Step that a broker has: an event goes to the part that it belongs to, and at the end of the step the
// parts settle, round by round, until none has anything left to do.
//
// It promises Kafka's responses to Kafka's requests, on each connection in the order of the requests, and that nothing
// is acknowledged before the replicas allow it ([replica.Replica.Await]).
//
// # The parts
//
// Each part owns its fields and is given what it uses: two or three methods of this node as an interface of its own, or
// other parts. No package holds the Broker. The adapters between the two are types like dirNode and controlNode, next
// to the code that answers for them.
//
//	requests       core/endpoint (listeners), core/inbox (order of a connection, bounds of a step), serve.go, handlers.go
//	records        produce.go and core/admit, fetch.go and core/fetchsession, listoffsets.go, epochs.go, deleterecords.go
//	partitions     core/placement (which are here), partition.go (one of them), core/replication (what they ask for)
//	the cluster    core/metalog (metadata log and image), core/delta (what changes in it), publish.go (its effect)
//	               core/active (decisions), core/registration (this broker's standing), core/forward (to the controller)
//	answers        core/describe, core/outcome (kept back until this node has read of the change), core/producerid
//	groups         core/coordinator and core/group on partitions of __consumer_offsets
//	the world      core/peer (connections to other nodes), core/logdir (the data directory), core/alarm (what is due)
//	life           boot.go, shutdown.go
//
// # Life
//
//	          Start: the directory is read,         unfenced; a mere controller:
//	          the metadata log opened               the metadata log runs
//	Boot ──▶ booting ────────────────────────────────────────────────────────────▶ serving
//	            │                                                                     │ Shutdown, a failed disk:
//	            │ GiveUp                                     logs closed, checkpoints, ▼ the controller lets it go
//	            └──────────────────▶ ended ◀──────────────────────────────────────── stopping
//	                                        marker, metadata log closed
//
// # The order of things
//
//   - A request is queued on its connection when it arrives. It begins when the ones before it are answered, or at once
//     if all of them are produces; responses leave from the head of the queue only. What a request waits for (a write,
//     a replica, more data, a group, the controller) is held by the part that finishes it. Clients wait until the
//     broker is unfenced; requests between nodes are served before.
//   - Disk outcomes belong to the log whose number is in the upper half of their OpID; the first numbers are the
//     data directory's and the metadata log's.
//   - A partition is led here because the image says so, and for no other reason. What is committed to the metadata log
//     goes into the image, and from there to the partitions.
//   - What changes the cluster is decided by the active controller, one request at a time, written to the metadata log,
//     and answered when it is committed and in the image. Another node's clients reach it through an Envelope.
//   - A partition that was touched in a step is settled once, at the step's end: its replica moves the high watermark,
//     produces are answered, fetches that waited for it are tried again, its fetcher sends the next request.
//   - One broker alone is a quorum of one voter, on the same path.
//
// # Where it differs from Kafka
//
//   - CreateTopics, DeleteTopics and CreatePartitions are answered when this broker has read of the outcome and leads
//     what it is to lead, a FindCoordinator that creates a topic likewise; Kafka has the client try again.
//   - A broker whose heartbeat connection breaks is probed at once, and fenced if its machine refuses the connection;
//     Kafka waits for broker.session.timeout.ms. A broker that is only silent has that time here, too.
//   - Fetches and proposals that were refused are tried again after 50 ms, unless replica.fetch.backoff.ms is set.
//   - A new coordinator serves a group when all that an earlier one may have answered with is committed under the new
//     one. A group's record that is committed counts, though fewer replicas than min.insync.replicas had it in the end.
//   - A Produce waits for the disk without a thread, so that a slow disk shows as REQUEST_TIMED_OUT.
//   - DeleteRecords waits for the leader's checkpoint, too, so that nothing comes back after a crash; and followers
//     learn the new log start at once, not when their fetch has waited for replica.fetch.wait.max.ms.
//   - Where no listener is the controller's own, each serves the APIs of both roles.
//   - A broker with one listener needs no inter.broker.listener.name: brokers reach it by that one, whatever its name.
//   - What a node cannot go on without ends it with [env.GaveUp], one line with the reason and the fix; a metadata log
//     that cannot be written for instance, on a voter and on an observer.
//   - A broker whose disk fails a partition hands its leaderships over and ends if others have that partition, as
//     Kafka's does when its last directory fails. If none has, it goes on with the other partitions. One that failed
//     for lack of space is read as before, answers KAFKA_STORAGE_ERROR to appends, and goes on by itself when there is
//     space; Kafka's broker halts. Metadata has KAFKA_STORAGE_ERROR for a partition that only this broker has and whose
//     disk failed; Kafka's has LEADER_NOT_AVAILABLE, which promises an election to come.
//   - A node does not start when its metadata log lacks what was committed, unless unclean.metadata.recovery.enable is
//     set. Kafka's starts, and renames the partitions that it has forgotten -stray. A broker whose quorum has all of it
//     may lose its own copy: it fetches another one.
//   - A live broker that was unregistered registers again; Kafka's goes on with heartbeats that fail, fenced for ever.
//   - There are no transactions; ApiVersions names none of their APIs.
//
// The package does not frame, decode or validate what clients send (core/wire did, before the event), does not touch
// files of partitions (core/seglog does), and knows no clock, socket or goroutine.
//
// # Adding an API
//
// An API is a row in core/wire (one file) and a handler here, registered in handlers.go: a function of the request that
// answers it, or keeps its [inbox.Ticket] and answers later. New panics if an API of wire's table has no handler, or a
// handler no row.
package broker
