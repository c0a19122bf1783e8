package checkers

import (
	"slices"

	"gregor/core/env"
)

// cluster is what is known of the cluster as a whole.
type cluster struct {
	standings   map[env.NodeID]*env.BrokerStanding
	brokers     []env.NodeID // of standings, as they were told of
	controllers []controllership
	active      *node // who decides now, as far as it has told; nil
	activeEpoch env.LeaderEpoch
	digests     []digest
	told        bool // somebody has been the active controller
}

func newCluster() cluster {
	return cluster{standings: map[env.NodeID]*env.BrokerStanding{}, activeEpoch: noEpoch}
}

// controllership is who was the active controller of an epoch.
type controllership struct {
	epoch env.LeaderEpoch
	node  *node
}

// maxControllers bounds how many epochs' controllers are remembered.
const maxControllers = 256

// absent says that the image has a broker fenced, or not registered any more.
func (c *cluster) absent(id env.NodeID) bool {
	s := c.standings[id]
	return s != nil && (s.Fenced || s.Gone)
}

func (c *cluster) absence(id env.NodeID) string {
	if c.standings[id].Gone {
		return "not registered"
	}
	return "fenced"
}

// epochs lists the epochs that brokers are registered as.
func (c *cluster) epochs(ids []env.NodeID) []env.BrokerEpoch {
	out := make([]env.BrokerEpoch, len(ids))
	for i, id := range ids {
		if s := c.standings[id]; s != nil && !s.Gone {
			out[i] = s.Epoch
		}
	}
	return out
}

// serves says that the image has a broker in service and not about to leave.
func (c *cluster) serves(id env.NodeID) bool {
	s := c.standings[id]
	return s != nil && !s.Fenced && !s.Gone && !s.Stopping
}

func (c *cluster) endLife(n *node) {
	if c.active == n {
		c.active = nil
	}
}

// two-controllers: an epoch of the quorum has one active controller.
func (v *Invariants) activeController(n *node, f env.ActiveController) {
	c := &v.cluster
	c.told = true
	i := slices.IndexFunc(c.controllers, func(o controllership) bool { return o.epoch == f.Epoch })
	switch {
	case i >= 0 && c.controllers[i].node != n:
		v.fault("two-controllers", "%s and %s both are the active controller in epoch %d", c.controllers[i].node.name, n.name, f.Epoch)
	case i < 0:
		if len(c.controllers) >= maxControllers {
			c.controllers = slices.Delete(c.controllers, 0, 1)
		}
		c.controllers = append(c.controllers, controllership{f.Epoch, n})
	}
	if f.Epoch >= c.activeEpoch {
		c.active, c.activeEpoch = n, f.Epoch
	}
}

func (v *Invariants) controllerResigned(n *node, f env.ControllerResigned) {
	if c := &v.cluster; c.active == n && f.Epoch >= c.activeEpoch {
		c.active = nil
	}
}

// digest is the fingerprint of an image that holds everything below an offset.
type digest struct {
	to   env.Offset
	sum  uint64
	node string
}

// maxDigests bounds how many digests are remembered.
const maxDigests = 1 << 10

// metadata-digest: the images of two nodes that hold the same records are the same.
func (v *Invariants) metadataApplied(f env.MetadataApplied) {
	c := &v.cluster
	for i := len(c.digests) - 1; i >= 0; i-- {
		if d := &c.digests[i]; d.to == f.To {
			if d.sum != f.Digest {
				v.fault("metadata-digest", "below metadata offset %d the image of %s is %016x, and that of %s is %016x", f.To, d.node, d.sum, v.now.Node, f.Digest)
			}
			return
		}
	}
	if len(c.digests) >= maxDigests {
		c.digests = slices.Delete(c.digests, 0, maxDigests/2)
	}
	c.digests = append(c.digests, digest{f.To, f.Digest, v.now.Node})
}
