// Package delta applies committed metadata records to a broker's image, and reports what they change: to the broker,
// which acts on it ([Delta]); to an observer, as facts; and to the operator, as lines in the log.
//
// It promises that a change is in the image before it is reported, that a Delta names each topic and resource once, in
// the order of their first change, and that each thing that happens to the cluster is logged by one node, however many
// read of it: the active controller, or of a partition's ISR its leader. Lines that report the same change of many
// partitions are joined: a broker that leaves changes thousands.
//
// It does not decide anything and does not open, close or elect: it is a [Tracker] of the image.
package delta
