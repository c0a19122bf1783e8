package scenarios

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/client"
	"gregor/core/env"
)

// addServers adds the brokers and controllers, on sound disks.
func (r *run) addServers() error {
	rnd := env.NewRand(r.seed)
	for i, m := range r.s.Cluster.members() {
		s := Server{Name: m.name, ID: m.id, Broker: m.broker, Controller: m.controller,
			Config: r.s.config(m, rnd.ForkN("knobs", uint64(i))),
			disk:   calm(r.s.diskOptions(rnd.ForkN("disk", uint64(i))), diskTable)}
		if r.s.Cluster.DirectoryIDs {
			s.metaProperties = m.metaProperties()
		}
		if err := r.w.AddServer(s); err != nil {
			return err
		}
	}
	return nil
}

// bootstrap lists where clients begin.
func (r *run) bootstrap() []string {
	var all []string
	for _, m := range r.s.Cluster.members() {
		if m.broker {
			all = append(all, r.w.Addr(m.name))
		}
	}
	return all
}

// setup is the client that makes the topics.
const setup = "setup"

// createTopics has the topics created, before anything goes wrong.
func (r *run) createTopics() error {
	cfg, err := r.topicsToMake()
	if err != nil {
		return err
	}
	r.w.AddClient(setup, false, func(w env.World) env.Node { return client.NewAdmin(w, cfg) })
	return nil
}

// creationFailed is why a topic could not be created, nil if all were.
func creationFailed(s *Scenario, facts []history.Stamped) error {
	for _, f := range facts {
		if a, ok := f.Fact.(env.AdminReturned); ok && a.Error != "" {
			return fmt.Errorf("%s: %s: %s", s.Name, a.What, a.Error)
		}
	}
	return nil
}

func (r *run) topicsToMake() (client.AdminConfig, error) {
	cfg := client.NewAdminConfig(setup)
	cfg.Bootstrap = r.bootstrap()
	for _, t := range r.s.Topics {
		cmd := client.Command{Op: client.CreateTopic, Topic: t.Name, Partitions: int32(t.Partitions), ReplicationFactor: -1}
		for _, s := range t.Settings {
			if s.Name != "replication.factor" {
				cmd.Configs = append(cmd.Configs, client.Setting{Name: s.Name, Value: s.Value})
				continue
			}
			n, err := count(s.Value)
			if err != nil {
				return cfg, fmt.Errorf("%s:%d: replication.factor: %w", r.s.Name, s.Line, err) // was checked when it was read
			}
			cmd.ReplicationFactor = int16(n)
		}
		cfg.Commands = append(cfg.Commands, cmd)
	}
	return cfg, nil
}
