// Package metalog is a node's replica of the metadata log, as a voter or as an observer, and the image that the
// committed records make.
//
// It promises that the image holds exactly what is committed, and that its owner acts on each batch before the next one
// is applied ([Node.Applied]). A snapshot takes the image's place at once, when it is whole. Snapshots of the image are
// written when enough was committed since the last one, or anything long enough ago.
//
// A record that cannot be applied, or a feature level that this version does not support, ends the node: it would do
// what the cluster does not expect of it.
//
// The package does not elect or replicate (core/raft does), does not decide what is appended (core/controller does),
// and does not act on what changes.
package metalog
