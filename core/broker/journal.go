package broker

import (
	"fmt"
	"slices"
	"strings"

	"gregor/core/env"
	"gregor/core/metadata"
)

// What an operator reads of the cluster in the log: topics, elections, in-sync replicas and brokers. Each thing that
// happens is logged by one node, however many read of it: the active controller, or of a partition's ISR its leader.

// What lines that others cause are about. The host bounds how many of each it writes.
const (
	aboutTopics    = "topics"
	aboutElections = "elections"
	aboutISR       = "in-sync replicas"
	aboutBrokers   = "brokers"
	aboutConfigs   = "configurations"
	aboutDecisions = "refused decisions"
)

// journal logs what a record has changed, where this node is the one to do so.
func (b *Broker) journal(r metadata.Record, before past) {
	switch r := r.(type) {
	case *metadata.PartitionChange:
		if t, p, ok := b.partitionOf(r.Topic, r.Partition); ok {
			b.journalPartition(t, before.partition, p)
		}
	case *metadata.PartitionRecord:
		if t, p, ok := b.partitionOf(r.Topic, r.Partition); ok && b.control.leads() && !slices.Contains(b.delta.created, r.Topic) {
			b.log.Note(env.Info, aboutTopics, "topic %s: added partition %d with replicas %v", t.Name, p.Partition, p.Replicas)
		}
	case *metadata.TopicRecord:
		if b.control.leads() {
			b.delta.created = append(b.delta.created, r.ID)
		}
	case *metadata.RemoveTopic:
		if b.control.leads() {
			b.log.Note(env.Info, aboutTopics, "deleted topic %s, id %s", before.topic.Name, r.ID)
		}
	default:
		if text := b.brokerLine(r, before.broker); text != "" && b.control.leads() {
			b.log.Note(env.Info, aboutBrokers, "%s", text)
		}
	}
}

func (b *Broker) partitionOf(topic env.UUID, id env.PartitionID) (t *metadata.Topic, p *metadata.Partition, ok bool) {
	if t, ok = b.image.TopicByID(topic); ok {
		p, ok = t.Partition(id)
	}
	return t, p, ok
}

func (b *Broker) journalPartition(t *metadata.Topic, old, p *metadata.Partition) {
	name := fmt.Sprintf("%s-%d", t.Name, p.Partition)
	switch {
	case old == nil:
	case old.Leader != p.Leader:
		if b.control.leads() {
			left, _ := b.image.Broker(old.Leader)
			b.delta.journal.add(election(old, p, left != nil && left.InControlledShutdown), name, fmt.Sprintf("epoch %d, ISR %v", p.LeaderEpoch, p.ISR))
		}
	case b.publishing && p.Leader == b.id && !sameNodes(old.ISR, p.ISR): // before, it reads what was true long ago
		detail := fmt.Sprintf("it is %v", p.ISR)
		if least := min(b.minISROf(t.Name), len(p.Replicas)); len(p.ISR) < least {
			detail += fmt.Sprintf(", fewer than min.insync.replicas=%d", least)
		}
		b.delta.journal.add(isrChange(old, p), name, detail)
	}
}

// journalDelta logs what a batch of records has changed, when all of it is in the image.
func (b *Broker) journalDelta() {
	for _, id := range b.delta.created {
		if t, ok := b.image.TopicByID(id); ok && len(t.Partitions()) > 0 {
			b.log.Note(env.Info, aboutTopics, "created topic %s: partitions %d, replication factor %d, id %s", t.Name, len(t.Partitions()),
				len(t.Partitions()[0].Replicas), id)
		}
	}
	b.delta.journal.write(b)
}

// partitionLines are lines about partitions, joined where they report the same change: a broker that leaves changes thousands.
type partitionLines []partitionLine

type partitionLine struct {
	what    happening
	names   []string
	details []string
}

// happening is what happened to a partition, apart from its name.
type happening struct {
	about string
	level env.LogLevel
	text  string
}

// namedAtMost is how many partitions are named one by one.
const namedAtMost = 3

func (l *partitionLines) add(what happening, name, detail string) {
	i := slices.IndexFunc(*l, func(x partitionLine) bool { return x.what == what })
	if i < 0 {
		i = len(*l)
		*l = append(*l, partitionLine{what: what})
	}
	x := &(*l)[i]
	x.names = append(x.names, name)
	x.details = append(x.details, detail)
}

func (l partitionLines) write(b *Broker) {
	for _, x := range l {
		if n := len(x.names); n > namedAtMost {
			b.log.Note(x.what.level, x.what.about, "%d partitions: %s: %s and %d more", n, x.what.text, strings.Join(x.names[:namedAtMost], ", "), n-namedAtMost)
			continue
		}
		for i, name := range x.names {
			b.log.Note(x.what.level, x.what.about, "%s: %s; %s", name, x.what.text, x.details[i])
		}
	}
}

// election describes a change of a partition's leader. asked: the one before shuts down.
func election(old, p *metadata.Partition, asked bool) happening {
	h := happening{about: aboutElections}
	switch {
	case p.Leader == metadata.NoLeader && asked:
		h.text = fmt.Sprintf("no leader: leader %d shuts down, and no other replica is eligible", old.Leader)
	case p.Leader == metadata.NoLeader:
		h.level, h.text = env.Warn, fmt.Sprintf("no leader: leader %d is gone, and no eligible replica is alive", old.Leader)
	case unclean(old, p) && len(old.ISR) == 0 && slices.Contains(old.LastKnownELR, p.Leader):
		h.level, h.text = env.Warn, fmt.Sprintf("elected the last known leader %d, which stopped uncleanly: what it had not on disk is lost", p.Leader)
	case unclean(old, p):
		h.level, h.text = env.Warn, fmt.Sprintf("unclean election: leader %d was not in ISR %v, and may lack acknowledged records", p.Leader, old.ISR)
	case old.Leader == metadata.NoLeader:
		h.text = fmt.Sprintf("elected leader %d; there was none", p.Leader)
	default:
		h.text = fmt.Sprintf("elected leader %d in place of %d", p.Leader, old.Leader)
	}
	return h
}

// isrChange describes a change of a partition's in-sync replicas.
func isrChange(old, p *metadata.Partition) happening {
	h := happening{about: aboutISR, text: fmt.Sprintf("ISR changed from %v to %v", old.ISR, p.ISR)}
	switch left, came := missing(old.ISR, p.ISR), missing(p.ISR, old.ISR); {
	case len(came) == 0:
		h.text = fmt.Sprintf("ISR shrank by %v", left)
	case len(left) == 0:
		h.text = fmt.Sprintf("ISR expanded by %v", came)
	}
	return h
}

func sameNodes(a, b []env.NodeID) bool { return len(missing(a, b))+len(missing(b, a)) == 0 }

// missing lists what of a is not in b.
func missing(a, b []env.NodeID) (out []env.NodeID) {
	for _, id := range a {
		if !slices.Contains(b, id) {
			out = append(out, id)
		}
	}
	return out
}

// brokerLine describes what a record changes of a broker's standing; "" if nothing.
func (b *Broker) brokerLine(r metadata.Record, old *metadata.Broker) string {
	id, ok := brokerOf(r)
	if !ok {
		return ""
	}
	now, registered := b.image.Broker(id)
	switch {
	case !registered:
		return fmt.Sprintf("broker %d is unregistered", id)
	case old == nil || old.Epoch != now.Epoch:
		return fmt.Sprintf("broker %d is registered in epoch %d, fenced until it has caught up", id, now.Epoch)
	case !old.InControlledShutdown && now.InControlledShutdown:
		return fmt.Sprintf("broker %d is in controlled shutdown: its leaderships move", id)
	case !old.Fenced && now.Fenced && now.InControlledShutdown:
		return fmt.Sprintf("broker %d is fenced: it has shut down", id)
	case !old.Fenced && now.Fenced:
		return fmt.Sprintf("broker %d is fenced: no heartbeat within broker.session.timeout.ms, or it cannot be reached", id)
	case old.Fenced && !now.Fenced:
		return fmt.Sprintf("broker %d is unfenced", id)
	}
	return ""
}
