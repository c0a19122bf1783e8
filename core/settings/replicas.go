package settings

import (
	"time"

	"gregor/core/config"
	"gregor/core/kafka"
	"gregor/core/replica"
)

// followedPerRequest bounds the partitions in one request of a fetcher.
const followedPerRequest = 10_000

// replicaRetry is the pause after a fetch or a proposal that was refused, where replica.fetch.backoff.ms is not set:
// after an election the new leader may read of it a moment later than its followers, and a second, as in Kafka, would
// be most of the failover.
const replicaRetry = 50 * time.Millisecond

// Replicas is what the replicas of a broker and their fetchers need of its configuration.
func Replicas(k *config.Broker) (replica.Config, replica.FetcherConfig) {
	backoff := k.Millis("replica.fetch.backoff.ms")
	if k.Source("replica.fetch.backoff.ms") == config.Default {
		backoff = replicaRetry
	}
	c := replica.Config{Node: kafka.NodeID(k.NodeID()), LagTime: k.Millis("replica.lag.time.max.ms"), Backoff: backoff}
	return c, replica.FetcherConfig{MaxWait: k.Millis("replica.fetch.wait.max.ms"),
		MinBytes:          int32(k.Int("replica.fetch.min.bytes")),
		MaxBytes:          int32(k.Int("replica.fetch.response.max.bytes")),
		PartitionMaxBytes: int32(k.Int("replica.fetch.max.bytes")),
		Backoff:           backoff, MaxPartitions: followedPerRequest, Version: 17}
}
