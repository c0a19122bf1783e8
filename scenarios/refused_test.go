package scenarios_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/scenarios"
)

// TestWhatCanBeKnownIsRefused: each of these used to run, and to end as CRASHED, STUCK or HOLDS. Each is refused with
// the line, the word, and what to write instead.
func TestWhatCanBeKnownIsRefused(t *testing.T) {
	const (
		one   = "topic orders\n"
		three = "cluster brokers=3\ntopic orders partitions=2\nproducer p1 topic=orders\nconsumer c1 group=billing topic=orders\n"
	)
	for _, c := range []struct{ text, want string }{
		// The file as a whole.
		{"", "x:1: the scenario is empty; write at least"},
		{"# only a story\n\n", "x:2: the scenario is empty"},
		{one + "run 5s\nrun 6s", `x:3: "run": line 2 already has this statement`},
		{one + "seed 5\nseed 6", `x:3: "seed": line 2 already has this statement`},
		{"cluster brokers=3\n" + one + "cluster brokers=1", `x:3: "cluster": line 1 already has this statement`},
		{one + "swarm\nswarm", `x:3: "swarm": line 2 already has`},
		{one + "at 1s say \"never closed", `x:2: "\"never closed": missing closing quote`},

		// Topics and the cluster.
		{"topic orders partition=3", `x:1: "partition": unknown topic config; did you mean "partitions"?`},
		{"topic orders partitions=-1", `x:1: "partitions=-1": out of range; the range is 1 to 200`},
		{"topic orders retention.mss=3", `x:1: "retention.mss": unknown topic config; did you mean "retention.ms"?`},
		{"topic orders log.retention.ms=3", `x:1: "log.retention.ms": unknown topic config; did you mean "retention.ms"?`},
		{"topic orders min.insync.replicas=0", `x:1: "min.insync.replicas=0"`},
		{"topic orders cleanup.policy=compact cleanup.policy=delete", `x:1: "cleanup.policy": set twice`},
		{"topic orders replication.factor=2", `x:1: "replication.factor=2": the cluster has 1 broker; write at most 1, or: cluster brokers=2`},
		{"topic orders replication.factor=x", `x:1: "replication.factor=x": "x" is not a count`},
		{"topic or/ders", `x:1: "or/ders": topic name "or/ders" has a character`},
		{"topic __consumer_offsets", `x:1: "__consumer_offsets": an internal topic`},
		{"topic a.b\ntopic a_b", "collides with topic"},
		{"topic orders min.compaction.lag.ms=5 max.compaction.lag.ms=4",
			"min.compaction.lag.ms=5 is above max.compaction.lag.ms=4"},
		{"cluster broker=3\n" + one, `x:1: "broker": unknown broker config; did you mean "brokers"?`},
		{"cluster min.insync.replica=2\n" + one, `x:1: "min.insync.replica": unknown broker config; did you mean "min.insync.replicas"?`},
		{"cluster log.segment.bytes=-7\n" + one, `x:1: "log.segment.bytes=-7"`},
		{"cluster node.id=7\n" + one, `x:1: "node.id": set by the scenario itself`},
		{"cluster broker.rack=r1\n" + one, `x:1: "broker.rack": set by the scenario itself; write: cluster racks=r1,r2`},
		{"cluster num.io.threads=3\n" + one, `x:1: "num.io.threads": accepted and without effect`},
		{"cluster brokers=2 default.replication.factor=3\n" + one,
			`x:1: "default.replication.factor=3": the cluster has 2 brokers`},
		{"cluster brokers=2 offsets.topic.replication.factor=3\n" + one,
			`x:1: "offsets.topic.replication.factor=3": the cluster has 2 brokers`},

		// Clients.
		{one + "producer p1", `x:2: "producer p1": a producer needs a topic: write topic=NAME`},
		{one + "producer p1 topic=order", `x:2: "topic=order": no statement creates this topic; did you mean "orders"?`},
		{one + "consumer c1 group=g topic=payments", `x:2: "topic=payments": no statement creates this topic; add: topic payments`},
		{one + "consumer c1 assign=order-0", `x:2: "assign=order": no statement creates this topic`},
		{one + "consumer c1 assign=orders-1", `x:2: "assign=orders-1": topic orders has 1 partition; write a partition from 0 to 0`},
		{one + "consumer c1 group=g", "nothing to read: set topic"},
		{one + "consumer c1 topic=orders", "which needs group.id"},
		{one + "admin r1 do=reassign topic=__consumer_offsets partition=2 replicas=1",
			`x:2: "partition=2": topic __consumer_offsets has 2 partitions; write a partition from 0 to 1, or: cluster offsets.topic.num.partitions=3`},
		{one + "at 1s crash leader(__consumer_offsets-2)", `__consumer_offsets has 2 partitions`},
		{one + "at 1s crash leader(__consumer_offsets)", `the partition is missing`},
		{one + "producer p1 topic=orders partition=1", `x:2: "partition=1": topic orders has 1 partition`},
		{one + "producer p1 topic=orders rate=5/s rate=6/s", `x:2: "rate": set twice`},
		{one + "producer p1 topic=orders rate=-5/s", "rate=-5/s"},
		{one + "producer p1 topic=orders client.id=me", "client.id is the client's name"},
		{one + "consumer c1 group=g topic=orders bootstrap.servers=b1:9092",
			"bootstrap.servers is every broker of the cluster"},
		{one + "producer p1 topic=orders prefix=a\nproducer p2 topic=orders prefix=a",
			`x:3: "a-": the producer in line 2 sends it as well`},
		{one + "producer p1 topic=orders value=a,b,a", "value names one value twice"},
		{one + "producer p1 topic=orders value=a,b count=3", "count=3 is above the 2 values given"},
		{one + "producer p1 topic=orders keys=3 key=a", "key gives the keys and keys counts them"},
		{one + "producer p1 topic=orders start=30s", `x:2: "start=30s": is after the end of the run, 20s`},
		{one + "producer p1 topic=orders start=-1s", "start=-1s is not a time"},
		{one + "producer ../p1 topic=orders", `x:2: "../p1": invalid client name`},
		{one + "producer p.2 topic=orders", `x:2: "p.2": invalid client name`},
		{"cluster racks=r1,r2\n" + one + "consumer c1 group=g topic=orders client.rack=r3",
			`x:3: "client.rack=r3": unknown rack`},
		{one + "admin a1 topic=orders", "an admin needs do=..."},
		{one + "admin a1 do=delete-topic", "delete-topic needs topic=..."},
		{one + "admin a1 do=delete-topic topic=orders before=5", "delete-topic takes no before"},
		{one + "admin a1 do=delete-topic topic=order", `did you mean "orders"?`},
		{one + "admin a1 do=delete-topic topic=orders at=21s", `x:2: "at=21s": is after the end of the run`},
		{one + "admin a1 do=delete-topic topic=orders att=2s", `unknown admin setting "att"; did you mean "at"?`},
		{one + "admin a1 do=create-topic topic=orders", `x:2: "topic=orders": already created by line 1, and no statement deletes it`},
		{one + "admin a1 do=create-topic topic=new replication.factor=3",
			`x:2: "replication.factor=3": the cluster has 1 broker`},
		{one + "admin a1 do=create-topic topic=new partitions=x", "partitions=x: want a whole number from 1 to 200"},
		{one + "admin a1 do=create-partitions topic=orders partitions=1", "topic orders already has 1 partition"},
		{one + "admin a1 do=delete-records topic=orders partition=1", `"partition=1": topic orders has 1 partition`},
		{one + "admin a1 do=reassign topic=orders replicas=2", "the cluster has 1 broker"},
		{three + "admin a1 do=reassign topic=orders replicas=2,2", "named twice"},
		{one + "admin a1 do=alter-configs topic=orders", "alter-configs needs config=..."},
		{one + "admin a1 do=alter-configs topic=orders config=retention.mss:5",
			`"retention.mss": unknown topic config; did you mean "retention.ms"?`},
		{one + "admin a1 do=update-feature feature=elr level=1", "feature=elr: unknown feature"},

		// Nodes of actions.
		{three + "at 1s crash leader(orders-5)", `x:5: "leader(orders-5)": orders has 2 partitions; write leader(orders-1) or lower`},
		{three + "at 1s crash leader(orders)", `"leader(orders)": the partition is missing; write leader(orders-0)`},
		{three + "at 1s crash leadr(orders-0)", `"leadr(orders-0)": unknown role`},
		{three + "at 1s crash coordinator(biling)", `no consumer is in group "biling"; did you mean "billing"?`},
		{three + "at 1s crash rest", `"rest": stands for the nodes on the other side of |`},
		{three + "at 1s crash b1,b1", `"b1": named twice`},
		{three + "at 1s wipe c1", `"c1": a client has no disk`},
		{three + "at 1s disk client stall=1s", `"client": a client has no disk`},
		{three + "at 1s partition b1 | b1", `"b1": on both sides`},
		{three + "at 1s partition rest | rest", `"rest": on both sides`},
		{three + "at 1s partition p1 | c1", "clients have no connections to each other"},
		{one + "at 1s crash client", `"client": the scenario has no client`},

		// Times of actions.
		{three + "at 1s reset b1 for 2s", `"for": reset has no duration`},
		{three + "at 1s restart b1 for 2s", `"for": restart has no duration`},
		{three + "at 1s heal for 2s", `"for": heal has no duration`},
		{three + "at 1s crash b1 for 0s", `"for 0s": too short`},
		{three + "at -1s crash b1", `"-1s": not a time from 0s up`},
		{three + "at 1s clock b1 +0s", `"+0s": is too short a jump`},
		{three + "random crash b1 every 1s..2s for 0s", `"for 0s": too short`},
		{three + "random reset b1 every 1s..2s for 1s", `"for": reset has no duration`},
		{three + "random crash b1 every 1s..2s from 30s", `"from 30s": is after the end, 20s`},
		{three + "random crash b1 every 1s..2s till 30s", `"till 30s": is after the end of the run, 20s`},
		{three + "random crash b1 every 1s..2s from 5s till 4s", `"from 5s": is after the end, 4s`},
		{three + "random crash b1 every 30s..40s", `"every 30s..40s": never happens within 20s`},
		{three + "random crash b1 every 1ms", `"every 1ms": happens more than 500 times`},
		{three + "rolling heal every 2s", `"heal": acts on no node`},

		// The network and the disks.
		{one + "network", "no setting follows"},
		{one + "network latency=1ms\nnetwork latency=2ms", `x:3: "latency": already set by line 2`},
		{one + "network latency=5ms..1ms", "the second time is the shorter one; write 1ms..5ms"},
		{one + "network resets=92233720368547760%", "is not a share from 0% to 100%"},
		{one + "network bandwidth=5m/s", "is not a number of bytes a second"},
		{one + "network window=0", "is not a window"},
		{one + "network tail=50ms", `"tail": has no effect without tails`},
		{one + "disk fail-syncs=3", `x:2: "fail-syncs": happens once, at a moment; write it as an action`},
		{one + "disk stall=3s", `"stall": has no effect without stalls`},

		// What is expected.
		{one + "expect safe\nexpect duplicate", `"expect safe": cannot be combined with another expected outcome`},
		{one + "expect loss", `"loss": unknown outcome`},
		{one + "expect duplicate\nexpect duplicate", `x:3: "duplicate": already expected by line 2`},
		{one + "expect duplicate\nallow duplicate", `"duplicate": both expected and allowed`},
		{one + "allow safe", `"safe": a guarantee can only be expected`},
		{one + "allow at-least-once", `"at-least-once": a guarantee can only be expected; to allow runs that break it write: allow not-at-least-once`},
		{one + "allow duplicate\nallow duplicate", `"duplicate": allowed twice`},
	} {
		_, err := scenarios.Parse("x", c.text)
		require.Error(t, err, "%s\nwant %s", c.text, c.want)
		require.Contains(t, err.Error(), c.want, "%s", c.text)
		require.False(t, strings.Contains(err.Error(), "strconv"), "%s: %v", c.text, err)
	}
}

// TestWhatMayBeIsNotRefused: what only looks like one of the mistakes above.
func TestWhatMayBeIsNotRefused(t *testing.T) {
	for _, text := range []string{
		"cluster auto.create.topics.enable=true num.partitions=3\nproducer p1 topic=orders partition=2\nconsumer c1 group=g topic=orders\nat 1s crash leader(orders-2)",
		"producer p1 topic=late\nadmin a1 do=create-topic topic=late partitions=8\nat 2s reset leader(late-7)",
		"topic orders\nadmin a1 do=create-partitions topic=orders partitions=4\nproducer p1 topic=orders partition=0,3\nat 2s crash leader(orders-3)",
		"topic orders\nadmin a1 do=delete-topic topic=orders at=2s\nadmin a2 do=create-topic topic=orders at=3s",
		"network tails=1% tail=50ms",
		"swarm\nnetwork tail=50ms",
		"topic orders\nat 2s crash leader(__consumer_offsets-1)",
		"admin r1 do=reassign topic=__consumer_offsets partition=1 replicas=1",
		"cluster offsets.topic.num.partitions=9\nadmin e1 do=elect-leaders topic=__consumer_offsets partition=8",
		"cluster brokers=3\nrandom partition broker | broker every 2s..3s for 1s",
		"topic orders\nproducer p1 topic=orders\nat 2s partition client | broker for 1s",
	} {
		_, err := scenarios.Parse("x", text)
		require.NoError(t, err, "%s", text)
	}
}

// Two configs may need each other: each alone would be refused, and both together are not.
func TestConfigsAreJudgedTogether(t *testing.T) {
	story := "cluster brokers=3 replica.lag.time.max.ms=400%s\ntopic orders partitions=1\nproducer p1 topic=orders\nrun 1s\nexpect safe\n"
	_, err := scenarios.Parse("x", fmt.Sprintf(story, " replica.fetch.wait.max.ms=400"))
	require.NoError(t, err)
	_, err = scenarios.Parse("x", fmt.Sprintf(story, " num.partitions=2"))
	require.ErrorContains(t, err, `x:1: "replica.lag.time.max.ms=400": replica.fetch.wait.max.ms=500 is above replica.lag.time.max.ms=400`)
	_, err = scenarios.Parse("x", fmt.Sprintf(story, " replica.fetch.wait.max.ms=400 num.partitions=0"))
	require.ErrorContains(t, err, `"num.partitions=0"`)
}
