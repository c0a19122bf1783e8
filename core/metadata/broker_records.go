package metadata

import (
	"gregor/core/kafka"
)

// Endpoint is an address of a broker or a controller.
type Endpoint struct {
	Name             string
	Host             string
	Port             uint16
	SecurityProtocol int16 // 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL
}

// SupportedFeature is the range of a feature's levels that a node can live with.
type SupportedFeature struct {
	Name     string
	Min, Max int16
}

func endpoints(c *coder, v *[]Endpoint) {
	list(c, v, 7, func(e *Endpoint) {
		c.text(&e.Name)
		c.text(&e.Host)
		integer16(c, &e.Port)
		integer16(c, &e.SecurityProtocol)
		c.tags()
	})
}

func features(c *coder, v *[]SupportedFeature) {
	list(c, v, 6, func(f *SupportedFeature) {
		c.text(&f.Name)
		integer16(c, &f.Min)
		integer16(c, &f.Max)
		c.tags()
	})
}

// RegisterBroker registers an incarnation of a broker.
type RegisterBroker struct {
	Broker               kafka.NodeID
	MigratingZkBroker    bool // never true since Kafka 4.0
	Incarnation          kafka.UUID
	Epoch                kafka.BrokerEpoch
	Endpoints            []Endpoint
	Features             []SupportedFeature
	Rack                 *string
	Fenced               bool
	InControlledShutdown bool
	LogDirs              []kafka.UUID
	CordonedLogDirs      []kafka.UUID // nil: not given
}

func (r *RegisterBroker) kind() (Type, int16) { return TypeRegisterBroker, 4 }
func (r *RegisterBroker) version() int16      { return needs(3, 4, r.CordonedLogDirs != nil) }
func (r *RegisterBroker) fields(c *coder) {
	integer32(c, &r.Broker)
	if c.version >= 2 {
		c.boolean(&r.MigratingZkBroker)
	}
	c.uuid(&r.Incarnation)
	integer64(c, &r.Epoch)
	endpoints(c, &r.Endpoints)
	features(c, &r.Features)
	c.nullableText(&r.Rack)
	c.boolean(&r.Fenced)
	if c.version >= 1 {
		c.boolean(&r.InControlledShutdown)
	}
	c.tags(
		tag{0, 3, len(r.LogDirs) > 0, func(c *coder) { c.uuids(&r.LogDirs) }},
		tag{1, 4, r.CordonedLogDirs != nil, func(c *coder) { c.nullableUUIDs(&r.CordonedLogDirs) }},
	)
}

// UnregisterBroker forgets a broker.
type UnregisterBroker struct {
	Broker kafka.NodeID
	Epoch  kafka.BrokerEpoch
}

func (r *UnregisterBroker) kind() (Type, int16) { return TypeUnregisterBroker, 0 }
func (r *UnregisterBroker) version() int16      { return 0 }
func (r *UnregisterBroker) fields(c *coder)     { brokerAndEpoch(c, &r.Broker, &r.Epoch) }

// FenceBroker takes a broker out of service.
type FenceBroker struct {
	Broker kafka.NodeID
	Epoch  kafka.BrokerEpoch
}

func (r *FenceBroker) kind() (Type, int16) { return TypeFenceBroker, 0 }
func (r *FenceBroker) version() int16      { return 0 }
func (r *FenceBroker) fields(c *coder)     { brokerAndEpoch(c, &r.Broker, &r.Epoch) }

// UnfenceBroker puts a broker into service.
type UnfenceBroker struct {
	Broker kafka.NodeID
	Epoch  kafka.BrokerEpoch
}

func (r *UnfenceBroker) kind() (Type, int16) { return TypeUnfenceBroker, 0 }
func (r *UnfenceBroker) version() int16      { return 0 }
func (r *UnfenceBroker) fields(c *coder)     { brokerAndEpoch(c, &r.Broker, &r.Epoch) }

func brokerAndEpoch(c *coder, broker *kafka.NodeID, epoch *kafka.BrokerEpoch) {
	integer32(c, broker)
	integer64(c, epoch)
	c.tags()
}

// Change is what a BrokerRegistrationChange does to a yes or no.
type Change int8

// The changes.
const (
	BecomesFalse Change = -1
	NoChange     Change = 0
	BecomesTrue  Change = 1
)

// BrokerRegistrationChange changes parts of a broker's registration.
type BrokerRegistrationChange struct {
	Broker               kafka.NodeID
	Epoch                kafka.BrokerEpoch
	Fenced               Change
	InControlledShutdown Change       // a broker never leaves it but by registering again
	LogDirs              []kafka.UUID // empty: no change
	CordonedLogDirs      []kafka.UUID // nil: no change
}

func (r *BrokerRegistrationChange) kind() (Type, int16) { return TypeBrokerRegistrationChange, 3 }
func (r *BrokerRegistrationChange) version() int16 {
	return needs(2, 3, r.CordonedLogDirs != nil)
}
func (r *BrokerRegistrationChange) fields(c *coder) {
	integer32(c, &r.Broker)
	integer64(c, &r.Epoch)
	c.tags(
		tag{0, 0, r.Fenced != 0, func(c *coder) { integer8(c, &r.Fenced) }},
		tag{1, 1, r.InControlledShutdown != 0, func(c *coder) { integer8(c, &r.InControlledShutdown) }},
		tag{2, 2, len(r.LogDirs) > 0, func(c *coder) { c.uuids(&r.LogDirs) }},
		tag{3, 3, r.CordonedLogDirs != nil, func(c *coder) { c.nullableUUIDs(&r.CordonedLogDirs) }},
	)
}

// RegisterController registers an incarnation of a controller.
type RegisterController struct {
	Controller       kafka.NodeID
	Incarnation      kafka.UUID
	ZkMigrationReady bool // never true since Kafka 4.0
	Endpoints        []Endpoint
	Features         []SupportedFeature
}

func (r *RegisterController) kind() (Type, int16) { return TypeRegisterController, 0 }
func (r *RegisterController) version() int16      { return 0 }
func (r *RegisterController) fields(c *coder) {
	integer32(c, &r.Controller)
	c.uuid(&r.Incarnation)
	c.boolean(&r.ZkMigrationReady)
	endpoints(c, &r.Endpoints)
	features(c, &r.Features)
	c.tags()
}

func needs(usual, newer int16, isNeeded bool) int16 {
	if isNeeded {
		return newer
	}
	return usual
}
