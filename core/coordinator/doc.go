// Package coordinator runs a state machine whose state lives in an internal topic, as Kafka's CoordinatorRuntime does:
// consumer groups in __consumer_offsets (package group), and transactions and share groups in topics of their own.
//
// The keys of the machine (group ids, transactional ids) are spread over the partitions of the topic, and the broker
// that leads a partition coordinates its keys. A [Runtime] hosts one [Machine] on one broker: it loads a partition into
// the machine when this broker becomes its leader, appends the records that the machine wants stored and reports when
// they are committed, and unloads the partition when another broker leads it. The partition itself is behind
// [Partition]; a [Set] is all the runtimes of a broker.
//
// A partition goes through these states:
//
//	              Update: leads                    applied up to the epoch start,
//	              (epoch begins)                   and the epoch start is committed
//	┌─────────┐ ────────────────▶ ┌─────────┐ ─────────────────────────────────────▶ ┌────────┐
//	│ Initial │                   │ Loading │                                        │ Active │
//	└─────────┘ ◀──────────────── └─────────┘ ────────┐                              └────────┘
//	     ▲        Update: leads        │ Settle       │ the log cannot be read           │
//	     │        no longer; Drop      └─ a slice     ▼                                  │
//	     │                                       ┌────────┐                              │
//	     ├────────────────────────────────────── │ Failed │                              │
//	     │         Update: leads no longer; Drop └────────┘                              │
//	     └───────────────────────────────────────────────────────────────────────────────┘
//	        Update: leads no longer, or in another epoch (then Loading again at once); Drop
//
// # What it promises
//
//   - A key is served ([Runtime.Admit] is None) only while its partition is Active. It is Active only when everything
//     that an earlier coordinator may have answered for has been applied and is committed in this epoch: a record that
//     is read here and lost with the next election must not have been reported to a client.
//   - An append ends exactly once ([Append.Appended]), after the call to [Runtime.Append] has returned, and in the
//     order of the appends of its key. It ends with None when it is committed, and only then does it count: replay of
//     the log gives the state that was live.
//   - Appends are fenced by the leader epoch. One that is made after the partition has moved to another epoch, and
//     before [Runtime.Update] has seen it, is refused; those in flight when the partition is unloaded end with
//     NOT_LEADER_OR_FOLLOWER, and may be committed all the same.
//   - One step loads at most 256 KiB of each partition. A load is interrupted by any new epoch, and starts again.
//   - The same calls give the same calls of the machine and of the partitions.
//
// # What it does not do
//
// It knows no requests and answers none: the machine does. It does not find coordinators for clients (FindCoordinator
// is the broker's, with [PartitionFor]), does not create the topic, does not decide who leads, and does not compact.
//
// # Adding a coordinator
//
// A coordinator is a package of its own that imports this one, such as core/txn, and a few lines in core/broker.
//
//  1. The type that holds the state implements [Machine]. Its constructor makes the runtime and calls [Runtime.Host]; a
//     method Runtime returns it. What the machine answers goes through a function that it is given; it must not be
//     called back from there.
//  2. The method of a request asks [Runtime.Admit] for the key first, and answers its error. A request that only reads
//     answers at once. A request that changes something decides, makes the records, and hands them with a value that
//     implements [Append] to [Runtime.Append]. That value holds the ticket of the request: Appended changes the state
//     when the code is None, and answers; TimedOut answers, once. Until Appended the state must not show the change.
//  3. Load applies a record as Appended does, ideally by the same function. It copies what it keeps. A record of a
//     later version is an error, and of another kind is ignored.
//  4. Unload drops the keys of a partition, their timers, and answers the requests that wait for anything but an
//     append.
//  5. In core/broker/coordinators.go the topic gets a row: its configs, the type of its keys in FindCoordinator, and
//     the function that makes the machine. From the row follow elections, loads, deadlines and deletions, how the topic
//     is created, and what FindCoordinator answers. The requests get their rows where the handlers of requests are
//     listed.
//  6. cmd/internal/tidy/deps.txt gets the arrow: coordinator < NAME < broker.
//
// The tests of this package hold such a machine: counters, one per key, in counters_test.go. Its conversations in
// testdata show loads, elections and refused appends step by step.
package coordinator
