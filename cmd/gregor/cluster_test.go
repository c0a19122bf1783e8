package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/cmd/internal/ports"
	"gregor/core/kafka"
)

// testCluster is a cluster in this process, on real sockets and files.
type testCluster struct {
	*testBroker // the one that commands are given
	members     []member
	options     serveOptions
	nodes       map[kafka.NodeID]*testBroker // those that run
}

// startTestCluster starts n brokers, of which the first ones are controllers as well.
func startTestCluster(t *testing.T, n, controllers int, sets ...string) *testCluster {
	t.Helper()
	addrs, err := ports.Free(n + controllers)
	require.NoError(t, err)
	c := &testCluster{nodes: map[kafka.NodeID]*testBroker{}, options: serveOptions{quiet: true, sets: append([]string{
		"group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=1", "auto.create.topics.enable=false",
		"auto.leader.rebalance.enable=false"}, sets...)}}
	dir := t.TempDir()
	for i := range n {
		m := member{id: kafka.NodeID(i + 1), dir: filepath.Join(dir, strconv.Itoa(i+1)), broker: addrs[i]}
		if i < controllers {
			m.controller = addrs[n+i]
		}
		c.members = append(c.members, m)
	}
	c.options.clusterID, err = clusterID(c.members)
	require.NoError(t, err)
	for _, m := range c.members {
		c.begin(t, m)
	}
	for _, b := range c.nodes {
		b.awaitStart()
	}
	c.testBroker = &testBroker{t: t, dir: dir, addr: strings.Join(addrs[:n], ",")}
	c.eventually("the brokers know each other", []string{"topic", "create", "all", "-p", "1", "-r", strconv.Itoa(n),
		"--dry-run"}, anything)
	return c
}

func anything(string) bool { return true }

func (c *testCluster) begin(t *testing.T, m member) {
	t.Helper()
	o := c.options
	o.dataDir, o.sets = m.dir, append(append([]string{}, o.sets...), m.sets(voters(c.members))...)
	b := startTestNode(t, o)
	b.addr = m.broker
	t.Cleanup(b.kill) // to stop in an orderly way, the last ones would wait for each other
	c.nodes[m.id] = b
}

// stop stops a broker in an orderly way, start starts it again.
func (c *testCluster) stop(id kafka.NodeID) {
	c.nodes[id].stop()
	delete(c.nodes, id)
}

func (c *testCluster) start(id kafka.NodeID) {
	c.t.Helper()
	c.begin(c.t, c.members[id-1])
}

// eventually waits until a command succeeds and prints what it should: a change comes to a broker a moment after it was
// made.
func (c *testCluster) eventually(what string, args []string, is func(stdout string) bool) string {
	c.t.Helper()
	var stdout, stderr string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var code int
		stdout, stderr, code = c.run("", args...)
		if code == 0 && is(stdout) {
			return stdout
		}
	}
	c.t.Fatalf("%s: gregor %s says %s%s", what, strings.Join(args, " "), stdout, stderr)
	return ""
}

// says waits until a command says this.
func (c *testCluster) says(want string, args ...string) {
	c.t.Helper()
	c.eventually("it does not come to say\n"+want+"at last", args, func(stdout string) bool {
		return c.said(stdout, "", 0) == want
	})
}

// quorum is what gregor quorum --json prints.
func (c *testCluster) quorum(what string, is func(q quorumJSON) bool) quorumJSON {
	c.t.Helper()
	var q quorumJSON
	c.eventually(what, []string{"quorum", "--json"}, func(stdout string) bool {
		q = quorumJSON{}
		return json.Unmarshal([]byte(stdout), &q) == nil && is(q)
	})
	return q
}

// partitions waits until each partition of a topic is as it should be.
func (c *testCluster) partitions(topic string, is func(p partitionJSON) bool) []partitionJSON {
	c.t.Helper()
	var found topicJSON
	c.eventually("its partitions are not as they should be", []string{"topic", "describe", topic, "--json"},
		func(stdout string) bool {
			found = topicJSON{}
			wrong := func(p partitionJSON) bool { return !is(p) }
			return json.Unmarshal([]byte(stdout), &found) == nil && !slices.ContainsFunc(found.Partitions, wrong)
		})
	return found.Partitions
}

// create makes a topic, and waits until every broker that runs knows it.
func (c *testCluster) create(topic string, args ...string) {
	c.t.Helper()
	c.must("", append([]string{"topic", "create", topic}, args...)...)
	for _, b := range c.nodes {
		c.eventually("it does not learn of the topic", []string{"topic", "describe", topic, "--bootstrap", b.addr}, anything)
	}
}

// elect lets the preferred leaders of a topic lead.
func (c *testCluster) elect(topic string) {
	c.t.Helper()
	c.eventually("no election", []string{"topic", "elect", topic}, anything)
}
