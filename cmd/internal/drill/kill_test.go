package drill

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"gregor/cmd/internal/ports"
)

var rounds = flag.Int("drill.rounds", 4, "how often the broker is killed")

const (
	topic      = "drill"
	partitions = 3
	perSecond  = 2000
)

// TestKillFlushed kills a broker that flushes every record; TestKillUnflushed one that flushes nothing.
func TestKillFlushed(t *testing.T)   { drill(t, "log.flush.interval.messages=1") }
func TestKillUnflushed(t *testing.T) { drill(t) }

func drill(t *testing.T, sets ...string) {
	b := &process{binary: build(t), data: t.TempDir(), addr: freeAddr(t), sets: sets}
	b.start(t)
	defer b.kill()
	createTopic(t, 1, b.addr)
	acked := &ledger{}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { send(ctx, t, acked, b.addr) })
	for i := range *rounds {
		time.Sleep(time.Duration(300+137*i%500) * time.Millisecond)
		b.kill()
		b.restarts = append(b.restarts, b.start(t))
	}
	time.Sleep(500 * time.Millisecond)
	stop()
	done.Wait()
	b.kill()
	b.start(t)
	found := readAll(t, b.addr)
	judge(t, acked, found)
	slices.Sort(b.restarts)
	t.Logf("%d kills, %d records acknowledged, %d found; restart to first accepted connection: median %v, worst %v",
		*rounds, acked.count(), len(found), b.restarts[len(b.restarts)/2].Round(time.Millisecond),
		b.restarts[len(b.restarts)-1].Round(time.Millisecond))
}

// process is one `gregor serve`.
type process struct {
	binary, data, addr string
	sets               []string
	descriptors        int // that it may have; 0: as many as this process
	cmd                *exec.Cmd
	restarts           []time.Duration
}

// start starts the broker and reports how long it took until a connection was accepted and answered.
func (p *process) start(t *testing.T) time.Duration {
	t.Helper()
	args := []string{"serve", "--quiet", "--data", p.data, "--set", "listeners=PLAINTEXT://" + p.addr}
	for _, s := range p.sets {
		args = append(args, "--set", s)
	}
	begin := time.Now()
	p.cmd = exec.Command(p.binary, args...)
	if p.descriptors > 0 {
		limit := fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, p.descriptors)
		p.cmd = exec.Command("sh", append([]string{"-c", limit, p.binary}, args...)...)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready") {
		t.Fatalf("the broker said %q instead of ready: %v\nits data: %s", line, err, p.data)
	}
	return time.Since(begin)
}

func (p *process) kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended by itself; Wait returns it
	_ = p.cmd.Wait()                          // "signal: killed" is what was asked for
	p.cmd = nil
}

// interrupt asks the process to stop.
func (p *process) interrupt(t *testing.T) {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

// build compiles the command once for all drills.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "gregor")
	if out, err := exec.Command("go", "build", "-o", binary, "gregor/cmd/gregor").CombinedOutput(); err != nil {
		t.Fatalf("building gregor: %v\n%s", err, out)
	}
	return binary
}

// freeAddr finds a port that is free; the broker keeps it across restarts.
func freeAddr(t *testing.T) string {
	t.Helper()
	addrs, err := ports.Free(1)
	if err != nil {
		t.Fatal(err)
	}
	return addrs[0]
}

func createTopic(t *testing.T, replicas int16, addrs ...string) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(addrs...))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := kadm.NewClient(c).CreateTopic(context.Background(), partitions, replicas, nil, topic); err != nil {
		t.Fatal(err)
	}
}

// ledger is what was acknowledged: value and offset by partition, in the order it was sent.
type ledger struct {
	mu      sync.Mutex
	records [partitions][]record
}

type record struct {
	value  string
	offset int64
	sent   time.Time // handed to the client
	acked  time.Time
}

func (l *ledger) add(r *kgo.Record, sent time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records[r.Partition] = append(l.records[r.Partition], record{string(r.Value), r.Offset, sent, time.Now()})
}

func (l *ledger) count() int {
	n := 0
	for _, p := range l.records {
		n += len(p)
	}
	return n
}

// send produces at a fixed rate with acks=all and idempotence until ctx ends, then waits for every outcome.
func send(ctx context.Context, t *testing.T, acked *ledger, addrs ...string) {
	c, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.MetadataMinAge(20*time.Millisecond),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RetryBackoffFn(func(int) time.Duration {
			return 20 * time.Millisecond
		}), kgo.RecordRetries(1<<30), kgo.UnknownTopicRetries(-1))
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	tick := time.NewTicker(time.Second / (perSecond / 10))
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; {
		select {
		case <-ctx.Done():
		case <-tick.C:
			for range 10 {
				sent := time.Now()
				r := &kgo.Record{Topic: topic, Partition: int32(n % partitions), Value: fmt.Appendf(nil, "v%08d", n)}
				c.Produce(context.Background(), r, func(r *kgo.Record, err error) {
					if err != nil {
						t.Errorf("%s: %v", r.Value, err)
						return
					}
					acked.add(r, sent)
				})
				n++
			}
		}
	}
	flush, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := c.Flush(flush); err != nil {
		t.Errorf("not everything was acknowledged after the last restart: %v", err)
	}
}

// found is a record as it was read.
type found struct {
	partition int32
	record
}

// readAll reads every partition from its beginning to its end.
func readAll(t *testing.T, addrs ...string) []found {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	left := total(ctx, t, kadm.NewClient(c))
	var all []found
	for left > 0 {
		fs := c.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			t.Fatalf("%d records of %s could not be read: %v", left, topic, fs.Err())
		}
		fs.EachRecord(func(r *kgo.Record) {
			all = append(all, found{r.Partition, record{value: string(r.Value), offset: r.Offset}})
			left--
		})
	}
	return all
}

// total is how many records there are. A leader that has just begun does not say where its log ends before it knows
// (OFFSET_NOT_AVAILABLE, KIP-207); then it is asked again, and how often is bounded by ctx.
func total(ctx context.Context, t *testing.T, c *kadm.Client) (n int64) {
	t.Helper()
	for {
		ends, err := c.ListEndOffsets(ctx, topic)
		if err == nil {
			err = ends.Error()
		}
		switch {
		case err == nil:
			ends.Each(func(o kadm.ListedOffset) { n += o.Offset })
			return n
		case ctx.Err() != nil || !kerr.IsRetriable(err):
			t.Fatalf("where the partitions end: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// judge compares what was acknowledged with what is there.
func judge(t *testing.T, acked *ledger, all []found) {
	t.Helper()
	var logs [partitions][]record
	seen := map[string]int64{}
	for _, f := range all {
		logs[f.partition] = append(logs[f.partition], f.record)
		if at, twice := seen[f.value]; twice {
			t.Errorf("%s is there twice, at offsets %d and %d", f.value, at, f.offset)
		}
		seen[f.value] = f.offset
	}
	for p := range logs {
		for i, r := range logs[p] {
			if i > 0 && r.value <= logs[p][i-1].value {
				t.Errorf("partition %d: %s at offset %d comes after %s", p, r.value, r.offset, logs[p][i-1].value)
			}
		}
		lost := 0
		for _, want := range acked.records[p] {
			if at, ok := seen[want.value]; !ok || at != want.offset {
				if lost++; lost <= 5 {
					t.Errorf("partition %d: %s was acknowledged at offset %d and is not there (found: %v at %d)", p, want.value,
						want.offset, ok, at)
				}
			}
		}
		if lost > 5 {
			t.Errorf("partition %d: %d acknowledged records in all are lost or moved", p, lost)
		}
	}
}
