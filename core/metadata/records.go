package metadata

import (
	"gregor/core/kafka"
)

// Record is one metadata record. A record that has been applied to an image, and all it points to, must not be
// changed any more.
type Record interface {
	// kind is the record's type and the newest version of it that is read.
	kind() (Type, int16)
	// version is the one to write: the newest Kafka 4.0 has unless a field needs a newer one.
	version() int16
	// fields walks the fields in the order of the encoding, to read or to write them.
	fields(c *coder)
}

// Type is a record's type in the log.
type Type int16

// The types Gregor interprets.
const (
	TypeRegisterBroker           Type = 0
	TypeUnregisterBroker         Type = 1
	TypeTopic                    Type = 2
	TypePartition                Type = 3
	TypeConfig                   Type = 4
	TypePartitionChange          Type = 5
	TypeFenceBroker              Type = 7
	TypeUnfenceBroker            Type = 8
	TypeRemoveTopic              Type = 9
	TypeFeatureLevel             Type = 12
	TypeProducerIDs              Type = 15
	TypeBrokerRegistrationChange Type = 17
	TypeNoOp                     Type = 20
	TypeBeginTransaction         Type = 23
	TypeEndTransaction           Type = 24
	TypeAbortTransaction         Type = 25
	TypeRegisterController       Type = 27
	TypeClearELR                 Type = 28
)

// newRecord makes an empty record of a type, with the defaults of Kafka's schema.
func newRecord(t Type) (Record, bool) {
	switch t {
	case TypeRegisterBroker:
		return &RegisterBroker{}, true
	case TypeUnregisterBroker:
		return &UnregisterBroker{}, true
	case TypeTopic:
		return &TopicRecord{}, true
	case TypePartition:
		return &PartitionRecord{}, true
	case TypeConfig:
		return &ConfigRecord{}, true
	case TypePartitionChange:
		return NewPartitionChange(kafka.UUID{}, 0), true
	case TypeFenceBroker:
		return &FenceBroker{}, true
	case TypeUnfenceBroker:
		return &UnfenceBroker{}, true
	case TypeRemoveTopic:
		return &RemoveTopic{}, true
	case TypeFeatureLevel:
		return &FeatureLevel{}, true
	case TypeProducerIDs:
		return &ProducerIDs{}, true
	}
	return newRareRecord(t)
}

func newRareRecord(t Type) (Record, bool) {
	switch t {
	case TypeBrokerRegistrationChange:
		return &BrokerRegistrationChange{}, true
	case TypeNoOp:
		return &NoOp{}, true
	case TypeBeginTransaction:
		return &BeginTransaction{}, true
	case TypeEndTransaction:
		return &EndTransaction{}, true
	case TypeAbortTransaction:
		return &AbortTransaction{}, true
	case TypeRegisterController:
		return &RegisterController{}, true
	case TypeClearELR:
		return &ClearELR{}, true
	case 10, 11, 14, 18, 19, 21, 22, 26: // tokens, SCRAM credentials, quotas, ACLs, ZooKeeper
		return &Opaque{Type: t}, true
	}
	return nil, false
}

// TopicRecord makes a topic.
type TopicRecord struct {
	Name string
	ID   kafka.UUID
}

func (r *TopicRecord) kind() (Type, int16) { return TypeTopic, 0 }
func (r *TopicRecord) version() int16      { return 0 }
func (r *TopicRecord) fields(c *coder) {
	c.text(&r.Name)
	c.uuid(&r.ID)
	c.tags()
}

// RemoveTopic removes a topic with its partitions and its configs.
type RemoveTopic struct{ ID kafka.UUID }

func (r *RemoveTopic) kind() (Type, int16) { return TypeRemoveTopic, 0 }
func (r *RemoveTopic) version() int16      { return 0 }
func (r *RemoveTopic) fields(c *coder) {
	c.uuid(&r.ID)
	c.tags()
}

// ClearELR forgets the eligible leader replicas of a topic, or of all topics where Topic is empty.
type ClearELR struct{ Topic string }

func (r *ClearELR) kind() (Type, int16) { return TypeClearELR, 0 }
func (r *ClearELR) version() int16      { return 0 }
func (r *ClearELR) fields(c *coder) {
	c.text(&r.Topic)
	c.tags()
}

// ConfigRecord sets one config of a resource, or removes it where Value is nil.
type ConfigRecord struct {
	Resource Resource
	Name     string
	Value    *string
}

func (r *ConfigRecord) kind() (Type, int16) { return TypeConfig, 0 }
func (r *ConfigRecord) version() int16      { return 0 }
func (r *ConfigRecord) fields(c *coder) {
	integer8(c, &r.Resource.Type)
	c.text(&r.Resource.Name)
	c.text(&r.Name)
	c.nullableText(&r.Value)
	c.tags()
}

// FeatureLevel sets a feature's level; 0 removes it.
type FeatureLevel struct {
	Name  string
	Level int16
}

func (r *FeatureLevel) kind() (Type, int16) { return TypeFeatureLevel, 0 }
func (r *FeatureLevel) version() int16      { return 0 }
func (r *FeatureLevel) fields(c *coder) {
	c.text(&r.Name)
	integer16(c, &r.Level)
	c.tags()
}

// ProducerIDs hands a block of producer ids to a broker: all below Next are taken.
type ProducerIDs struct {
	Broker kafka.NodeID
	Epoch  kafka.BrokerEpoch
	Next   kafka.ProducerID
}

func (r *ProducerIDs) kind() (Type, int16) { return TypeProducerIDs, 0 }
func (r *ProducerIDs) version() int16      { return 0 }
func (r *ProducerIDs) fields(c *coder) {
	integer32(c, &r.Broker)
	integer64(c, &r.Epoch)
	integer64(c, &r.Next)
	c.tags()
}

// NoOp shows only that the controller lives.
type NoOp struct{}

func (r *NoOp) kind() (Type, int16) { return TypeNoOp, 0 }
func (r *NoOp) version() int16      { return 0 }
func (r *NoOp) fields(c *coder)     { c.tags() }

// BeginTransaction begins a series of records that take effect together, with EndTransaction, or not at all.
type BeginTransaction struct{ Name *string }

func (r *BeginTransaction) kind() (Type, int16) { return TypeBeginTransaction, 0 }
func (r *BeginTransaction) version() int16      { return 0 }
func (r *BeginTransaction) fields(c *coder) {
	c.tags(tag{0, 0, r.Name != nil, func(c *coder) { c.nullableText(&r.Name) }})
}

// EndTransaction makes the records since BeginTransaction take effect.
type EndTransaction struct{}

func (r *EndTransaction) kind() (Type, int16) { return TypeEndTransaction, 0 }
func (r *EndTransaction) version() int16      { return 0 }
func (r *EndTransaction) fields(c *coder)     { c.tags() }

// AbortTransaction drops the records since BeginTransaction.
type AbortTransaction struct{ Reason *string }

func (r *AbortTransaction) kind() (Type, int16) { return TypeAbortTransaction, 0 }
func (r *AbortTransaction) version() int16      { return 0 }
func (r *AbortTransaction) fields(c *coder) {
	c.tags(tag{0, 0, r.Reason != nil, func(c *coder) { c.nullableText(&r.Reason) }})
}

// Opaque is a record of Kafka's that Gregor keeps no state for. Its body is kept as it is.
type Opaque struct {
	Type    Type
	Version int16
	Body    []byte
}

func (r *Opaque) kind() (Type, int16) { return r.Type, 0 }
func (r *Opaque) version() int16      { return r.Version }
func (r *Opaque) fields(c *coder) {
	r.Version = c.version
	c.rest(&r.Body)
}
