// Package seglog is the segmented log of one partition, in Kafka's file formats, over the asynchronous
// [env.Disk].
//
// A [Log] is a directory of segments. Each segment is a .log of record batches end to end, a sparse .index from
// offset to position, a .timeindex from timestamp to offset, and a .snapshot of the idempotent producers as they
// were where the segment begins. Beside them lie leader-epoch-checkpoint and partition.metadata. kafka-dump-log
// reads all of them.
//
// # The parts
//
// The [Log] itself knows its state and passes calls on. Everything else is a part that owns its fields and is given the
// parts below it that it uses; where a part has to report back it has an interface of two or three methods, never the
// Log.
//
//	appender roller retain cleaner truncation closing loader  append, roll, delete, compact, truncate, close, recover
//	flusher finder searches replays trash                     what is durable, where batches lie, reads, removal
//	indexes writeQueue epochs snapshots                       the files of segments and beside them
//	directory                                                 operations in flight, and what follows each
//	extent segment offsetIndex timeIndex ring producers       plain state, no operations
//
// # What it promises
//
//   - No call waits. Each submits operations and returns; their outcomes come back through [Log.Complete].
//   - [Log.Written] covers only the contiguous written prefix. [Log.Flushed] covers only what survives a power
//     cut: file bytes, and the names that lead to them. [Log.Stable] is the end of what may be acknowledged.
//   - After a crash the log is a prefix of what was appended, and contains everything that was Flushed.
//   - A failed write or sync fences the partition: [Log.State] is [Fenced], and nothing is written after it.
//   - A disk without space loses nothing that was written: the log is [Full], serves reads, refuses appends, looks for
//     space from time to time and, once there is some, reads its files again as after a crash and is Ready. A sync that
//     fails for lack of space fences, as any other: the operating system may have dropped what was to be saved.
//   - Bounded work per event: recovery, cleaning and retention advance a chunk at a time.
//   - A batch goes from the request's buffer to its place in the file without being copied.
//
// # What it does not do
//
// It does not validate what producers send (package record does), does not decide the high watermark, and does
// not write the checkpoint files that cover all partitions: it only returns what belongs in them
// ([Log.RecoveryPoint], [Log.LogStart], [Log.CleanerCheckpoint]). It does not know transactions yet: the last
// stable offset is the high watermark.
package seglog
