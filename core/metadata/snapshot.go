package metadata

// Records returns the records that turn an empty image into this one: the content of a snapshot. Features come
// first, since the metadata.version among them defines the versions of the rest. A transaction that has begun is not
// part of the image.
func (m *Image) Records() []Record {
	var out []Record
	for i := range m.features {
		f := m.features[i]
		out = append(out, &f)
	}
	for _, c := range m.controllers {
		out = append(out, c)
	}
	for _, b := range m.brokers {
		out = append(out, b.record())
	}
	for _, t := range m.topics {
		out = append(out, &TopicRecord{Name: t.Name, ID: t.ID})
		for _, p := range t.partitions {
			out = append(out, t.record(p))
		}
	}
	for _, r := range m.configs {
		for _, c := range r.Configs {
			value := c.Value
			out = append(out, &ConfigRecord{Resource: r.Resource, Name: c.Name, Value: &value})
		}
	}
	if m.nextProducerID > 0 {
		out = append(out, &ProducerIDs{Broker: -1, Epoch: -1, Next: m.nextProducerID})
	}
	return out
}

func (b *Broker) record() *RegisterBroker {
	return &RegisterBroker{
		Broker: b.ID, Epoch: b.Epoch, Incarnation: b.Incarnation, Endpoints: b.Endpoints, Features: b.Features,
		Rack: b.Rack, Fenced: b.Fenced, InControlledShutdown: b.InControlledShutdown, LogDirs: b.LogDirs,
		CordonedLogDirs: b.CordonedLogDirs,
	}
}

func (t *Topic) record(p *Partition) *PartitionRecord {
	return &PartitionRecord{
		Partition: p.Partition, Topic: t.ID, Replicas: p.Replicas, ISR: p.ISR, RemovingReplicas: p.RemovingReplicas,
		AddingReplicas: p.AddingReplicas, Leader: p.Leader, LeaderRecovery: p.LeaderRecovery,
		LeaderEpoch: p.LeaderEpoch, PartitionEpoch: p.PartitionEpoch, Directories: p.Directories,
		EligibleLeaderReplicas: p.EligibleLeaderReplicas, LastKnownELR: p.LastKnownELR,
	}
}
