package scenarios

import (
	"slices"

	"gregor/checkers"
	"gregor/core/client"
)

// elrVersion is the feature that keeps eligible leader replicas.
const elrVersion = "eligible.leader.replicas.version"

// promises is the part of a scenario's configuration that decides what the checkers may permit.
func (s *Scenario) promises() (p checkers.Configuration) {
	for _, m := range s.Cluster.members() {
		if m.controller {
			p.Voters = append(p.Voters, m.name)
		}
	}
	p.DirectoryIDs = s.Cluster.DirectoryIDs
	p.WithoutELR = slices.ContainsFunc(s.commands(), dropsELR)
	p.UncleanAllowed = s.uncleanAllowed
	return p
}

// commands lists what the admins do.
func (s *Scenario) commands() (all []client.Command) {
	for i := range s.Clients {
		if c := &s.Clients[i]; c.Kind == "admin" {
			if _, cmd, err := c.command(); err == nil {
				all = append(all, cmd)
			}
		}
	}
	return all
}

// dropsELR reports whether a command switches eligible leader replicas off.
func dropsELR(cmd client.Command) bool {
	return cmd.Op == client.UpdateFeature && cmd.Feature == elrVersion && cmd.Level == 0
}

// uncleanAllowed reports whether a topic permits unclean leader election at any time of the run.
func (s *Scenario) uncleanAllowed(topic string) bool {
	const name = "unclean.leader.election.enable"
	value := valueOf(s.Cluster.Settings, name, "false")
	for _, t := range s.Topics {
		if t.Name == topic {
			value = valueOf(t.Settings, name, value)
		}
	}
	return value == "true" || slices.ContainsFunc(s.commands(), func(cmd client.Command) bool {
		return cmd.Topic == topic && slices.Contains(cmd.Configs, client.Setting{Name: name, Value: "true"})
	})
}

// valueOf is the last value of a setting, or otherwise.
func valueOf(all []Setting, name, otherwise string) string {
	for _, set := range all {
		if set.Name == name {
			otherwise = set.Value
		}
	}
	return otherwise
}
