package broker

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/raft"
	"gregor/core/settings"
)

// The owners of OpIDs that are no partition's: the data directory, and the two of the metadata log's replica.
const (
	filesOwner = iota
	quorumLogOwner
	quorumFilesOwner
	ownersReserved
)

// openMetalog opens the node's replica of the metadata log.
func (b *Broker) openMetalog(now env.Now) {
	c := settings.Quorum(b.config)
	c.Directory, c.ClusterID, c.Voters = b.dir.ID(), b.dir.ClusterID(), b.metalog.Voters()
	c.LogOwner, c.FileOwner = quorumLogOwner, quorumFilesOwner
	c.Committed, c.Lost = b.dir.CommittedMetadata(), b.dir.Remedy()
	b.metalog.Open(now, b.world, c)
}

// metalogNode is the broker as its metadata log sees it.
type metalogNode Broker

// Reply answers the slot of a ticket.
func (n *metalogNode) Reply(t raft.Ticket, r kmsg.Response) { (*Broker)(n).replyTo(inbox.Ticket(t), r) }

// Applied acts on what has been committed.
func (n *metalogNode) Applied(now env.Now) {
	n.control.Touch()
	(*Broker)(n).published(now)
}

// LeaderChanged handles that the quorum has another leader, or none.
func (n *metalogNode) LeaderChanged(now env.Now, leader kafka.NodeID, epoch kafka.LeaderEpoch) {
	n.control.LeaderChanged(now, leader, epoch)
	(*Broker)(n).hurry(now)
}

// Appended handles the outcome of writing a decision.
func (n *metalogNode) Appended(now env.Now, token uint64, code kafka.ErrorCode) {
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
func (n *controlNode) Address(id kafka.NodeID) string { return (*replicated)(n).Address(id) }

// IsRegistered reports whether the node has been registered as a broker.
func (n *controlNode) IsRegistered() bool { return n.registration.IsRegistered() }

// Note logs a line.
func (n *controlNode) Note(level env.LogLevel, about, format string, args ...any) {
	n.log.Note(level, about, format, args...)
}
