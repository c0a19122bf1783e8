package env

import (
	"fmt"

	"gregor/core/kafka"
)

// Facts receives the facts that a node emits. The simulator stamps each with its place in the run and passes it to the
// checkers; the real host counts them.
type Facts interface{ Emit(f Fact) }

// Fact is a typed thing that happened. Facts are plain values: the node that emits one does not change it afterwards,
// nor the slices in it.
//
// A fact is one declaration: its type, a line var _ = declare(X{}), and its Line. The rest follows: [EveryFact] has
// it, a history file holds it under its type's name in snake case with its fields ([gregor/checkers/history]), its
// fields are part of a run's hash (a fact that is emitted all the time may have a faster case in sim/factsum.go), and
// a check that asks for it receives it.
type Fact interface {
	// Line is the fact for an operator, on one line of bounded length. The node that emits the fact is its subject: the
	// reader puts the node's name before it. name names other nodes.
	Line(name Names) string
}

// Facts of a partition on the broker that emits them.

// BecameLeader: the replica leads the partition from now on.
type BecameLeader struct {
	kafka.TopicPartition
	Epoch kafka.LeaderEpoch
}

var _ = declare(BecameLeader{})

func (f BecameLeader) Line(Names) string {
	return fmt.Sprintf("becomes leader of %v in epoch %d", f.TopicPartition, f.Epoch)
}

// Appended: a batch took its place in the log; it is not on disk yet.
type Appended struct {
	kafka.TopicPartition
	Epoch         kafka.LeaderEpoch
	Base, Last    kafka.Offset
	ProducerID    kafka.ProducerID // -1: not idempotent
	ProducerEpoch kafka.ProducerEpoch
	BaseSequence  kafka.Sequence
	CRC           uint32 // of the batch as stored
}

var _ = declare(Appended{})

func (f Appended) Line(Names) string {
	return fmt.Sprintf("appends %v %s in epoch %d", f.TopicPartition, Offsets(f.Base, f.Last), f.Epoch)
}

// HighWatermarkAdvanced: everything below To may be read and acknowledged.
type HighWatermarkAdvanced struct {
	kafka.TopicPartition
	From, To kafka.Offset
}

var _ = declare(HighWatermarkAdvanced{})

func (f HighWatermarkAdvanced) Line(Names) string {
	return fmt.Sprintf("advances the high watermark of %v from %d to %d", f.TopicPartition, f.From, f.To)
}

// Flushed: everything below To survives a power cut.
type Flushed struct {
	kafka.TopicPartition
	To kafka.Offset
}

var _ = declare(Flushed{})

func (f Flushed) Line(Names) string {
	return fmt.Sprintf("has flushed %v below offset %d", f.TopicPartition, f.To)
}

// LogStartAdvanced: everything below To is gone, because of Reason.
type LogStartAdvanced struct {
	kafka.TopicPartition
	To     kafka.Offset
	Reason string // retention.ms, retention.bytes, delete-records, compaction
}

var _ = declare(LogStartAdvanced{})

func (f LogStartAdvanced) Line(Names) string {
	return fmt.Sprintf("deletes %v below offset %d%s", f.TopicPartition, f.To, because(f.Reason))
}

// LogCutting: everything from To on is about to be cut off, and with it a batch that holds To. LogTruncated follows,
// unless the node ends before. Anew: it is emptied, to begin where a snapshot ends or the leader's log begins.
type LogCutting struct {
	kafka.TopicPartition
	To   kafka.Offset
	Anew bool
}

var _ = declare(LogCutting{})

func (f LogCutting) Line(Names) string {
	if f.Anew {
		return fmt.Sprintf("is about to empty %v, to restart it at offset %d", f.TopicPartition, f.To)
	}
	return fmt.Sprintf("is about to truncate %v to offset %d", f.TopicPartition, f.To)
}

// LogTruncated: everything from To on was cut off.
type LogTruncated struct {
	kafka.TopicPartition
	To     kafka.Offset
	Reason string
}

var _ = declare(LogTruncated{})

func (f LogTruncated) Line(Names) string {
	return fmt.Sprintf("truncates %v to offset %d", f.TopicPartition, f.To)
}

// LogRecovered: the log was opened, of the topic with this id as its owner has it, and covers [Start, End). LostBytes
// were cut from its tail; Reason says why, "" if none were.
type LogRecovered struct {
	kafka.TopicPartition
	TopicID    kafka.UUID // zero: not known
	Start, End kafka.Offset
	Clean      bool
	LostBytes  Position
	Reason     string
}

var _ = declare(LogRecovered{})

func (f LogRecovered) Line(Names) string {
	text := fmt.Sprintf("opens %v [%d, %d)", f.TopicPartition, f.Start, f.End)
	if f.LostBytes > 0 {
		text += fmt.Sprintf(": %d bytes at its end are not valid and are removed%s", f.LostBytes, because(f.Reason))
	}
	return text
}

// PartitionFenced: the partition takes no more requests, because of a disk error or a log that is
// corrupt below its recovery point.
type PartitionFenced struct {
	kafka.TopicPartition
	Reason string
}

var _ = declare(PartitionFenced{})

func (f PartitionFenced) Line(Names) string {
	return fmt.Sprintf("closes %v to all requests%s", f.TopicPartition, because(f.Reason))
}

// Rolled: a new segment begins at Base.
type Rolled struct {
	kafka.TopicPartition
	Base kafka.Offset
}

var _ = declareForHost(Rolled{})

func (f Rolled) Line(Names) string {
	return fmt.Sprintf("starts a segment of %v at offset %d", f.TopicPartition, f.Base)
}

// Cleaning: compaction is about to rewrite what is below To, one segment after the other.
type Cleaning struct {
	kafka.TopicPartition
	To kafka.Offset
}

var _ = declare(Cleaning{})

func (f Cleaning) Line(Names) string {
	return fmt.Sprintf("starts to compact %v below offset %d", f.TopicPartition, f.To)
}

// Cleaned: compaction rewrote [From, To), keeping Kept of Read records.
type Cleaned struct {
	kafka.TopicPartition
	From, To   kafka.Offset
	Read, Kept int
}

var _ = declare(Cleaned{})

func (f Cleaned) Line(Names) string {
	return fmt.Sprintf("compacts %v [%d, %d): keeps %d of %d records", f.TopicPartition, f.From, f.To, f.Kept, f.Read)
}

// DuplicateDropped: an idempotent producer's retry was answered with the offset it got the first time.
type DuplicateDropped struct {
	kafka.TopicPartition
	ProducerID   kafka.ProducerID
	BaseSequence kafka.Sequence
	Base         kafka.Offset
}

var _ = declare(DuplicateDropped{})

func (f DuplicateDropped) Line(Names) string {
	return fmt.Sprintf("drops a batch that producer id %d has sent again to %v: it is at offset %d", f.ProducerID,
		f.TopicPartition, f.Base)
}

// Facts of a group's coordinator.

// GroupRebalanced: the group entered Generation with these members, sorted by id.
type GroupRebalanced struct {
	Group      string
	Generation int32
	Leader     string
	Members    []string
}

var _ = declare(GroupRebalanced{})

func (f GroupRebalanced) Line(Names) string {
	return fmt.Sprintf("group %s enters generation %d with %s", clip(f.Group), f.Generation,
		plural(len(f.Members), "member"))
}

// GroupMemberGone: a member left or was put out.
type GroupMemberGone struct {
	Group, Member string
	Reason        string
}

var _ = declare(GroupMemberGone{})

func (f GroupMemberGone) Line(Names) string {
	return fmt.Sprintf("group %s: %s leaves%s", clip(f.Group), clip(f.Member), because(f.Reason))
}

// GroupOffsetCommitted: the commit is stored. Offset -1 removes it.
type GroupOffsetCommitted struct {
	Group string
	kafka.TopicPartition
	Offset     kafka.Offset
	Generation int32
	Member     string
	Reason     string // "", expired, deleted
}

var _ = declare(GroupOffsetCommitted{})

func (f GroupOffsetCommitted) Line(Names) string {
	if f.Offset < 0 {
		return fmt.Sprintf("group %s: the committed offset of %v is removed%s", clip(f.Group), f.TopicPartition,
			because(f.Reason))
	}
	return fmt.Sprintf("group %s: the committed offset of %v is %d", clip(f.Group), f.TopicPartition, f.Offset)
}

// Facts of a node's life.

// Started: the node serves.
type Started struct{ Node kafka.NodeID }

var _ = declare(Started{})

func (f Started) Line(Names) string { return "is up" }

// Stopped: the node has stopped on request and left its disk clean.
type Stopped struct{ Node kafka.NodeID }

var _ = declare(Stopped{})

func (f Stopped) Line(Names) string { return "has stopped; its disk is clean" }

// GaveUp: the node cannot start or go on: its process ends. Reason is one line for the operator: field, value, fix.
type GaveUp struct {
	Node   kafka.NodeID
	Reason string
}

var _ = declare(GaveUp{})

func (f GaveUp) Line(Names) string { return "ends: " + clipTo(f.Reason, 1000) }

// Logged is a line for a person. About is what others have it logged for, a peer or a kind of things: the host bounds
// how many lines of each it writes. Of "" it writes all: nothing but this node's own doing leads to them.
type Logged struct {
	Level  LogLevel
	Logger Logger
	About  string
	Text   string
}

var _ = declareForHost(Logged{})

func (f Logged) Line(Names) string { return clip(f.Text) }

// LoggerSet: from now on a logger's lines below a level are dropped. The root's level is that of every logger that
// has none of its own; Inherits takes a logger's own away.
type LoggerSet struct {
	Logger   Logger
	Level    LogLevel
	Inherits bool
}

var _ = declareForHost(LoggerSet{})

func (f LoggerSet) Line(Names) string {
	if f.Inherits {
		return fmt.Sprintf("logs lines of %s as of all its parts: %s and above", clip(string(f.Logger)), f.Level.Name())
	}
	return fmt.Sprintf("logs lines of %s that are %s or above", clip(string(f.Logger)), f.Level.Name())
}

// RequestFailed: a request was answered with a Kafka error, or its connection closed for it.
type RequestFailed struct {
	Conn ConnID
	API  int16
	Code kafka.ErrorCode
	Text string
}

var _ = declareForHost(RequestFailed{})

func (f RequestFailed) Line(Names) string {
	return fmt.Sprintf("answers a request (API key %d) with %v%s", f.API, f.Code, because(f.Text))
}

// Ends reports whether a fact ends the process of the node that emits it, and why if that is a failure. It is what
// every world acts on. asked: the node has been asked to shut down.
func Ends(f Fact, asked bool) (ends bool, failure string) {
	switch f := f.(type) {
	case Stopped:
		return true, ""
	case GaveUp:
		return true, f.Reason
	case ClientClosed:
		return asked, ""
	}
	return false, ""
}

// LogLevel is the weight of a Logged line.
type LogLevel int8

// The log levels, Kafka's.
const (
	Trace LogLevel = iota - 2
	Debug
	Info
	Warn
	Error
	Fatal
)

// LogLevels are the names of the levels, from Trace on.
var LogLevels = [...]string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}

// Name is the name of the level.
func (l LogLevel) Name() string { return LogLevels[min(max(l, Trace), Fatal)-Trace] }

// Logger names the part of a node that a line is of, or with Root all of them.
type Logger string

// The loggers.
const (
	Root       Logger = "root"
	OfBroker   Logger = "broker"
	OfClient   Logger = "client"
	OfHost     Logger = "host" // sockets, files and limits of the process
	OfQuorum   Logger = "quorum"
	OfReplicas Logger = "replica"
	OfLogs     Logger = "seglog"
)

// Loggers are the loggers of a broker, sorted.
var Loggers = [...]Logger{OfBroker, OfHost, OfQuorum, OfReplicas, Root, OfLogs}
