package client

import (
	"math"
	"time"

	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Op is what a Command does.
type Op uint8

// The commands.
const (
	CreateTopic      Op = iota + 1 // Topic, Partitions, ReplicationFactor, Configs
	DeleteTopic                    // Topic
	CreatePartitions               // Topic, Partitions: the new total
	DeleteRecords                  // Topic, Partition, Before
	AlterConfigs                   // Topic, Configs: set these, leave the others
	Reassign                       // Topic, Partition, Replicas: move it there; none: stop moving it
	ElectLeaders                   // Topic, Partition (-1: every partition there is), Unclean
	UpdateFeature                  // Feature, Level
	EndOffset                      // Topic, Partition, ReadCommitted
)

var opNames = [...]string{"", "create-topic", "delete-topic", "create-partitions", "delete-records", "alter-configs",
	"reassign", "elect-leaders",
	"update-feature", "end-offset"}

func (o Op) String() string { return opNames[o] }

// Setting is one configuration value of a topic.
type Setting struct{ Name, Value string }

// Command is one thing an admin client does.
type Command struct {
	Op                Op
	At                time.Duration // not before this long after boot
	Topic             string
	Partition         kafka.PartitionID
	Partitions        int32 // -1: the broker's default
	ReplicationFactor int16 // -1: the broker's default
	Configs           []Setting
	Before            kafka.Offset // DeleteRecords: delete what is below; -1: everything
	ReadCommitted     bool
	Replicas          []kafka.NodeID // Reassign: the brokers, the preferred leader first
	Feature           string         // of the cluster: eligible.leader.replicas.version …
	Level             int16          // UpdateFeature: 0 switches it off
	Unclean           bool           // ElectLeaders: let a replica lead that is not in sync, if no other can
}

// transient reports whether to retry. What the controller refuses is final, unless this node is not the controller, or
// there is none.
func (cmd *Command) transient(code kafka.ErrorCode) bool {
	if cmd.ofLeader() {
		return code.Retriable()
	}
	return code == kafka.NotController || code == kafka.ThrottlingQuotaExceeded || code == kafka.RequestTimedOut
}

// ofLeader reports whether the command goes to the partition's leader, and not to the controller.
func (cmd *Command) ofLeader() bool { return cmd.Op == DeleteRecords || cmd.Op == EndOffset }

// what names the command and what it is about.
func (cmd *Command) what() string {
	if cmd.Op == Reassign || cmd.Op == ElectLeaders && cmd.Partition >= 0 {
		return cmd.Op.String() + " " + cmd.tp().String()
	}
	if cmd.Op == UpdateFeature {
		return cmd.Op.String() + " " + cmd.Feature
	}
	return cmd.Op.String() + " " + cmd.Topic
}

func (cmd *Command) tp() kafka.TopicPartition {
	return kafka.TopicPartition{Topic: cmd.Topic, Partition: cmd.Partition}
}

func (cmd *Command) request(timeout time.Duration) kmsg.Request {
	ms := int32(min(timeout/time.Millisecond, math.MaxInt32))
	switch cmd.Op {
	case CreateTopic:
		return cmd.createTopic(ms)
	case DeleteTopic:
		return cmd.deleteTopic(ms)
	case CreatePartitions:
		return cmd.createPartitions(ms)
	case DeleteRecords:
		return cmd.deleteRecords(ms)
	case AlterConfigs:
		return cmd.alterConfigs()
	case Reassign:
		return cmd.reassign(ms)
	case ElectLeaders:
		return cmd.electLeaders(ms)
	case UpdateFeature:
		return cmd.updateFeature(ms)
	}
	return cmd.listOffsets()
}

func (cmd *Command) createTopic(ms int32) kmsg.Request {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.TimeoutMillis = ms
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = cmd.Topic, cmd.Partitions, cmd.ReplicationFactor
	for _, s := range cmd.Configs {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = s.Name, kmsg.StringPtr(s.Value)
		t.Configs = append(t.Configs, c)
	}
	req.Topics = append(req.Topics, t)
	return req
}

func (cmd *Command) deleteTopic(ms int32) kmsg.Request {
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.TimeoutMillis, req.TopicNames = ms, []string{cmd.Topic}
	t := kmsg.NewDeleteTopicsRequestTopic()
	t.Topic = kmsg.StringPtr(cmd.Topic)
	req.Topics = append(req.Topics, t)
	return req
}

func (cmd *Command) createPartitions(ms int32) kmsg.Request {
	req := kmsg.NewPtrCreatePartitionsRequest()
	req.TimeoutMillis = ms
	t := kmsg.NewCreatePartitionsRequestTopic()
	t.Topic, t.Count = cmd.Topic, cmd.Partitions
	req.Topics = append(req.Topics, t)
	return req
}

func (cmd *Command) deleteRecords(ms int32) kmsg.Request {
	req := kmsg.NewPtrDeleteRecordsRequest()
	req.TimeoutMillis = ms
	t := kmsg.NewDeleteRecordsRequestTopic()
	p := kmsg.NewDeleteRecordsRequestTopicPartition()
	p.Partition, p.Offset = int32(cmd.Partition), int64(cmd.Before)
	t.Topic, t.Partitions = cmd.Topic, append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	return req
}

func (cmd *Command) alterConfigs() kmsg.Request {
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	r := kmsg.NewIncrementalAlterConfigsRequestResource()
	r.ResourceType, r.ResourceName = kmsg.ConfigResourceTypeTopic, cmd.Topic
	for _, s := range cmd.Configs {
		c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		c.Name, c.Op, c.Value = s.Name, kmsg.IncrementalAlterConfigOpSet, kmsg.StringPtr(s.Value)
		r.Configs = append(r.Configs, c)
	}
	req.Resources = append(req.Resources, r)
	return req
}

func (cmd *Command) reassign(ms int32) kmsg.Request {
	req := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	req.TimeoutMillis = ms
	t := kmsg.NewAlterPartitionAssignmentsRequestTopic()
	p := kmsg.NewAlterPartitionAssignmentsRequestTopicPartition()
	p.Partition = int32(cmd.Partition)
	for _, id := range cmd.Replicas {
		p.Replicas = append(p.Replicas, int32(id))
	}
	t.Topic, t.Partitions = cmd.Topic, append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	return req
}

func (cmd *Command) electLeaders(ms int32) kmsg.Request {
	req := kmsg.NewPtrElectLeadersRequest()
	req.TimeoutMillis, req.ElectionType = ms, pick[int8](cmd.Unclean, 1, 0)
	if cmd.Partition >= 0 {
		t := kmsg.NewElectLeadersRequestTopic()
		t.Topic, t.Partitions = cmd.Topic, []int32{int32(cmd.Partition)}
		req.Topics = append(req.Topics, t)
	}
	return req
}

// Kafka's types of an update: a level that goes up, and one that goes down whatever may be lost by it.
const (
	upgrade         = 1
	unsafeDowngrade = 3
)

func (cmd *Command) updateFeature(ms int32) kmsg.Request {
	req := kmsg.NewPtrUpdateFeaturesRequest()
	req.TimeoutMillis = ms
	u := kmsg.NewUpdateFeaturesRequestFeatureUpdate()
	u.Feature, u.MaxVersionLevel = cmd.Feature, cmd.Level
	u.UpgradeType, u.AllowDowngrade = pick[int8](cmd.Level > 0, upgrade, unsafeDowngrade), cmd.Level == 0
	req.FeatureUpdates = append(req.FeatureUpdates, u)
	return req
}

func (cmd *Command) listOffsets() kmsg.Request {
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID, req.IsolationLevel = -1, isolation(cmd.ReadCommitted)
	t := kmsg.NewListOffsetsRequestTopic()
	p := kmsg.NewListOffsetsRequestTopicPartition()
	p.Partition, p.Timestamp = int32(cmd.Partition), -1
	t.Topic, t.Partitions = cmd.Topic, append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	return req
}

// outcome reads the answer's part about the command.
func (cmd *Command) outcome(resp kmsg.Response) (kafka.Offset, kafka.ErrorCode, error) {
	offset, code, message := kafka.Offset(-1), kafka.UnknownServerError, (*string)(nil)
	switch resp := resp.(type) {
	case *kmsg.CreateTopicsResponse:
		for _, t := range resp.Topics {
			code, message = kafka.ErrorCode(t.ErrorCode), t.ErrorMessage
		}
	case *kmsg.DeleteTopicsResponse:
		for _, t := range resp.Topics {
			code, message = kafka.ErrorCode(t.ErrorCode), t.ErrorMessage
		}
	case *kmsg.CreatePartitionsResponse:
		for _, t := range resp.Topics {
			code, message = kafka.ErrorCode(t.ErrorCode), t.ErrorMessage
		}
	case *kmsg.IncrementalAlterConfigsResponse:
		for _, t := range resp.Resources {
			code, message = kafka.ErrorCode(t.ErrorCode), t.ErrorMessage
		}
	case *kmsg.AlterPartitionAssignmentsResponse:
		code, message = reassigned(resp)
	case *kmsg.ElectLeadersResponse:
		code, message = elected(resp)
	case *kmsg.UpdateFeaturesResponse:
		code, message = kafka.ErrorCode(resp.ErrorCode), resp.ErrorMessage
	case *kmsg.DeleteRecordsResponse:
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				offset, code = kafka.Offset(p.LowWatermark), kafka.ErrorCode(p.ErrorCode)
			}
		}
	case *kmsg.ListOffsetsResponse:
		if p, ok := listed(result{resp: resp}, cmd.tp()); ok {
			offset, code = kafka.Offset(p.Offset), kafka.ErrorCode(p.ErrorCode)
		}
	}
	return offset, code, failure(code, message)
}

func reassigned(resp *kmsg.AlterPartitionAssignmentsResponse) (code kafka.ErrorCode, message *string) {
	code, message = kafka.ErrorCode(resp.ErrorCode), resp.ErrorMessage
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if code == kafka.None {
				code, message = kafka.ErrorCode(p.ErrorCode), p.ErrorMessage
			}
		}
	}
	return code, message
}

// elected takes an election that was not needed for one that went well: the leader is the one wanted.
func elected(resp *kmsg.ElectLeadersResponse) (code kafka.ErrorCode, message *string) {
	code = kafka.ErrorCode(resp.ErrorCode)
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if code == kafka.None && kafka.ErrorCode(p.ErrorCode) != kafka.ElectionNotNeeded {
				code, message = kafka.ErrorCode(p.ErrorCode), p.ErrorMessage
			}
		}
	}
	return code, message
}
