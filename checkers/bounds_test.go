package checkers

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// However long a run is, what checks remember of it has a bound, and it goes on being judged.
func TestMemoryIsBounded(t *testing.T) {
	v, d, c := NewInvariants(), &digests{}, &controllers{}
	for i := range maxDigests * 2 {
		v.step.Stamped = history.Stamped{Event: uint64(i), Node: "b1"}
		d.applied(&v.step, env.MetadataApplied{To: kafka.Offset(i), Digest: 7})
		c.active(&v.step, env.ActiveController{Node: 1, Epoch: kafka.LeaderEpoch(i)})
	}
	require.Empty(t, v.findings)
	require.LessOrEqual(t, len(d.list), maxDigests)
	require.LessOrEqual(t, len(c.list), maxControllers)
	d.applied(&v.step, env.MetadataApplied{To: maxDigests*2 - 1, Digest: 8})
	require.Len(t, v.findings, 1)
}
