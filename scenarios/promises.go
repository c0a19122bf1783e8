package scenarios

import (
	"slices"

	"gregor/checkers"
	"gregor/core/client"
)

// elrVersion is the feature that keeps eligible leader replicas.
const elrVersion = "eligible.leader.replicas.version"

// promises is what the checkers have to know of a scenario's configuration.
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

// dropsELR says whether a command has no eligible leader replicas kept.
func dropsELR(cmd client.Command) bool {
	return cmd.Op == client.UpdateFeature && cmd.Feature == elrVersion && cmd.Level == 0
}

// uncleanAllowed says whether a replica of a topic may lead, at any time, that lacks records, if no other can.
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
