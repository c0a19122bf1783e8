// Package group is the coordinator of Kafka's classic consumer groups: who is a member, which generation the
// group is in, who was assigned what, and how far the group has read.
//
// A [Coordinator] is a pure state machine. It is handed requests, the time, and the outcomes of its appends;
// it answers through [Out]. It has no log of its own: whatever must survive is handed to [Out].Append as
// records of __consumer_offsets in Kafka's formats, and counts (is visible, is answered) only when
// [Coordinator.Appended] says that it is stored. [Coordinator.LoadRecord] replays those records, and replay
// of what was stored gives the state that was live.
//
// It promises:
//   - every [Ticket] is answered exactly once: at the latest when a timer runs out or its partition is unloaded;
//   - nothing of a request is kept once the call has returned: its buffer may be used again;
//   - the same calls with the same clock readings and the same Rand give the same calls to Out, byte for byte;
//   - no answer is given from within a state that is half changed, so Out may not call back.
//
// It does not serve the KIP-848 protocol, does not know transactions, does not decide who may do what (ACLs),
// and does not find coordinators: FindCoordinator is its owner's, with [Coordinator.PartitionFor].
//
// Where it deliberately differs from Kafka:
//   - a group is first stored when its first generation is, not when its first member knocks;
//   - a group that has neither a record, nor offsets, nor anyone at its door is gone at once, not at the next sweep;
//   - a second SyncGroup of the leader, while the first is being stored, does not store a second assignment;
//   - a request that replaces an older one of the same member that still waits answers the older one with
//     REBALANCE_IN_PROGRESS instead of leaving it without an answer;
//   - a known static member may come back to a group that is full, and silent static members count against
//     group.max.size;
//   - what is remembered is bounded: Config.MaxGroups groups, Config.MaxMembersBytes of what members say of themselves,
//     10,000 members of one group; beyond it a new group is refused with POLICY_VIOLATION, a new member with
//     GROUP_MAX_SIZE_REACHED, and a member that no record has room for with INVALID_REQUEST;
//   - an OffsetFetch that wants stable offsets is answered UNSTABLE_OFFSET_COMMIT for those that are in flight, as
//     before Kafka 4.0, and not parked;
//   - a failed attempt to store a static member's new id makes a new generation.
package group
