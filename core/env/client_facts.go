package env

import (
	"fmt"

	"gregor/core/kafka"
)

// Facts of a client: calls, returns, and the records that the application received. A client has at most one call of a
// number under way; values are unique in a run, so that a value seen twice is a duplicate.

// ProduceCalled: the application handed a record to its producer.
type ProduceCalled struct {
	Client string
	Call   uint64 // unique within Client
	kafka.TopicPartition
	Key, Value string
	Acks       kafka.Acks // -1, 0, 1
	Idempotent bool
}

var _ = declare(ProduceCalled{})

func (f ProduceCalled) Line(Names) string {
	return fmt.Sprintf("sends %q to %v", clip(f.Value), f.TopicPartition)
}

// ProduceReturned: the producer returned the outcome to the application.
type ProduceReturned struct {
	Client string
	Call   uint64
	kafka.TopicPartition
	Outcome  Outcome
	Offset   kafka.Offset // -1 unknown (acks=0)
	Attempts int          // requests that may have carried the record
	Error    string
}

var _ = declare(ProduceReturned{})

func (f ProduceReturned) Line(Names) string {
	switch f.Outcome {
	case OK:
		return fmt.Sprintf("gets call %d acknowledged at %v offset %d", f.Call, f.TopicPartition, f.Offset)
	case Failed:
		return fmt.Sprintf("fails to write to %v%s", f.TopicPartition, because(f.Error))
	}
	return fmt.Sprintf("does not know whether a write to %v succeeded%s", f.TopicPartition, because(f.Error))
}

// PollCalled: the application polls its consumer.
type PollCalled struct {
	Client string
	Call   uint64
}

var _ = declare(PollCalled{})

func (f PollCalled) Line(Names) string { return "polls" }

// Polled: the poll returned these records of one partition, in this order. From is the position at which the fetch
// began.
type Polled struct {
	Client string
	Call   uint64
	kafka.TopicPartition
	From    kafka.Offset
	Records []PolledRecord
}

var _ = declare(Polled{})

func (f Polled) Line(Names) string {
	if len(f.Records) == 0 {
		return fmt.Sprintf("reads nothing from %v at offset %d", f.TopicPartition, f.From)
	}
	return fmt.Sprintf("reads %v %s", f.TopicPartition, Offsets(f.Records[0].Offset, f.Records[len(f.Records)-1].Offset))
}

// Processed: the application has done what it does with everything below To.
type Processed struct {
	Client string
	Group  string
	kafka.TopicPartition
	To kafka.Offset
}

var _ = declare(Processed{})

func (f Processed) Line(Names) string {
	return fmt.Sprintf("has processed %v below offset %d", f.TopicPartition, f.To)
}

// EndOffsetCalled: a client sends ListOffsets(latest).
type EndOffsetCalled struct {
	Client string
	Call   uint64
	kafka.TopicPartition
}

var _ = declare(EndOffsetCalled{})

func (f EndOffsetCalled) Line(Names) string {
	return fmt.Sprintf("asks for the end offset of %v", f.TopicPartition)
}

// EndOffsetReturned: it has the response.
type EndOffsetReturned struct {
	Client string
	Call   uint64
	kafka.TopicPartition
	Outcome Outcome
	Offset  kafka.Offset
}

var _ = declare(EndOffsetReturned{})

func (f EndOffsetReturned) Line(Names) string {
	return fmt.Sprintf("gets end offset %d of %v (%v)", f.Offset, f.TopicPartition, f.Outcome)
}

// PartitionsAssigned: a member of a group owns these partitions, besides those it owns already.
type PartitionsAssigned struct {
	Client     string
	Group      string
	Member     string
	Generation int32
	Partitions []kafka.TopicPartition
}

var _ = declare(PartitionsAssigned{})

func (f PartitionsAssigned) Line(Names) string {
	return fmt.Sprintf("owns %s (group %s, generation %d)", partitions(f.Partitions), clip(f.Group), f.Generation)
}

// PartitionsRevoked: a member of a group owns these partitions no more. Lost: it was removed from the group and could
// not commit first.
type PartitionsRevoked struct {
	Client     string
	Group      string
	Member     string
	Generation int32
	Partitions []kafka.TopicPartition
	Lost       bool
}

var _ = declare(PartitionsRevoked{})

func (f PartitionsRevoked) Line(Names) string {
	if f.Lost {
		return fmt.Sprintf("loses %s: it is no longer a member of group %s", partitions(f.Partitions), clip(f.Group))
	}
	return fmt.Sprintf("returns %s to group %s", partitions(f.Partitions), clip(f.Group))
}

// CommitCalled: a consumer commits its offset of one partition.
type CommitCalled struct {
	Client     string
	Call       uint64
	Group      string
	Generation int32
	kafka.TopicPartition
	Offset kafka.Offset
	Auto   bool
}

var _ = declare(CommitCalled{})

func (f CommitCalled) Line(Names) string {
	return fmt.Sprintf("commits offset %d of %v for group %s", f.Offset, f.TopicPartition, clip(f.Group))
}

// CommitReturned: the commit has ended.
type CommitReturned struct {
	Client  string
	Call    uint64
	Outcome Outcome
	Error   string
}

var _ = declare(CommitReturned{})

func (f CommitReturned) Line(Names) string {
	return fmt.Sprintf("gets the response to a commit: %v%s", f.Outcome, because(f.Error))
}

// PositionSet: a consumer starts reading a partition at Offset, because of Reason.
type PositionSet struct {
	Client string
	kafka.TopicPartition
	Offset kafka.Offset
	Reason string // committed, earliest, latest, seek, assign
}

var _ = declare(PositionSet{})

func (f PositionSet) Line(Names) string {
	return fmt.Sprintf("reads %v from offset %d on%s", f.TopicPartition, f.Offset, because(f.Reason))
}

// AdminReturned: an admin call ended.
type AdminReturned struct {
	Client string
	What   string
	Error  string
}

var _ = declare(AdminReturned{})

func (f AdminReturned) Line(Names) string {
	if f.Error != "" {
		return fmt.Sprintf("%s fails%s", clip(f.What), because(f.Error))
	}
	return clip(f.What) + " succeeds"
}

// ClientCrashed ends a client's incarnation.
type ClientCrashed struct{ Client string }

var _ = declare(ClientCrashed{})

func (f ClientCrashed) Line(Names) string { return "crashes" }

// ClientClosed ends a client's incarnation. Error is why a client closed by itself; "" if it was asked to, or had
// done its work.
type ClientClosed struct{ Client, Error string }

var _ = declare(ClientClosed{})

func (f ClientClosed) Line(Names) string {
	if f.Error != "" {
		return "closes by itself: " + clip(f.Error)
	}
	return "closes"
}

// PolledRecord is a record as an application saw it.
type PolledRecord struct {
	Offset     kafka.Offset
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
