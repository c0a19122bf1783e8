package group

import (
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// OffsetDelete handles OffsetDelete.
func (c *Coordinator) OffsetDelete(now env.Now, t Ticket, req *kmsg.OffsetDeleteRequest, _ ClientInfo) {
	defer c.call()()
	d := &offsetsDeleted{ticket: t, answer: kmsg.NewPtrOffsetDeleteResponse()}
	d.answer.Version = req.Version
	g := c.groups.byID[req.Group]
	if d.answer.ErrorCode = int16(c.judgeOffsetDelete(g, req.Group)); d.answer.ErrorCode != int16(kafka.None) {
		c.reply(t, d.answer)
		return
	}
	held := g.heldOffsets()
	var changes []change
	for i := range req.Topics {
		topic := &req.Topics[i]
		answer := kmsg.OffsetDeleteResponseTopic{Topic: strings.Clone(topic.Topic)}
		for _, p := range topic.Partitions {
			tp := kafka.TopicPartition{Topic: answer.Topic, Partition: kafka.PartitionID(p.Partition)}
			code := g.judgeDeletion(c.cfg.Topics, tp)
			if code == kafka.None && held[tp] {
				changes = append(changes, change{kind: offsetRemoved, partition: tp, generation: g.generation, reason: "deleted"})
			}
			answer.Partitions = append(answer.Partitions,
				kmsg.OffsetDeleteResponseTopicPartition{Partition: p.Partition, ErrorCode: int16(code)})
		}
		d.answer.Topics = append(d.answer.Topics, answer)
	}
	if len(changes) == 0 {
		c.reply(t, d.answer)
		return
	}
	c.append(now, g, changes, d)
}

func (c *Coordinator) judgeOffsetDelete(g *group, id string) kafka.ErrorCode {
	if code := c.admitNamed(id); code != kafka.None {
		return code
	}
	switch {
	case g == nil || !g.visible():
		return kafka.GroupIDNotFound
	case g.state == Dead || len(g.inflight) >= c.cfg.MaxAppendsInFlight:
		return kafka.CoordinatorNotAvailable
	case g.state != Empty && g.protocolType != consumerProtocol:
		return kafka.NonEmptyGroup // its members' metadata is not a consumer's: their topics are not known
	}
	return kafka.None
}

func (g *group) judgeDeletion(topics Topics, tp kafka.TopicPartition) kafka.ErrorCode {
	if !topics.Exists(tp.Topic, tp.Partition) {
		return kafka.UnknownTopicOrPartition
	}
	if g.subscribed(tp.Topic) {
		return kafka.GroupSubscribedToTopic
	}
	return kafka.None
}

// heldOffsets returns every partition with a committed offset or one in flight.
func (g *group) heldOffsets() map[kafka.TopicPartition]bool {
	held := g.inFlightOffsets(true)
	if held == nil {
		held = map[kafka.TopicPartition]bool{}
	}
	//tidy:unordered it fills a set
	for tp := range g.offsets {
		held[tp] = true
	}
	return held
}

// removals returns the tombstones of these partitions, sorted.
func (g *group) removals(of map[kafka.TopicPartition]bool, reason string) []change {
	var changes []change
	for _, tp := range slices.SortedFunc(maps.Keys(of), kafka.TopicPartition.Compare) {
		changes = append(changes, change{kind: offsetRemoved, partition: tp, generation: g.generation, reason: reason})
	}
	return changes
}

// offsetsDeleted waits for the tombstones of an OffsetDelete.
type offsetsDeleted struct {
	ticket Ticket
	answer *kmsg.OffsetDeleteResponse
}

func (d *offsetsDeleted) settle(c *Coordinator, _ env.Now, _ *group, code kafka.ErrorCode) {
	if code != kafka.None {
		d.answer.ErrorCode, d.answer.Topics = int16(metadataError(code)), nil
	}
	c.reply(d.ticket, d.answer)
}

// TopicDeleted removes every group's offsets of a deleted topic. Offsets that could not be removed now are removed by
// retention.
func (c *Coordinator) TopicDeleted(now env.Now, name string) {
	defer c.call()()
	p := &c.purge
	p.next = append(p.next, name)
	if !p.IsSet() {
		p.expire(c, now)
	}
}

// purge removes the offsets of deleted topics from all groups, a few groups at a time.
type purge struct {
	timer
	topics []string // of this round
	left   []string // groups this round has not come to
	next   []string // topics deleted since this round began
}

func (p *purge) expire(c *Coordinator, now env.Now) {
	if len(p.left) == 0 {
		p.topics, p.next, p.left = p.next, nil, c.groups.sorted()
		slices.Sort(p.topics)
	}
	n := min(len(p.left), groupsPerSlice)
	slice := p.left[:n]
	p.left = p.left[n:]
	for _, id := range slice {
		if g := c.groups.byID[id]; g != nil && g.state != Dead && c.admit(id) == kafka.None {
			p.group(c, now, g)
		}
	}
	if len(p.left) > 0 || len(p.next) > 0 {
		c.arm(&p.timer, p, now.Mono)
	}
}

// group removes a group's offsets of the topics, which are sorted.
func (p *purge) group(c *Coordinator, now env.Now, g *group) {
	held := g.heldOffsets()
	//tidy:unordered it thins out a set
	for tp := range held {
		if _, gone := slices.BinarySearch(p.topics, tp.Topic); !gone {
			delete(held, tp)
		}
	}
	if changes := g.removals(held, "deleted"); len(changes) > 0 {
		c.append(now, g, changes, unawaited{})
	}
}

// unawaited is the outcome of an append that no request waits for.
type unawaited struct{}

func (unawaited) settle(*Coordinator, env.Now, *group, kafka.ErrorCode) {}

// DeleteGroups handles DeleteGroups. It answers when every group's deletion has an outcome.
func (c *Coordinator) DeleteGroups(now env.Now, t Ticket, req *kmsg.DeleteGroupsRequest, _ ClientInfo) {
	defer c.call()()
	d := &deletion{ticket: t, answer: kmsg.NewPtrDeleteGroupsResponse()}
	d.answer.Version = req.Version
	d.answer.Groups = make([]kmsg.DeleteGroupsResponseGroup, len(req.Groups))
	for i, id := range req.Groups {
		answer := &d.answer.Groups[i]
		answer.Group = strings.Clone(id)
		if answer.ErrorCode = int16(c.judgeDelete(id)); answer.ErrorCode == int16(kafka.None) {
			d.waiting++
			c.deleteGroup(now, c.groups.byID[id], "deleted", &groupDeleted{deletion: d, answer: answer})
		}
	}
	d.replyWhenDone(c)
}

func (c *Coordinator) judgeDelete(id string) kafka.ErrorCode {
	if code := c.admit(id); code != kafka.None {
		return code
	}
	g := c.groups.byID[id]
	switch {
	case g == nil || g.state == Dead || !g.visible():
		return kafka.GroupIDNotFound
	case g.state != Empty:
		return kafka.NonEmptyGroup
	}
	return kafka.None
}

// deleteGroup deletes an empty group with all its offsets. Until its tombstones are committed no member can join.
func (c *Coordinator) deleteGroup(now env.Now, g *group, reason string, d *groupDeleted) {
	changes := append(g.removals(g.heldOffsets(), reason), change{kind: groupRemoved})
	g.enter(Dead, now.Wall)
	d.since = g.since
	c.append(now, g, changes, d)
}

// deletion is one DeleteGroups.
type deletion struct {
	ticket  Ticket
	answer  *kmsg.DeleteGroupsResponse
	waiting int
}

func (d *deletion) replyWhenDone(c *Coordinator) {
	if d.waiting == 0 {
		c.reply(d.ticket, d.answer)
	}
}

// groupDeleted waits for the tombstones of a group. Retention has no deletion to answer.
type groupDeleted struct {
	deletion *deletion
	answer   *kmsg.DeleteGroupsResponseGroup
	since    env.WallMillis // when the group became empty
}

func (d *groupDeleted) settle(c *Coordinator, now env.Now, g *group, code kafka.ErrorCode) {
	if c.groups.byID[g.id] == g {
		d.conclude(c, g, code)
	}
	if d.deletion == nil {
		return
	}
	d.answer.ErrorCode = int16(metadataError(code))
	d.deletion.waiting--
	d.deletion.replyWhenDone(c)
}

// conclude removes the group, or returns it to Empty if its tombstones were refused.
func (d *groupDeleted) conclude(c *Coordinator, g *group, code kafka.ErrorCode) {
	if code == kafka.None {
		c.drop(g)
		return
	}
	g.state, g.previous, g.since = Empty, Dead, d.since
}
