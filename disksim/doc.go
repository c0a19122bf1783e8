// Package disksim is the disk of one simulated node: env.Disk in memory, with faults.
//
// # What it models
//
// A file is its present content plus the list of changes that no Sync has covered, each with what it replaced.
// A directory is its present names plus, for each name, what it stood for since the last SyncDir. The disk
// belongs to the machine, not to the process: it outlives crashes and restarts.
//
// Writes, truncations and reads take effect when they complete, in an order the latencies decide; operations
// on names take effect in the order they were submitted. A Sync covers exactly the changes that had completed
// when it was submitted, a SyncDir the names likewise: never more, so that nobody comes to rely on luck.
//
// A process crash keeps every completed operation. Of those in flight, a write may be there in any part, a
// truncation may have happened, and of the operations on names the first few have happened.
//
// A power cut is a process crash after which the seed decides, file by file, what became of the changes no Sync
// covered: all lost, all there, a prefix of them there with the last one torn, or each for itself there, lost
// or torn. A torn write is cut at any byte or loses some of its 512-byte sectors. Lengths are decided
// likewise, so that a file may be longer than its data reached and then reads as zeros there. Each name is as
// it was at the last SyncDir, as it is now, or in between, independently of the others, except that a rename
// never loses the file it moves: if neither name came out, the new one is there. A name that is gone takes
// everything below it along. Options.PowerCut takes the decision from the seed: all is lost, or all is there.
//
// Besides: each read or region may find a flipped bit, which stays flipped (bit rot); a write may land at
// another place of its file while the length moves as asked (misdirected write); a read or write may fail
// with EIO, a write then being there in any part; a Sync may fail with EIO and leave its pages marked clean, so
// that no later Sync of the same bytes saves them; a full disk takes a part of a write and fails with ENOSPC;
// operations take time (latency, jitter, a tail, bandwidth), and the whole device may stall.
//
// At most [maxUnsynced] changes of a file, and [maxNameStates] states of a name, wait for a sync: beyond that
// the oldest count as written back.
//
// # What it checks about the node
//
// Overlapping writes in flight together, bytes changed between WriteAt and Wrote, and use of a file that is
// closed are assertions: they panic. A released buffer is scribbled over.
//
// # What it does not model
//
// Reads that return the bytes of another place (misdirected reads), stale reads, and loss of the whole device,
// except as Wipe. It keeps no time of its own: a [Stage] does.
package disksim
