package client

import (
	"errors"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// commit is offsets on their way into the group: one call for each partition, sent together.
type commit struct {
	parts    []committing // sorted by partition
	auto     bool
	sync     bool        // the application waits, and it is tried again until deadline
	deadline env.Instant // of a sync commit
	inFlight bool
	retryAt  env.Instant
	failures int
	ended    bool
	rejoin   bool // it ended without having been stored, because the member was rejoining
}

type committing struct {
	call   uint64
	tp     kafka.TopicPartition
	offset kafka.Offset
	epoch  kafka.LeaderEpoch
	doubt  bool // an attempt may have been, or was, stored
}

// beginCommit emits the facts of the calls and makes the first attempt. Nil if there is nothing to commit.
func (c *Consumer) beginCommit(now env.Now, parts []committing, auto, sync bool) *commit {
	if len(parts) == 0 {
		return nil
	}
	k := &commit{parts: parts, auto: auto, sync: sync, deadline: now.Mono.Add(c.cfg.APITimeout)}
	for i := range k.parts {
		p := &k.parts[i]
		c.calls++
		p.call = c.calls
		c.w.Emit(env.CommitCalled{Client: c.cfg.ClientID, Call: p.call, Group: c.cfg.Group, Generation: c.group.generation,
			TopicPartition: p.tp, Offset: p.offset, Auto: auto})
	}
	c.commits = append(c.commits, k)
	return k
}

// consumed lists the positions of what the application has been given: what Java's commitSync() commits.
func (c *Consumer) consumed() (out []committing) {
	for _, r := range c.readers {
		if r.state == reading || r.state == needsCheck {
			out = append(out, committing{tp: r.tp, offset: r.position, epoch: r.epoch})
		}
	}
	return out
}

// pushCommits sends what can be sent.
func (c *Consumer) pushCommits(now env.Now) {
	for _, k := range c.commits {
		switch {
		case k.inFlight || k.ended:
		case !c.group.mayCommit():
			c.endCommit(k, errNotMember)
		case k.deadline <= now.Mono:
			c.endCommit(k, errTimedOut)
		case now.Mono < k.retryAt:
			c.wakeAt(min(k.retryAt, k.deadline))
		case !c.group.reachable(now):
			c.wakeAt(k.deadline)
		default:
			c.sendCommit(now, k)
		}
	}
	c.commits = slices.DeleteFunc(c.commits, func(k *commit) bool { return k.ended })
}

var errNotMember = errors.New("the member has no generation to commit in")

func (c *Consumer) sendCommit(now env.Now, k *commit) {
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group, req.Generation, req.MemberID = c.cfg.Group, c.group.generation, c.group.memberID
	req.InstanceID = c.group.instance()
	for _, p := range k.parts {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != p.tp.Topic {
			t := kmsg.NewOffsetCommitRequestTopic()
			t.Topic = p.tp.Topic
			req.Topics = append(req.Topics, t)
		}
		part := kmsg.NewOffsetCommitRequestTopicPartition()
		part.Partition, part.Offset, part.LeaderEpoch = int32(p.tp.Partition), int64(p.offset), int32(p.epoch)
		part.Metadata = kmsg.StringPtr("")
		t := &req.Topics[len(req.Topics)-1]
		t.Partitions = append(t.Partitions, part)
	}
	k.inFlight = true
	c.net.send(now, c.group.peer(), req, 9, c.cfg.RequestTimeout, k)
}

// committedBy handles the response to a commit. The worst partition decides what happens next; each gets its own
// outcome.
func (c *Consumer) committedBy(now env.Now, r result, k *commit) {
	k.inFlight = false
	codes := commitCodes(r, k.parts)
	worst := kafka.None
	for _, code := range codes {
		if code != kafka.None && (worst == kafka.None || worst.Retriable()) {
			worst = code
		}
	}
	c.group.commitAnswered(now, r, worst)
	again := k.sync && worst.Retriable() && now.Mono < k.deadline && !c.finished
	for i, code := range codes {
		if !again {
			c.tellCommit(k.parts[i], code, r.err)
		}
		k.parts[i].doubt = k.parts[i].doubt || code == kafka.None || certainly(code) == env.Unknown
	}
	if !again {
		k.ended, k.rejoin = true, worst == kafka.RebalanceInProgress
		return
	}
	k.failures++
	k.retryAt = now.Mono.Add(c.backoff(k.failures))
}

// commitCodes is the answer's code for each part; those it does not mention are as good as unanswered.
func commitCodes(r result, parts []committing) []kafka.ErrorCode {
	codes := make([]kafka.ErrorCode, len(parts))
	resp, _ := r.resp.(*kmsg.OffsetCommitResponse)
	for i, p := range parts {
		codes[i] = kafka.NetworkException
		if r.err == errUnsupported {
			codes[i] = kafka.UnsupportedVersion
		}
		if resp == nil {
			continue
		}
		for _, t := range resp.Topics {
			j := slices.IndexFunc(t.Partitions, func(x kmsg.OffsetCommitResponseTopicPartition) bool {
				return t.Topic == p.tp.Topic && x.Partition == int32(p.tp.Partition)
			})
			if j >= 0 {
				codes[i] = kafka.ErrorCode(t.Partitions[j].ErrorCode)
			}
		}
	}
	return codes
}

func (c *Consumer) tellCommit(p committing, code kafka.ErrorCode, err error) {
	outcome := env.OK
	switch {
	case code == kafka.None:
	case p.doubt:
		outcome = env.Unknown
	default:
		outcome = certainly(code)
	}
	fact := env.CommitReturned{Client: c.cfg.ClientID, Call: p.call, Outcome: outcome}
	if err != nil {
		fact.Error = err.Error()
	} else if code != kafka.None {
		fact.Error = code.String()
	}
	c.w.Emit(fact)
}

// endCommit ends a commit that is not on its way.
func (c *Consumer) endCommit(k *commit, why error) {
	k.ended, k.rejoin = true, why == errNotMember
	for _, p := range k.parts {
		c.w.Emit(env.CommitReturned{Client: c.cfg.ClientID, Call: p.call, Error: why.Error(),
			Outcome: pick(p.doubt, env.Unknown, env.Failed)})
	}
}

// autoCommit commits what earlier polls returned, if the interval is over. It runs inside poll, so that it never
// covers what the application has not had the chance to process.
func (c *Consumer) autoCommit(now env.Now) {
	if !c.cfg.AutoCommit || c.group == nil || !c.group.mayCommit() {
		return
	}
	if now.Mono < c.autoAt {
		c.wakeAt(c.autoAt)
		return
	}
	if c.group.coordinator < 0 || slices.ContainsFunc(c.commits, func(k *commit) bool { return k.auto }) {
		return // the one on its way ends, and steps
	}
	c.autoAt = now.Mono.Add(c.cfg.AutoCommitInterval)
	c.beginCommit(now, c.consumed(), true, false)
}
