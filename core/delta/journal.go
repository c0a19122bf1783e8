package delta

import (
	"fmt"
	"slices"
	"strings"

	"gregor/core/env"
	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// What lines that others cause are about. The host bounds how many of each it writes.
const (
	aboutTopics    = "topics"
	aboutElections = "elections"
	aboutISR       = "in-sync replicas"
	aboutBrokers   = "brokers"
)

// journal logs what a record has changed, where this node is the one to do so.
func (t *Tracker) journal(r metadata.Record, before past) {
	switch r := r.(type) {
	case *metadata.PartitionChange:
		if topic, p, ok := t.partitionOf(r.Topic, r.Partition); ok {
			t.journalPartition(topic, before.partition, p)
		}
	case *metadata.PartitionRecord:
		if topic, p, ok := t.partitionOf(r.Topic, r.Partition); ok && t.node.Leads() && !slices.Contains(t.created, r.Topic) {
			t.node.Note(env.Info, aboutTopics, "topic %s: added partition %d with replicas %v", topic.Name, p.Partition,
				p.Replicas)
		}
	case *metadata.TopicRecord:
		if t.node.Leads() {
			t.created = append(t.created, r.ID)
		}
	case *metadata.RemoveTopic:
		if t.node.Leads() {
			t.node.Note(env.Info, aboutTopics, "deleted topic %s, id %s", before.topic.Name, r.ID)
		}
	default:
		if text := t.brokerLine(r, before.broker); text != "" && t.node.Leads() {
			t.node.Note(env.Info, aboutBrokers, "%s", text)
		}
	}
}

func (t *Tracker) partitionOf(id kafka.UUID, n kafka.PartitionID) (topic *metadata.Topic, p *metadata.Partition,
	ok bool) {
	if topic, ok = t.image.TopicByID(id); ok {
		p, ok = topic.Partition(n)
	}
	return topic, p, ok
}

func (t *Tracker) journalPartition(topic *metadata.Topic, old, p *metadata.Partition) {
	name := fmt.Sprintf("%s-%d", topic.Name, p.Partition)
	switch {
	case old == nil:
	case old.Leader != p.Leader:
		if t.node.Leads() {
			left, _ := t.image.Broker(old.Leader)
			t.lines.add(election(old, p, left != nil && left.InControlledShutdown), name,
				fmt.Sprintf("epoch %d, ISR %v", p.LeaderEpoch, p.ISR))
		}
	case t.node.Acts() && p.Leader == t.self && !sameNodes(old.ISR, p.ISR): // before, it reads what was true long ago
		detail := fmt.Sprintf("it is %v", p.ISR)
		if least := insync.Min(t.minISR(topic.Name), len(p.Replicas)); len(p.ISR) < least {
			detail += fmt.Sprintf(", fewer than min.insync.replicas=%d", least)
		}
		t.lines.add(isrChange(old, p), name, detail)
	}
}

// write logs what has changed, when all of a batch of records is in the image.
func (t *Tracker) write() {
	for _, id := range t.created {
		if topic, ok := t.image.TopicByID(id); ok && len(topic.Partitions()) > 0 {
			t.node.Note(env.Info, aboutTopics, "created topic %s: partitions %d, replication factor %d, id %s", topic.Name,
				len(topic.Partitions()),
				len(topic.Partitions()[0].Replicas), id)
		}
	}
	t.lines.write(t.node)
}

// partitionLines are lines about partitions, joined where they report the same change.
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

func (l partitionLines) write(n Node) {
	for _, x := range l {
		if count := len(x.names); count > namedAtMost {
			n.Note(x.what.level, x.what.about, "%d partitions: %s: %s and %d more", count, x.what.text,
				strings.Join(x.names[:namedAtMost], ", "), count-namedAtMost)
			continue
		}
		for i, name := range x.names {
			n.Note(x.what.level, x.what.about, "%s: %s; %s", name, x.what.text, x.details[i])
		}
	}
}

// election describes a change of a partition's leader. asked: the one before shuts down.
func election(old, p *metadata.Partition, asked bool) happening {
	h := happening{about: aboutElections}
	switch {
	case p.Leader == kafka.NoNode && asked:
		h.text = fmt.Sprintf("no leader: leader %d shuts down, and no other replica is eligible", old.Leader)
	case p.Leader == kafka.NoNode:
		h.level, h.text = env.Warn, fmt.Sprintf("no leader: leader %d is gone, and no eligible replica is alive", old.Leader)
	case unclean(old, p) && len(old.ISR) == 0 && slices.Contains(old.LastKnownELR, p.Leader):
		h.level, h.text = env.Warn, fmt.Sprintf("elected the last known leader %d, which stopped uncleanly: what it had not on disk is lost", p.Leader)
	case unclean(old, p):
		h.level, h.text = env.Warn, fmt.Sprintf("unclean election: leader %d was not in ISR %v, and may lack acknowledged records", p.Leader, old.ISR)
	case old.Leader == kafka.NoNode:
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

func sameNodes(a, b []kafka.NodeID) bool { return len(missing(a, b))+len(missing(b, a)) == 0 }

// missing lists what of a is not in b.
func missing(a, b []kafka.NodeID) (out []kafka.NodeID) {
	for _, id := range a {
		if !slices.Contains(b, id) {
			out = append(out, id)
		}
	}
	return out
}

// brokerLine describes what a record changes of a broker's standing; "" if nothing.
func (t *Tracker) brokerLine(r metadata.Record, old *metadata.Broker) string {
	id, ok := brokerOf(r)
	if !ok {
		return ""
	}
	now, registered := t.image.Broker(id)
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
