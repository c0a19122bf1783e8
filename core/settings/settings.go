// Package settings reads from the configuration what each part of a broker needs of it, as that part's own type.
// Everything here is a pure function of a configuration: the parts know no names of configs, and the configuration no
// parts.
package settings

import (
	"strings"

	"gregor/core/config"
	"gregor/core/describe"
	"gregor/core/kafka"
	"gregor/core/logdir"
	"gregor/core/metadata"
	"gregor/core/metalog"
	"gregor/core/raft"
	"gregor/core/registration"
	"gregor/core/seglog"
)

// Log is what the log of a partition needs of its topic's configuration and of its broker's.
func Log(b *config.Broker, t *config.Topic) seglog.Config {
	return seglog.Config{
		SegmentBytes: int64(t.SegmentBytes()), SegmentMs: t.Long("segment.ms"), SegmentJitterMs: t.Long("segment.jitter.ms"),
		IndexIntervalBytes: t.Long("index.interval.bytes"), IndexSizeMaxBytes: t.Long("segment.index.bytes"),
		RetentionMs: t.Long("retention.ms"), RetentionBytes: t.Long("retention.bytes"),
		FileDeleteDelayMs: t.Long("file.delete.delay.ms"),
		RetentionCheckMs:  b.Long("log.retention.check.interval.ms"),
		FlushMessages:     t.Long("flush.messages"), FlushMs: t.Long("flush.ms"),
		CleanupDelete: t.Has("delete"), CleanupCompact: t.Has("compact") && b.Bool("log.cleaner.enable"),
		DeleteRetentionMs: t.Long("delete.retention.ms"), MinCompactionLagMs: t.Long("min.compaction.lag.ms"),
		MaxCompactionLagMs:            t.Long("max.compaction.lag.ms"),
		MinCleanableDirtyRatioPercent: int64(t.Percent("min.cleanable.dirty.ratio")),
		CleanerBackoffMs:              b.Long("log.cleaner.backoff.ms"), CleanerMaxKeys: cleanerKeys(b),
		LogAppendTime:               t.Text("message.timestamp.type") == "LogAppendTime",
		ProducerIDExpirationMs:      b.Long("producer.id.expiration.ms"),
		ProducerIDExpirationCheckMs: b.Long("producer.id.expiration.check.interval.ms"),
	}
}

// cleanerKeyBytes is what Kafka's cleaner takes for one key: a 16-byte hash and an 8-byte offset.
const cleanerKeyBytes = 24

// cleanerKeys is how many keys a round of compaction may hold: what log.cleaner.dedupe.buffer.size has room for.
func cleanerKeys(b *config.Broker) int {
	return int(b.Long("log.cleaner.dedupe.buffer.size") / cleanerKeyBytes)
}

// Rack is broker.rack, nil if it is not set.
func Rack(c *config.Broker) *string {
	if c.IsNull("broker.rack") {
		return nil
	}
	rack := c.Text("broker.rack")
	return &rack
}

// Registration is what a broker's registration says of it, and how it is kept up. endpoints are what it advertises.
func Registration(k *config.Broker, endpoints []metadata.Endpoint) registration.Config {
	return registration.Config{Node: kafka.NodeID(k.NodeID()), Rack: Rack(k), Endpoints: endpoints,
		Features: describe.SupportedFeatures(), FeaturesText: describe.SupportedText(),
		SessionTimeout: k.Millis("broker.session.timeout.ms"), HeartbeatInterval: k.Millis("broker.heartbeat.interval.ms"),
		RegistrationMax:    k.Millis("initial.broker.registration.timeout.ms"),
		ControlledShutdown: k.Bool("controlled.shutdown.enable")}
}

// Metalog is what a node's metadata log needs of its configuration.
func Metalog(k *config.Broker, voters []raft.Voter) metalog.Config {
	return metalog.Config{Voters: voters, RequestTimeout: k.Millis("controller.quorum.request.timeout.ms"),
		SnapshotBytes: k.Long("metadata.log.max.record.bytes.between.snapshots"),
		SnapshotEvery: k.Millis("metadata.log.max.snapshot.interval.ms")}
}

// Directory is what a node's data directory needs of its configuration.
func Directory(k *config.Broker) logdir.Config {
	return logdir.Config{Node: kafka.NodeID(k.NodeID()), ClusterID: k.Text("cluster.id"),
		Voters: strings.Join(k.List("controller.quorum.voters"), ","), Unclean: k.Bool(config.UncleanMetadata)}
}

// Quorum is what the replica of the metadata log needs of its node's configuration.
func Quorum(k *config.Broker) raft.Config {
	c := raft.DefaultConfig()
	c.Node = kafka.NodeID(k.NodeID())
	c.ElectionTimeoutMs = int64(k.Int("controller.quorum.election.timeout.ms"))
	c.FetchTimeoutMs = int64(k.Int("controller.quorum.fetch.timeout.ms"))
	c.ElectionBackoffMaxMs = int64(k.Int("controller.quorum.election.backoff.max.ms"))
	c.RequestTimeoutMs = int64(k.Int("controller.quorum.request.timeout.ms"))
	c.RetryBackoffMs = int64(k.Int("controller.quorum.retry.backoff.ms"))
	c.SegmentBytes = int64(k.Int(metadataSegmentBytes(k)))
	c.SegmentMs = k.Long("metadata.log.segment.ms")
	c.MaxRetentionBytes = k.Long("metadata.max.retention.bytes")
	if names := k.List("controller.listener.names"); len(names) > 0 {
		c.Listener = names[0]
	}
	return c
}

// metadataSegmentBytes names the config of the size at which the metadata log rolls: the internal one, which
// accepts less than Kafka lets the other one be, goes before.
func metadataSegmentBytes(k *config.Broker) string {
	const internal = "internal.metadata.log.segment.bytes"
	if !k.IsNull(internal) {
		return internal
	}
	return "metadata.log.segment.bytes"
}

// Voters are the quorum's members: those configured, or this node alone, which is reached at an address.
func Voters(k *config.Broker, host string, port uint16) ([]raft.Voter, error) {
	named := k.List("controller.quorum.voters")
	if len(named) == 0 {
		return []raft.Voter{{ID: kafka.NodeID(k.NodeID()), Host: host, Port: port}}, nil
	}
	return raft.ParseVoters(strings.Join(named, ","))
}
