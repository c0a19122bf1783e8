package group

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

func codeName(code int16) string {
	if code == 0 {
		return "ok"
	}
	return kafka.ErrorCode(code).String()
}

// show writes a response in one line.
func show(r kmsg.Response) string {
	switch r := r.(type) {
	case *kmsg.JoinGroupResponse:
		return showJoin(r)
	case *kmsg.SyncGroupResponse:
		if r.ErrorCode != 0 {
			return codeName(r.ErrorCode)
		}
		return fmt.Sprintf("ok type=%s protocol=%s assignment=%q", orDash(r.ProtocolType), orDash(r.Protocol),
			r.MemberAssignment)
	case *kmsg.HeartbeatResponse:
		return codeName(r.ErrorCode)
	case *kmsg.LeaveGroupResponse:
		s := codeName(r.ErrorCode)
		for _, m := range r.Members {
			s += fmt.Sprintf(" %s@%s=%s", m.MemberID, orDash(m.InstanceID), codeName(m.ErrorCode))
		}
		return s
	case *kmsg.OffsetDeleteResponse:
		s := codeName(r.ErrorCode)
		for _, topic := range r.Topics {
			for _, p := range topic.Partitions {
				s += fmt.Sprintf(" %s-%d=%s", topic.Topic, p.Partition, codeName(p.ErrorCode))
			}
		}
		return s
	case *kmsg.DeleteGroupsResponse:
		var s []string
		for _, g := range r.Groups {
			s = append(s, fmt.Sprintf("%s=%s", g.Group, codeName(g.ErrorCode)))
		}
		return strings.Join(s, " ")
	}
	return showRead(r)
}

func showRead(r kmsg.Response) string {
	switch r := r.(type) {
	case *kmsg.OffsetCommitResponse:
		var s []string
		for _, topic := range r.Topics {
			for _, p := range topic.Partitions {
				s = append(s, fmt.Sprintf("%s-%d=%s", topicName(topic.Topic, topic.TopicID), p.Partition, codeName(p.ErrorCode)))
			}
		}
		return strings.Join(s, " ")
	case *kmsg.OffsetFetchResponse:
		return showFetch(r)
	case *kmsg.DescribeGroupsResponse:
		var s []string
		for _, g := range r.Groups {
			s = append(s, showDescribed(g))
		}
		return strings.Join(s, " | ")
	case *kmsg.ListGroupsResponse:
		s := codeName(r.ErrorCode)
		for _, g := range r.Groups {
			s += fmt.Sprintf(" %s(%s %s %s)", g.Group, g.ProtocolType, g.GroupState, g.GroupType)
		}
		return s
	}
	return fmt.Sprintf("%T", r)
}

func showJoin(r *kmsg.JoinGroupResponse) string {
	s := codeName(r.ErrorCode)
	if r.ErrorCode != 0 {
		return s + " member=" + r.MemberID
	}
	s += fmt.Sprintf(" generation=%d type=%s protocol=%s leader=%s member=%s", r.Generation, orDash(r.ProtocolType),
		orDash(r.Protocol), r.LeaderID, r.MemberID)
	if r.SkipAssignment {
		s += " skip-assignment"
	}
	if len(r.Members) > 0 {
		var all []string
		for _, m := range r.Members {
			name := m.MemberID
			if m.InstanceID != nil {
				name += "@" + *m.InstanceID
			}
			all = append(all, name)
		}
		s += " members=" + strings.Join(all, ",")
	}
	return s
}

func topicName(name string, id [16]byte) string {
	if name == "" {
		return fmt.Sprintf("id:%x", id[:2])
	}
	return name
}

func showFetch(r *kmsg.OffsetFetchResponse) string {
	if r.Version < versionWithGroups {
		s := codeName(r.ErrorCode)
		for _, topic := range r.Topics {
			for _, p := range topic.Partitions {
				s += showOffset(topic.Topic, p.Partition, p.Offset, p.LeaderEpoch, *p.Metadata, p.ErrorCode)
			}
		}
		return s
	}
	var all []string
	for _, g := range r.Groups {
		s := g.Group + " " + codeName(g.ErrorCode)
		for _, topic := range g.Topics {
			for _, p := range topic.Partitions {
				s += showOffset(topicName(topic.Topic, topic.TopicID), p.Partition, p.Offset, p.LeaderEpoch, *p.Metadata,
					p.ErrorCode)
			}
		}
		all = append(all, s)
	}
	return strings.Join(all, " | ")
}

func showOffset(topic string, partition int32, offset int64, epoch int32, metadata string, code int16) string {
	s := fmt.Sprintf(" %s-%d=%d", topic, partition, offset)
	if epoch >= 0 {
		s += fmt.Sprintf("(epoch %d)", epoch)
	}
	if metadata != "" {
		s += fmt.Sprintf("%q", metadata)
	}
	if code != 0 {
		s += ":" + codeName(code)
	}
	return s
}

func showDescribed(g kmsg.DescribeGroupsResponseGroup) string {
	s := fmt.Sprintf("%s %s", g.Group, codeName(g.ErrorCode))
	if g.ErrorMessage != nil {
		s += fmt.Sprintf(" %q", *g.ErrorMessage)
	}
	s += fmt.Sprintf(" state=%s type=%q protocol=%q operations=%d", g.State, g.ProtocolType, g.Protocol,
		g.AuthorizedOperations)
	for _, m := range g.Members {
		s += fmt.Sprintf(" [%s@%s %s %s assignment=%q metadata=%d bytes]", m.MemberID, orDash(m.InstanceID), m.ClientID,
			m.ClientHost, m.MemberAssignment, len(m.ProtocolMetadata))
	}
	return s
}

func showFact(f env.Fact) string {
	switch f := f.(type) {
	case env.GroupRebalanced:
		return fmt.Sprintf("rebalanced generation=%d leader=%s members=%v", f.Generation, f.Leader, f.Members)
	case env.GroupMemberGone:
		return fmt.Sprintf("gone %s: %s", f.Member, f.Reason)
	case env.GroupOffsetCommitted:
		return fmt.Sprintf("committed %s %v=%d generation=%d member=%s %s", f.Group, f.TopicPartition, f.Offset, f.Generation,
			f.Member, f.Reason)
	case env.Logged:
		return "logged: " + f.Text
	}
	return fmt.Sprintf("%T", f)
}
