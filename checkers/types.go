package checkers

import (
	"fmt"

	"gregor/core/env"
)

// Stamped is a fact with its place in the run.
type Stamped struct {
	Event uint64 // global number of the event it was told in
	At    env.Instant
	Node  string // who told it
	Fact  env.Fact
}

// MishapKind is what befell a node.
type MishapKind uint8

// The mishaps, by what they may take with them.
const (
	Killed     MishapKind = iota + 1 // the process died; what was written stays
	PowerCut                         // and what was not flushed may be lost
	DiskDamage                       // from then on the disk may lose or change what it had promised to keep
	SyncFailed                       // from then on syncs may fail, and take what was not flushed even without a power cut
	Wiped                            // the process died, and its disk was emptied; from then on it keeps its promises again
)

var mishapNames = [...]string{"nothing", "kill", "power cut", "disk damage", "failed sync", "emptied disk"}

func (k MishapKind) String() string { return mishapNames[k] }

// Mishap is what the runner did to a node.
type Mishap struct {
	Event uint64
	Node  string
	Kind  MishapKind
}

// Entry is a record of the final log.
type Entry struct {
	Offset     env.Offset
	Key, Value string
}

// FinalLog is what a partition holds when the run is over: all of [Start, End) that is a record, by rising
// offset. The simulator reads it from the leader's log; a workload against a real cluster from the beginning
// of the partition.
type FinalLog struct {
	env.TopicPartition
	Start, End env.Offset
	Entries    []Entry
	Compacted  bool // a record may be missing if a later one has its key
}

// History is a whole run.
type History struct {
	Facts   []Stamped
	Mishaps []Mishap
	Logs    []FinalLog // those partitions whose final log is known
	Drained bool       // consumers read everything to the end before it was over

	// Explain, if set, is asked first why what a partition held at an offset may be gone, or another, at event gone,
	// though it was written at or after event written; "" if nothing permits it. promised says that it had been
	// acknowledged with acks=all, or read. Not known leaves the answer to the mishaps. [Invariants.Explain] is made for
	// it: it has watched which replicas had the record.
	Explain func(tp env.TopicPartition, o env.Offset, written, gone uint64, promised bool) (why string, known bool)
}

// Finding is one thing that is wrong with a run.
type Finding struct {
	Check      string // the property's name
	Sentence   string
	Partition  env.TopicPartition // no topic: not about a partition
	Offset     env.Offset         // -1: not about an offset
	Event      uint64             // where it shows first
	Attributed string             // why it breaks no promise; "": it does
}

// String is the finding on one line.
func (f Finding) String() string {
	where := ""
	if f.Partition.Topic != "" {
		where = " " + f.Partition.String()
		if f.Offset >= 0 {
			where = fmt.Sprintf("%s@%d", where, f.Offset)
		}
	}
	why := ""
	if f.Attributed != "" {
		why = " [permitted: " + f.Attributed + "]"
	}
	return fmt.Sprintf("%s%s, event %d: %s%s", f.Check, where, f.Event, f.Sentence, why)
}

// Bug says whether a promise is broken.
func (f Finding) Bug() bool { return f.Attributed == "" }

// Observer watches a run while it goes on.
type Observer interface {
	// Observe takes the next fact and returns what is wrong with it, most often nothing. The slice is good
	// until the next call.
	Observe(s Stamped) []Finding
	// Befell takes what the runner did to a node, before the node tells anything more.
	Befell(m Mishap)
}

// Checker judges a whole history.
type Checker interface {
	Name() string
	Check(h History) []Finding
}
