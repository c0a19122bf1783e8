// Package replication joins the replicas of a broker to what they ask for: the controller (AlterPartition), the
// checkpoints (before a truncation), other brokers (a fetcher for each source), and the quotas of replication (KIP-73).
//
// It promises that one AlterPartition is under way at a time, as in Kafka, with the latest proposal of each replica;
// that no log is truncated while a checkpoint on disk says more of it; and that a fetcher sends only when its broker
// settles.
//
// One replica's own state machine is core/replica; which replicas there are is the broker's to know.
package replication
