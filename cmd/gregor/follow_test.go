package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/record"
)

// console collects what a command prints, and lets a test wait for it.
type console struct {
	mu   sync.Mutex
	text strings.Builder
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

func (c *console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// begin starts a command and goes on; end is what came of it.
func (b *testBroker) begin(ctx context.Context, stdin io.Reader, args ...string) (out *console, end chan error) {
	out, end = &console{}, make(chan error, 1)
	root := command()
	root.SetArgs(b.args(args))
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(out)
	go func() { end <- root.ExecuteContext(ctx) }()
	return out, end
}

func ended(t *testing.T, end chan error) error {
	t.Helper()
	select {
	case err := <-end:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("the command does not end")
		return nil
	}
}

func eventually(t *testing.T, out *console, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return out.String() == text }, 20*time.Second, 5*time.Millisecond,
		"it printed %q, not %q", out, text)
}

// Following prints what comes, until Ctrl-C; then the group is empty and knows what was printed.
func TestFollow(t *testing.T) {
	b := startTestBroker(t)
	b.must("", "topic", "create", "orders", "-p", "1")
	b.must("", "produce", "orders", "old")
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	out, end := b.begin(ctx, nil, "consume", "orders", "--group", "billing", "--follow", "--format", `%o %v\n`)
	eventually(t, out, "0 old\n")
	b.must("", "produce", "orders", "new")
	eventually(t, out, "0 old\n1 new\n")

	described := b.must("", "group", "describe", "billing")
	require.Contains(t, described, "billing  Stable, classic group, assignor cooperative-sticky, coordinator 1, 1 member, lag ")
	require.Contains(t, described, "127.0.0.1  orders:0")
	_, stderr, code := b.run("", "group", "reset", "billing", "--to", "latest", "--execute")
	require.Equal(t, exitFailed, code)
	require.Equal(t, "gregor: group billing is Stable with 1 member, which would write over it: stop them first\n", stderr)
	_, stderr, code = b.run("", "group", "delete", "billing")
	require.Equal(t, exitFailed, code)
	require.Equal(t, "gregor: group billing has members: stop them first; see: gregor group describe billing\n", stderr)

	interrupt()
	require.NoError(t, ended(t, end))
	require.Equal(t, "billing  Empty, classic group, assignor -, coordinator 1, 0 members, lag 0\n\n"+
		"TOPIC   PARTITION  COMMITTED  END  LAG  CLIENT\n"+
		"orders          0          2    2    0       -\n", b.must("", "group", "describe", "billing"))
}

// From latest there is only what comes.
func TestFollowLatest(t *testing.T) {
	b := startTestBroker(t)
	b.must("", "topic", "create", "orders", "-p", "1")
	b.must("", "produce", "orders", "old")
	out, end := b.begin(t.Context(), nil, "consume", "orders", "--from", "latest", "--count", "2", "--format", `%v\n`)
	// It begins at the end that it finds: produce until it has seen something.
	require.Eventually(t, func() bool {
		b.must("", "produce", "orders", "new")
		return strings.HasPrefix(out.String(), "new\n")
	}, 20*time.Second, 50*time.Millisecond)
	b.must("", "produce", "orders", "new")
	require.NoError(t, ended(t, end))
	require.Equal(t, "new\nnew\n", out.String())
}

// A person types: each line is written when it is there, and Ctrl-C ends it though stdin goes on.
func TestTyping(t *testing.T) {
	b := startTestBroker(t)
	b.must("", "topic", "create", "orders", "-p", "1")
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	keys, typed := io.Pipe()
	defer typed.Close()
	out, end := b.begin(ctx, keys, "produce", "orders")
	_, err := io.WriteString(typed, "one\n")
	require.NoError(t, err)
	eventually(t, out, "orders-0@0\n")
	_, err = io.WriteString(typed, "two\n")
	require.NoError(t, err)
	eventually(t, out, "orders-0@0\norders-0@1\n")
	interrupt()
	require.EqualError(t, ended(t, end), "interrupted after 2 records")
}

func TestRate(t *testing.T) {
	b := startTestBroker(t)
	b.must("", "topic", "create", "orders", "-p", "1")
	begin := time.Now()
	b.must("1\n2\n3\n4\n5\n", "produce", "orders", "--rate", "20", "--quiet")
	require.GreaterOrEqual(t, time.Since(begin), 200*time.Millisecond) // the fifth is due after four times 50 ms
	require.Equal(t, "1\n2\n3\n4\n5\n", b.must("", "consume", "orders", "--format", `%v\n`))
}

// A record of two megabytes is too large for the client, then for the topic, then for neither.
func TestLargeRecord(t *testing.T) {
	b := startTestBroker(t)
	b.must("", "topic", "create", "orders", "-p", "1")
	large := strings.Repeat("x", 2<<20)
	for _, flags := range [][]string{{}, {"--batch-bytes", "4000000"}} {
		_, stderr, code := b.run(large, append([]string{"produce", "orders"}, flags...)...)
		require.Equal(t, exitFailed, code)
		require.Contains(t, stderr, "see --batch-bytes, and max.message.bytes of topic orders\n")
	}
	b.must("", "config", "set", "topic:orders", "max.message.bytes=4000000")
	require.Equal(t, "orders-0@0\n", b.must(large, "produce", "orders", "--batch-bytes", "4000000"))
	require.Equal(t, large+"\n", b.must("", "consume", "orders", "--format", `%v\n`))
}

// A copy is equal but for offsets' own sake: keys, headers, nulls, bytes, times and partitions.
func TestCopy(t *testing.T) {
	b := startTestBroker(t)
	b.must("", "topic", "create", "orders", "copy", "-p", "3")
	var lines strings.Builder
	for i := range 500 {
		fmt.Fprintf(&lines, `{"key":"k%d","value_base64":"/w%s=","headers":[{"key":"n","value":"%d"}],"partition":%d,"timestamp":%d}`+"\n",
			i%7, string(rune('A'+i%26)), i, i%3, 1_700_000_000_000+i)
	}
	require.Equal(t, 500, strings.Count(b.must(lines.String(), "produce", "orders", "--json", "-z", "gzip"), "\n"))
	for _, p := range []string{"0", "1", "2"} {
		read := b.must("", "consume", "orders", "--json", "-p", p)
		b.must(read, "produce", "copy", "--json", "--quiet")
		require.Equal(t, strings.ReplaceAll(read, `"topic":"orders"`, `"topic":"copy"`),
			b.must("", "consume", "copy", "--json", "-p", p))
	}
}

// The last offsets of a partition may hold nothing: here a broker says that it ends at 5, and has three records.
// Reading until the end ends nevertheless.
func TestUntilEndBeyondAGap(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "users"))
	require.NoError(t, err)
	defer c.Close()
	b := &testBroker{t: t, addr: c.ListenAddrs()[0]}
	b.must("a\nb\nc\n", "produce", "users")
	c.ControlKey(int16(kmsg.ListOffsets), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		r := kmsg.NewPtrListOffsetsResponse()
		r.Version = req.GetVersion()
		asked := req.(*kmsg.ListOffsetsRequest).Topics[0].Partitions[0]
		p := kmsg.NewListOffsetsResponseTopicPartition()
		p.Offset = 0
		if asked.Timestamp == endOfPartition {
			p.Offset = 5
		}
		r.Topics = []kmsg.ListOffsetsResponseTopic{{Topic: "users", Partitions: []kmsg.ListOffsetsResponseTopicPartition{p}}}
		return r, nil, true
	})
	require.Equal(t, "a\nb\nc\n", b.must("", "consume", "users", "--format", `%v\n`))
}

func TestFirstRecord(t *testing.T) {
	batch := func(o record.Options, offsets ...kafka.Offset) []byte {
		b := record.NewBuilder(o)
		for _, at := range offsets {
			b.AddAt(at, 1, nil, []byte("x"))
		}
		return b.Build()
	}
	full := batch(record.Options{BaseOffset: 10}, 10, 11, 12)
	hollow := batch(record.Options{BaseOffset: 13, LastOffset: 19}) // compaction took its records and kept its offsets
	holed := batch(record.Options{BaseOffset: 20, LastOffset: 29}, 20, 24)
	for _, c := range []struct {
		batches  []byte
		at, want int64
	}{
		{nil, 7, 30},                              // nothing is left up to the end
		{full, 11, 11},                            // there is one
		{full, 13, 13},                            // all of the batch is before it
		{hollow, 14, 20},                          // over the hollow one
		{slices.Concat(hollow, holed), 13, 20},    // and to the next, which has records
		{holed, 22, 22},                           // 24 is still to come
		{holed, 25, 30},                           // nothing but offsets
		{[]byte("this is no batch at all"), 8, 8}, // not ours to judge
	} {
		require.Equal(t, c.want, firstRecord(c.batches, progressAt{c.at, 30}), "from %d", c.at)
	}
}

// The commands ask no more of a broker than Kafka's protocol: here is another one, with three brokers.
func TestAnotherKafka(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(2, "seeded"))
	require.NoError(t, err)
	defer c.Close()
	b := &testBroker{t: t, addr: c.ListenAddrs()[0]}
	require.Equal(t, "made topic orders with 3 partitions, replication factor 3\n",
		b.must("", "topic", "create", "orders", "-p", "3", "-r", "3"))
	_, stderr, code := b.run("", "topic", "create", "orders", "-p", "3")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "TOPIC_ALREADY_EXISTS")
	require.Equal(t, "orders-1@0\norders-1@1\n", b.must("a\nb\n", "produce", "orders", "-p", "1"))
	require.Equal(t, "1@0 a\n1@1 b\n", b.must("", "consume", "orders", "--format", `%p@%o %v\n`))
	require.Equal(t, "b\n", b.must("", "consume", "orders", "--from", "-1", "-p", "1", "--format", `%v\n`))
	require.Equal(t, "a\n", b.must("", "consume", "orders", "--group", "g", "--count", "1", "--format", `%v\n`))

	var g groupJSON
	require.NoError(t, json.Unmarshal([]byte(b.must("", "group", "describe", "g", "--json")), &g))
	require.Equal(t, int64(1), g.Lag)
	require.Equal(t, groupOffset{Topic: "orders", Partition: 1, Committed: 1, End: 2, Lag: 1},
		withoutMetadata(g.Partitions[1]))

	var d topicJSON
	require.NoError(t, json.Unmarshal([]byte(b.must("", "topic", "describe", "orders", "--json")), &d))
	require.Len(t, d.Partitions, 3)
	require.Len(t, d.Partitions[1].Replicas, 3)
	require.Equal(t, int64(2), d.Partitions[1].End)
	require.Contains(t, b.must("", "topic", "list"), "seeded")
	b.must("", "config", "set", "topic:orders", "retention.ms=1000")
	require.Contains(t, b.must("", "config", "get", "topic:orders", "retention.ms"), "1000")
	require.Equal(t, "deleted topic orders\n", b.must("", "topic", "delete", "orders"))
}

// A broker that takes records and hangs up instead of answering is given up after the timeout.
func TestProduceWithoutAnswer(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	require.NoError(t, err)
	defer c.Close()
	b := &testBroker{t: t, addr: c.ListenAddrs()[0]}
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		return nil, io.ErrUnexpectedEOF, true
	})
	begin := time.Now()
	_, stderr, code := b.run("a\nb\n", "produce", "orders", "--timeout", "300ms")
	require.Equal(t, exitFailed, code)
	require.Equal(t, "gregor: 2 of 2 records not written: no answer from "+b.addr+
		" within 300ms; the cluster says to connect to "+b.addr+"\n", stderr)
	require.Less(t, time.Since(begin), 10*time.Second)
}

func withoutMetadata(o groupOffset) groupOffset {
	o.Metadata = ""
	return o
}

// A replica that does not keep up is reported, and so is a partition without a leader.
func TestUnderReplicated(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(3, "orders"))
	require.NoError(t, err)
	defer c.Close()
	b := &testBroker{t: t, addr: c.ListenAddrs()[0]}
	require.Empty(t, b.must("", "topic", "describe", "orders", "--under-replicated"))
	leaders := []int32{c.LeaderFor("orders", 0), c.LeaderFor("orders", 1)} // who is asked for offsets
	c.ControlKey(int16(kmsg.Metadata), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		r := kmsg.NewPtrMetadataResponse()
		r.Version, r.ControllerID = req.GetVersion(), 0
		for i, addr := range c.ListenAddrs() {
			host, port, _ := strings.Cut(addr, ":")
			broker := kmsg.NewMetadataResponseBroker()
			broker.NodeID, broker.Host = int32(i), host
			_, _ = fmt.Sscan(port, &broker.Port)
			r.Brokers = append(r.Brokers, broker)
		}
		topic := kmsg.NewMetadataResponseTopic()
		name := "orders"
		topic.Topic = &name
		for _, p := range []kmsg.MetadataResponseTopicPartition{
			{Partition: 0, Leader: leaders[0], Replicas: []int32{0, 1, 2}, ISR: []int32{0, 1, 2}},
			{Partition: 1, Leader: leaders[1], Replicas: []int32{0, 1, 2}, ISR: []int32{1, 2}, OfflineReplicas: []int32{0}},
			{Partition: 2, Leader: -1, LeaderEpoch: 7, Replicas: []int32{2}, ISR: []int32{2}, ErrorCode: 5}} {
			topic.Partitions = append(topic.Partitions, p)
		}
		r.Topics = append(r.Topics, topic)
		return r, nil, true
	})
	out := b.must("", "topic", "describe", "orders", "--under-replicated")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 4, out)
	require.Regexp(t, `^ +1 +\d +0 +1,2 +0,1,2 +0 +0 +0 .*  UNDER-REPLICATED(, PREFERRED LEADER NOT LEADING)?$`, lines[2])
	require.Regexp(t, `^ +2 +none +7 +2 +2 +- +- +- +- +NO LEADER, UNDER-REPLICATED$`, lines[3])
}
