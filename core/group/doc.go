// Package group is the coordinator of Kafka's classic consumer groups: their members, generations, assignments and
// committed offsets.
//
// A [Coordinator] is a state machine on [coordinator.Runtime], which owns, loads and unloads the partitions of
// __consumer_offsets and appends to them. The Coordinator handles requests, and answers through a function that its
// owner gives it. What must survive is appended as records in Kafka's formats, and takes effect (is visible, is
// answered) only when the records are committed; a load of those records gives the state that was live.
//
// # What it promises
//
//   - Every [Ticket] is answered exactly once, at the latest when a timer expires or its partition is unloaded.
//   - It keeps no byte of a request after the call has returned, so that the request's buffer can be used again.
//   - The same calls with the same clock readings and the same Rand give the same responses and records, byte for byte.
//   - No response is given while a group is half changed; the function that receives it may not call the Coordinator.
//
// The states of a group are drawn at [State], those of a partition in package coordinator.
//
// # What it does not do
//
// It does not serve the KIP-848 protocol, knows no transactions and no ACLs, and does not find coordinators
// (FindCoordinator is the broker's).
//
// # Where it differs from Kafka
//
//   - A group is first stored with its first generation, not when its first member joins.
//   - A group without a record, offsets and members is removed at once, not by the next retention check.
//   - A second SyncGroup of the leader, while the assignment of the first is being appended, does not append another.
//   - A request that replaces an older one of the same member that still waits answers the older one
//     REBALANCE_IN_PROGRESS; Kafka never answers it.
//   - A known static member may rejoin a group that is full, and static members that have not joined count against
//     group.max.size.
//   - Memory is bounded: Config.MaxGroups groups, Config.MaxMembersBytes of protocols and metadata of all members,
//     10,000 members of one group. Beyond that a new group is refused with POLICY_VIOLATION, a new member with
//     GROUP_MAX_SIZE_REACHED, and a member that does not fit a record with INVALID_REQUEST.
//   - An OffsetFetch for stable offsets is answered UNSTABLE_OFFSET_COMMIT for offsets in flight, as before Kafka 4.0,
//     and is not parked.
//   - When the record with a static member's new id cannot be appended, the group rebalances.
package group
