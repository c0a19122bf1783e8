package drill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	nodes    = 3
	patience = time.Minute // for what must come
)

// TestKillLeaders kills the leader of a partition with three replicas again and again, under a producer with acks=all
// and idempotence: what was acknowledged is there, once, in order, and all replicas end up with the same bytes.
func TestKillLeaders(t *testing.T) {
	c := newCluster(t)
	defer c.kill()
	c.startAll(t)
	createTopic(t, nodes, c.addrs...)
	client := c.client(t)
	awaitISR(t, client)
	acked := &ledger{}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { send(ctx, t, acked, c.addrs...) })
	var kills []kill
	for i := range *rounds {
		time.Sleep(time.Duration(500+137*i%500) * time.Millisecond)
		p := int32(i % partitions)
		leader := leaders(t, client)[p]
		victim, controls := c.brokers[leader-1], leader == activeController(t, client)
		victim.kill()
		kills = append(kills, kill{p, time.Now(), controls})
		time.Sleep(time.Duration(200+311*i%2500) * time.Millisecond)
		victim.start(t)
		awaitISR(t, client)
	}
	time.Sleep(500 * time.Millisecond)
	stop()
	done.Wait()
	judge(t, acked, readAll(t, c.addrs...))
	awaitISR(t, client)
	c.stopAll(t)
	c.compareReplicas(t)
	c.tell(t, acked, kills)
}

// kill is when the leader of a partition was dead.
type kill struct {
	partition int32
	at        time.Time
	controls  bool // it was the active controller as well
}

// cluster is three processes, each a broker and a controller.
type cluster struct {
	brokers []*process
	addrs   []string
}

func newCluster(t *testing.T) *cluster {
	binary, data := build(t), t.TempDir()
	var voters []string
	for i := range nodes {
		voters = append(voters, fmt.Sprintf("%d@%s", i+1, freeAddr(t)))
	}
	c := &cluster{}
	for i, v := range voters {
		addr := freeAddr(t)
		_, controller, _ := strings.Cut(v, "@")
		sets := []string{fmt.Sprintf("node.id=%d", i+1), "process.roles=broker,controller",
			"controller.listener.names=CONTROLLER",
			"listeners=PLAINTEXT://" + addr + ",CONTROLLER://" + controller,
			"controller.quorum.voters=" + strings.Join(voters, ","),
			"min.insync.replicas=2", "offsets.topic.replication.factor=3"}
		c.brokers = append(c.brokers, &process{binary: binary, data: filepath.Join(data, fmt.Sprint(i+1)), addr: addr,
			sets: sets})
		c.addrs = append(c.addrs, addr)
	}
	return c
}

// startAll starts the processes side by side: one alone has no quorum.
func (c *cluster) startAll(t *testing.T) {
	var all sync.WaitGroup
	for _, b := range c.brokers {
		all.Go(func() { b.start(t) })
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

func (c *cluster) kill() {
	for _, b := range c.brokers {
		b.kill() // one that has been waited for is not there to be killed
	}
}

// stopAll stops the processes in an orderly way.
func (c *cluster) stopAll(t *testing.T) {
	for _, b := range c.brokers {
		b.interrupt(t)
	}
	for i, b := range c.brokers {
		late := time.AfterFunc(patience, func() { _ = b.cmd.Process.Kill() }) // Wait returns it
		if err := b.cmd.Wait(); err != nil {
			t.Errorf("broker %d did not stop in an orderly way: %v", i+1, err)
		}
		late.Stop()
	}
}

func (c *cluster) client(t *testing.T) *kgo.Client {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.addrs...), kgo.MetadataMinAge(20*time.Millisecond),
		kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }), kgo.RequestRetries(1000))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// describe returns the topic as the cluster describes it, or why it does not.
func describe(client *kgo.Client) (all kadm.PartitionDetails, why string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	topics, err := kadm.NewClient(client).ListTopics(ctx, topic)
	if err == nil {
		err = topics[topic].Err
	}
	if err == nil && len(topics[topic].Partitions) != partitions {
		err = errors.New("partitions are missing")
	}
	if err != nil {
		return nil, err.Error()
	}
	return topics[topic].Partitions, ""
}

// awaitISR waits until every replica of every partition is in sync.
func awaitISR(t *testing.T, client *kgo.Client) {
	t.Helper()
	await(t, "all replicas to be in sync", func() (bool, string) {
		in := 0
		all, text := describe(client)
		for p, d := range all {
			in += len(d.ISR)
			text += fmt.Sprintf(" %d: leader %d isr %v;", p, d.Leader, d.ISR)
		}
		return in == partitions*nodes, text
	})
}

// leaders are the leaders of all partitions, once each has one.
func leaders(t *testing.T, client *kgo.Client) (of [partitions]int32) {
	t.Helper()
	await(t, "every partition to have a leader", func() (bool, string) {
		all, why := describe(client)
		for p := range of {
			of[p] = all[int32(p)].Leader
		}
		return !slices.ContainsFunc(of[:], func(l int32) bool { return l <= 0 }), fmt.Sprint(of, why)
	})
	return of
}

// activeController is the leader of the quorum.
func activeController(t *testing.T, client *kgo.Client) (leader int32) {
	t.Helper()
	req := kmsg.NewPtrDescribeQuorumRequest()
	part := kmsg.NewDescribeQuorumRequestTopicPartition()
	req.Topics = []kmsg.DescribeQuorumRequestTopic{{Topic: "__cluster_metadata",
		Partitions: []kmsg.DescribeQuorumRequestTopicPartition{part}}}
	await(t, "the quorum to have a leader", func() (bool, string) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		resp, err := req.RequestWith(ctx, client)
		if err != nil || len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
			return false, fmt.Sprint(err)
		}
		p := resp.Topics[0].Partitions[0]
		leader = p.LeaderID
		return p.ErrorCode == 0 && leader > 0, fmt.Sprintf("error code %d, leader %d", p.ErrorCode, p.LeaderID)
	})
	return leader
}

func await(t *testing.T, what string, there func() (bool, string)) {
	t.Helper()
	for limit := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		ok, now := there()
		if ok {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("waited %v in vain for %s:%s", patience, what, now)
		}
	}
}

// compareReplicas compares the bytes of all replicas of a partition. Where a log goes on in a new file is each
// replica's own business, so the files are joined first.
func (c *cluster) compareReplicas(t *testing.T) {
	for p := range partitions {
		want := c.logOf(t, 0, p)
		for b := 1; b < nodes; b++ {
			if got := c.logOf(t, b, p); !bytes.Equal(got, want) {
				t.Errorf("partition %d: broker %d has %d bytes and broker 1 has %d, or others", p, b+1, len(got), len(want))
			}
		}
	}
}

func (c *cluster) logOf(t *testing.T, broker, partition int) (all []byte) {
	files, err := filepath.Glob(filepath.Join(c.brokers[broker].data, fmt.Sprintf("%s-%d", topic, partition), "*.log"))
	if err != nil || len(files) == 0 {
		t.Fatalf("broker %d has no log of partition %d: %v", broker+1, partition, err)
	}
	slices.Sort(files) // names are offsets of one width
	for _, f := range files {
		bytes, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, bytes...)
	}
	return all
}

// tell reports how long a partition was without an acknowledged write: from the death of its leader to the first
// acknowledgement of a record that was sent after that.
func (c *cluster) tell(t *testing.T, acked *ledger, kills []kill) {
	gaps := map[bool][]time.Duration{}
	for _, k := range kills {
		first := slices.IndexFunc(acked.records[k.partition], func(r record) bool { return r.sent.After(k.at) })
		if first < 0 {
			t.Errorf("nothing of partition %d was acknowledged after a kill", k.partition)
			continue
		}
		gaps[k.controls] = append(gaps[k.controls], acked.records[k.partition][first].acked.Sub(k.at))
	}
	t.Logf("%d leaders killed, %d records acknowledged; from the kill to the first acknowledged write: median %v, worst %v; where the leader was the active controller as well: median %v, worst %v of %d",
		len(kills), acked.count(), middle(gaps[false]), worst(gaps[false]), middle(gaps[true]), worst(gaps[true]),
		len(gaps[true]))
}

func middle(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2].Round(time.Millisecond)
}

func worst(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return slices.Max(all).Round(time.Millisecond)
}
