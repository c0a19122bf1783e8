// Package record is Kafka's record batch, format 2: the unit that producers send, logs store and consumers
// read.
//
// It encodes ([Builder]), cuts a byte stream into batches ([Peek], [Split]), checks what a producer sent
// ([Validate]) or what a log holds ([ValidateStored]), reads headers in place ([Batch]) and records one by one
// ([Batch.Records]), and compresses and decompresses with Kafka's four codecs.
// The records of a compressed batch are decompressed a window at a time: reading them takes [Memory] bytes, whatever
// they become, and can be done in pieces ([Scratch.Begin], [Scratch.Continue]).
//
// It promises that no input, however hostile, makes it panic or use more memory than [Limits] allow; that
// Peek, Split, the accessors and Validate of an uncompressed batch allocate nothing; and that the same calls
// give the same bytes on every machine. Formats 0 and 1, which Kafka 4 no longer writes, are refused by name.
//
// It keeps no state between calls except in a [Scratch], which belongs to one caller at a time. It does not
// know topics, configurations or clocks: checks that need them (timestamp bounds, null keys on a compacted
// topic, maximum sizes) are left to the caller, who finds the facts in [Summary].
package record
