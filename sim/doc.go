// Package sim simulates a world of nodes: one seed decides every delay, tie and fault of a run on simulated disks
// (disksim) and a simulated network (netsim).
//
// A [World] has one queue of pending work, ordered by virtual instant, then by a seeded tie-break, then by the order in
// which it was queued. World takes one entry after the other and delivers events to nodes. A step takes no virtual time
// unless the node's CPU is slow. Every step, fault and start of a node is an event: it has a number, and the number of
// the event that caused it, which is the one that submitted the operation, sent the bytes or set the deadline. So
// [Trace.Chain] answers "why?", and the checkers order events by number.
//
// Faults are methods of World (faults.go). Each has an event number, a line in the trace and a place in the hash;
// World.Disk and World.Network only show. A new fault calls mark before it does anything.
//
// The same seed and the same calls give the same run on every machine. All randomness comes from env.Rand streams
// forked by name (node, file, connection), so that one fault more or less leaves the draws of the others alone. A
// rolling hash over events, facts, bytes received and bytes written identifies a run; [Diverge] returns the first event
// in which two runs differ.
//
// A panic in a node, too many events, or too many of them at one instant end a run with an error that names the node
// and the event. sim does not judge a run: checkers does, from the facts.
package sim
