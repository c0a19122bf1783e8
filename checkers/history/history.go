// Package history is what a run leaves to be judged, and the file format it is kept in.
//
// A [History] holds the facts that brokers, controllers and clients emitted, each with the number of the event in which
// it was emitted, the faults that the runner injected, and the final log of each partition. [Write] and [Read] keep it
// as JSON lines, one object a line, which a client in any language can write:
//
//	{"event":7,"node":"p1","fact":"produce_called","client":"p1","call":1,"topic":"orders","value":"v1","acks":-1}
//
// The form of a fact follows from its Go type in core/env: the type's name in snake case, then its fields. A fact
// that is added there needs nothing here.
//
// Read does not trust a file: what it returns can be judged, and its errors name the line and the field. The package
// judges nothing and knows no check.
package history

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// Stamped is a fact with its place in the run.
type Stamped struct {
	Event uint64 // number of the event in which it was emitted
	At    env.Instant
	Node  string // that emitted it
	Fact  env.Fact
}

// FaultKind is what happened to a node or its disk.
type FaultKind uint8

// The kinds, by what they may take with them.
const (
	Killed     FaultKind = iota + 1 // the process died; what was written stays
	PowerCut                        // the process died, and what was not flushed may be lost
	DiskDamage                      // from then on the disk may lose or change what it had promised to keep
	SyncFailed                      // from then on syncs may fail, and lose what was not flushed even without a power cut
	Wiped                           // the process died, and its disk was emptied; from then on it keeps its promises again
)

var faultNames = [...]string{"nothing", "kill", "power cut", "disk damage", "failed sync", "emptied disk"}

func (k FaultKind) String() string { return faultNames[k] }

// Fault is what the runner did to a node.
type Fault struct {
	Event uint64
	Node  string
	Kind  FaultKind
}

// Entry is a record of the final log.
type Entry struct {
	Offset     kafka.Offset
	Key, Value string
}

// FinalLog is what a partition holds when the run is over: every record of [Start, End), by rising offset. The
// simulator reads it from the leader's log; a workload against a real cluster reads it from the start of the
// partition.
type FinalLog struct {
	kafka.TopicPartition
	Start, End kafka.Offset
	Entries    []Entry
	Compacted  bool // a record may be missing if a later one has its key
}

// History is a whole run.
type History struct {
	Facts   []Stamped
	Faults  []Fault
	Logs    []FinalLog // of the partitions whose final log is known
	Drained bool       // consumers read everything to the end before the run was over

	// Explain, if set, is asked first why what a partition held at an offset may be gone, or replaced, at event gone,
	// though it was written at or after event written; "" if nothing permits it. promised reports that it had been
	// acknowledged with acks=all, or read. If known is false, the faults decide. [gregor/checkers.Invariants.Explain] is
	// one, which has watched the replicas that had the record.
	Explain func(tp kafka.TopicPartition, o kafka.Offset, written, gone uint64, promised bool) (why string, known bool)
}
