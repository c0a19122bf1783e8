package kafka

// Acks is what a producer wants to have happened before its batch is acknowledged (acks).
type Acks int16

// The values of acks.
const (
	AcksAll    Acks = -1 // every replica in the ISR has the batch
	AcksNone   Acks = 0  // no response is sent
	AcksLeader Acks = 1  // the leader has appended it
)

// Valid reports whether a is one of the three values.
func (a Acks) Valid() bool { return a >= AcksAll && a <= AcksLeader }
