package group

import (
	"math"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/mutants"
)

// versionWithTopicID is the first OffsetCommit and OffsetFetch that name topics by id.
const versionWithTopicID = 10

// versionWithNotFound is the first OffsetCommit with an error of its own for a group that does not exist.
const versionWithNotFound = 9

// OffsetCommit handles OffsetCommit.
func (c *Coordinator) OffsetCommit(now env.Now, t Ticket, req *kmsg.OffsetCommitRequest, _ ClientInfo) {
	defer c.call()()
	commit := &offsetsStored{ticket: t, answer: judgeOffsets(&c.cfg, req)}
	if !someExist(commit.answer) {
		c.reply(t, commit.answer)
		return
	}
	g, code := c.groupToCommit(now, req)
	if code != kafka.None {
		refuse(commit.answer, code)
		c.reply(t, commit.answer)
		return
	}
	if m := g.byID[req.MemberID]; m != nil && !m.isNew {
		c.touch(now, m)
	}
	changes := commitChanges(now, c.cfg.Topics, req, commit.answer)
	if len(changes) == 0 {
		c.reply(t, commit.answer)
		c.dropIfNothing(g)
		return
	}
	c.append(now, g, changes, commit)
}

// someExist reports whether the request names a partition that exists. If it does not, the group is not looked up.
func someExist(r *kmsg.OffsetCommitResponse) bool {
	return slices.ContainsFunc(r.Topics, func(topic kmsg.OffsetCommitResponseTopic) bool {
		return slices.ContainsFunc(topic.Partitions, func(p kmsg.OffsetCommitResponseTopicPartition) bool {
			return p.ErrorCode == int16(kafka.None) || p.ErrorCode == int16(kafka.OffsetMetadataTooLarge)
		})
	})
}

// groupToCommit returns the group if the member may commit to it. One that does not exist is created for a client that
// stores offsets here and assigns partitions by itself.
func (c *Coordinator) groupToCommit(now env.Now, req *kmsg.OffsetCommitRequest) (*group, kafka.ErrorCode) {
	g := c.groups.byID[req.Group]
	if code := c.judgeCommit(g, req); code != kafka.None {
		return nil, code
	}
	if g == nil {
		return c.groups.create(strings.Clone(req.Group), now)
	}
	return g, kafka.None
}

// judgeOffsets returns the response, with the error of each offset that is refused whatever the group's state is.
func judgeOffsets(cfg *Config, req *kmsg.OffsetCommitRequest) *kmsg.OffsetCommitResponse {
	r := kmsg.NewPtrOffsetCommitResponse()
	r.Version = req.Version
	for i := range req.Topics {
		asked := &req.Topics[i]
		name, unknown := resolve(cfg.Topics, req.Version, asked.Topic, asked.TopicID)
		topic := kmsg.OffsetCommitResponseTopic{Topic: name, TopicID: asked.TopicID}
		for _, p := range asked.Partitions {
			code := unknown
			if code == kafka.None && !cfg.Topics.Exists(name, kafka.PartitionID(p.Partition)) {
				code = kafka.UnknownTopicOrPartition
			}
			if code == kafka.None && tooLarge(p.Metadata, cfg.OffsetMetadataMaxBytes) {
				code = kafka.OffsetMetadataTooLarge
			}
			topic.Partitions = append(topic.Partitions,
				kmsg.OffsetCommitResponseTopicPartition{Partition: p.Partition, ErrorCode: int16(code)})
		}
		r.Topics = append(r.Topics, topic)
	}
	return r
}

// resolve returns the name of a topic, which newer requests name by its id.
func resolve(topics Topics, version int16, name string, id [16]byte) (string, kafka.ErrorCode) {
	if version < versionWithTopicID {
		return strings.Clone(name), kafka.None
	}
	if name, ok := topics.NameOf(id); ok {
		return name, kafka.None
	}
	return "", kafka.UnknownTopicID
}

func tooLarge(metadata *string, limit int) bool {
	if metadata == nil {
		return false
	}
	if len(*metadata) > maxName {
		return true
	}
	units := 0
	for _, r := range *metadata {
		units += utf16.RuneLen(r)
	}
	return units > limit
}

// commitChanges returns the records to append for the offsets without an error.
func commitChanges(now env.Now, topics Topics, req *kmsg.OffsetCommitRequest, r *kmsg.OffsetCommitResponse) []change {
	var changes []change
	member := strings.Clone(req.MemberID)
	for i := range req.Topics {
		name := r.Topics[i].Topic
		id, _ := topics.IDOf(name)
		for k, p := range req.Topics[i].Partitions {
			if r.Topics[i].Partitions[k].ErrorCode != int16(kafka.None) {
				continue
			}
			changes = append(changes, change{kind: offsetStored, generation: req.Generation, member: member,
				partition: kafka.TopicPartition{Topic: name, Partition: kafka.PartitionID(p.Partition)},
				offset:    newCommitted(now, req.RetentionTimeMillis, p, id)})
		}
	}
	return changes
}

func newCommitted(now env.Now, retentionMillis int64, p kmsg.OffsetCommitRequestTopicPartition,
	id kafka.UUID) committed {
	o := committed{Offset: kafka.Offset(p.Offset), LeaderEpoch: kafka.LeaderEpoch(p.LeaderEpoch), At: now.Wall,
		ExpiresAt: -1, TopicID: id}
	if p.Metadata != nil {
		o.Metadata = strings.Clone(*p.Metadata)
	}
	if retentionMillis >= 0 { // the record that holds an expiry has no fields for the epoch and the id
		o.LeaderEpoch, o.TopicID = kafka.NoEpoch, kafka.UUID{}
		o.ExpiresAt = now.Wall + env.WallMillis(min(retentionMillis, math.MaxInt64-int64(max(now.Wall, 0))))
	}
	return o
}

// judgeCommit returns the error of a commit that the group does not accept now.
func (c *Coordinator) judgeCommit(g *group, req *kmsg.OffsetCommitRequest) kafka.ErrorCode {
	if code := c.admit(req.Group); code != kafka.None {
		return code
	}
	switch {
	case g == nil && req.Generation < 0:
		return kafka.None
	case g == nil && req.Version >= versionWithNotFound:
		return kafka.GroupIDNotFound
	case g == nil:
		return kafka.IllegalGeneration
	case g.state == Dead || len(g.inflight) >= c.cfg.MaxAppendsInFlight:
		return kafka.CoordinatorNotAvailable
	case req.Generation < 0 && g.state == Empty:
		return kafka.None
	case req.Generation < 0 && req.MemberID == "" && req.InstanceID == nil:
		return kafka.UnknownMemberID // a client that is no member, while the group has members
	}
	if mutants.Enabled && mutants.On().CommitUnfenced {
		return kafka.None
	}
	if code := g.memberError(req.MemberID, req.InstanceID); code != kafka.None {
		return code
	}
	if req.Generation != g.generation {
		return kafka.IllegalGeneration // a zombie: its partitions belong to other members by now
	}
	if g.state == CompletingRebalance {
		return kafka.RebalanceInProgress
	}
	return kafka.None
}

// refuse sets an error on every partition without one of its own.
func refuse(r *kmsg.OffsetCommitResponse, code kafka.ErrorCode) {
	for i := range r.Topics {
		for k := range r.Topics[i].Partitions {
			if p := &r.Topics[i].Partitions[k]; p.ErrorCode == int16(kafka.None) ||
				p.ErrorCode == int16(kafka.OffsetMetadataTooLarge) {
				p.ErrorCode = int16(code)
			}
		}
	}
}

// offsetsStored waits for the records of an OffsetCommit.
type offsetsStored struct {
	ticket Ticket
	answer *kmsg.OffsetCommitResponse
}

func (s *offsetsStored) settle(c *Coordinator, _ env.Now, _ *group, code kafka.ErrorCode) {
	for i := range s.answer.Topics {
		for k := range s.answer.Topics[i].Partitions {
			if p := &s.answer.Topics[i].Partitions[k]; p.ErrorCode == int16(kafka.None) {
				p.ErrorCode = int16(commitError(code))
			}
		}
	}
	c.reply(s.ticket, s.answer)
}
