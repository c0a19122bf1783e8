//go:build kfake

package client_test

// These tests run the clients over real sockets against kfake, an independent broker:
//
//	go test -tags kfake ./core/client
//
// The pump below is a small host: it may use what core may not.

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gregor/core/client"
	"gregor/core/env"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

type pump struct {
	mu    sync.Mutex
	node  env.Node
	begin time.Time
	facts []env.Fact
	conns map[env.ConnID]net.Conn
	next  env.ConnID
	queue []func() // effects of the step under way
	wake  chan struct{}
	done  bool
	sent  []string // names of the requests
}

func (p *pump) Emit(f env.Fact) { p.facts = append(p.facts, f) }

func (p *pump) now() env.Now {
	return env.Now{Mono: env.Instant(time.Since(p.begin)), Wall: env.WallMillis(time.Now().UnixMilli())}
}

func (p *pump) step(e env.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done {
		return
	}
	p.node.Step(p.now(), e)
	queue := p.queue
	p.queue = nil
	for _, f := range queue {
		f()
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *pump) Dial(op env.OpID, addr string) {
	p.queue = append(p.queue, func() {
		go func() {
			c, err := net.DialTimeout("tcp", addr, time.Second)
			if err != nil {
				p.step(env.Event{Kind: env.Dialed, Op: op, Err: env.ErrRefused})
				return
			}
			p.mu.Lock()
			p.next++
			id := p.next
			p.conns[id] = c
			p.mu.Unlock()
			p.step(env.Event{Kind: env.Dialed, Op: op, Conn: id})
			p.read(id, c)
		}()
	})
}

func (p *pump) read(id env.ConnID, c net.Conn) {
	proto := client.Protocol()
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(c, head); err != nil {
			break
		}
		n, err := proto.FrameSize(head)
		if err != nil {
			break
		}
		frame := append(head, make([]byte, n-4)...)
		if _, err := io.ReadFull(c, frame[4:]); err != nil {
			break
		}
		m, err := proto.Decode(frame, nil)
		if err != nil {
			break
		}
		buf := &env.Buffer{Bytes: frame, Recycle: func(b *env.Buffer) { clear(b.Bytes) }}
		p.step(env.Event{Kind: env.Message, Conn: id, Message: m, Buffer: buf})
	}
	c.Close()
	p.step(env.Event{Kind: env.Closed, Conn: id})
}

func (p *pump) Send(op env.OpID, conn env.ConnID, parts ...env.Segment) {
	p.sent = append(p.sent, kmsg.NameForKey(int16(binary.BigEndian.Uint16(parts[0].Bytes[4:]))))
	p.queue = append(p.queue, func() {
		c := p.conns[conn]
		var err error = env.ErrReset
		if c != nil {
			for _, s := range parts {
				if _, err = c.Write(s.Bytes); err != nil {
					break
				}
			}
		}
		if op != 0 {
			go p.step(env.Event{Kind: env.Sent, Op: op, Conn: conn, Err: err})
		}
	})
}
func (p *pump) Pause(env.ConnID)  {}
func (p *pump) Resume(env.ConnID) {}
func (p *pump) Close(conn env.ConnID) {
	p.queue = append(p.queue, func() {
		if c := p.conns[conn]; c != nil {
			c.Close()
		}
	})
}

// launch runs a node until the test ends.
func launch(t *testing.T, seed uint64, make func(env.World) env.Node) *pump {
	p := &pump{begin: time.Now(), conns: map[env.ConnID]net.Conn{}, wake: make1()}
	p.node = make(env.World{Network: p, Rand: env.NewRand(seed), Facts: p})
	go func() {
		p.step(env.Event{Kind: env.Boot})
		for {
			p.mu.Lock()
			d, over := p.node.Deadline(), p.done
			p.mu.Unlock()
			if over {
				return
			}
			wait := time.Hour
			if d != env.Never {
				wait = max(0, time.Duration(d)-time.Since(p.begin))
			}
			select {
			case <-p.wake:
			case <-time.After(wait):
				p.step(env.Event{Kind: env.Tick})
			}
		}
	}()
	t.Cleanup(func() { p.mu.Lock(); p.done = true; p.mu.Unlock() })
	return p
}

func make1() chan struct{} { return make(chan struct{}, 1) }

func (p *pump) shutdown() { go p.step(env.Event{Kind: env.Shutdown}) }

// until waits for the condition over the facts told so far.
func (p *pump) until(t *testing.T, what string, ok func([]env.Fact) bool) []env.Fact {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		p.mu.Lock()
		facts := slices.Clone(p.facts)
		p.mu.Unlock()
		if ok(facts) {
			return facts
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	told := slices.DeleteFunc(slices.Clone(p.facts), func(f env.Fact) bool { _, poll := f.(env.PollCalled); return poll })
	for _, f := range told[max(0, len(told)-40):] {
		t.Logf("%T%+v", f, f)
	}
	t.Logf("sent: %s", strings.Join(p.sent[max(0, len(p.sent)-60):], " "))
	t.Fatalf("waited in vain for %s; deadline %v, now %v", what, p.node.Deadline(), p.now().Mono)
	return nil
}

func count[F env.Fact](facts []env.Fact, ok func(F) bool) (n int) {
	for _, f := range facts {
		if f, is := f.(F); is && ok(f) {
			n++
		}
	}
	return n
}

func any1[F env.Fact](F) bool { return true }

func cluster(t *testing.T, partitions int32, opts ...kfake.Opt) (*kfake.Cluster, string) {
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3), kfake.SeedTopics(partitions, "orders")},
		opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, strings.Join(c.ListenAddrs(), ",")
}

func set(t *testing.T, c interface{ Set(n, v string) error }, pairs ...string) {
	t.Helper()
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		if err := c.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
}

func producer(t *testing.T, name, addrs string, pairs ...string) *pump {
	cfg := client.NewProducerConfig(name)
	set(t, &cfg, append([]string{"bootstrap.servers=" + addrs, "topic=orders"}, pairs...)...)
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	return launch(t, 1, func(w env.World) env.Node { return client.NewProducer(w, cfg) })
}

func consumer(t *testing.T, name, addrs string, pairs ...string) *pump {
	cfg := client.NewConsumerConfig(name)
	set(t, &cfg, append([]string{"bootstrap.servers=" + addrs}, pairs...)...)
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	return launch(t, uint64(len(name))*77+uint64(name[len(name)-1]), func(w env.World) env.Node {
		return client.NewConsumer(w, cfg)
	})
}

func values(facts []env.Fact) (out []string) {
	for _, f := range facts {
		if f, is := f.(env.Polled); is {
			for _, r := range f.Records {
				out = append(out, r.Value)
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestProduceAndReadAll(t *testing.T) {
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		for _, acks := range []string{"acks=all", "acks=1", "acks=0"} {
			t.Run(codec+" "+acks, func(t *testing.T) {
				_, addrs := cluster(t, 3)
				p := producer(t, "p1", addrs, acks, "count=300", "keys=10", "compression.type="+codec, "value.bytes=100")
				p.until(t, "300 returns", func(f []env.Fact) bool {
					return count(f, func(r env.ProduceReturned) bool { return r.Outcome == env.OK }) == 300
				})
				p.shutdown()
				p.until(t, "the end", func(f []env.Fact) bool { return count(f, any1[env.ClientClosed]) == 1 })
				if acks == "acks=0" {
					time.Sleep(100 * time.Millisecond)
				}
				c := consumer(t, "r1", addrs, "read.all=true", "topic=orders")
				facts := c.until(t, "everything read", func(f []env.Fact) bool { return count(f, any1[env.ClientClosed]) == 1 })
				if got := values(facts); len(got) != 300 {
					t.Fatalf("read %d records, want 300", len(got))
				}
			})
		}
	}
}

func TestGroupsShareEverything(t *testing.T) {
	for _, assignor := range []string{"range", "roundrobin", "sticky", "cooperative-sticky", "range,cooperative-sticky"} {
		t.Run(assignor, func(t *testing.T) {
			_, addrs := cluster(t, 6, kfake.GroupMinSessionTimeout(time.Second))
			p := producer(t, "p1", addrs, "rate=500/s", "count=2000", "keys=60")
			conf := []string{"group=g", "topic=orders", "auto.offset.reset=earliest",
				"partition.assignment.strategy=" + assignor,
				"heartbeat.interval.ms=100", "session.timeout.ms=2000", "auto.commit.interval.ms=200"}
			a := consumer(t, "c1", addrs, conf...)
			a.until(t, "c1 reads", func(f []env.Fact) bool { return len(values(f)) > 0 })
			b := consumer(t, "c2", addrs, conf...)
			b.until(t, "c2 owns something", func(f []env.Fact) bool {
				return count(f, func(a env.PartitionsAssigned) bool { return len(a.Partitions) > 0 }) > 0
			})
			c := consumer(t, "c3", addrs, append(conf, "group.instance.id=i3")...)
			c.until(t, "c3 owns something", func(f []env.Fact) bool {
				return count(f, func(a env.PartitionsAssigned) bool { return len(a.Partitions) > 0 }) > 0
			})
			p.until(t, "all sent", func(f []env.Fact) bool { return count(f, any1[env.ProduceReturned]) == 2000 })
			b.shutdown()
			b.until(t, "c2 gone", func(f []env.Fact) bool { return count(f, any1[env.ClientClosed]) == 1 })
			all := func() (out []string) {
				for _, p := range []*pump{a, b, c} {
					p.mu.Lock()
					out = append(out, values(p.facts)...)
					p.mu.Unlock()
				}
				slices.Sort(out)
				return slices.Compact(out)
			}
			for end := time.Now().Add(15 * time.Second); len(all()) < 2000; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%d of 2000 values were read", len(all()))
				}
			}
			for _, p := range []*pump{a, c} {
				p.shutdown()
				facts := p.until(t, "closed", func(f []env.Fact) bool { return count(f, any1[env.ClientClosed]) == 1 })
				if bad := count(facts, func(l env.Logged) bool { return l.Level == env.Error }); bad > 0 {
					t.Errorf("%d errors logged: %v", bad, facts)
				}
			}
			committed := consumer(t, "c4", addrs, append(conf, "enable.auto.commit=false")...)
			facts := committed.until(t, "positions", func(f []env.Fact) bool { return count(f, any1[env.PositionSet]) == 6 })
			if n := count(facts, func(p env.PositionSet) bool { return p.Reason == "committed" }); n != 6 {
				t.Errorf("%d of 6 partitions have a committed offset", n)
			}
		})
	}
}

func TestManualCommitAndAdmin(t *testing.T) {
	_, addrs := cluster(t, 1)
	cfg := client.NewAdminConfig("admin")
	set(t, &cfg, "bootstrap.servers="+addrs)
	cfg.Commands = []client.Command{
		{Op: client.CreateTopic, Topic: "made", Partitions: 2, ReplicationFactor: 1,
			Configs: []client.Setting{{"retention.ms", "1000000"}}},
		{Op: client.CreateTopic, Topic: "made", Partitions: 2, ReplicationFactor: 1},
		{Op: client.CreatePartitions, Topic: "made", Partitions: 4},
		{Op: client.AlterConfigs, Topic: "made", Configs: []client.Setting{{"cleanup.policy", "compact"}}},
		{Op: client.EndOffset, Topic: "made", Partition: 3},
		{Op: client.DeleteTopic, Topic: "made"},
	}
	a := launch(t, 3, func(w env.World) env.Node { return client.NewAdmin(w, cfg) })
	facts := a.until(t, "admin done", func(f []env.Fact) bool { return count(f, any1[env.ClientClosed]) == 1 })
	var got []string
	for _, f := range facts {
		if f, is := f.(env.AdminReturned); is {
			got = append(got, fmt.Sprintf("%s: %.20s", f.What, f.Error))
		}
	}
	want := []string{"create-topic made: ", "create-topic made: TOPIC_ALREADY_EXISTS", "create-partitions made: ",
		"alter-configs made: ", "end-offset made: ", "delete-topic made: "}
	if !slices.Equal(got, want) {
		t.Fatalf("got %q", got)
	}

	p := producer(t, "p1", addrs, "count=50")
	p.until(t, "sent", func(f []env.Fact) bool { return count(f, any1[env.ProduceReturned]) == 50 })
	c := consumer(t, "c1", addrs, "group=g", "topic=orders", "auto.offset.reset=earliest", "commit=after",
		"max.poll.records=7", "process.ms=1")
	facts = c.until(t, "all committed", func(f []env.Fact) bool {
		return count(f, func(k env.CommitCalled) bool { return k.Offset == 50 && !k.Auto }) > 0 &&
			count(f, any1[env.CommitReturned]) == count(f, any1[env.CommitCalled])
	})
	if n := count(facts, func(r env.CommitReturned) bool { return r.Outcome != env.OK }); n > 0 {
		t.Errorf("%d commits did not succeed", n)
	}
	if n := count(facts, any1[env.Processed]); n != 50 {
		t.Errorf("%d records processed, want 50", n)
	}
}

// TestOldBroker: everything also works with a broker of Kafka 2.1's versions.
func TestOldBroker(t *testing.T) {
	_, addrs := cluster(t, 3, kfake.MaxVersions(kversion.V2_1_0()))
	p := producer(t, "p1", addrs, "count=200", "keys=10")
	p.until(t, "200 returns", func(f []env.Fact) bool {
		return count(f, func(r env.ProduceReturned) bool { return r.Outcome == env.OK }) == 200
	})
	conf := []string{"group=g", "topic=orders", "auto.offset.reset=earliest", "commit=after"}
	c := consumer(t, "c1", addrs, conf...)
	c.until(t, "all read", func(f []env.Fact) bool { return len(values(f)) == 200 })
	c.shutdown()
	c.until(t, "closed", func(f []env.Fact) bool { return count(f, any1[env.ClientClosed]) == 1 })
	d := consumer(t, "c2", addrs, conf...)
	facts := d.until(t, "positions", func(f []env.Fact) bool { return count(f, any1[env.PositionSet]) == 3 })
	if n := count(facts, func(p env.PositionSet) bool { return p.Reason == "committed" }); n != 3 {
		t.Errorf("%d of 3 partitions have a committed offset", n)
	}
}

// TestLeadersMove: leaders and the coordinator move all the time; nothing is lost, doubled or out of order.
func TestLeadersMove(t *testing.T) {
	k, addrs := cluster(t, 3)
	p := producer(t, "p1", addrs, "count=2000", "rate=1000/s", "keys=30")
	c := consumer(t, "c1", addrs, "group=g", "topic=orders", "auto.offset.reset=earliest", "auto.commit.interval.ms=50")
	for range 20 {
		time.Sleep(100 * time.Millisecond)
		k.ShufflePartitionLeaders()
		k.RehashCoordinators()
	}
	facts := p.until(t, "all sent", func(f []env.Fact) bool { return count(f, any1[env.ProduceReturned]) == 2000 })
	if n := count(facts, func(r env.ProduceReturned) bool { return r.Outcome == env.OK }); n != 2000 {
		t.Errorf("%d of 2000 are OK", n)
	}
	c.until(t, "all read", func(f []env.Fact) bool { return len(slices.Compact(values(f))) == 2000 })
	r := consumer(t, "r1", addrs, "read.all=true", "topic=orders")
	got := values(r.until(t, "the dump", func(f []env.Fact) bool { return count(f, any1[env.ClientClosed]) == 1 }))
	if len(got) != 2000 || len(slices.Compact(got)) != 2000 {
		t.Errorf("the log holds %d records", len(got))
	}
}
