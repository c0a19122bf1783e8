package describe

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/wire"
)

// Local is what a node knows of its own logs beyond the image.
type Local interface {
	// Fenced reports whether the node's disk failed for the partition, so that it does not lead it whatever the image
	// says.
	Fenced(tp kafka.TopicPartition) bool
	// Full reports whether the node's disk has no space for the partition: it leads it, and appends nothing.
	Full(tp kafka.TopicPartition) bool
	// Size is how many bytes the log of a partition takes; false if there is none here.
	Size(tp kafka.TopicPartition) (env.Position, bool)
}

// Cluster is the cluster as one of its brokers sees it.
type Cluster struct {
	Image *metadata.Image
	Self  kafka.NodeID
	ID    string // cluster.id
	Local Local
}

// From is how a request came.
type From struct {
	Listener string
	On       wire.Listeners // the roles served on it
	Version  int16
}

// noOperations is what authorized-operations fields hold when the request did not ask for them.
const noOperations = -1 << 31

// The ACL operations a client may do to a topic and to the cluster while there is no authorizer: all that apply,
// as bits numbered by AclOperation.
const (
	topicOperations   = 1<<3 | 1<<4 | 1<<5 | 1<<6 | 1<<7 | 1<<8 | 1<<10 | 1<<11
	clusterOperations = 1<<5 | 1<<7 | 1<<8 | 1<<9 | 1<<10 | 1<<11 | 1<<12
)

// HasTopic reports whether a topic exists.
func (c *Cluster) HasTopic(name string) bool {
	_, ok := c.Image.Topic(name)
	return ok
}

// Partition finds a partition in the image.
func (c *Cluster) Partition(tp kafka.TopicPartition) (*metadata.Partition, bool) {
	t, ok := c.Image.Topic(tp.Topic)
	if !ok {
		return nil, false
	}
	return t.Partition(tp.Partition)
}

// HasPartition reports whether a partition exists.
func (c *Cluster) HasPartition(tp kafka.TopicPartition) bool {
	_, ok := c.Partition(tp)
	return ok
}

// IsReplica reports whether this broker is to have a replica of the partition.
func (c *Cluster) IsReplica(tp kafka.TopicPartition) bool {
	p, ok := c.Partition(tp)
	return ok && slices.Contains(p.Replicas, c.Self)
}

// Absent is the error for a partition that is not on this broker: another one may have it.
func (c *Cluster) Absent(tp kafka.TopicPartition) kafka.ErrorCode {
	if c.HasPartition(tp) {
		return kafka.NotLeaderOrFollower
	}
	return kafka.UnknownTopicOrPartition
}

// TopicName is the name a request means: the one it gives, or that of the id.
func (c *Cluster) TopicName(name string, id kafka.UUID, byID bool) (string, kafka.ErrorCode) {
	if !byID {
		return name, kafka.None
	}
	if t, ok := c.Image.TopicByID(id); ok {
		return t.Name, kafka.None
	}
	return "", kafka.UnknownTopicID
}

// Alive returns where clients that came by a listener reach a broker that is unfenced and has that listener.
func (c *Cluster) Alive(id kafka.NodeID, listener string) (metadata.Endpoint, bool) {
	r, ok := c.Image.Broker(id)
	if !ok || r.Fenced {
		return metadata.Endpoint{}, false
	}
	return r.Endpoint(listener)
}

// InRack reports whether a broker that is alive, and reached by clients of a listener, stands in a rack.
func (c *Cluster) InRack(id kafka.NodeID, rack, listener string) bool {
	if _, ok := c.Alive(id, listener); !ok {
		return false
	}
	r, _ := c.Image.Broker(id)
	return r.Rack != nil && *r.Rack == rack
}

// Leader is the leader of a partition in the image, for the hint in an error (KIP-951).
func (c *Cluster) Leader(tp kafka.TopicPartition) wire.CurrentLeader {
	if p, ok := c.Partition(tp); ok {
		return wire.CurrentLeader{Known: true, ID: p.Leader, Epoch: p.LeaderEpoch}
	}
	return wire.CurrentLeader{Known: true, ID: -1, Epoch: kafka.NoEpoch}
}

// AddEndpoint adds, once, where clients of a listener reach a broker that is alive.
func (c *Cluster) AddEndpoint(all []wire.Endpoint, id kafka.NodeID, listener string) []wire.Endpoint {
	at, ok := c.Alive(id, listener)
	if !ok || slices.ContainsFunc(all, func(e wire.Endpoint) bool { return e.Node == id }) {
		return all
	}
	e := wire.Endpoint{Node: id, Host: at.Host, Port: int32(at.Port)}
	if r, _ := c.Image.Broker(id); r.Rack != nil {
		e.Rack = *r.Rack
	}
	return append(all, e)
}

func nodes(ids []kafka.NodeID) []int32 {
	out := make([]int32, len(ids))
	for i, id := range ids {
		out[i] = int32(id)
	}
	return out
}
