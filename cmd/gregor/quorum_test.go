package main

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// TestQuorum looks at three voters, of which one goes away and comes back, and then the leader goes.
func TestQuorum(t *testing.T) {
	t.Parallel()
	c := startTestCluster(t, 3, 3)
	first := c.quorum("three voters keep up", func(q quorumJSON) bool {
		return len(q.Voters) == 3 && !slices.ContainsFunc(q.Voters, func(v quorumNodeJSON) bool {
			return v.Silent || v.Lag != 0
		})
	})
	require.Empty(t, first.Observers)
	roles := map[string]int{}
	for i, v := range first.Voters {
		roles[v.Role]++
		require.Equal(t, int32(i+1), v.Node)
		require.Equal(t, []string{"CONTROLLER://" + c.members[i].controller}, v.Listeners)
		require.Len(t, v.Directory, 22)
		require.Equal(t, v.Role == "leader", v.Node == first.Leader)
	}
	require.Equal(t, map[string]int{"leader": 1, "voter": 2}, roles)
	require.Positive(t, first.HighWatermark)

	// Every controller reports the same, at its own listener.
	for _, m := range c.members {
		stdout, stderr, code := c.run("", "quorum", "--bootstrap", m.controller)
		require.Zero(t, code, stderr)
		require.Contains(t, stdout, "CONTROLLER://"+m.controller)
	}

	// A voter that is gone is silent and lags.
	away := kafka.NodeID(first.Leader%3 + 1)
	c.stop(away)
	c.must("", "topic", "create", "orders", "-p", "1", "-r", "2")
	c.quorum("the one that left is silent and lags", func(q quorumJSON) bool {
		v := q.Voters[away-1]
		return v.Silent && v.Lag > 0 && v.FetchedAgo >= voterSilence.Milliseconds() && q.Leader == first.Leader
	})
	text := c.must("", "quorum")
	require.Regexp(t, `^leader \d, epoch \d+, high watermark \d+; 3 voters, 2 present, a majority is 2\nNODE +ROLE +END +LAG +FETCHED +CAUGHT UP +LISTENS ON\n`, text)
	require.Regexp(t, `(?m) SILENT$`, text)
	c.start(away)
	c.quorum("it is back", func(q quorumJSON) bool { return !q.Voters[away-1].Silent && q.Voters[away-1].Lag == 0 })

	c.stop(kafka.NodeID(first.Leader))
	second := c.quorum("another leads", func(q quorumJSON) bool {
		return q.Leader != first.Leader && q.LeaderEpoch > first.LeaderEpoch
	})
	require.GreaterOrEqual(t, second.HighWatermark, first.HighWatermark)
	require.Equal(t, "leader", second.Voters[second.Leader-1].Role)
}

// TestQuorumOfOne: the others are observers.
func TestQuorumOfOne(t *testing.T) {
	t.Parallel()
	c := startTestCluster(t, 2, 1)
	q := c.quorum("a broker that does not vote follows", func(q quorumJSON) bool {
		return len(q.Observers) == 1 && q.Observers[0].Lag == 0
	})
	require.Equal(t, int32(2), q.Observers[0].Node)
	require.Equal(t, "observer", q.Observers[0].Role)
	require.Len(t, q.Voters, 1)
}

// TestQuorumTimes: times are measured by the leader's clock, as far as it reports it, and lag by its end.
func TestQuorumTimes(t *testing.T) {
	node := func(id int32, end, fetched, caughtUp int64) kmsg.DescribeQuorumResponseTopicPartitionReplicaState {
		n := kmsg.NewDescribeQuorumResponseTopicPartitionReplicaState()
		n.ReplicaID, n.LogEndOffset, n.LastFetchTimestamp, n.LastCaughtUpTimestamp = id, end, fetched, caughtUp
		return n
	}
	p := kmsg.NewDescribeQuorumResponseTopicPartition()
	p.LeaderID, p.HighWatermark = 1, 90
	p.CurrentVoters = []kmsg.DescribeQuorumResponseTopicPartitionReplicaState{
		node(1, 100, 50_000, 50_000), node(2, 90, 49_500, 40_000), node(3, -1, -1, -1)}
	topic := kmsg.NewDescribeQuorumResponseTopic()
	topic.Partitions = append(topic.Partitions, p)
	answer := kmsg.NewPtrDescribeQuorumResponse()
	answer.Topics = append(answer.Topics, topic)
	q := quorumOf(answer, time.UnixMilli(7))
	require.Equal(t, []quorumNodeJSON{
		{Node: 1, Role: "leader", End: 100, Listeners: []string{}},
		{Node: 2, Role: "voter", End: 90, Lag: 10, FetchedAgo: 500, CaughtUpAgo: 10_000, Listeners: []string{}},
		{Node: 3, Role: "voter", End: -1, Lag: -1, FetchedAgo: -1, CaughtUpAgo: -1, Silent: true, Listeners: []string{}},
	}, q.Voters)
	answer.Topics[0].Partitions[0].CurrentVoters[0].LastFetchTimestamp = -1 // the leader does not report it
	q = quorumOf(answer, time.UnixMilli(50_500))
	require.Equal(t, int64(1000), q.Voters[1].FetchedAgo)
	require.False(t, q.Voters[0].Silent)
}
