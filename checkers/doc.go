// Package checkers judges a run: pure functions from what happened to what was wrong about it.
//
// A run is a [History]: facts that brokers, controllers and clients told, each stamped with the number of the event it
// was told in, the mishaps that the runner caused, and, once the run is over, the final log. The checkers never see
// a machine. Whoever can write a history (see [Read] and [Write]) can have it judged: the simulator, or a
// workload against a real cluster.
//
// There are two kinds. [Invariants] watches fact by fact and speaks up at the very event that breaks a
// promise. The others ([Check], or one by its name with [Named]) need the whole history. Each property has a
// file of its own, whose comment says what is promised, when, and what is permitted instead.
//
// Of a cluster, [Invariants] keeps what its nodes told: each replica's log and role, the metadata as the node that has
// come furthest has it, the quorum's logs. What the leaders' high watermarks have covered is the truth of a partition:
// batch by batch, whatever the epoch. Every replica that may be elected must hold it, every leader that is elected must,
// and nobody may cut it off or let anything else be read. Where a leader begins without some of it, that is permitted or
// not, by who had it and how each of them lost it; either way it is told, and [Invariants.Explain] remembers why, for
// the checks of the whole history. [Invariants.Unhealthy] says what keeps a cluster from being at rest.
//
// Every [Finding] is either a broken promise, or, with Attributed set, an observation that looks like one but
// has an explanation the configuration permits: an unflushed record lost in a power cut, a duplicate of a
// producer that is not idempotent. Call and return times are event numbers, never clocks; facts with equal
// numbers count as concurrent. An unknown outcome is never held against anybody: it is resolved by looking
// whether its value is in the log.
//
// What is not checked: transactions, anything about bytes on the wire or on disk, and performance. Nor whether an image
// or a coordinator's state is what its log says: that two nodes agree is. Replicas are compared as far back as the
// invariants remember, some thirty thousand batches.
package checkers
