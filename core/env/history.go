package env

// The facts a client tells are the history the checkers read: calls, returns, and what was seen. A client
// calls at most once at a time per CallID; values are unique per run, so that a value seen twice is a
// duplicate somebody made.
type (
	// ProduceCalled: the application handed a record to its producer.
	ProduceCalled struct {
		Client string
		Call   uint64 // unique within Client
		TopicPartition
		Key, Value string
		Acks       int16 // -1, 0, 1
		Idempotent bool
	}
	// ProduceReturned: the producer told the application the outcome.
	ProduceReturned struct {
		Client string
		Call   uint64
		TopicPartition
		Outcome  Outcome
		Offset   Offset // -1 unknown (acks=0)
		Attempts int    // requests that may have carried the record
		Error    string
	}
	// PollCalled and Polled: a consumer fetched; Polled lists what the application was given of one
	// partition, in order. From is the position the fetch began at.
	PollCalled struct {
		Client string
		Call   uint64
	}
	Polled struct {
		Client string
		Call   uint64
		TopicPartition
		From    Offset
		Records []PolledRecord
	}
	// Processed: the application has done what it does with everything below To.
	Processed struct {
		Client string
		Group  string
		TopicPartition
		To Offset
	}
	// EndOffsetCalled and EndOffsetReturned: ListOffsets(latest).
	EndOffsetCalled struct {
		Client string
		Call   uint64
		TopicPartition
	}
	EndOffsetReturned struct {
		Client string
		Call   uint64
		TopicPartition
		Outcome Outcome
		Offset  Offset
	}
	// PartitionsAssigned and PartitionsRevoked: what a member of a group believes it owns. Lost says that
	// the member was put out and could not commit first.
	PartitionsAssigned struct {
		Client     string
		Group      string
		Member     string
		Generation int32
		Partitions []TopicPartition
	}
	PartitionsRevoked struct {
		Client     string
		Group      string
		Member     string
		Generation int32
		Partitions []TopicPartition
		Lost       bool
	}
	// CommitCalled and CommitReturned: offsets of one partition.
	CommitCalled struct {
		Client     string
		Call       uint64
		Group      string
		Generation int32
		TopicPartition
		Offset Offset
		Auto   bool
	}
	CommitReturned struct {
		Client  string
		Call    uint64
		Outcome Outcome
		Error   string
	}
	// PositionSet: a consumer starts reading a partition at Offset, because of Reason.
	PositionSet struct {
		Client string
		TopicPartition
		Offset Offset
		Reason string // committed, earliest, latest, seek, assign
	}
	// AdminReturned: an admin call ended.
	AdminReturned struct {
		Client string
		What   string
		Error  string
	}
	// ClientCrashed and ClientClosed end a client's incarnation. Error is why a client closed by itself that could not go
	// on; "" if it was asked to, or has done what it had to do.
	ClientCrashed struct{ Client string }
	ClientClosed  struct{ Client, Error string }
)

// PolledRecord is a record as an application saw it.
type PolledRecord struct {
	Offset     Offset
	Key, Value string
	Timestamp  WallMillis
}

// Outcome is how a call ended, as sure as the client can be.
type Outcome uint8

// The outcomes. A time-out, a lost connection and NOT_LEADER_OR_FOLLOWER are Unknown: the call may have
// happened (KAFKA-13574).
const (
	OK Outcome = iota + 1
	Failed
	Unknown
)

func (o Outcome) String() string { return [...]string{"none", "ok", "failed", "unknown"}[o] }

func (ProduceCalled) isFact()      {}
func (ProduceReturned) isFact()    {}
func (PollCalled) isFact()         {}
func (Polled) isFact()             {}
func (Processed) isFact()          {}
func (EndOffsetCalled) isFact()    {}
func (EndOffsetReturned) isFact()  {}
func (PartitionsAssigned) isFact() {}
func (PartitionsRevoked) isFact()  {}
func (CommitCalled) isFact()       {}
func (CommitReturned) isFact()     {}
func (PositionSet) isFact()        {}
func (AdminReturned) isFact()      {}
func (ClientCrashed) isFact()      {}
func (ClientClosed) isFact()       {}
