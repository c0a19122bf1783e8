// Package broker is the Node: it composes logs, groups and metadata into a Kafka broker and routes requests.
//
// It promises Kafka's answers to Kafka's requests, on each connection in the order the requests came, and that
// nothing is acknowledged before the log says it may be ([seglog.Log.Stable]).
//
// # The order of things
//
//   - A request becomes a slot in its connection's queue when it arrives. It begins when the ones before it are
//     answered, or at once if all of them are produces; answers leave from the head of the queue only. What a
//     slot waits for (a write, more data, a group, a metadata change) is held by the piece that will finish it.
//   - Disk outcomes belong to the log whose number is in the upper half of their OpID; number zero is the
//     broker's own files.
//   - A log that was touched in a step is settled once, at the step's end: its high watermark moves, produces
//     are answered, fetches that waited for it are tried again.
//   - Changes of metadata go through one queue, one at a time: decided against the image, appended to
//     __cluster_metadata, applied when that is on disk, then answered. What a change makes is open, and what it
//     removes is gone from the checkpoints, before the next one begins.
//
// # Where it differs from Kafka
//
//   - A Metadata or FindCoordinator that makes a topic waits for it instead of sending the client away.
//   - A Produce waits for the disk without a thread, so that a slow disk shows as REQUEST_TIMED_OUT.
//   - DeleteRecords is answered when the log start is in its checkpoint.
//   - There are no transactions; ApiVersions names none of their APIs.
//
// The package does not frame, decode or validate batches (core/wire did, before the event), does not touch
// files of partitions (core/seglog does), and knows no clock, socket or goroutine.
package broker
