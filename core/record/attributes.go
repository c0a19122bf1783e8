package record

// Attributes are a batch's flags. Kafka gives meaning to the low seven bits.
type Attributes uint16

const (
	attrCodec         Attributes = 0x07
	attrLogAppendTime Attributes = 0x08
	attrTransactional Attributes = 0x10
	attrControl       Attributes = 0x20
	attrDeleteHorizon Attributes = 0x40
)

// Codec is how the records are compressed.
func (a Attributes) Codec() Codec { return Codec(a & attrCodec) }

// LogAppendTime reports that the records' time is the batch's MaxTimestamp, set by the broker.
func (a Attributes) LogAppendTime() bool { return a&attrLogAppendTime != 0 }

// IsTransactional reports that the batch belongs to a transaction.
func (a Attributes) IsTransactional() bool { return a&attrTransactional != 0 }

// IsControl reports that the records are the broker's own and not for applications.
func (a Attributes) IsControl() bool { return a&attrControl != 0 }

// HasDeleteHorizon reports that BaseTimestamp is the delete horizon.
func (a Attributes) HasDeleteHorizon() bool { return a&attrDeleteHorizon != 0 }
