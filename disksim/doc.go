// Package disksim implements env.Disk in memory for one simulated node, with faults.
//
// # What it models
//
// A file is its present content and the list of changes that no Sync has covered, each with the bytes it replaced. A
// directory is its present names and, for each name, the files it stood for since the last SyncDir. The disk belongs to
// the machine: it outlives the processes that use it.
//
// Writes, truncations and reads take effect when they complete, in an order that the latencies decide. Operations on
// names take effect in the order in which they were submitted. A Sync covers exactly the changes that had completed
// when it was submitted, and a SyncDir the names likewise: never more, so that a node which syncs too early loses data.
//
// # Faults
//
//   - Process crash: completed operations stay. Of those in flight, a write may be there in any part, a truncation may
//     have happened, and of the operations on names the first few have happened.
//   - Power cut: a process crash, after which the seed decides for each file what became of its unsynced changes: all
//     lost, all there, a prefix there with the last one torn, or each by itself there, lost or torn. A torn write ends
//     at any byte or lacks some of its 512-byte sectors. Lengths are decided likewise, so that a file may be longer
//     than its data and read as zeros there. Each name stands for what it stood for at the last SyncDir, now, or in
//     between, independently of other names, except that a rename never loses the file: if neither name survives, the
//     new one does. A lost name takes everything below it along. Options.PowerCut overrides the seed: all unsynced
//     changes are lost, or all are there.
//   - Bit rot: a read or region finds a flipped bit, which stays flipped.
//   - Misdirected write: the bytes land at another place of the file; the length changes as asked.
//   - Read and write errors: EIO; any part of the write is there.
//   - Sync error: EIO, and the pages are marked clean, so that no later Sync of the same bytes saves them.
//   - Full disk: a write beyond the capacity is done in part and fails with ENOSPC.
//   - Slowness: latency, jitter, tail, bandwidth; the whole device may stall.
//
// At most [maxUnsynced] changes of a file, and [maxNameStates] states of a name, wait for a sync; beyond that the
// oldest count as written back.
//
// # What it asserts about the node
//
// Overlapping writes in flight, bytes changed between WriteAt and Wrote, and use of a closed file panic. A released
// buffer is overwritten.
//
// # What it does not model
//
// Reads that return the bytes of another place, stale reads, and loss of the whole device except by Wipe. It has no
// time of its own: an [Engine] has.
package disksim
