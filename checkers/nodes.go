package checkers

import (
	"slices"

	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// broker-epoch-back: the epochs with which one broker is registered rise.
//
// two-controllers: an epoch of the quorum has one active controller.
var _ = registerWith(ofMetadata, []Property{
	{"broker-epoch-back", "a broker's epoch moved back", `
		1 b1 broker 2 7 at=10
		2 b1 broker 2 5 at=11
		=> broker-epoch-back, event 2: broker 2 is registered with broker epoch 5 after broker epoch 7
	`},
	{"two-controllers", "two controllers are active in one epoch", `
		1 k1 decides 1
		2 k2 decides 1
		=> two-controllers, event 2: k1 and k2 are both the active controller in epoch 1
	`},
}, func() []watch {
	c := &controllers{}
	return []watch{before(registered), before(brokerChanged), before(c.active)}
})

func registered(s *step, f env.Registered) {
	if n := s.Emitter; f.Epoch < n.Epoch {
		s.findNode("broker-epoch-back", "%s was registered with broker epoch %d after broker epoch %d", n.Name,
			f.Epoch, n.Epoch)
	}
}

func brokerChanged(s *step, f env.BrokerStanding) {
	if old, known := s.Cluster.Brokers.Get(f.Broker); known && f.At > old.At && f.Epoch < old.Epoch {
		s.findNode("broker-epoch-back", "%s is registered with broker epoch %d after broker epoch %d",
			s.name(f.Broker), f.Epoch, old.Epoch)
	}
}

// controllers are the active controllers of the newest epochs.
type controllers struct{ list []controller }

type controller struct {
	epoch kafka.LeaderEpoch
	node  *model.Node
}

// maxControllers bounds how many epochs' controllers are remembered.
const maxControllers = 256

func (c *controllers) active(s *step, f env.ActiveController) {
	i := slices.IndexFunc(c.list, func(o controller) bool { return o.epoch == f.Epoch })
	switch {
	case i >= 0 && c.list[i].node != s.Emitter:
		s.findNode("two-controllers", "%s and %s are both the active controller in epoch %d",
			c.list[i].node.Name, s.Node, f.Epoch)
	case i < 0:
		if len(c.list) >= maxControllers {
			c.list = slices.Delete(c.list, 0, 1)
		}
		c.list = append(c.list, controller{f.Epoch, s.Emitter})
	}
}
