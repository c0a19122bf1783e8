// Package sim is the simulated world: one seed decides every delay, tie and fault of a run of nodes on simulated
// disks and a simulated network.
//
// A [World] has one queue of things to come, ordered by virtual instant, then by a seeded tie-break, then by the
// order of asking. It takes one after the other and hands nodes their events; a step takes no virtual time unless
// the node's CPU is slow. Every step, fault and start of a node is an event with a number, and has the number of
// the event that caused it: what submitted the operation, what sent the bytes, what set the deadline. So "why?"
// has an answer, and the checkers a clock that never lies.
//
// It promises that the same seed and the same calls give the same run, on any machine: everything random comes
// from env.Rand streams forked by name (the node, its file, its connection), so that one fault more or less
// leaves the draws of the others alone. A rolling hash over events, facts, bytes that arrive and bytes that reach a disk
// says in one number whether two runs were the same; [Diverge] says where they first were not.
//
// A panic in a node, too many events, and too many of them at one instant end a run with an error that names the
// node and the event. Whether the run kept its guarantees is not sim's to say: checkers does, from the facts.
package sim
