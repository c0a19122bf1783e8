package env

// Facts takes what a node tells about itself. The simulator stamps each fact with its place in the run and
// hands it to the checkers; the real host counts them.
type Facts interface{ Tell(f Fact) }

// Fact is a typed thing that happened. Facts are values: nobody changes one after telling it, and slices in
// them are the teller's gift.
type Fact interface {
	isFact()
	// Line is the fact for an operator, on one line of bounded length. The node that emits the fact is its subject: the
	// reader puts the node's name before it. name names other nodes.
	Line(name Names) string
}

// Facts of a partition on the broker that tells them.
type (
	// BecameLeader: the replica leads the partition from now on.
	BecameLeader struct {
		TopicPartition
		Epoch LeaderEpoch
	}
	// Appended: a batch took its place in the log; it is not on disk yet.
	Appended struct {
		TopicPartition
		Epoch         LeaderEpoch
		Base, Last    Offset
		ProducerID    ProducerID // -1: not idempotent
		ProducerEpoch ProducerEpoch
		BaseSequence  Sequence
		CRC           uint32 // of the batch as stored
	}
	// HighWatermarkAdvanced: everything below To may be read and acknowledged.
	HighWatermarkAdvanced struct {
		TopicPartition
		From, To Offset
	}
	// Flushed: everything below To survives a power cut.
	Flushed struct {
		TopicPartition
		To Offset
	}
	// LogStartAdvanced: everything below To is gone, because of Reason.
	LogStartAdvanced struct {
		TopicPartition
		To     Offset
		Reason string // retention.ms, retention.bytes, delete-records, compaction
	}
	// LogCutting: everything from To on is about to be cut off, and with it a batch that holds To. LogTruncated follows,
	// unless the node ends before. Anew: it is emptied, to begin where a snapshot ends or the leader's log begins.
	LogCutting struct {
		TopicPartition
		To   Offset
		Anew bool
	}
	// LogTruncated: everything from To on was cut off.
	LogTruncated struct {
		TopicPartition
		To     Offset
		Reason string
	}
	// LogRecovered: the log was opened, of the topic with this id as its owner has it, and covers [Start, End). LostBytes
	// were cut from its tail; Reason says why, "" if none were.
	LogRecovered struct {
		TopicPartition
		TopicID    UUID // zero: nobody said
		Start, End Offset
		Clean      bool
		LostBytes  Position
		Reason     string
	}
	// PartitionFenced: the partition takes no more requests, because of a disk error or a log that is
	// corrupt below its recovery point.
	PartitionFenced struct {
		TopicPartition
		Reason string
	}
	// Rolled: a new segment begins at Base.
	Rolled struct {
		TopicPartition
		Base Offset
	}
	// Cleaning: compaction is about to rewrite what is below To, one segment after the other.
	Cleaning struct {
		TopicPartition
		To Offset
	}
	// Cleaned: compaction rewrote [From, To), keeping Kept of Read records.
	Cleaned struct {
		TopicPartition
		From, To   Offset
		Read, Kept int
	}
	// DuplicateDropped: an idempotent producer's retry was answered with the offset it got the first time.
	DuplicateDropped struct {
		TopicPartition
		ProducerID   ProducerID
		BaseSequence Sequence
		Base         Offset
	}
)

// Facts of a group's coordinator.
type (
	// GroupRebalanced: the group entered Generation with these members, sorted by id.
	GroupRebalanced struct {
		Group      string
		Generation int32
		Leader     string
		Members    []string
	}
	// GroupMemberGone: a member left or was put out.
	GroupMemberGone struct {
		Group, Member string
		Reason        string
	}
	// GroupOffsetCommitted: the commit is stored. Offset -1 removes it.
	GroupOffsetCommitted struct {
		Group string
		TopicPartition
		Offset     Offset
		Generation int32
		Member     string
		Reason     string // "", expired, deleted
	}
)

// Facts of a node's life.
type (
	// Started: the node serves.
	Started struct{ Node NodeID }
	// Stopped: the node has stopped on request and left its disk clean.
	Stopped struct{ Node NodeID }
	// GaveUp: the node cannot start or go on: its process ends. Reason is one line for the operator: field, value, fix.
	GaveUp struct {
		Node   NodeID
		Reason string
	}
	// Logged is a line for a person. About is what others have it logged for, a peer or a kind of things: the host bounds
	// how many lines of each it writes. Of "" it writes all: nothing but this node's own doing leads to them.
	Logged struct {
		Level  LogLevel
		Logger Logger
		About  string
		Text   string
	}
	// LoggerSet: from now on a logger's lines below a level are dropped. The root's level is that of every logger that
	// has none of its own; Inherits takes a logger's own away.
	LoggerSet struct {
		Logger   Logger
		Level    LogLevel
		Inherits bool
	}
	// RequestFailed: a request was answered with a Kafka error, or its connection closed for it.
	RequestFailed struct {
		Conn ConnID
		API  int16
		Code int16
		Text string
	}
)

// Ends reports whether a fact ends the process of the node that emits it, and why if that is a failure. It is what every
// world acts on. asked: the node has been asked to shut down.
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

func (BecameLeader) isFact()          {}
func (Appended) isFact()              {}
func (HighWatermarkAdvanced) isFact() {}
func (Flushed) isFact()               {}
func (LogStartAdvanced) isFact()      {}
func (LogCutting) isFact()            {}
func (LogTruncated) isFact()          {}
func (LogRecovered) isFact()          {}
func (PartitionFenced) isFact()       {}
func (Rolled) isFact()                {}
func (Cleaning) isFact()              {}
func (Cleaned) isFact()               {}
func (DuplicateDropped) isFact()      {}
func (GroupRebalanced) isFact()       {}
func (GroupMemberGone) isFact()       {}
func (GroupOffsetCommitted) isFact()  {}
func (Started) isFact()               {}
func (Stopped) isFact()               {}
func (GaveUp) isFact()                {}
func (Logged) isFact()                {}
func (LoggerSet) isFact()             {}
func (RequestFailed) isFact()         {}
