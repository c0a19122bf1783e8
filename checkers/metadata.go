package checkers

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
)

// metadata-disagrees: two nodes report the same of one partition epoch, and of a broker at one metadata offset.
//
// metadata-digest: the images of two nodes that hold the same records are the same.
var _ = registerWith(ofMetadata, []Property{
	{"metadata-disagrees", "two nodes read different metadata at one offset", `
		1 b1 says 0/0 1 1,2,3 1,2
		2 b2 says 0/0 1 1,2,3 1,3
		=> metadata-disagrees t-0, event 2: at partition epoch 0 b1 has leader broker 1, epoch 0,
		   replicas [broker 1 broker 2 broker 3], ISR [broker 1 broker 2], ELR [], min.insync.replicas
		   1, and b2 has leader broker 1, epoch 0, replicas [broker 1 broker 2 broker 3], ISR [broker 1
		   broker 3], ELR [], min.insync.replicas 1
	`},
	{"metadata-digest", "two nodes' metadata images differ", `
		1 b1 applied 16 77
		2 b2 applied 16 78
		=> metadata-digest, event 2: below metadata offset 16 the image of b1 has digest
		   000000000000004d, and that of b2 has 000000000000004e
	`},
}, func() []watch {
	c := &digests{}
	return []watch{before(partitionsAgree), before(brokersAgree), before(c.applied)}
})

func partitionsAgree(s *step, f env.PartitionChanged) {
	old := s.Partition.Image.StateAt(f.PartitionEpoch)
	if f.Gone || old == nil {
		return
	}
	settingChanged := old.At != f.At // min.insync.replicas may have
	if old.Leader == f.Leader && old.Epoch == f.Epoch && slices.Equal(old.Replicas, f.Replicas) &&
		slices.Equal(old.ISR, f.ISR) &&
		slices.Equal(old.ELR, f.ELR) && (settingChanged || old.MinISR == f.MinISR) {
		return
	}
	s.find("metadata-disagrees", f.TopicPartition, -1, "at partition epoch %d %s has %s, and %s has %s",
		f.PartitionEpoch, old.By.Name, s.stateText(&old.PartitionChanged), s.Node, s.stateText(&f))
}

func brokersAgree(s *step, f env.BrokerStanding) {
	if old, known := s.Cluster.Brokers.Get(f.Broker); known && f.At == old.At && f != old {
		s.findNode("metadata-disagrees", "at metadata offset %d one node has %s as %+v, and %s has it as %+v",
			f.At, s.name(f.Broker), old, s.Node, f)
	}
}

// digests are the newest fingerprints of images.
type digests struct{ list []digest }

// digest is the fingerprint of an image that holds everything below an offset.
type digest struct {
	to   kafka.Offset
	sum  uint64
	node string
}

// maxDigests bounds how many digests are remembered.
const maxDigests = 1 << 10

func (c *digests) applied(s *step, f env.MetadataApplied) {
	for i := len(c.list) - 1; i >= 0; i-- {
		if d := &c.list[i]; d.to == f.To {
			if d.sum != f.Digest {
				s.findNode("metadata-digest", "below metadata offset %d the image of %s has digest %016x, and that of %s has %016x",
					f.To, d.node, d.sum, s.Node, f.Digest)
			}
			return
		}
	}
	if len(c.list) >= maxDigests {
		c.list = slices.Delete(c.list, 0, maxDigests/2)
	}
	c.list = append(c.list, digest{f.To, f.Digest, s.Node})
}
