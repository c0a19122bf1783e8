package metadata

import (
	"cmp"
	"fmt"
	"slices"

	"gregor/core/kafka"
)

// Broker is a registered broker of an image. Neither it nor its slices ever change.
type Broker struct {
	ID                   kafka.NodeID
	Epoch                kafka.BrokerEpoch
	Incarnation          kafka.UUID
	Endpoints            []Endpoint
	Features             []SupportedFeature
	Rack                 *string // nil: none
	Fenced               bool
	InControlledShutdown bool
	LogDirs              []kafka.UUID
	CordonedLogDirs      []kafka.UUID
}

// Endpoint returns where the broker advertises the listener with this name.
func (b *Broker) Endpoint(listener string) (Endpoint, bool) {
	for _, e := range b.Endpoints {
		if e.Name == listener {
			return e, true
		}
	}
	return Endpoint{}, false
}

// Brokers returns the registered brokers, sorted by id. The slice never changes.
func (m *Image) Brokers() []*Broker { return m.brokers }

// Broker returns one broker.
func (m *Image) Broker(id kafka.NodeID) (*Broker, bool) {
	i, ok := m.findBroker(id)
	if !ok {
		return nil, false
	}
	return m.brokers[i], true
}

// Controllers returns the registered controllers, sorted by id. The slice and the records never change.
func (m *Image) Controllers() []*RegisterController { return m.controllers }

func (m *Image) findBroker(id kafka.NodeID) (int, bool) {
	return slices.BinarySearchFunc(m.brokers, id, func(b *Broker, id kafka.NodeID) int { return cmp.Compare(b.ID, id) })
}

func (m *Image) applyToBrokers(r Record) error {
	switch r := r.(type) {
	case *RegisterBroker:
		m.registerBroker(r)
		return nil
	case *UnregisterBroker:
		return m.unregisterBroker(r)
	case *FenceBroker:
		return m.changeBroker(r.Broker, r.Epoch, func(b *Broker) { b.Fenced = true })
	case *UnfenceBroker:
		return m.changeBroker(r.Broker, r.Epoch, func(b *Broker) { b.Fenced = false })
	case *BrokerRegistrationChange:
		return m.changeRegistration(r)
	}
	return fmt.Errorf("nothing is known about what it does")
}

func (m *Image) registerBroker(r *RegisterBroker) {
	i, ok := m.findBroker(r.Broker)
	m.brokers = with(m.brokers, i, ok, &Broker{
		ID: r.Broker, Epoch: r.Epoch, Incarnation: r.Incarnation, Endpoints: r.Endpoints, Features: r.Features,
		Rack: r.Rack, Fenced: r.Fenced, InControlledShutdown: r.InControlledShutdown, LogDirs: r.LogDirs,
		CordonedLogDirs: r.CordonedLogDirs,
	})
}

// registered finds a broker and checks that the record is about its present incarnation.
func (m *Image) registered(id kafka.NodeID, epoch kafka.BrokerEpoch) (int, error) {
	i, ok := m.findBroker(id)
	if !ok {
		return 0, fmt.Errorf("broker %d is not registered", id)
	}
	if have := m.brokers[i].Epoch; have != epoch {
		return 0, fmt.Errorf("broker %d is registered with epoch %d, not %d", id, have, epoch)
	}
	return i, nil
}

func (m *Image) unregisterBroker(r *UnregisterBroker) error {
	i, err := m.registered(r.Broker, r.Epoch)
	if err != nil {
		return err
	}
	m.brokers = without(m.brokers, i)
	return nil
}

func (m *Image) changeBroker(id kafka.NodeID, epoch kafka.BrokerEpoch, change func(*Broker)) error {
	i, err := m.registered(id, epoch)
	if err != nil {
		return err
	}
	b := *m.brokers[i]
	change(&b)
	m.brokers = with(m.brokers, i, true, &b)
	return nil
}

func (m *Image) changeRegistration(r *BrokerRegistrationChange) error {
	if r.Fenced < BecomesFalse || r.Fenced > BecomesTrue || r.InControlledShutdown < NoChange ||
		r.InControlledShutdown > BecomesTrue {
		return fmt.Errorf("broker %d: fenced %d, in controlled shutdown %d", r.Broker, r.Fenced, r.InControlledShutdown)
	}
	return m.changeBroker(r.Broker, r.Epoch, func(b *Broker) {
		b.Fenced = r.Fenced.apply(b.Fenced)
		b.InControlledShutdown = r.InControlledShutdown.apply(b.InControlledShutdown)
		if len(r.LogDirs) > 0 {
			b.LogDirs = r.LogDirs
		}
		replace(&b.CordonedLogDirs, r.CordonedLogDirs)
	})
}

func (c Change) apply(v bool) bool {
	if c == NoChange {
		return v
	}
	return c == BecomesTrue
}

func (m *Image) registerController(r *RegisterController) {
	i, ok := slices.BinarySearchFunc(m.controllers, r.Controller, func(c *RegisterController, id kafka.NodeID) int {
		return cmp.Compare(c.Controller, id)
	})
	m.controllers = with(m.controllers, i, ok, r)
}
