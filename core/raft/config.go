package raft

import (
	"fmt"
	"slices"

	"gregor/core/kafka"
	"gregor/core/mutants"
)

// Config is what a replica is given. The names in comments are Kafka's.
type Config struct {
	Node      kafka.NodeID // node.id
	Directory kafka.UUID   // directory.id of the disk, from its meta.properties
	ClusterID string       // cluster.id; "" accepts requests of any cluster
	Voters    []Voter      // controller.quorum.voters
	Listener  string       // of the controllers: controller.listener.names
	Dir       string       // the partition's directory below the node's data directory

	// Committed is the high watermark that this node is known to have had. A voter whose log ends below it, or that has
	// no quorum-state, fails: it has forgotten what it promised to keep. 0: nothing is known. Lost is the advice that
	// the failure ends with.
	Committed kafka.Offset
	Lost      string

	// The owners of the OpIDs of the log and of the replica's other files; they must differ. Every disk outcome
	// with one of them is for Complete.
	LogOwner, FileOwner uint32

	ElectionTimeoutMs    int64 // controller.quorum.election.timeout.ms
	FetchTimeoutMs       int64 // controller.quorum.fetch.timeout.ms
	ElectionBackoffMaxMs int64 // controller.quorum.election.backoff.max.ms
	RequestTimeoutMs     int64 // controller.quorum.request.timeout.ms
	RetryBackoffMs       int64 // controller.quorum.retry.backoff.ms
	FetchMaxWaitMs       int64 // how long the leader may hold a Fetch that finds nothing
	MaxFetchBytes        int   // of records in one Fetch; a batch that is larger comes alone
	MaxPartBytes         int   // of one FetchSnapshot

	SegmentBytes      int64 // metadata.log.segment.bytes
	SegmentMs         int64 // metadata.log.segment.ms
	MaxRetentionBytes int64 // metadata.max.retention.bytes: of log and snapshots together; -1: no limit
}

// Voter is one member of the quorum. A zero Directory is any.
type Voter struct {
	ID        kafka.NodeID
	Directory kafka.UUID
	Host      string
	Port      uint16
}

// DefaultConfig is Kafka's default for every name.
func DefaultConfig() Config {
	return Config{
		Dir: Partition.String(), Listener: "CONTROLLER", LogOwner: 1, FileOwner: 2,
		ElectionTimeoutMs: 1000, FetchTimeoutMs: 2000, ElectionBackoffMaxMs: 1000,
		RequestTimeoutMs: 2000, RetryBackoffMs: 20, FetchMaxWaitMs: 500, MaxFetchBytes: 8 << 20, MaxPartBytes: 8 << 20,
		SegmentBytes: 1 << 30, SegmentMs: 7 * 24 * 60 * 60 * 1000, MaxRetentionBytes: 100 << 20,
	}
}

// maxVoters bounds a quorum.
const maxVoters = 31

// checked refuses what no replica can run with, and sorts the voters.
func (c Config) checked() (Config, error) {
	c.Voters = slices.Clone(c.Voters)
	slices.SortFunc(c.Voters, func(a, b Voter) int { return int(a.ID) - int(b.ID) })
	for i, v := range c.Voters {
		if v.ID < 0 || i > 0 && c.Voters[i-1].ID == v.ID {
			return c, fmt.Errorf("controller.quorum.voters: node %d is negative or there twice", v.ID)
		}
	}
	switch {
	case len(c.Voters) == 0 || len(c.Voters) > maxVoters:
		return c, fmt.Errorf("controller.quorum.voters has %d voters; 1 to %d are possible", len(c.Voters), maxVoters)
	case c.LogOwner == c.FileOwner || c.Dir == "":
		return c, fmt.Errorf("raft.Config has LogOwner %d, FileOwner %d, Dir %q", c.LogOwner, c.FileOwner, c.Dir)
	}
	for _, v := range [...]struct {
		name string
		ms   int64
	}{
		{"election.timeout.ms", c.ElectionTimeoutMs}, {"fetch.timeout.ms", c.FetchTimeoutMs},
		{"request.timeout.ms", c.RequestTimeoutMs},
	} {
		if v.ms < 1 || v.ms > maxTimeoutMs {
			return c, fmt.Errorf("controller.quorum.%s is %d; 1 to %d are possible", v.name, v.ms, maxTimeoutMs)
		}
	}
	c.ElectionBackoffMaxMs = min(max(c.ElectionBackoffMaxMs, 1), maxTimeoutMs)
	c.RetryBackoffMs = min(max(c.RetryBackoffMs, 1), maxTimeoutMs)
	c.FetchMaxWaitMs = min(max(c.FetchMaxWaitMs, 0), maxTimeoutMs)
	c.MaxFetchBytes = min(max(c.MaxFetchBytes, 1), 64<<20)
	c.MaxPartBytes = min(max(c.MaxPartBytes, 1), 64<<20)
	return c, nil
}

// maxTimeoutMs bounds every timeout: a day.
const maxTimeoutMs = 24 * 60 * 60 * 1000

// isVoter reports whether this replica takes part in elections.
func (c *Config) isVoter() bool { return c.voterIndex(c.Node, c.Directory) >= 0 }

// isAlone reports whether the quorum has one voter only.
func (c *Config) isAlone() bool { return len(c.Voters) == 1 }

// indexOf returns the index of the voter with this node id, whatever its disk, or -1.
func (c *Config) indexOf(id kafka.NodeID) int {
	for i := range c.Voters {
		if c.Voters[i].ID == id {
			return i
		}
	}
	return -1
}

// voterIndex returns a voter's index, or -1. A node with another disk than the voter was configured with is not that
// voter.
func (c *Config) voterIndex(id kafka.NodeID, dir kafka.UUID) int {
	if i := c.indexOf(id); i >= 0 && isDisk(dir, c.Voters[i].Directory) {
		return i
	}
	return -1
}

// isMe reports whether a request is meant for this replica, and for this disk of it.
func (c *Config) isMe(version int16, voter int32, dir kafka.UUID) bool {
	switch {
	case version < 1:
		return true
	case voter >= 0 && kafka.NodeID(voter) != c.Node:
		return false
	}
	return isDisk(c.Directory, dir)
}

// isDisk reports whether a disk is the one that is meant; the zero id means any.
func isDisk(dir, meant kafka.UUID) bool {
	return meant == kafka.UUID{} || meant == dir || mutants.Enabled && mutants.On().NoDirectoryID // K8 (KIP-853)
}

func (c *Config) clusterID() *string {
	if c.ClusterID == "" {
		return nil
	}
	id := c.ClusterID
	return &id
}

// isCluster reports whether a request names this cluster, or none.
func (c *Config) isCluster(id *string) bool {
	return id == nil || c.ClusterID == "" || *id == c.ClusterID
}
