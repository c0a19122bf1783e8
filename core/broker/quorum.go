package broker

import (
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/raft"
	"gregor/core/wire"
)

// The owners of OpIDs that are no partition's: the data directory, and the two of the metadata log's replica.
const (
	filesOwner = iota
	quorumLogOwner
	quorumFilesOwner
	ownersReserved
)

// replicaOfMetadata is what the replica of the metadata log needs of the node's configuration.
func (b *Broker) replicaOfMetadata() raft.Config {
	c, k := raft.DefaultConfig(), b.config
	c.Node, c.Directory, c.ClusterID, c.Voters = b.id, b.dir.ID(), b.dir.ClusterID(), b.metalog.Voters()
	c.LogOwner, c.FileOwner = quorumLogOwner, quorumFilesOwner
	c.ElectionTimeoutMs = int64(k.Int("controller.quorum.election.timeout.ms"))
	c.FetchTimeoutMs = int64(k.Int("controller.quorum.fetch.timeout.ms"))
	c.ElectionBackoffMaxMs = int64(k.Int("controller.quorum.election.backoff.max.ms"))
	c.RequestTimeoutMs = int64(k.Int("controller.quorum.request.timeout.ms"))
	c.RetryBackoffMs = int64(k.Int("controller.quorum.retry.backoff.ms"))
	c.SegmentBytes = int64(k.Int(metadataSegmentBytes(k)))
	c.SegmentMs = k.Long("metadata.log.segment.ms")
	c.MaxRetentionBytes = k.Long("metadata.max.retention.bytes")
	c.Committed, c.Lost = b.dir.CommittedMetadata(), b.dir.Remedy()
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

// voters are the quorum's members: those configured, or this node alone.
func (b *Broker) voters() ([]raft.Voter, error) {
	named := b.config.List("controller.quorum.voters")
	if len(named) == 0 {
		return []raft.Voter{{ID: b.id, Host: b.endpoints.Controller.Host, Port: b.endpoints.Controller.Port}}, nil
	}
	return raft.ParseVoters(strings.Join(named, ","))
}

// metalogNode is the broker as its metadata log sees it.
type metalogNode Broker

// Reply answers the slot of a ticket.
func (n *metalogNode) Reply(t raft.Ticket, r kmsg.Response) { (*Broker)(n).replyTo(ticket(t), r) }

// Applied acts on what has been committed.
func (n *metalogNode) Applied(now env.Now) {
	n.control.Touch()
	(*Broker)(n).published(now)
}

// LeaderChanged handles that the quorum has another leader, or none.
func (n *metalogNode) LeaderChanged(now env.Now, leader env.NodeID, epoch env.LeaderEpoch) {
	n.control.LeaderChanged(now, leader, epoch)
	(*Broker)(n).hurry(now)
}

// Appended handles the outcome of writing a decision.
func (n *metalogNode) Appended(now env.Now, token uint64, code wire.ErrorCode) {
	n.control.Appended(now, token, code)
}

// End ends the node.
func (n *metalogNode) End() {
	n.phase = ended
	n.metalog.Stop()
}

// GiveUp ends the node with a reason.
func (n *metalogNode) GiveUp(format string, args ...any) { (*Broker)(n).giveUp(format, args...) }

// controlNode is the broker as the controller in it sees it.
type controlNode Broker

// Address is where other nodes reach a broker.
func (n *controlNode) Address(id env.NodeID) string { return (*Broker)(n).brokerAddress(id) }

// IsRegistered reports whether the node has been registered as a broker.
func (n *controlNode) IsRegistered() bool { return n.registration.IsRegistered() }

// Note logs a line.
func (n *controlNode) Note(level env.LogLevel, about, format string, args ...any) {
	n.log.Note(level, about, format, args...)
}
