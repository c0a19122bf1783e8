package controller

import (
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// newPartition creates a partition: every unfenced replica is in sync, since there is nothing to have yet.
func (c *clusterView) newPartition(topic kafka.UUID, n int, replicas []kafka.NodeID) (*metadata.PartitionRecord, bool) {
	r := &metadata.PartitionRecord{Partition: kafka.PartitionID(n), Topic: topic, Replicas: replicas}
	for _, id := range replicas {
		r.Directories = append(r.Directories, c.directory(id))
		if c.active(id) {
			r.ISR = append(r.ISR, id)
		}
	}
	if len(r.ISR) == 0 {
		return nil, false
	}
	r.Leader = r.ISR[0]
	return r, true
}

// placed makes partitions where the controller chooses the replicas.
func (c *Controller) placed(topic kafka.UUID, first, count, factor int) ([]metadata.Record, verdict) {
	s := newStripes(c.view.image.Brokers(), &c.rand)
	if v := s.check(factor); v.code != kafka.None {
		return nil, v
	}
	var out []metadata.Record
	for n := range count {
		r, ok := c.view.newPartition(topic, first+n, s.next(factor))
		if !ok {
			return nil, refused(kafka.InvalidReplicationFactor,
				"replication factor %d, but all brokers are fenced or in controlled shutdown", factor)
		}
		out = append(out, r)
	}
	return out, verdict{}
}

// assigned makes partitions where the request chooses the replicas: as many for each as factor says.
func (c *clusterView) assigned(topic kafka.UUID, first int, replicas [][]int32, factor int) ([]metadata.Record,
	verdict) {
	var out []metadata.Record
	for n, ids := range replicas {
		if v := c.checkReplicas(nodes(ids)); v.code != kafka.None {
			return nil, v
		}
		if len(ids) != factor {
			return nil, refused(kafka.InvalidReplicaAssignment,
				"partition %d on brokers %v; the others have %d replica%s", first+n, ids, factor, plural(factor))
		}
		r, ok := c.newPartition(topic, first+n, nodes(ids))
		if !ok {
			return nil, refused(kafka.InvalidReplicaAssignment,
				"partition %d on brokers %v: all of them are fenced or in controlled shutdown", first+n, ids)
		}
		out = append(out, r)
	}
	return out, verdict{}
}
