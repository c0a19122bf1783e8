package client

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// stamped is a reader's identity at the time of a request: an answer counts only if it still holds.
type stamped struct {
	tp    kafka.TopicPartition
	stamp uint64
}

// What requests about positions remember.
type (
	committedAsk struct{ parts []stamped }
	offsetsAsk   struct{ parts []stamped }
	checkAsk     struct{ parts []stamped }
)

// findPositions brings every reader nearer to being fetched.
func (c *Consumer) findPositions(now env.Now) {
	c.checkLeaders(now)
	c.askCommitted(now)
	c.askByLeader(now, needsReset, c.askOffsets)
	c.askByLeader(now, needsCheck, c.askEpochs)
}

// current finds the reader an answer is about, if the question still stands.
func (c *Consumer) current(s stamped) *reader {
	if r := c.reader(s.tp); r != nil && r.stamp == s.stamp {
		return r
	}
	return nil
}

// pending lists the readers in a state that no request is on its way for, and marks them asked.
func (c *Consumer) pending(now env.Now, state readState, leader int32) (out []*reader) {
	for _, r := range c.readers {
		if r.state != state || r.asked {
			continue
		}
		if now.Mono < r.retryAt {
			c.wakeAt(r.retryAt)
			continue
		}
		if info, ok := c.net.meta.leader(r.tp); leader >= 0 && (!ok || info.leader != leader) {
			continue
		}
		out = append(out, r)
	}
	return out
}

func mark(readers []*reader) []stamped {
	out := make([]stamped, len(readers))
	for i, r := range readers {
		r.asked = true
		out[i] = stamped{r.tp, r.stamp}
	}
	return out
}

// askByLeader sends one request to each leader of readers in the state.
func (c *Consumer) askByLeader(now env.Now, state readState, ask func(env.Now, peer, []*reader)) {
	var leaders []int32
	for _, r := range c.pending(now, state, -1) {
		info, ok := c.net.meta.leader(r.tp)
		if !ok {
			c.net.meta.wanted = true
			continue
		}
		leaders = append(leaders, info.leader)
	}
	slices.Sort(leaders)
	for _, leader := range slices.Compact(leaders) {
		to := peer{leader, dataLane}
		if c.net.ready(now, to) {
			ask(now, to, c.pending(now, state, leader))
		}
	}
}

// askCommitted asks the coordinator where the group has got to.
func (c *Consumer) askCommitted(now env.Now) {
	if c.group == nil || !c.group.reachable(now) {
		return
	}
	readers := c.pending(now, needsCommitted, -1)
	if len(readers) == 0 {
		return
	}
	req := kmsg.NewPtrOffsetFetchRequest()
	req.Group, req.RequireStable = c.cfg.Group, true
	g := kmsg.NewOffsetFetchRequestGroup()
	g.Group = c.cfg.Group
	for _, r := range readers {
		n := len(req.Topics)
		if n == 0 || req.Topics[n-1].Topic != r.tp.Topic {
			req.Topics = append(req.Topics, kmsg.OffsetFetchRequestTopic{Topic: r.tp.Topic})
			g.Topics = append(g.Topics, kmsg.OffsetFetchRequestGroupTopic{Topic: r.tp.Topic})
			n++
		}
		req.Topics[n-1].Partitions = append(req.Topics[n-1].Partitions, int32(r.tp.Partition))
		g.Topics[n-1].Partitions = append(g.Topics[n-1].Partitions, int32(r.tp.Partition))
	}
	req.Groups = append(req.Groups, g)
	c.net.send(now, c.group.peer(), req, 9, c.cfg.RequestTimeout, &committedAsk{mark(readers)})
}

// committedPart is one partition of an OffsetFetch answer of any version.
type committedPart struct {
	tp     kafka.TopicPartition
	offset kafka.Offset
	epoch  kafka.LeaderEpoch
	code   kafka.ErrorCode
}

func committedParts(resp *kmsg.OffsetFetchResponse) (code kafka.ErrorCode, out []committedPart) {
	code = kafka.ErrorCode(resp.ErrorCode)
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			out = append(out, committedPart{kafka.TopicPartition{Topic: t.Topic, Partition: kafka.PartitionID(p.Partition)},
				kafka.Offset(p.Offset), kafka.LeaderEpoch(p.LeaderEpoch), kafka.ErrorCode(p.ErrorCode)})
		}
	}
	for _, g := range resp.Groups {
		code = kafka.ErrorCode(g.ErrorCode)
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				out = append(out, committedPart{kafka.TopicPartition{Topic: t.Topic, Partition: kafka.PartitionID(p.Partition)},
					kafka.Offset(p.Offset), kafka.LeaderEpoch(p.LeaderEpoch), kafka.ErrorCode(p.ErrorCode)})
			}
		}
	}
	return code, out
}

func (c *Consumer) committed(now env.Now, r result, ask *committedAsk) {
	code, parts := kafka.NetworkException, []committedPart(nil)
	if r.err == nil {
		code, parts = committedParts(r.resp.(*kmsg.OffsetFetchResponse))
	}
	c.group.heard(now, r, code)
	for _, s := range ask.parts {
		rd := c.current(s)
		if rd == nil {
			continue
		}
		rd.asked = false
		i := slices.IndexFunc(parts, func(p committedPart) bool { return p.tp == s.tp })
		switch {
		case code == kafka.GroupAuthorizationFailed:
			c.fail("OffsetFetch: %s", code)
		case code != kafka.None || i < 0 || parts[i].code != kafka.None:
			c.rest(now, rd)
		case parts[i].offset < 0:
			c.wantReset(rd)
		default:
			c.position(rd, parts[i].offset, parts[i].epoch, "committed")
		}
	}
}

// askOffsets asks a leader for the beginning or the end of partitions.
func (c *Consumer) askOffsets(now env.Now, to peer, readers []*reader) {
	req := c.listOffsets()
	for _, r := range readers {
		c.addListOffset(req, r.tp, pick[int64](r.resetTo == ResetEarliest, -2, -1))
	}
	c.net.send(now, to, req, -1, c.cfg.RequestTimeout, &offsetsAsk{mark(readers)})
}

func (c *Consumer) listOffsets() *kmsg.ListOffsetsRequest {
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID = -1
	req.IsolationLevel = isolation(c.cfg.ReadCommitted)
	return req
}

func (c *Consumer) addListOffset(req *kmsg.ListOffsetsRequest, tp kafka.TopicPartition, timestamp int64) {
	info, _ := c.net.meta.leader(tp)
	p := kmsg.NewListOffsetsRequestTopicPartition()
	p.Partition, p.Timestamp, p.CurrentLeaderEpoch = int32(tp.Partition), timestamp, int32(info.epoch)
	if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != tp.Topic {
		t := kmsg.NewListOffsetsRequestTopic()
		t.Topic = tp.Topic
		req.Topics = append(req.Topics, t)
	}
	t := &req.Topics[len(req.Topics)-1]
	t.Partitions = append(t.Partitions, p)
}

// listed finds one partition of a ListOffsets answer.
func listed(r result, tp kafka.TopicPartition) (p kmsg.ListOffsetsResponseTopicPartition, ok bool) {
	resp, _ := r.resp.(*kmsg.ListOffsetsResponse)
	if resp == nil {
		return p, false
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if t.Topic == tp.Topic && p.Partition == int32(tp.Partition) {
				return p, true
			}
		}
	}
	return p, false
}

func (c *Consumer) offsets(now env.Now, r result, ask *offsetsAsk) {
	for _, s := range ask.parts {
		rd := c.current(s)
		if rd == nil {
			continue
		}
		rd.asked = false
		p, ok := listed(r, s.tp)
		switch {
		case ok && kafka.ErrorCode(p.ErrorCode) == kafka.None && p.Offset >= 0:
			c.position(rd, kafka.Offset(p.Offset), kafka.LeaderEpoch(p.LeaderEpoch),
				pick(rd.resetTo == ResetEarliest, "earliest", "latest"))
		case ok && kafka.ErrorCode(p.ErrorCode) == kafka.TopicAuthorizationFailed:
			c.fail("ListOffsets %s: %s", rd.tp, kafka.ErrorCode(p.ErrorCode))
		default:
			c.rest(now, rd)
		}
	}
}

// checkLeaders notices new leaders: a position whose epoch is known is looked up in the new leader's log before
// anything is read there (KIP-320).
func (c *Consumer) checkLeaders(now env.Now) {
	for _, r := range c.readers {
		info, ok := c.net.meta.leader(r.tp)
		switch {
		case r.state != reading && r.state != needsCheck:
		case !ok:
			c.net.meta.wanted = true
		case info == r.leader:
		case r.epoch == kafka.NoEpoch || info.epoch == kafka.NoEpoch:
			r.state, r.leader, r.nearby = reading, info, atLeader
		default:
			if r.state == reading {
				r.stamp++ // what is being fetched may not be the new leader's
				r.asked = false
			}
			r.state, r.nearby = needsCheck, atLeader
		}
	}
}

func (c *Consumer) askEpochs(now env.Now, to peer, readers []*reader) {
	req := kmsg.NewPtrOffsetForLeaderEpochRequest()
	req.ReplicaID = -1
	var asked []*reader
	for _, r := range readers {
		info, _ := c.net.meta.leader(r.tp)
		r.leader = info
		p := kmsg.NewOffsetForLeaderEpochRequestTopicPartition()
		p.Partition, p.CurrentLeaderEpoch, p.LeaderEpoch = int32(r.tp.Partition), int32(info.epoch), int32(r.epoch)
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != r.tp.Topic {
			t := kmsg.NewOffsetForLeaderEpochRequestTopic()
			t.Topic = r.tp.Topic
			req.Topics = append(req.Topics, t)
		}
		t := &req.Topics[len(req.Topics)-1]
		t.Partitions = append(t.Partitions, p)
		asked = append(asked, r)
	}
	c.net.send(now, to, req, -1, c.cfg.RequestTimeout, &checkAsk{mark(asked)})
}

// checked compares a position with where its epoch ends in the leader's log.
func (c *Consumer) checked(now env.Now, r result, ask *checkAsk) {
	resp, _ := r.resp.(*kmsg.OffsetForLeaderEpochResponse)
	for _, s := range ask.parts {
		rd := c.current(s)
		if rd == nil {
			continue
		}
		rd.asked = false
		p, ok := epochEnd(resp, s.tp)
		switch {
		case r.err == errUnsupported:
			rd.state = reading // an old broker; nothing to check with
		case !ok || kafka.ErrorCode(p.ErrorCode) != kafka.None:
			rd.leader = partitionInfo{leader: -1, epoch: kafka.NoEpoch}
			c.rest(now, rd)
		case p.EndOffset < 0 || p.LeaderEpoch < 0:
			c.truncated(now, rd, -1, kafka.NoEpoch)
		case kafka.Offset(p.EndOffset) < rd.position:
			c.truncated(now, rd, kafka.Offset(p.EndOffset), kafka.LeaderEpoch(p.LeaderEpoch))
		default:
			rd.state = reading
		}
	}
}

func epochEnd(resp *kmsg.OffsetForLeaderEpochResponse,
	tp kafka.TopicPartition) (p kmsg.OffsetForLeaderEpochResponseTopicPartition, ok bool) {
	if resp == nil {
		return p, false
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if t.Topic == tp.Topic && p.Partition == int32(tp.Partition) {
				return p, true
			}
		}
	}
	return p, false
}

// truncated: the leader's log no longer has what was read last. Without a reset policy the application gets an
// error; with one it goes on where the logs part, if that is known.
func (c *Consumer) truncated(now env.Now, r *reader, to kafka.Offset, epoch kafka.LeaderEpoch) {
	c.net.say(env.Warn, "%s: the log was truncated below position %d", r.tp, r.position)
	switch {
	case to < 0 || c.cfg.Reset == ResetNone:
		c.wantReset(r)
	default:
		info := r.leader
		c.position(r, to, epoch, "truncation")
		r.leader = info
	}
}
