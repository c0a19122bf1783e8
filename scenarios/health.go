package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"gregor/core/client"
	"gregor/core/env"
)

// untilHealthy runs until the cluster has come to rest.
func (r *run) untilHealthy(within time.Duration) error {
	if err := r.until(r.healthy, within, "the coming to rest of the cluster"); err != nil {
		if why := r.ailment(); why != "" {
			return &stuckError{err.Error() + " (" + why + ")"}
		}
		return err
	}
	return nil
}

// healthy is asked after every event, and looks again only when a role has changed, or where partitions are to be.
func (r *run) healthy() bool {
	if r.looked != r.roles.changes {
		r.looked, r.ailing = r.roles.changes, r.ailment()
	}
	return r.ailing == ""
}

// ailment says what keeps the cluster from being at rest: a controller that decides, every node started and every broker
// in service, every
// partition led and with all its replicas in sync, where they were asked to be.
func (r *run) ailment() string {
	if !r.roles.decides || !r.w.Up(nodeName(r.roles.active.Node)) {
		return "no controller decides"
	}
	for _, m := range r.s.Cluster.members() {
		if !r.serving[m.name] {
			return m.name + " has not started again" // what the metadata says of it is of its last life
		}
		if s, known := r.roles.brokers[m.name]; m.broker && (!known || s.Fenced || s.Stopping || s.Gone || !r.w.Up(m.name)) {
			return m.name + " is not in service"
		}
	}
	for _, p := range r.roles.known() {
		if why := r.ailmentOf(p); why != "" {
			return fmt.Sprintf("%s: %s", p.TopicPartition, why)
		}
	}
	return ""
}

func (r *run) ailmentOf(p env.PartitionChanged) string {
	wanted := r.moved[p.TopicPartition]
	there := slices.ContainsFunc(wanted.to, func(replicas []env.NodeID) bool { return sameNodes(p.Replicas, replicas) })
	switch {
	case p.Leader < 0:
		return "nobody leads"
	case !sameNodes(p.ISR, p.Replicas):
		return fmt.Sprintf("in sync are %v of %v", p.ISR, p.Replicas)
	case wanted.sure && !there:
		return fmt.Sprintf("its replicas are %v, and should be one of %v", p.Replicas, wanted.to)
	}
	return ""
}

func sameNodes(a, b []env.NodeID) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// moves are where admins have had a partition moved to. Of several that have, nobody knows which was carried out last; nor
// whether one was that heard no answer.
type moves struct {
	to   [][]env.NodeID
	sure bool // one was
}

// moves notes where a scenario's admin has had a partition moved to.
func (r *run) moves(returned env.AdminReturned) {
	i := slices.IndexFunc(r.s.Clients, func(c Client) bool { return c.Kind == "admin" && c.Name == returned.Client })
	if i < 0 {
		return
	}
	if _, cmd, err := r.s.Clients[i].command(); err == nil && cmd.Op == client.Reassign && len(cmd.Replicas) > 0 {
		tp := env.TopicPartition{Topic: cmd.Topic, Partition: cmd.Partition}
		m := r.moved[tp]
		m.to, m.sure = append(m.to, cmd.Replicas), m.sure || returned.Error == ""
		r.moved[tp] = m
		r.looked = -1
	}
}

// prober is what the names of the clients begin with that write to every partition when all is healed.
const prober = "probe"

// probe writes one record to each partition. It is how writable is meant.
func (r *run) probe() error {
	var names []string
	want := 0
	for _, t := range r.s.Topics {
		n := r.partitions(&t)
		want += n
		cfg := client.NewProducerConfig(prober + "." + t.Name)
		cfg.Bootstrap = r.bootstrap()
		cfg.Workload = client.Workload{Topic: t.Name, Partitions: everyPartition(n), Count: int64(n), Prefix: cfg.ClientID}
		if t.compacted() {
			cfg.Workload.Keys = 1
		}
		if err := cfg.Validate(); err != nil {
			return fmt.Errorf("scenarios: the prober's configuration: %w", err)
		}
		names = append(names, cfg.ClientID)
		r.w.AddClient(cfg.ClientID, false, func(w env.World) env.Node { return client.NewProducer(w, cfg) })
	}
	if err := r.until(func() bool { return r.probed == want }, probeTime, "a write to every partition"); err != nil {
		return err
	}
	for _, n := range names {
		r.shutDown(n)
	}
	return cmp.Or(r.refused, r.rest())
}

// everyPartition lists the partitions of a topic with n of them.
func everyPartition(n int) (all []env.PartitionID) {
	for p := range n {
		all = append(all, env.PartitionID(p))
	}
	return all
}

// partitions is how many a topic has by now: admins may have added some.
func (r *run) partitions(t *Topic) int {
	n := t.Partitions
	for _, p := range r.roles.known() {
		if p.Topic == t.Name {
			n = max(n, int(p.Partition)+1)
		}
	}
	return n
}

// rest waits until the replicas of every partition are the same, which they can be when nobody writes.
func (r *run) rest() error {
	seen, why := -1, ""
	err := r.until(func() bool {
		if seen != len(r.h.Facts) {
			seen, why = len(r.h.Facts), r.invariants.Unhealthy()
		}
		return why == ""
	}, restTime, "the coming to rest of the cluster, with nobody writing")
	if err != nil && why != "" {
		return &stuckError{err.Error() + " (" + why + ")"}
	}
	return err
}

// probes counts a prober's writes, and keeps the first that was refused.
func (r *run) probes(p env.ProduceReturned) {
	r.probed++
	if p.Outcome != env.OK && r.refused == nil {
		r.refused = &stuckError{fmt.Sprintf("%s cannot be written: %s", p.TopicPartition, p.Error)}
	}
}
