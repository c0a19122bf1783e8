package seglog

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/kafka"
)

// However many producers write to a log, it remembers so many of them: those that have written lately, and all that
// have a transaction open.
func TestALogRemembersABoundedNumberOfProducers(t *testing.T) {
	const most = 100
	ps := producers{most: most}
	for id := range kafka.ProducerID(10 * most) {
		p := producer{id: id, txnFirst: -1}
		if id == 5 {
			p.txnFirst = 5
		}
		p.add(sentBatch{offset: kafka.Offset(id)})
		ps.put(p)
		require.LessOrEqual(t, len(ps.list), most)
		require.Len(t, ps.at, len(ps.list))
		require.NotNil(t, ps.find(id), "the one that writes now")
		require.True(t, id < 5 || ps.find(5) != nil, "the one in a transaction, by %d", id)
	}
	young := 0
	for _, p := range ps.list {
		require.Same(t, ps.find(p.id), &ps.list[ps.at[p.id]])
		if p.id >= 8*most {
			young++
		}
	}
	require.Greater(t, young, most*9/10, "nearly all of them have written lately")
}
