package broker_test

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/record"
)

// code names an error, with its text if there is one.
func code(c int16, text *string) string {
	if text != nil {
		return fmt.Sprintf("%v (%s)", kafka.ErrorCode(c), *text)
	}
	return kafka.ErrorCode(c).String()
}

// short cuts a name that fills the line.
func short(name string) string {
	if len(name) > 100 {
		return fmt.Sprintf("%.5s…[%d]", name, len(name))
	}
	return name
}

// learn gives a topic's id a name.
func (k *talk) learn(name string, id kafka.UUID) {
	if id == (kafka.UUID{}) || k.topics[id] != "" {
		return
	}
	called := name
	for n := 2; k.id(called) != (kafka.UUID{0: 9, 15: 9}); n++ {
		called = fmt.Sprintf("%s#%d", name, n)
	}
	k.topics[id], k.ids[name] = short(called), id
}

// show writes a response on one line.
func (k *talk) show(r kmsg.Response) string {
	switch r := r.(type) {
	case *kmsg.ApiVersionsResponse:
		return fmt.Sprintf("api-versions v%d %s %d APIs", r.Version, code(r.ErrorCode, nil), len(r.ApiKeys))
	case *kmsg.MetadataResponse:
		return k.showMetadata(r)
	case *kmsg.CreateTopicsResponse:
		return k.showCreateTopics(r)
	case *kmsg.DeleteTopicsResponse:
		var out []string
		for _, t := range r.Topics {
			name := "null"
			if t.Topic != nil {
				name = short(*t.Topic)
			}
			out = append(out, fmt.Sprintf("%s %s %s", name, kafka.UUID(t.TopicID), code(t.ErrorCode, t.ErrorMessage)))
		}
		return "delete-topics " + strings.Join(out, " | ")
	case *kmsg.CreatePartitionsResponse:
		var out []string
		for _, t := range r.Topics {
			out = append(out, t.Topic+" "+code(t.ErrorCode, t.ErrorMessage))
		}
		return fmt.Sprintf("create-partitions %d topics %s", len(r.Topics), strings.Join(out, " | "))
	case *kmsg.ProduceResponse:
		return k.showProduce(r)
	case *kmsg.FetchResponse:
		return k.showFetch(r)
	case *kmsg.ListOffsetsResponse:
		var out []string
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				out = append(out, fmt.Sprintf("%s-%d %s offset=%d time=%s epoch=%d", t.Topic, p.Partition, code(p.ErrorCode, nil),
					p.Offset, k.time(p.Timestamp), p.LeaderEpoch))
			}
		}
		return "list-offsets " + strings.Join(out, " | ")
	case *kmsg.OffsetForLeaderEpochResponse:
		var out []string
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				out = append(out, fmt.Sprintf("%s-%d %s epoch=%d end=%d", t.Topic, p.Partition, code(p.ErrorCode, nil),
					p.LeaderEpoch, p.EndOffset))
			}
		}
		return "epoch-end " + strings.Join(out, " | ")
	case *kmsg.DeleteRecordsResponse:
		var out []string
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				out = append(out, fmt.Sprintf("%s-%d %s low=%d", t.Topic, p.Partition, code(p.ErrorCode, nil), p.LowWatermark))
			}
		}
		return "delete-records " + strings.Join(out, " | ")
	}
	return k.showMore(r)
}

func (k *talk) showMore(r kmsg.Response) string {
	switch r := r.(type) {
	case *kmsg.DescribeConfigsResponse:
		return showConfigs(r)
	case *kmsg.AlterConfigsResponse:
		var out []string
		for _, e := range r.Resources {
			out = append(out, fmt.Sprintf("%v:%s %s", e.ResourceType, e.ResourceName, code(e.ErrorCode, e.ErrorMessage)))
		}
		return "alter-configs " + strings.Join(out, " | ")
	case *kmsg.IncrementalAlterConfigsResponse:
		var out []string
		for _, e := range r.Resources {
			out = append(out, fmt.Sprintf("%v:%s %s", e.ResourceType, e.ResourceName, code(e.ErrorCode, e.ErrorMessage)))
		}
		return "configure " + strings.Join(out, " | ")
	case *kmsg.FindCoordinatorResponse:
		if r.Version < 4 {
			return fmt.Sprintf("find-coordinator v%d %s node=%d %s:%d", r.Version, code(r.ErrorCode, r.ErrorMessage), r.NodeID,
				r.Host, r.Port)
		}
		var out []string
		for _, c := range r.Coordinators {
			out = append(out, fmt.Sprintf("%q %s node=%d %s:%d", c.Key, code(c.ErrorCode, c.ErrorMessage), c.NodeID, c.Host,
				c.Port))
		}
		return fmt.Sprintf("find-coordinator %d keys %s", len(r.Coordinators), strings.Join(out, " | "))
	case *kmsg.InitProducerIDResponse:
		return fmt.Sprintf("init-producer-id %s pid=%d epoch=%d", code(r.ErrorCode, nil), r.ProducerID, r.ProducerEpoch)
	case *kmsg.DescribeClusterResponse:
		return fmt.Sprintf("describe-cluster %s controller=%d %d brokers", code(r.ErrorCode, r.ErrorMessage), r.ControllerID,
			len(r.Brokers))
	case *kmsg.ConsumerGroupHeartbeatResponse:
		return fmt.Sprintf("heartbeat-848 %s", code(r.ErrorCode, r.ErrorMessage))
	case *kmsg.ListConfigResourcesResponse:
		var out []string
		for _, c := range r.ConfigResources {
			out = append(out, fmt.Sprintf("%d:%s", c.Type, c.Name))
		}
		return fmt.Sprintf("list-config-resources %s %s", code(r.ErrorCode, nil), strings.Join(out, " "))
	}
	return k.showLogs(r)
}

func (k *talk) showLogs(r kmsg.Response) string {
	switch r := r.(type) {
	case *kmsg.DescribeLogDirsResponse:
		var out []string
		for _, d := range r.Dirs {
			out = append(out, fmt.Sprintf("disk of %d bytes, %s", d.TotalBytes,
				map[bool]string{true: "partly used", false: "of unknown use"}[0 < d.UsableBytes && d.UsableBytes < d.TotalBytes]))
			for _, t := range d.Topics {
				for _, p := range t.Partitions {
					out = append(out, fmt.Sprintf("%s-%d=%d", t.Topic, p.Partition, p.Size))
				}
			}
		}
		return "describe-log-dirs " + strings.Join(out, " ")
	case *kmsg.DescribeTopicPartitionsResponse:
		return k.showTopicPartitions(r)
	case *kmsg.DescribeProducersResponse:
		var out []string
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				s := fmt.Sprintf("%s-%d %s", t.Topic, p.Partition, code(p.ErrorCode, p.ErrorMessage))
				for _, a := range p.ActiveProducers {
					s += fmt.Sprintf(" pid=%d/%d last=%d", a.ProducerID, a.ProducerEpoch, a.LastSequence)
				}
				out = append(out, s)
			}
		}
		return "describe-producers " + strings.Join(out, " | ")
	}
	return k.showGroups(r)
}

func (k *talk) showGroups(r kmsg.Response) string {
	switch r := r.(type) {
	case *kmsg.JoinGroupResponse:
		return fmt.Sprintf("join %s generation=%d leader=%v members=%d", code(r.ErrorCode, nil), r.Generation,
			r.LeaderID == r.MemberID && r.MemberID != "", len(r.Members))
	case *kmsg.OffsetCommitResponse:
		var out []string
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				out = append(out, fmt.Sprintf("%s-%d %s", t.Topic, p.Partition, code(p.ErrorCode, nil)))
			}
		}
		return "commit " + strings.Join(out, " | ")
	case *kmsg.OffsetFetchResponse:
		out := []string{code(r.ErrorCode, nil)}
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				note := ""
				if p.Metadata != nil {
					note = *p.Metadata
				}
				out = append(out, fmt.Sprintf("%s-%d %s offset=%d note=%q", t.Topic, p.Partition, code(p.ErrorCode, nil), p.Offset,
					note))
			}
		}
		return "committed " + strings.Join(out, " | ")
	}
	return fmt.Sprintf("%T", r)
}

// time writes a timestamp as milliseconds since the conversation began.
func (k *talk) time(t int64) string {
	if t < 0 {
		return fmt.Sprint(t)
	}
	return fmt.Sprintf("t+%d", t-int64(k.wall))
}

func (k *talk) showMetadata(r *kmsg.MetadataResponse) string {
	out := []string{fmt.Sprintf("metadata %d topics", len(r.Topics))}
	for _, t := range r.Topics {
		name := "null"
		if t.Topic != nil {
			name = *t.Topic
			k.learn(name, t.TopicID)
		}
		s := fmt.Sprintf("%s %s", name, code(t.ErrorCode, nil))
		if t.TopicID != [16]byte{} {
			s += " " + kafka.UUID(t.TopicID).String()
		}
		if t.IsInternal {
			s += " internal"
		}
		for _, p := range t.Partitions {
			s += fmt.Sprintf(" %d:leader=%d/%d", p.Partition, p.Leader, p.LeaderEpoch)
			if p.ErrorCode != 0 {
				s += " " + code(p.ErrorCode, nil)
			}
			if len(p.OfflineReplicas) > 0 {
				s += fmt.Sprintf(" offline=%v", p.OfflineReplicas)
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, " | ")
}

func (k *talk) showCreateTopics(r *kmsg.CreateTopicsResponse) string {
	var out []string
	for _, t := range r.Topics {
		k.learn(t.Topic, t.TopicID)
		s := fmt.Sprintf("%s %s", short(t.Topic), code(t.ErrorCode, t.ErrorMessage))
		if t.ErrorCode == 0 {
			s += fmt.Sprintf(" partitions=%d factor=%d", t.NumPartitions, t.ReplicationFactor)
			if t.TopicID == [16]byte{} {
				s += " no id"
			}
		}
		for _, c := range t.Configs {
			if c.Source == 1 && c.Value != nil {
				s += fmt.Sprintf(" %s=%s", c.Name, *c.Value)
			}
		}
		out = append(out, s)
	}
	return "create-topics " + strings.Join(out, " | ")
}

func (k *talk) showProduce(r *kmsg.ProduceResponse) string {
	var out []string
	for _, t := range r.Topics {
		name := t.Topic
		if r.Version >= 13 {
			name = k.topics[t.TopicID]
		}
		for _, p := range t.Partitions {
			s := fmt.Sprintf("%s-%d %s", name, p.Partition, code(p.ErrorCode, p.ErrorMessage))
			if p.BaseOffset >= 0 {
				s += fmt.Sprintf(" base=%d", p.BaseOffset)
			}
			if p.LogStartOffset > 0 || p.ErrorCode != 0 && p.LogStartOffset == 0 && r.Version >= 5 {
				s += fmt.Sprintf(" start=%d", p.LogStartOffset)
			}
			if p.LogAppendTime >= 0 {
				s += " append-time=" + k.time(p.LogAppendTime)
			}
			for _, e := range p.ErrorRecords {
				s += fmt.Sprintf(" record %d", e.RelativeOffset)
			}
			if p.CurrentLeader.LeaderID >= 0 && r.Version >= 10 {
				s += fmt.Sprintf(" leader=%d/%d", p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch)
			}
			out = append(out, s)
		}
	}
	return "produce " + strings.Join(out, " | ")
}

func (k *talk) showFetch(r *kmsg.FetchResponse) string {
	s := "fetch"
	if r.ErrorCode != 0 {
		s += " " + code(r.ErrorCode, nil)
	}
	if r.SessionID != 0 {
		if k.sessions[r.SessionID] == 0 {
			k.sessions[r.SessionID] = len(k.sessions) + 1
		}
		s += fmt.Sprintf(" session %d", k.sessions[r.SessionID])
	}
	for i := range r.Topics {
		t := &r.Topics[i]
		name := t.Topic
		if r.Version >= 13 {
			name = k.topics[t.TopicID]
		}
		s += " ||"
		for i := range t.Partitions {
			if i > 0 {
				s += " |"
			}
			s += " " + showFetched(name, &t.Partitions[i], r.Version)
		}
	}
	return s
}

// showFetched writes one partition's answer; a batch that is cut short shows as its bytes.
func showFetched(topic string, p *kmsg.FetchResponseTopicPartition, version int16) string {
	s := fmt.Sprintf("%s-%d", topic, p.Partition)
	if p.ErrorCode != 0 {
		s += " " + code(p.ErrorCode, nil)
	}
	s += fmt.Sprintf(" hw=%d", p.HighWatermark)
	if p.LastStableOffset != p.HighWatermark {
		s += fmt.Sprintf(" lso=%d", p.LastStableOffset)
	}
	if p.LogStartOffset != 0 && version >= 5 {
		s += fmt.Sprintf(" start=%d", p.LogStartOffset)
	}
	if p.AbortedTransactions != nil {
		s += " aborted=[]"
	}
	if p.DivergingEpoch.EndOffset >= 0 {
		s += fmt.Sprintf(" diverging epoch=%d end=%d", p.DivergingEpoch.Epoch, p.DivergingEpoch.EndOffset)
	}
	if p.CurrentLeader.LeaderID >= 0 {
		s += fmt.Sprintf(" leader=%d/%d", p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch)
	}
	batches := record.Split(p.RecordBatches)
	var scratch record.Scratch
	for b, ok := batches.Next(); ok; b, ok = batches.Next() {
		s += fmt.Sprintf(" [%d..%d", b.BaseOffset(), b.LastOffset())
		if b.Count() > 8 {
			s += fmt.Sprintf(" %d bytes]", b.Size())
			continue
		}
		records := b.Records(&scratch, record.Limits{})
		for r, ok := records.Next(); ok; r, ok = records.Next() {
			v := string(r.Value)
			if len(v) > 20 {
				v = fmt.Sprintf("%d bytes", len(v))
			}
			if r.Key != nil {
				v = string(r.Key) + ":" + v
			}
			s += " " + v
		}
		s += "]"
	}
	if rest := batches.Rest(); len(rest) > 0 {
		s += fmt.Sprintf(" and %d bytes of a batch", len(rest))
	}
	return s
}

func showConfigs(r *kmsg.DescribeConfigsResponse) string {
	var out []string
	for _, res := range r.Resources {
		s := fmt.Sprintf("%v:%s %s", res.ResourceType, res.ResourceName, code(res.ErrorCode, res.ErrorMessage))
		if len(res.Configs) > 5 {
			s += fmt.Sprintf(" %d configs", len(res.Configs))
			res.Configs = nil
		}
		for _, c := range res.Configs {
			value := "null"
			if c.Value != nil {
				value = *c.Value
			}
			s += fmt.Sprintf(" %s=%s from %v", c.Name, value, c.Source)
			if c.ReadOnly {
				s += " read-only"
			}
			if c.IsSensitive {
				s += " sensitive"
			}
			if c.Documentation != nil {
				s += " documented"
			}
			for _, y := range c.ConfigSynonyms {
				value := "null"
				if y.Value != nil {
					value = *y.Value
				}
				s += fmt.Sprintf(" <%s=%s from %v>", y.Name, value, y.Source)
			}
		}
		out = append(out, s)
	}
	return "describe-configs " + strings.Join(out, " | ")
}

func (k *talk) showTopicPartitions(r *kmsg.DescribeTopicPartitionsResponse) string {
	out := []string{"describe-topic-partitions"}
	for _, t := range r.Topics {
		s := fmt.Sprintf("%s %s", *t.Topic, code(t.ErrorCode, nil))
		for _, p := range t.Partitions {
			s += fmt.Sprintf(" %d", p.Partition)
		}
		out = append(out, s)
	}
	if c := r.NextCursor; c != nil {
		out = append(out, fmt.Sprintf("go on at %s-%d", c.Topic, c.Partition))
	}
	return strings.Join(out, " | ")
}
