package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// partitionState is a partition as the chronicle knows it.
type partitionState struct {
	env.PartitionChanged
	led        kafka.NodeID // the last leader
	prior      kafka.NodeID // the one before
	leaderless *storyLine   // that it has none
	lostAt     env.Instant  // when its leader went, or the last write before that was acknowledged
	awaiting   bool         // a leader has been elected, and has acknowledged nothing yet
	begins     kafka.Offset // where the epoch's first batch is; -1: there is none yet
	proposed   env.IsrProposed
	created    env.Instant
	waiting    map[string]int // writes under way, by producer
	acked      env.Instant    // the last write acknowledged
	ackedEnd   kafka.Offset
	watermark  kafka.Offset
	stalled    bool // the story has a line about it
}

func (p *partitionState) summary() string {
	if p.Leader < 0 {
		return "no leader, ISR " + isr(p.ISR)
	}
	return fmt.Sprintf("leader %s, ISR %s", nodeName(p.Leader), isr(p.ISR))
}

// replica adds what a fact of a partition on a broker is worth.
func (c *chronicle) replica(s history.Stamped) {
	switch f := s.Fact.(type) {
	case env.PartitionChanged:
		c.partition(s, f)
	case env.IsrProposed:
		if p := c.partitions[f.TopicPartition]; p != nil {
			p.proposed = f
		}
	case env.HighWatermarkAdvanced:
		if p := c.partitions[f.TopicPartition]; p != nil && f.To > p.watermark {
			p.watermark = f.To
		}
	case env.BecameFollower:
		c.follows[replicaKey{s.Node, f.TopicPartition}] = f
	case env.LogRecovered:
		c.recovered(s, f)
	case env.Appended:
		c.appended(s, f)
	case env.LogTruncated:
		c.truncated(s, f)
	case env.PartitionFenced:
		c.line(s, fmt.Sprintf("takes %v offline: %s", f.TopicPartition, f.Reason))
	case env.LogStartAdvanced:
		if !internal(f.TopicPartition) {
			c.line(s, f.Line(names))
		}
	case env.Cleaned:
		if !internal(f.TopicPartition) {
			c.line(s, f.Line(names))
		}
	}
}

// partition compares what the metadata log has of a partition with what it had before.
func (c *chronicle) partition(s history.Stamped, f env.PartitionChanged) {
	p := c.partitions[f.TopicPartition]
	if p != nil && f.At <= p.At {
		return
	}
	if p == nil || f.Gone || p.Gone {
		c.created(s, f)
		return
	}
	old := p.PartitionChanged
	p.PartitionChanged = f
	var parts []string
	if f.Leader != old.Leader || f.Epoch != old.Epoch {
		parts = append(parts, c.elected(s, p, old)...)
	}
	if !slices.Equal(old.Replicas, f.Replicas) {
		parts = append(parts, "replicas are "+names.List(f.Replicas))
	}
	if f.Leader >= 0 {
		parts = append(parts, c.inSync(s.At, p, old)...)
	}
	if internal(f.TopicPartition) || len(parts) == 0 {
		return
	}
	l := c.say(s, "{}: "+strings.Join(parts, "; "), f.TopicPartition)
	if f.Leader < 0 && old.Leader >= 0 {
		p.leaderless = l
	}
}

// created adds a partition that is new or deleted.
func (c *chronicle) created(s history.Stamped, f env.PartitionChanged) {
	if c.partitions[f.TopicPartition] == nil {
		c.order = append(c.order, f.TopicPartition)
	}
	c.partitions[f.TopicPartition] = &partitionState{PartitionChanged: f, begins: -1, led: f.Leader, prior: -1,
		created: s.At, waiting: map[string]int{}}
	if internal(f.TopicPartition) {
		return
	}
	what := "created"
	if f.Gone {
		what = "deleted"
	}
	last := len(c.lines) - 1
	if last >= 0 && c.lines[last].topic == what+" "+f.Topic {
		l := c.lines[last]
		l.count++
		l.text = fmt.Sprintf("topic %s is %s with %d partitions", f.Topic, what, l.count)
		return
	}
	text := fmt.Sprintf("topic %s is %s", f.Topic, what)
	if !f.Gone {
		text += fmt.Sprintf(": %v has replicas %s and leader %s", f.TopicPartition, names.List(f.Replicas),
			nodeName(f.Leader))
	}
	l := c.say(s, text)
	l.topic, l.count = what+" "+f.Topic, 1
}

// flicker is how long a partition may be without leader and have one again in one line.
const flicker = 100 * time.Millisecond

// elected is the leader of a partition now, and why it was eligible; nothing where the story has that already.
func (c *chronicle) elected(s history.Stamped, p *partitionState, old env.PartitionChanged) []string {
	f := &p.PartitionChanged
	if old.Leader >= 0 {
		p.lostAt = cmp.Or(p.acked, s.At)
	}
	switch {
	case f.Leader < 0 && old.Leader < 0:
		return nil
	case f.Leader < 0:
		return []string{fmt.Sprintf("no leader (epoch %d): no eligible replica is alive (ISR %s, ELR %s)", f.Epoch,
			isr(f.ISR), names.List(f.ELR))}
	}
	p.begins, p.awaiting = -1, true
	if p.leaderless != nil && s.At.Sub(p.leaderless.at) < flicker {
		p.leaderless.dropped = true
	}
	p.leaderless = nil
	led := p.led
	if p.led = f.Leader; led != f.Leader {
		p.prior = led
	}
	if f.Leader == old.Leader {
		return nil
	}
	return []string{c.leader(f, old, led)}
}

// leader is the election of a leader in a sentence.
func (c *chronicle) leader(f *env.PartitionChanged, old env.PartitionChanged, led kafka.NodeID) string {
	who := fmt.Sprintf("leader is %s (epoch %d)", nodeName(f.Leader), f.Epoch)
	if f.Leader == led {
		who = fmt.Sprintf("leader is %s again (epoch %d)", nodeName(f.Leader), f.Epoch)
	}
	switch {
	case f.Unclean && f.Leader == led && len(old.ISR)+len(old.ELR) == 0:
		return who + ": the last known leader; ISR and ELR were empty, so it may lack acknowledged records"
	case f.Unclean:
		return who + ", elected uncleanly: it was not in ISR " + isr(old.ISR) + " and may lack acknowledged records"
	case old.Leader >= 0 && c.standing[old.Leader].Stopping:
		return who + ": " + nodeName(old.Leader) + " is in controlled shutdown"
	case old.Leader >= 0 && slices.Contains(f.ISR, old.Leader) && len(f.Replicas) > 0 && f.Replicas[0] == f.Leader:
		return who + ", the preferred replica, instead of " + nodeName(old.Leader)
	case slices.Contains(old.ISR, f.Leader):
		return who + ", elected from ISR " + isr(old.ISR)
	case slices.Contains(old.ELR, f.Leader):
		return who + ", elected from ELR " + names.List(old.ELR) + ": it left the ISR with every acknowledged record"
	}
	return who
}

// inSync is how the ISR has changed, and why.
func (c *chronicle) inSync(at env.Instant, p *partitionState, old env.PartitionChanged) (parts []string) {
	f := &p.PartitionChanged
	gone, come := without(old.ISR, f.ISR), without(f.ISR, old.ISR)
	switch {
	case len(old.ISR) == 0 && len(f.ISR) == 1 && f.ISR[0] == f.Leader: // its election shows it
	case len(gone) > 0 && len(come) > 0, len(old.ISR) == 0 && len(come) > 0:
		parts = append(parts, "ISR is "+isr(f.ISR))
	case len(come) > 0:
		parts = append(parts, fmt.Sprintf("ISR grew to %s: %s caught up%s", isr(f.ISR), strings.Join(nodeNames(come), " "),
			c.back(at, come)))
	case len(gone) > 0:
		parts = append(parts, fmt.Sprintf("ISR shrank to %s: %s", isr(f.ISR), c.leavers(p, gone)))
	}
	if len(gone) > 0 && len(f.ISR) < f.MinISR {
		parts = append(parts, fmt.Sprintf("that is below min.insync.replicas=%d: writes with acks=all fail (NOT_ENOUGH_REPLICAS)", f.MinISR))
	}
	if len(f.ELR) > 0 && !sameNodes(old.ELR, f.ELR) {
		parts = append(parts, "ELR is "+names.List(f.ELR))
	}
	return parts
}

// leavers are the replicas that have left the ISR, each with the reason.
func (c *chronicle) leavers(p *partitionState, gone []kafka.NodeID) string {
	var all []string
	for _, id := range gone {
		all = append(all, fmt.Sprintf("%s left (%s)", nodeName(id), c.whyLeft(p, id)))
	}
	return strings.Join(all, ", ")
}

func (c *chronicle) whyLeft(p *partitionState, id kafka.NodeID) string {
	state := c.nodes.state(nodeName(id))
	switch {
	case !slices.Contains(p.Replicas, id):
		return "no longer a replica"
	case p.proposed.Epoch == p.Epoch && sameNodes(p.proposed.Proposed, p.ISR):
		why := "not caught up for replica.lag.time.max.ms"
		if state != "" {
			why += ": it is " + state
		}
		return why
	case c.standing[id].Stopping:
		return "controlled shutdown"
	case state != "":
		return "fenced: it is " + state
	}
	return noHeartbeat
}

// noHeartbeat is why a running broker is fenced.
const noHeartbeat = "fenced: the active controller receives no heartbeat from it"

// back is how long brokers were away that have caught up, where the line before is that they are up: this one replaces
// it.
func (c *chronicle) back(at env.Instant, come []kafka.NodeID) (text string) {
	for _, id := range come {
		up := c.nodes.up[nodeName(id)]
		if up.line == nil || at.Sub(up.line.at) > time.Second {
			continue
		}
		up.line.dropped = true
		if len(come) == 1 {
			text = ago(at, up.went, "it went down")
		}
	}
	return text
}

// isr lists a set of replicas by their names, as their order means nothing.
func isr(ids []kafka.NodeID) string { return names.List(slices.Sorted(slices.Values(ids))) }

// recovered adds that a log has lost records, or bytes at its end.
func (c *chronicle) recovered(s history.Stamped, f env.LogRecovered) {
	k := replicaKey{s.Node, f.TopicPartition}
	lost := c.ends[k] - f.End
	if f.TopicID != c.topics[k] { // the log of another topic of that name
		lost = 0
	}
	c.ends[k], c.topics[k] = f.End, f.TopicID
	switch {
	case internal(f.TopicPartition):
	case lost > 0:
		c.line(s, fmt.Sprintf("recovers %v with offsets [%d, %d): %s that it had not %s", f.TopicPartition, f.Start, f.End,
			counted(int(lost), "record is lost", "records are lost"), c.lostBefore(s.Node)))
	case f.LostBytes > 0:
		c.line(s, f.Line(names))
	}
}

// lostBefore is what a node had not done with the records that its last end took.
func (c *chronicle) lostBefore(node string) string {
	if at, cut := c.nodes.powerless[node]; cut && at == c.nodes.down[node] {
		return "flushed"
	}
	return "written"
}

func (c *chronicle) appended(s history.Stamped, f env.Appended) {
	c.ends[replicaKey{s.Node, f.TopicPartition}] = f.Last + 1
	if p := c.partitions[f.TopicPartition]; p != nil && p.awaiting && p.begins < 0 && f.Epoch == p.Epoch &&
		s.Node == nodeName(p.Leader) {
		p.begins = f.Base
	}
}

func (c *chronicle) truncated(s history.Stamped, f env.LogTruncated) {
	k := replicaKey{s.Node, f.TopicPartition}
	end := c.ends[k]
	c.ends[k] = f.To
	if end <= f.To || internal(f.TopicPartition) {
		return
	}
	text := fmt.Sprintf("%s: %s removed", f.Line(names), counted(int(end-f.To), "record is", "records are"))
	if l, ok := c.follows[k]; ok && l.Leader >= 0 {
		text += fmt.Sprintf(" that leader %s (epoch %d) does not have", nodeName(l.Leader), l.Epoch)
	}
	c.line(s, text)
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// acknowledged notes a write, and adds the first one that a new leader acknowledges.
func (c *chronicle) acknowledged(s history.Stamped, f env.ProduceReturned) {
	p := c.partitions[f.TopicPartition]
	if p == nil {
		return
	}
	for _, g := range c.groups {
		if g.waits == 0 && contains(g.topics, f.Topic) {
			g.waits = s.At
		}
	}
	since := max(p.acked, p.created)
	p.acked, p.ackedEnd = s.At, max(p.ackedEnd, f.Offset+1)
	switch {
	case p.awaiting && p.begins >= 0 && f.Offset >= p.begins:
		c.say(s, fmt.Sprintf("{}: first write acknowledged in epoch %d, %s after the last one", p.Epoch,
			after(s.At.Sub(p.lostAt))), f.TopicPartition)
		p.awaiting = false
	case p.stalled:
		c.say(s, "{}: writes are acknowledged again, after "+after(s.At.Sub(since)), f.TopicPartition)
		p.lostAt = s.At
	}
	p.stalled = false
}
