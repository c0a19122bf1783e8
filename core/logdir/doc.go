// Package logdir is the node's data directory apart from its logs: whose it is (meta.properties), what the checkpoints
// say of each partition, the marker of a clean shutdown, and which partition a directory belongs to. Files and names
// are Kafka's.
//
// It promises:
//
//   - A file is replaced as a whole: a power cut leaves the old one or the new one.
//   - The marker of a clean shutdown is gone before anything else is written, so that a crash is never taken for one
//     (KAFKA-10471).
//   - Checkpoints are written in rounds, all four files as the logs are when the round begins. A continuation is
//     called when a round that began after it was asked for has ended.
//   - What a checkpoint on disk may say of a partition is known ([Dir.Within]), so that a log is not truncated, deleted
//     or created while a file says more of it than it will hold.
//   - A directory is never deleted because it is unknown: it is renamed -stray.
//
// A start reads in this order; what goes wrong ends the node with the reason and the fix ([Node.GiveUp]):
//
//	create ─▶ list ─┬─▶ read meta.properties ────────────┬─▶ read four checkpoints ──────────┬─▶ ready
//	                └─▶ none: write it, unless there are ─┘   read and remove the clean marker ─┘
//	                    directories of partitions
//
// The package does not open logs or look at records (core/seglog does), and does not decide which replicas the node
// has: its owner knows the metadata.
package logdir
