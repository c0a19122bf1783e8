package env

import (
	"fmt"
	"strings"
)

// Names returns the name under which a person knows a node, b2 in a scenario.
type Names func(NodeID) string

// textMax bounds what a fact's text shows of a key, a value or a list, and of a reason, in bytes.
const (
	textMax   = 60
	reasonMax = 160
)

// clip shortens what a fact carries from elsewhere to textMax.
func clip(text string) string { return clipTo(text, textMax) }

func clipTo(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// because is a reason in brackets, "" if there is none.
func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + clipTo(reason, reasonMax) + ")"
}

// List is the names of nodes as Kafka's tools write them: [b2 b3].
func (name Names) List(ids []NodeID) string {
	var all []string
	for _, id := range ids {
		all = append(all, name(id))
	}
	return "[" + clip(strings.Join(all, " ")) + "]"
}

// Offsets is a range of offsets, from the first to the last.
func Offsets(first, last Offset) string {
	if first == last {
		return fmt.Sprintf("offset %d", first)
	}
	return fmt.Sprintf("offsets %d..%d", first, last)
}

// The texts of facts. The node that emits the fact is their subject: "b1 " goes before them.

// A partition on a broker.

func (f BecameLeader) Line(Names) string {
	return fmt.Sprintf("becomes leader of %v in epoch %d", f.TopicPartition, f.Epoch)
}

func (f Appended) Line(Names) string {
	return fmt.Sprintf("appends %v %s in epoch %d", f.TopicPartition, Offsets(f.Base, f.Last), f.Epoch)
}

func (f HighWatermarkAdvanced) Line(Names) string {
	return fmt.Sprintf("advances the high watermark of %v from %d to %d", f.TopicPartition, f.From, f.To)
}

func (f Flushed) Line(Names) string {
	return fmt.Sprintf("has flushed %v below offset %d", f.TopicPartition, f.To)
}

func (f LogStartAdvanced) Line(Names) string {
	return fmt.Sprintf("deletes %v below offset %d%s", f.TopicPartition, f.To, because(f.Reason))
}

func (f LogCutting) Line(Names) string {
	if f.Anew {
		return fmt.Sprintf("is about to empty %v, to restart it at offset %d", f.TopicPartition, f.To)
	}
	return fmt.Sprintf("is about to truncate %v to offset %d", f.TopicPartition, f.To)
}

func (f LogTruncated) Line(Names) string {
	return fmt.Sprintf("truncates %v to offset %d", f.TopicPartition, f.To)
}

func (f LogRecovered) Line(Names) string {
	text := fmt.Sprintf("opens %v [%d, %d)", f.TopicPartition, f.Start, f.End)
	if f.LostBytes > 0 {
		text += fmt.Sprintf(": %d bytes at its end are not valid and are removed%s", f.LostBytes, because(f.Reason))
	}
	return text
}

func (f PartitionFenced) Line(Names) string {
	return fmt.Sprintf("closes %v to all requests%s", f.TopicPartition, because(f.Reason))
}

func (f Rolled) Line(Names) string {
	return fmt.Sprintf("starts a segment of %v at offset %d", f.TopicPartition, f.Base)
}

func (f Cleaning) Line(Names) string {
	return fmt.Sprintf("starts to compact %v below offset %d", f.TopicPartition, f.To)
}

func (f Cleaned) Line(Names) string {
	return fmt.Sprintf("compacts %v [%d, %d): keeps %d of %d records", f.TopicPartition, f.From, f.To, f.Kept, f.Read)
}

func (f DuplicateDropped) Line(Names) string {
	return fmt.Sprintf("drops a batch that producer id %d has sent again to %v: it is at offset %d", f.ProducerID, f.TopicPartition, f.Base)
}

// The coordinator of a group.

func (f GroupRebalanced) Line(Names) string {
	return fmt.Sprintf("group %s enters generation %d with %s", clip(f.Group), f.Generation, plural(len(f.Members), "member"))
}

func (f GroupMemberGone) Line(Names) string {
	return fmt.Sprintf("group %s: %s leaves%s", clip(f.Group), clip(f.Member), because(f.Reason))
}

func (f GroupOffsetCommitted) Line(Names) string {
	if f.Offset < 0 {
		return fmt.Sprintf("group %s: the committed offset of %v is removed%s", clip(f.Group), f.TopicPartition, because(f.Reason))
	}
	return fmt.Sprintf("group %s: the committed offset of %v is %d", clip(f.Group), f.TopicPartition, f.Offset)
}

// The life of a node.

func (f Started) Line(Names) string { return "is up" }
func (f Stopped) Line(Names) string { return "has stopped; its disk is clean" }
func (f GaveUp) Line(Names) string  { return "ends: " + clipTo(f.Reason, 1000) }
func (f Logged) Line(Names) string  { return clip(f.Text) }

func (f LoggerSet) Line(Names) string {
	if f.Inherits {
		return fmt.Sprintf("logs lines of %s as of all its parts: %s and above", clip(string(f.Logger)), f.Level.Name())
	}
	return fmt.Sprintf("logs lines of %s that are %s or above", clip(string(f.Logger)), f.Level.Name())
}

func (f RequestFailed) Line(Names) string {
	return fmt.Sprintf("answers a request (API key %d) with error code %d%s", f.API, f.Code, because(f.Text))
}

// The cluster, as a node's metadata has it.

func (f Registered) Line(Names) string {
	if f.Again {
		return fmt.Sprintf("is registered again (broker epoch %d)", f.Epoch)
	}
	return fmt.Sprintf("is registered (broker epoch %d)", f.Epoch)
}

func (f ActiveController) Line(Names) string {
	return fmt.Sprintf("becomes active controller (epoch %d)", f.Epoch)
}

func (f ControllerResigned) Line(Names) string {
	return fmt.Sprintf("is no longer active controller (epoch %d)", f.Epoch)
}

func (f BrokerStanding) Line(name Names) string {
	state := "unfenced"
	switch {
	case f.Gone:
		return fmt.Sprintf("applies: %s is not registered any more", name(f.Broker))
	case f.Stopping:
		state = "in controlled shutdown"
	case f.Fenced:
		state = "fenced"
	}
	return fmt.Sprintf("applies: %s is %s (broker epoch %d)", name(f.Broker), state, f.Epoch)
}

func (f PartitionChanged) Line(name Names) string {
	switch {
	case f.Gone:
		return fmt.Sprintf("applies: %v is deleted", f.TopicPartition)
	case f.Leader < 0:
		return fmt.Sprintf("applies: %v has no leader in epoch %d, ISR %s, ELR %s", f.TopicPartition, f.Epoch, name.List(f.ISR), name.List(f.ELR))
	}
	return fmt.Sprintf("applies: %v has leader %s in epoch %d, ISR %s, ELR %s", f.TopicPartition, name(f.Leader), f.Epoch, name.List(f.ISR), name.List(f.ELR))
}

func (f MetadataApplied) Line(Names) string {
	return fmt.Sprintf("has applied the metadata below offset %d", f.To)
}

// The metadata quorum.

func (f BecameQuorumLeader) Line(Names) string {
	return fmt.Sprintf("becomes leader of the metadata quorum in epoch %d", f.Epoch)
}

func (f QuorumResigned) Line(Names) string {
	return fmt.Sprintf("resigns as leader of the metadata quorum in epoch %d%s", f.Epoch, because(f.Reason))
}

func (f QuorumVoted) Line(name Names) string {
	return fmt.Sprintf("votes for %s in epoch %d of the metadata quorum", name(f.Candidate), f.Epoch)
}

func (f QuorumHighWatermark) Line(Names) string {
	return fmt.Sprintf("knows that the metadata below offset %d is committed", f.Offset)
}

func (f QuorumAppended) Line(Names) string {
	return fmt.Sprintf("appends metadata %s in epoch %d", Offsets(f.Base, f.Last), f.Epoch)
}

func (f QuorumFlushed) Line(Names) string {
	return fmt.Sprintf("has flushed the metadata below offset %d", f.To)
}

func (f QuorumCutting) Line(Names) string {
	if f.Anew {
		return fmt.Sprintf("is about to empty its metadata log, to restart it at offset %d", f.To)
	}
	return fmt.Sprintf("is about to truncate its metadata log to offset %d", f.To)
}

func (f QuorumTruncated) Line(Names) string {
	return fmt.Sprintf("truncates its metadata log to offset %d%s", f.To, because(f.Reason))
}

func (f QuorumSnapshotted) Line(Names) string {
	return fmt.Sprintf("has a metadata snapshot below offset %d", f.End)
}

// The replication of a partition.

func (f BecameFollower) Line(name Names) string {
	if f.Leader < 0 {
		return fmt.Sprintf("stops to follow a leader of %v: epoch %d has none", f.TopicPartition, f.Epoch)
	}
	return fmt.Sprintf("follows %s, leader of %v in epoch %d", name(f.Leader), f.TopicPartition, f.Epoch)
}

func (f IsrProposed) Line(name Names) string {
	return fmt.Sprintf("proposes ISR %s of %v, instead of %s", name.List(f.Proposed), f.TopicPartition, name.List(f.Committed))
}

func (f IsrChanged) Line(name Names) string {
	return fmt.Sprintf("leads %v with ISR %s", f.TopicPartition, name.List(f.ISR))
}

func (f EpochBegun) Line(Names) string {
	return fmt.Sprintf("starts epoch %d of %v at offset %d", f.Epoch, f.TopicPartition, f.Start)
}

func (f FollowerHeard) Line(name Names) string {
	return fmt.Sprintf("receives a fetch of %v from %s, which holds what is below offset %d", f.TopicPartition, name(f.Broker), f.Offset)
}

func (f ReplicaDropped) Line(Names) string {
	return fmt.Sprintf("removes its log of %v", f.TopicPartition)
}

func (f RecordsDeleted) Line(name Names) string {
	return fmt.Sprintf("answers that %v is deleted below offset %d on %s", f.TopicPartition, f.To, name.List(f.Replicas))
}

// Clients.

func (f ProduceCalled) Line(Names) string {
	return fmt.Sprintf("sends %q to %v", clip(f.Value), f.TopicPartition)
}

func (f ProduceReturned) Line(Names) string {
	switch f.Outcome {
	case OK:
		return fmt.Sprintf("gets call %d acknowledged at %v offset %d", f.Call, f.TopicPartition, f.Offset)
	case Failed:
		return fmt.Sprintf("fails to write to %v%s", f.TopicPartition, because(f.Error))
	}
	return fmt.Sprintf("does not know whether a write to %v succeeded%s", f.TopicPartition, because(f.Error))
}

func (f PollCalled) Line(Names) string { return "polls" }

func (f Polled) Line(Names) string {
	if len(f.Records) == 0 {
		return fmt.Sprintf("reads nothing from %v at offset %d", f.TopicPartition, f.From)
	}
	return fmt.Sprintf("reads %v %s", f.TopicPartition, Offsets(f.Records[0].Offset, f.Records[len(f.Records)-1].Offset))
}

func (f Processed) Line(Names) string {
	return fmt.Sprintf("has processed %v below offset %d", f.TopicPartition, f.To)
}

func (f EndOffsetCalled) Line(Names) string {
	return fmt.Sprintf("asks for the end offset of %v", f.TopicPartition)
}

func (f EndOffsetReturned) Line(Names) string {
	return fmt.Sprintf("gets end offset %d of %v (%v)", f.Offset, f.TopicPartition, f.Outcome)
}

func (f PartitionsAssigned) Line(Names) string {
	return fmt.Sprintf("owns %s (group %s, generation %d)", partitions(f.Partitions), clip(f.Group), f.Generation)
}

func (f PartitionsRevoked) Line(Names) string {
	if f.Lost {
		return fmt.Sprintf("loses %s: it is no longer a member of group %s", partitions(f.Partitions), clip(f.Group))
	}
	return fmt.Sprintf("returns %s to group %s", partitions(f.Partitions), clip(f.Group))
}

func (f CommitCalled) Line(Names) string {
	return fmt.Sprintf("commits offset %d of %v for group %s", f.Offset, f.TopicPartition, clip(f.Group))
}

func (f CommitReturned) Line(Names) string {
	return fmt.Sprintf("gets the response to a commit: %v%s", f.Outcome, because(f.Error))
}

func (f PositionSet) Line(Names) string {
	return fmt.Sprintf("reads %v from offset %d on%s", f.TopicPartition, f.Offset, because(f.Reason))
}

func (f AdminReturned) Line(Names) string {
	if f.Error != "" {
		return fmt.Sprintf("%s fails%s", clip(f.What), because(f.Error))
	}
	return clip(f.What) + " succeeds"
}

func (f ClientCrashed) Line(Names) string { return "crashes" }
func (f ClientClosed) Line(Names) string {
	if f.Error != "" {
		return "closes by itself: " + clip(f.Error)
	}
	return "closes"
}

// partitions lists partitions, as far as a line holds them.
func partitions(all []TopicPartition) string {
	if len(all) == 0 {
		return "no partition"
	}
	var names []string
	for _, tp := range all {
		names = append(names, tp.String())
	}
	return clip(strings.Join(names, " "))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
