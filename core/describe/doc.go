// Package describe is what a broker answers about the cluster without changing anything: Metadata, DescribeCluster,
// DescribeTopicPartitions, DescribeLogDirs, DescribeProducers, FindCoordinator, the hints to a partition's leader
// (KIP-951), configurations and features.
//
// Every answer is a function of the image of the metadata, of what only this node knows about its own logs ([Local]),
// and of the request. Nothing here waits, sends or appends; it is the caller's to create the topics that a Metadata
// request names, and to divide a large answer into parts.
//
// An address in an answer is always of the listener that the request came by: a client is never sent elsewhere.
//
// [Loggers] alone holds state: the levels of this node's loggers, which are in no record.
package describe
