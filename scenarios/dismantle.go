package scenarios

import (
	"fmt"
	"slices"
	"strconv"
)

// dismantle tries a smaller cluster: fewer brokers, fewer or no nodes that are controllers only, no racks, no directory
// ids.
func (s *shrinker) dismantle() {
	for n := range s.now.Cluster.Controllers {
		c := s.now.clone()
		c.Cluster.Controllers = n
		if s.tryCluster(c) {
			break
		}
	}
	for n := 1; n < s.now.Cluster.Brokers; n++ {
		c := s.now.clone()
		c.Cluster.Brokers = n
		if s.tryCluster(c) {
			break
		}
	}
	if len(s.now.Cluster.Racks) > 0 {
		c := s.now.clone()
		c.Cluster.Racks = nil
		s.try(c)
	}
	if s.now.Cluster.DirectoryIDs {
		c := s.now.clone()
		c.Cluster.DirectoryIDs = false
		s.try(c)
	}
}

// tryCluster tries a smaller cluster twice: without the faults of the removed nodes, and with these faults moved to
// other nodes.
func (s *shrinker) tryCluster(c *Scenario) bool {
	c.fit()
	moved := c.clone()
	c.Steps = slices.DeleteFunc(c.Steps, func(st Step) bool {
		return slices.ContainsFunc(slices.Concat(st.Action.Nodes, st.Action.Others), c.gone)
	})
	if s.try(c) {
		return true
	}
	for i := range moved.Steps {
		a := &moved.Steps[i].Action
		a.Nodes, a.Others = moved.moved(a.Nodes), moved.moved(a.Others)
	}
	return s.try(moved)
}

// gone reports whether a name is that of a server which the smaller cluster does not have.
func (s *Scenario) gone(n string) bool {
	return isServerName(n) && !slices.ContainsFunc(s.Cluster.members(), func(m member) bool { return m.name == n })
}

// moved names another server where one is gone: the last one left that is not named already, a controller for a
// controller if there is one.
func (s *Scenario) moved(names []string) []string {
	var out []string
	for _, n := range names {
		if !s.gone(n) {
			out = append(out, n)
			continue
		}
		for _, m := range slices.Backward(s.Cluster.members()) {
			alike := m.broker == (n[0] == 'b') || s.Cluster.Controllers == 0
			if alike && !slices.Contains(names, m.name) && !slices.Contains(out, m.name) {
				out = append(out, m.name)
				break
			}
		}
	}
	return out
}

// fit makes numbers of replicas fit the number of brokers.
func (s *Scenario) fit() {
	all := []*[]Setting{&s.Cluster.Settings}
	for i := range s.Topics {
		all = append(all, &s.Topics[i].Settings)
	}
	for _, settings := range all {
		for i := range *settings {
			set := &(*settings)[i]
			if n, err := strconv.Atoi(set.Value); err == nil && slices.Contains(replicaCounts, set.Name) {
				set.Value = fmt.Sprint(min(n, s.Cluster.Brokers))
			}
		}
	}
}

// replicaCounts are the settings that cannot ask for more replicas than there are brokers.
var replicaCounts = []string{"replication.factor", "default.replication.factor", "offsets.topic.replication.factor",
	"min.insync.replicas"}
