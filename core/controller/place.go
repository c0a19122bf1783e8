package controller

import (
	"cmp"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// ring hands out brokers in turn, beginning one further for every partition.
type ring struct {
	brokers []kafka.NodeID
	start   int
	taken   int
}

func (r *ring) nextPartition() {
	r.taken = 0
	if len(r.brokers) > 0 {
		r.start = (r.start + 1) % len(r.brokers)
	}
}

// take returns the next broker, or not ok when all are taken for this partition.
func (r *ring) take() (kafka.NodeID, bool) {
	if r.taken == len(r.brokers) {
		return 0, false
	}
	id := r.brokers[(r.start+r.taken)%len(r.brokers)]
	r.taken++
	return id, true
}

// rack is the brokers of one rack: unfenced ones go before fenced ones.
type rack struct {
	name              string
	inService, fenced ring
}

func (r *rack) take() (kafka.NodeID, bool) {
	if id, ok := r.inService.take(); ok {
		return id, true
	}
	return r.fenced.take()
}

// stripes spreads partitions as Kafka's striped placement does: the first replica, who will lead, goes round the
// racks and the unfenced brokers; the others go to racks in turn, so that no rack has two replicas while
// another has none; brokers out of service are taken last.
type stripes struct {
	rand    *env.Rand
	racks   []*rack
	start   int // the rack of the next first replica
	placed  int // partitions since the last shuffle
	brokers int // in all
	alive   int // unfenced
}

func newStripes(brokers []*metadata.Broker, rnd *env.Rand) *stripes {
	s := &stripes{rand: rnd}
	for _, b := range brokers {
		if len(b.LogDirs) > 0 && len(b.CordonedLogDirs) >= len(b.LogDirs) { // takes no new replicas (KIP-1066)
			continue
		}
		r := s.rack(b)
		s.brokers++
		if b.Fenced {
			r.fenced.brokers = append(r.fenced.brokers, b.ID)
			continue
		}
		s.alive++
		r.inService.brokers = append(r.inService.brokers, b.ID)
	}
	slices.SortFunc(s.racks, func(a, b *rack) int { return cmp.Compare(a.name, b.name) })
	for _, r := range s.racks {
		r.inService.start, r.fenced.start = rnd.IntN(len(r.inService.brokers)), rnd.IntN(len(r.fenced.brokers))
	}
	s.start = rnd.IntN(len(s.racks))
	return s
}

// rack finds a broker's rack, or makes it. Brokers without one share a rack of their own.
func (s *stripes) rack(b *metadata.Broker) *rack {
	name := ""
	if b.Rack != nil {
		name = "r" + *b.Rack
	}
	for _, r := range s.racks {
		if r.name == name {
			return r
		}
	}
	r := &rack{name: name}
	s.racks = append(s.racks, r)
	return r
}

// check returns why no partition can have so many replicas.
func (s *stripes) check(factor int) verdict {
	switch {
	case factor > s.brokers:
		return refused(kafka.InvalidReplicationFactor, "replication factor %d, but the cluster has %d broker%s",
			factor, s.brokers, plural(s.brokers))
	case s.alive == 0:
		return refused(kafka.InvalidReplicationFactor, "replication factor %d, but no broker is in service", factor)
	}
	return verdict{}
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// next returns the replicas of the next partition. The factor was checked.
func (s *stripes) next(factor int) []kafka.NodeID {
	if s.placed == s.alive && s.alive > 1 { // from here on the same lists would come again
		s.shuffle()
	}
	for _, r := range s.racks {
		r.inService.nextPartition()
		r.fenced.nextPartition()
	}
	first := s.firstRack()
	leader, _ := s.racks[first].inService.take()
	out := []kafka.NodeID{leader}
	skip := true // the leader's rack has its replica already, the first time round
	for at := s.start; len(out) < factor; at++ {
		i := at % len(s.racks)
		if skip && i == first {
			skip = false
			continue
		}
		if id, ok := s.racks[i].take(); ok {
			out = append(out, id)
		}
	}
	s.start = (s.start + 1) % len(s.racks)
	s.placed++
	return out
}

// firstRack is the first one from start on that has an unfenced broker. There is one.
func (s *stripes) firstRack() int {
	for n := range s.racks {
		if i := (s.start + n) % len(s.racks); len(s.racks[i].inService.brokers) > 0 {
			return i
		}
	}
	return 0
}

func (s *stripes) shuffle() {
	s.placed = 0
	shuffle(s.rand, s.racks)
	for _, r := range s.racks {
		shuffle(s.rand, r.inService.brokers)
		shuffle(s.rand, r.fenced.brokers)
	}
}

func shuffle[T any](rnd *env.Rand, s []T) {
	for i := len(s) - 1; i > 0; i-- {
		j := rnd.IntN(i + 1)
		s[i], s[j] = s[j], s[i]
	}
}
