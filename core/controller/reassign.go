package controller

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// alterReassignments begins, changes and cancels reassignments (KIP-455). New replicas are added first; those
// that are to go, go when all the others are in sync.
func (c *Controller) alterReassignments(r *kmsg.AlterPartitionAssignmentsRequest) Decision {
	resp := r.ResponseKind().(*kmsg.AlterPartitionAssignmentsResponse)
	resp.AllowReplicationFactorChange = r.AllowReplicationFactorChange
	var records []metadata.Record
	changed := map[place]bool{}
	for _, t := range r.Topics {
		out := kmsg.NewAlterPartitionAssignmentsResponseTopic()
		out.Topic = t.Topic
		for _, ask := range t.Partitions {
			change, v := c.view.reassign(t.Topic, ask, r.Version < 1 || r.AllowReplicationFactorChange, changed)
			if change != nil {
				records = append(records, change)
			}
			o := kmsg.NewAlterPartitionAssignmentsResponseTopicPartition()
			o.Partition, o.ErrorCode, o.ErrorMessage = ask.Partition, int16(v.code), v.message()
			out.Partitions = append(out.Partitions, o)
		}
		resp.Topics = append(resp.Topics, out)
	}
	return c.orRefuse(records, r, resp)
}

func (c *clusterView) reassign(topic string, ask kmsg.AlterPartitionAssignmentsRequestTopicPartition,
	otherFactor bool, changed map[place]bool) (*metadata.PartitionChange, verdict) {
	t, p, v := c.partitionByName(topic, ask.Partition)
	if v.code != kafka.None {
		return nil, v
	}
	at := place{t.ID, p.Partition}
	if changed[at] {
		return nil, refused(kafka.InvalidRequest, "the request names this partition twice")
	}
	b := c.change(t, p)
	if ask.Replicas == nil {
		v = c.cancel(b, t.Name)
	} else {
		v = c.aim(b, nodes(ask.Replicas), otherFactor)
	}
	if v.code != kafka.None {
		return nil, v
	}
	change := b.build()
	changed[at] = change != nil
	return change, v
}

// aim sets the target of a reassignment.
func (c *clusterView) aim(b *partitionChange, target []kafka.NodeID, otherFactor bool) verdict {
	if v := c.checkReplicas(target); v.code != kafka.None {
		return v
	}
	if now := insync.Without(b.old.Replicas, b.old.AddingReplicas...); !otherFactor && len(target) != len(now) {
		return refused(kafka.InvalidReplicationFactor,
			"%d replicas, there are %d, and the request does not allow their number to change", len(target), len(now))
	}
	b.removing, b.adding = insync.Without(b.old.Replicas, target...), insync.Without(target, b.old.Replicas...)
	// One that an earlier reassignment was adding is still not a replica to go back to.
	for _, id := range b.old.AddingReplicas {
		if slices.Contains(target, id) {
			b.adding = append(b.adding, id)
		}
	}
	slices.Sort(b.removing)
	slices.Sort(b.adding)
	b.replicas = slices.Concat(target, b.removing)
	b.election = online
	return verdict{}
}

// cancel goes back to the replicas there were.
func (c *clusterView) cancel(b *partitionChange, topic string) verdict {
	if len(b.old.AddingReplicas) == 0 && len(b.old.RemovingReplicas) == 0 {
		return refused(kafka.NoReassignmentInProgress, "no reassignment of this partition is in progress")
	}
	b.replicas, b.isr = insync.Without(b.old.Replicas, b.old.AddingReplicas...), insync.Without(b.old.ISR,
		b.old.AddingReplicas...)
	b.removing, b.adding = nil, nil
	eligible := slices.ContainsFunc(b.old.EligibleLeaderReplicas,
		func(id kafka.NodeID) bool { return slices.Contains(b.replicas, id) })
	switch {
	case len(b.replicas) == 0:
		return refused(kafka.InvalidReplicaAssignment, "all replicas are being added; there is none to go back to")
	case len(b.isr) > 0 || len(b.old.ISR) == 0 || b.elr && eligible:
		return verdict{}
	case !c.uncleanAllowed(topic):
		return refused(kafka.InvalidReplicaAssignment,
			"only replicas that are being added are in sync: to go back could lose records, and unclean.leader.election.enable is false")
	case !slices.ContainsFunc(b.replicas, b.acceptable):
		return refused(kafka.InvalidReplicaAssignment,
			"only replicas that are being added are in sync, and none of the others is in service")
	}
	return verdict{}
}

// checkReplicas checks the replicas of a request.
func (c *clusterView) checkReplicas(ids []kafka.NodeID) verdict {
	if len(ids) == 0 {
		return refused(kafka.InvalidReplicaAssignment, "a partition needs at least one replica")
	}
	for i, id := range ids {
		if _, ok := c.image.Broker(id); !ok {
			return refused(kafka.InvalidReplicaAssignment, "replicas %v: no broker %d is registered", ids, id)
		}
		if slices.Contains(ids[:i], id) {
			return refused(kafka.InvalidReplicaAssignment, "replicas %v: broker %d is named twice", ids, id)
		}
	}
	return verdict{}
}

// listReassignments lists what is in progress.
func (c *Controller) listReassignments(r *kmsg.ListPartitionReassignmentsRequest) Decision {
	resp := r.ResponseKind().(*kmsg.ListPartitionReassignmentsResponse)
	asked := r.Topics
	if asked == nil {
		for _, t := range c.view.everyPartition() {
			asked = append(asked, kmsg.ListPartitionReassignmentsRequestTopic{Topic: t.Topic, Partitions: t.Partitions})
		}
	}
	for _, ask := range asked {
		out := kmsg.NewListPartitionReassignmentsResponseTopic()
		out.Topic = ask.Topic
		for _, n := range ask.Partitions {
			_, p, v := c.view.partitionByName(ask.Topic, n)
			if v.code != kafka.None || len(p.AddingReplicas) == 0 && len(p.RemovingReplicas) == 0 {
				continue
			}
			o := kmsg.NewListPartitionReassignmentsResponseTopicPartition()
			o.Partition, o.Replicas = n, numbers(p.Replicas)
			o.AddingReplicas, o.RemovingReplicas = numbers(p.AddingReplicas), numbers(p.RemovingReplicas)
			out.Partitions = append(out.Partitions, o)
		}
		if len(out.Partitions) > 0 {
			resp.Topics = append(resp.Topics, out)
		}
	}
	return c.always(resp)
}
