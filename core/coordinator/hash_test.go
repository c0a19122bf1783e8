package coordinator

import (
	"testing"

	"gregor/core/kafka"
)

// TestPartitionFor: the hashes are those of Java's String.hashCode, computed in another language. The
// polygenelubricants are the well-known string whose hash has no opposite.
func TestPartitionFor(t *testing.T) {
	for name, hash := range map[string]int64{"": 0, "a": 97, "hello": 99162322, "Hello, World!": 1498789909,
		"polygenelubricants": 0, "\U0001F600": 1772899} {
		if got, want := PartitionFor(name, 50), kafka.PartitionID(hash%50); got != want {
			t.Errorf("%q: partition %d, want %d", name, got, want)
		}
	}
	// Negative hashes: Kafka takes the absolute value of these, not their low 31 bits.
	for name, hash := range map[string]int64{"my-group": -1906497762, "billing": -109829509, "analytics": -1693017210} {
		if got, want := PartitionFor(name, 50), kafka.PartitionID(-hash%50); got != want {
			t.Errorf("%q: partition %d, want %d", name, got, want)
		}
	}
}
