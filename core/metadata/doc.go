// Package metadata is the cluster's metadata: the records of the __cluster_metadata log in Kafka's encoding,
// and the image of the cluster that follows from them.
//
// It promises that what it writes Kafka's own tools read, that it reads every version Kafka 4.3 writes, and
// that bytes of any other kind are an error and never a panic or an allocation out of proportion. An [Image]
// is built from records and from nothing else: two nodes that applied the same records hold the same image and
// list it in the same order. Values read from an image never change; a later record makes new ones.
//
// It does not decide anything (package controller does), and knows neither batches nor files: a record here is
// the value of one log record, whose key is null.
//
// A record value is a frame:
//
//	| varint 1 | varint type | varint version | fields ... | varint tags | tag ... |
package metadata
