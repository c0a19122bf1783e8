package client

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// partitioner chooses partitions as Kafka's default one does: a key's hash decides; records without a key stay on
// one partition until about batch.size bytes went there, then move to another (KIP-794, without weighing queues).
type partitioner struct {
	rnd    env.Rand
	bytes  int // batch.size
	sticky map[string]*stuck
}

type stuck struct {
	partition kafka.PartitionID
	left      int // bytes until it moves
}

func newPartitioner(rnd env.Rand, batchSize int) partitioner {
	return partitioner{rnd: rnd, bytes: max(batchSize, 1), sticky: map[string]*stuck{}}
}

func keyedPartition(key []byte, partitions int) kafka.PartitionID {
	return kafka.PartitionID(int(murmur2(key)&0x7fffffff) % partitions)
}

// choose picks a partition for a record of size bytes.
func (p *partitioner) choose(t *topicInfo, key []byte, size int) kafka.PartitionID {
	if key != nil {
		return keyedPartition(key, len(t.partitions))
	}
	s := p.sticky[t.name]
	if s == nil {
		s = &stuck{}
		p.sticky[t.name] = s
	}
	if s.left <= 0 || int(s.partition) >= len(t.partitions) {
		s.partition, s.left = p.another(t), p.bytes
	}
	s.left -= size
	return s.partition
}

// another draws among the partitions with a leader, or among all if there is none.
func (p *partitioner) another(t *topicInfo) kafka.PartitionID {
	var led []kafka.PartitionID
	for i := range t.partitions {
		if t.partitions[i].leader >= 0 {
			led = append(led, kafka.PartitionID(i))
		}
	}
	if len(led) == 0 {
		return kafka.PartitionID(p.rnd.IntN(len(t.partitions)))
	}
	return led[p.rnd.IntN(len(led))]
}
