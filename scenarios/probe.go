package scenarios

import (
	"fmt"

	"gregor/checkers"
	"gregor/core/client"
	"gregor/core/env"
	"gregor/core/kafka"
)

// prober is the prefix of the names of the producers that write to every partition after recovery.
const prober = "probe"

// probes are the writes to every partition, and the comparison of the replicas that follows.
type probes struct {
	clients     []string
	want, ended int   // writes
	refused     error // the first write that did not end well

	invariants *checkers.Invariants
	compared   int    // facts when the replicas were compared last
	divergence string // how they differed then, "" if they did not
}

// probe writes one record to each partition: that is what writable means.
func (r *run) probe() error {
	for _, t := range r.s.Topics {
		n := r.roles.partitions(&t)
		cfg := client.NewProducerConfig(prober + "." + t.Name)
		cfg.Bootstrap = r.bootstrap()
		cfg.Workload = client.Workload{Topic: t.Name, Partitions: everyPartition(n), Count: int64(n), Prefix: cfg.ClientID}
		if t.compacted() {
			cfg.Workload.Keys = 1
		}
		if err := cfg.Validate(); err != nil {
			return fmt.Errorf("scenarios: the prober's configuration: %w", err)
		}
		r.probes.want += n
		r.probes.clients = append(r.probes.clients, cfg.ClientID)
		r.w.AddClient(cfg.ClientID, false, func(w env.World) env.Node { return client.NewProducer(w, cfg) })
	}
	return nil
}

// everyPartition lists the partitions of a topic with n of them.
func everyPartition(n int) (all []kafka.PartitionID) {
	for p := range n {
		all = append(all, kafka.PartitionID(p))
	}
	return all
}

// stopProbes has the probers close.
func (r *run) stopProbes() error {
	for _, n := range r.probes.clients {
		r.shutDown(n)
	}
	return nil
}

// returned counts a prober's writes, and keeps the first that was refused.
func (p *probes) returned(f env.ProduceReturned) {
	p.ended++
	if f.Outcome != env.OK && p.refused == nil {
		p.refused = &stuckError{fmt.Sprintf("%s cannot be written: %s", f.TopicPartition, f.Error)}
	}
}

// done reports whether every write has ended.
func (p *probes) done() bool { return p.ended == p.want }

// replicated reports whether the replicas of every partition are the same, which they can be once all writes have
// ended. It compares them again only after a new fact.
func (p *probes) replicated(facts int) bool {
	if p.compared != facts {
		p.compared, p.divergence = facts, p.invariants.Unhealthy()
	}
	return p.divergence == ""
}

// diverges is what is missing where replicas stay different.
func (p *probes) diverges() (what, why string) {
	return "the replication of every record, with no client writing,", p.divergence
}
