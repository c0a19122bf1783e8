package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/cmd/internal/terminal"
)

const noTopics = "TOPIC  PARTITIONS  REPLICATION  ID\n"

// TestTopicOfACluster takes a broker away and brings it back, and looks at a topic meanwhile. Broker 1 is the
// controller.
func TestTopicOfACluster(t *testing.T) {
	t.Parallel()
	c := startTestCluster(t, 3, 1, "min.insync.replicas=2")
	c.create("orders", "-p", "1", "-r", "3")
	c.create("calm", "-p", "1", "-r", "1")
	c.says("orders-0 moves to 3,1,2; see: gregor topic reassign orders\n", "topic", "reassign", "orders", "--partition",
		"0", "--replicas", "3,1,2")
	c.eventually("it is not moved", []string{"topic", "reassign", "calm", "--partition", "0", "--replicas", "1"}, anything)
	c.partitions("calm", func(p partitionJSON) bool { return terminal.IDs(p.Replicas) == "1" && len(p.ISR) == 1 })
	c.partitions("orders", func(p partitionJSON) bool { return terminal.IDs(p.Replicas) == "3,1,2" && len(p.ISR) == 3 })
	c.elect("orders")
	healthy := c.partitions("orders", func(p partitionJSON) bool { return p.Leader == 3 && len(p.ISR) == 3 })
	require.Empty(t, healthy[0].Flags)
	require.Equal(t, []int32{3, 1, 2}, healthy[0].Replicas)
	c.says(noTopics, "topic", "list", "--under-replicated")
	require.Equal(t, "orders-0 is led by its preferred leader already\n", c.must("", "topic", "elect", "orders"))

	// One of three is away: the next replica leads, and what lacks is reported.
	c.must("", "produce", "orders", "one")
	c.stop(3)
	p := c.partitions("orders", func(p partitionJSON) bool { return len(p.ISR) == 2 && len(p.Offline) == 1 })[0]
	require.Equal(t, []string{flagUnderReplicated, flagNotPreferred}, p.Flags)
	require.True(t, p.UnderReplicated)
	require.Equal(t, int32(1), p.Leader)
	require.Greater(t, p.LeaderEpoch, healthy[0].LeaderEpoch)
	require.Empty(t, p.Lag, "a broker that is gone reports nothing")
	c.eventually("nothing is flagged", []string{"topic", "describe", "orders"}, func(stdout string) bool {
		return strings.Contains(stdout, " UNDER-REPLICATED, PREFERRED LEADER NOT LEADING\n")
	})
	list := c.eventually("orders is not listed", []string{"topic", "list", "--under-replicated"},
		func(stdout string) bool {
			return strings.Contains(stdout, "orders")
		})
	require.NotContains(t, list, "calm")
	require.NotContains(t, c.must("", "topic", "describe", "--under-replicated"), "calm")
	_, stderr, code := c.run("", "topic", "elect", "orders")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "gregor: orders-0: PREFERRED_LEADER_NOT_AVAILABLE")

	// Two of three are away: acks=all is refused, and the one that went last but kept up is eligible.
	c.stop(2)
	p = c.partitions("orders", func(p partitionJSON) bool { return len(p.ISR) == 1 && len(p.Offline) == 2 })[0]
	require.Equal(t, []string{flagUnderReplicated, flagUnderMinISR, flagNotPreferred}, p.Flags)
	require.Equal(t, []int32{2}, p.ELR)
	whatIsLeft := regexp.MustCompile(`PARTITION +LEADER +EPOCH +ISR +ELR +REPLICAS +OFFLINE +START +END +SIZE\n +0 +1 +\d+ +1 +2 +3,1,2 +3,2 +0 +1 +\d+ B +UNDER-REP`)
	c.eventually("the others are not away", []string{"topic", "describe", "orders"}, whatIsLeft.MatchString)

	// All are back: only the leader is another one, until it is elected.
	c.start(2)
	c.start(3)
	p = c.partitions("orders", func(p partitionJSON) bool { return len(p.ISR) == 3 })[0]
	require.Equal(t, []string{flagNotPreferred}, p.Flags)
	require.Empty(t, p.ELR)
	c.says(noTopics, "topic", "list", "--under-replicated")
	require.Equal(t, "orders-0 has a new leader\n", c.must("", "topic", "elect"))
	c.partitions("orders", func(p partitionJSON) bool { return p.Leader == 3 && len(p.Flags) == 0 })
	require.Empty(t, c.must("", "topic", "elect"), "what is well is not spoken of")

	// Without a controller, brokers report what they know.
	c.nodes[1].kill()
	begin := time.Now()
	require.Contains(t, c.must("", "topic", "describe", "orders"), "orders  id ")
	require.Less(t, time.Since(begin), 3*askingMax)
}

// TestUncleanElection: a partition whose last replica is gone has no leader until an operator accepts the loss.
func TestUncleanElection(t *testing.T) {
	t.Parallel()
	c := startTestCluster(t, 3, 1)
	c.create("orders", "-p", "1", "-r", "2", "-c", "min.insync.replicas=1")
	c.eventually("it is not moved", []string{"topic", "reassign", "orders", "--partition", "0", "--replicas", "3,2"},
		anything)
	c.partitions("orders", func(p partitionJSON) bool { return terminal.IDs(p.Replicas) == "3,2" && len(p.ISR) == 2 })
	c.elect("orders")
	c.partitions("orders", func(p partitionJSON) bool { return p.Leader == 3 })
	c.stop(2)
	c.partitions("orders", func(p partitionJSON) bool { return len(p.ISR) == 1 })
	require.Equal(t, "orders-0@0\n", c.must("", "produce", "orders", "only on 3"))
	c.stop(3)
	c.partitions("orders", func(p partitionJSON) bool { return p.Leader < 0 && p.Flags[0] == flagOffline })
	c.start(2)
	p := c.partitions("orders", func(p partitionJSON) bool { return len(p.Offline) == 1 })[0]
	require.Equal(t, flagNoLeader, p.Flags[0])
	require.Contains(t, c.must("", "topic", "describe", "orders"), " none ")
	require.Contains(t, c.must("", "topic", "list", "--under-replicated"), "orders")
	_, stderr, code := c.run("", "topic", "elect", "orders")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "orders-0: PREFERRED_LEADER_NOT_AVAILABLE")
	_, stderr, code = c.run("", "topic", "elect", "--unclean")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "--unclean loses records: say of which topics")
	require.Equal(t, "orders-0 has a new leader\n", c.must("", "topic", "elect", "orders", "--partition", "0",
		"--unclean"))
	c.partitions("orders", func(p partitionJSON) bool { return p.Leader == 2 })
	require.Equal(t, "orders-0 has a leader already\n", c.must("", "topic", "elect", "orders", "--unclean"))
	require.Equal(t, "orders-0@0\n", c.must("", "produce", "orders", "the record of 3 is gone"))
}

// TestReassign moves a partition to a broker that is away: it stays under way until that comes, or it is cancelled
// more.
func TestReassign(t *testing.T) {
	t.Parallel()
	c := startTestCluster(t, 3, 1)
	c.create("orders", "-p", "2", "-r", "2")
	for _, p := range []string{"0", "1"} {
		c.eventually("it is not moved", []string{"topic", "reassign", "orders", "--partition", p, "--replicas", "1,2"},
			anything)
	}
	c.partitions("orders", func(p partitionJSON) bool { return terminal.IDs(p.Replicas) == "1,2" && len(p.ISR) == 2 })
	require.Equal(t, "TOPIC  PARTITION  REPLICAS  ADDING  REMOVING\n", c.must("", "topic", "reassign"))
	require.Equal(t, "nothing is on its way\n", c.must("", "topic", "reassign", "orders", "--cancel"))
	c.stop(3)
	c.must("", "topic", "reassign", "orders", "--partition", "1", "--replicas", "3,1")
	c.says("TOPIC   PARTITION  REPLICAS  ADDING  REMOVING\norders          1  3,1,2          3         2\n", "topic",
		"reassign")
	c.says(`{"adding":[3],"partition":1,"removing":[2],"replicas":[3,1,2],"topic":"orders"}`+"\n", "topic", "reassign",
		"orders", "--json")
	c.says("TOPIC  PARTITION  REPLICAS  ADDING  REMOVING\n", "topic", "reassign", "orders", "--partition", "0")
	p := c.partitions("orders", func(p partitionJSON) bool { return p.Partition == 0 || len(p.Replicas) == 3 })[1]
	require.Equal(t, []int32{3}, p.Adding)
	require.Equal(t, []int32{2}, p.Removing)
	require.False(t, p.UnderReplicated, "what is only being added does not lack")
	c.eventually("it does not show what is added", []string{"topic", "describe", "orders"}, func(stdout string) bool {
		return strings.Contains(stdout, ", adding 3, removing 2\n")
	})
	c.says(noTopics, "topic", "list", "--under-replicated")

	require.Equal(t, "orders-1 stays where it was\n", c.must("", "topic", "reassign", "orders", "--cancel"))
	c.partitions("orders", func(p partitionJSON) bool { return terminal.IDs(p.Replicas) == "1,2" && p.Adding == nil })

	c.must("", "topic", "reassign", "orders", "--partition", "0", "--replicas", "3,1")
	c.start(3)
	c.partitions("orders", func(p partitionJSON) bool {
		return p.Partition == 1 || terminal.IDs(p.Replicas) == "3,1" && len(p.ISR) == 2
	})

	for _, wrong := range []struct {
		args string
		code int
		says string
	}{
		{"--replicas 1,2", exitUsage, "of which topic?"},
		{"orders --replicas 1,2", exitUsage, "which partition shall they keep? say --partition N"},
		{"orders --cancel --replicas 1,2", exitUsage, "--cancel goes back to the replicas there were; it takes no --replicas"},
		{"orders --partition 7 --replicas 1,2", exitFailed,
			"topic orders has no partition 7; see: gregor topic describe orders"},
		{"nothing --partition 0 --replicas 1", exitFailed, `there is no topic "nothing"; see: gregor topic list`},
		{"orders --partition 0 --replicas 9", exitFailed, "orders-0: INVALID_REPLICA_ASSIGNMENT: "},
	} {
		_, stderr, code := c.run("", append([]string{"topic", "reassign"}, strings.Fields(wrong.args)...)...)
		require.Equal(t, wrong.code, code, wrong.args)
		require.Contains(t, stderr, "gregor: "+wrong.says, wrong.args)
	}
}
