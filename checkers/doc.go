// Package checkers judges a run: pure functions from what happened to what was wrong about it.
//
// A run is a [History]: facts that brokers and clients told, each stamped with the number of the event it was
// told in, the mishaps that the runner caused, and, once the run is over, the final log. The checkers never see
// a machine. Whoever can write a history (see [Reader] and [Writer]) can have it judged: the simulator, or a
// workload against a real cluster.
//
// There are two kinds. [Invariants] watches fact by fact and speaks up at the very event that breaks a
// promise. The others ([Check], or one by its name with [Named]) need the whole history. Each property has a
// file of its own, whose comment says what is promised, when, and what is permitted instead.
//
// Every [Finding] is either a broken promise, or, with Attributed set, an observation that looks like one but
// has an explanation the configuration permits: an unflushed record lost in a power cut, a duplicate of a
// producer that is not idempotent. Call and return times are event numbers, never clocks; facts with equal
// numbers count as concurrent. An unknown outcome is never held against anybody: it is resolved by looking
// whether its value is in the log.
//
// What is not checked: transactions, anything about bytes on the wire or on disk, and performance.
package checkers
