package placement_test

import (
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/alarm"
	"gregor/core/delta"
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/logdir"
	"gregor/core/metadata"
	"gregor/core/placement"
	"gregor/core/seglog"
	"gregor/disksim"
)

var (
	ordersID = kafka.UUID{9}
	orders   = kafka.TopicPartition{Topic: "orders"}
)

// bench is broker 1 with a directory on a simulated disk, an image with topic orders, and no logs: what is opened is
// noted.
type bench struct {
	t      *testing.T
	disk   *disksim.Disk
	due    []due
	now    env.Instant
	alarms alarm.Heap
	dir    *logdir.Dir
	image  *metadata.Image
	placed *placement.Placement
	offset kafka.Offset
	here   []*replica
	opened int // logs that have not reported that they have loaded
	story  []string
}

type due struct {
	at   env.Instant
	tie  uint32
	slot uint64
}

// replica is one that is here.
type replica struct {
	bench *bench
	placement.Replica
}

func (r *replica) TopicID() kafka.UUID                    { return r.Topic }
func (r *replica) Apply(_ env.Now, _ *metadata.Partition) {}
func (r *replica) Delete(env.Now)                         { r.bench.say("%s is deleted", r.TopicPartition) }

func (b *bench) say(format string, args ...any) {
	b.story = append(b.story, fmt.Sprintf(format, args...))
}

// What the simulated disk needs.
func (b *bench) Now() env.Instant { return b.now }
func (b *bench) At(at env.Instant, tie uint32, slot uint64) {
	b.due = append(b.due, due{max(at, b.now), tie, slot})
}
func (b *bench) Deliver(e *env.Event, _ uint64) { b.dir.Complete(env.Now{Mono: b.now}, *e) }
func (b *bench) Cause() uint64                  { return 0 }
func (b *bench) Sum(p []byte) uint64            { return uint64(crc32.ChecksumIEEE(p)) }
func (b *bench) Hash(uint64)                    {}

// What the directory needs.
func (b *bench) Points(func(kafka.TopicPartition, seglog.Recovery)) {}
func (b *bench) CheckpointEvery() time.Duration                     { return time.Minute }
func (b *bench) Stopping() bool                                     { return false }
func (b *bench) GiveUp(format string, args ...any)                  { b.t.Fatalf(format, args...) }
func (b *bench) Warn(string, ...any)                                {}

// What the placement needs: its table and its host.
func (b *bench) Named(tp kafka.TopicPartition) (placement.Partition, bool) {
	i := slices.IndexFunc(b.here, func(r *replica) bool { return r.TopicPartition == tp })
	if i < 0 {
		return nil, false
	}
	return b.here[i], true
}

func (b *bench) Each(do func(placement.Partition)) {
	for _, r := range b.here {
		do(r)
	}
}

func (b *bench) Open(_ env.Now, r placement.Replica, _ *metadata.Topic) placement.Partition {
	b.say("%s is opened, named before: %v", r.TopicPartition, r.Named)
	b.here = append(b.here, &replica{b, r})
	b.opened++
	return b.here[len(b.here)-1]
}

func (b *bench) Drop(_ env.Now, p placement.Partition) {
	b.here = slices.DeleteFunc(b.here, func(r *replica) bool { return r == p })
}

func (b *bench) SetAside(tp kafka.TopicPartition) { b.say("%s is set aside", tp) }
func (b *bench) LogOpened(env.Now)                {}
func (b *bench) Stops() bool                      { return false }

func newBench(t *testing.T, replicas ...kafka.NodeID) *bench {
	b := &bench{t: t, image: metadata.New()}
	b.disk = disksim.New(b, disksim.Options{}, env.NewRand(1))
	b.start() // creates meta.properties
	for name, text := range map[string]string{
		"partition.metadata": "version: 0\ntopic_id: " + ordersID.String() + "\n", "00000000000000000000.log": "x"} {
		require.NoError(t, b.disk.WriteFile("orders-0/"+name, []byte(text)))
	}
	for id := range kafka.NodeID(2) {
		b.apply(&metadata.RegisterBroker{Broker: id + 1, Epoch: kafka.BrokerEpoch(id)})
	}
	b.apply(&metadata.TopicRecord{Name: "orders", ID: ordersID})
	b.apply(&metadata.PartitionRecord{Topic: ordersID, Replicas: replicas, ISR: replicas, Leader: replicas[0],
		Directories: make([]kafka.UUID, len(replicas))})
	b.start()
	b.placed = placement.New(&describe.Cluster{Image: b.image, Self: 1, ID: "c"}, b.dir, b, b)
	b.placed.Begin()
	b.placed.DropStrays(env.Now{})
	b.follow(delta.Delta{All: true})
	return b
}

func (b *bench) start() {
	b.dir = logdir.New(b.disk, &b.alarms, b, b, logdir.Config{Node: 1, Voters: "1@c1:9093"}, env.NewRand(7))
	b.dir.Start(func(env.Now) {})
	b.run()
}

func (b *bench) apply(r metadata.Record) {
	require.NoError(b.t, b.image.Apply(b.offset, r))
	b.offset++
}

// place has the image place the partition on brokers.
func (b *bench) place(replicas ...kafka.NodeID) {
	r := metadata.NewPartitionChange(ordersID, 0)
	r.Replicas, r.ISR, r.Leader, r.Directories = replicas, replicas, replicas[0], make([]kafka.UUID, len(replicas))
	b.apply(r)
	b.follow(delta.Delta{Topics: []kafka.UUID{ordersID}})
}

func (b *bench) follow(d delta.Delta) {
	b.placed.Follow(env.Now{Mono: b.now}, &d)
	b.placed.OpenMore()
}

// run lets the disk come to rest, and opens what waited for it.
func (b *bench) run() {
	for len(b.due) > 0 {
		slices.SortStableFunc(b.due, func(x, y due) int {
			if x.at != y.at {
				return int(x.at - y.at)
			}
			return int(int64(x.tie) - int64(y.tie))
		})
		d := b.due[0]
		b.due = b.due[1:]
		b.now = max(b.now, d.at)
		b.disk.Fire(d.slot)
		if b.placed == nil {
			continue
		}
		for ; b.opened > 0; b.opened-- {
			b.placed.Opened(env.Now{Mono: b.now})
		}
		b.placed.OpenMore()
	}
}

func (b *bench) files() string {
	var names []string
	for _, f := range b.disk.Files() {
		if strings.HasPrefix(f.Path, "orders-0") {
			names = append(names, f.Path)
		}
	}
	return strings.Join(names, " ")
}

func TestAReplicaIsOpenedWithItsDirectory(t *testing.T) {
	b := newBench(t, 1, 2)
	b.run()
	require.Equal(t, []string{"orders-0 is opened, named before: true"}, b.story)
	require.True(t, b.placed.Loaded())
}

func TestAStrayIsSetAside(t *testing.T) {
	b := newBench(t, 2)
	b.run()
	require.Equal(t, []string{"orders-0 is set aside"}, b.story)
	require.Contains(t, b.files(), "-stray/")
	require.True(t, b.placed.Loaded())
}

// A replica that is removed before its log is opened: it would otherwise be opened with what it had before when it
// returns, although other brokers have overwritten that.
func TestAReplicaThatIsRemovedUnopenedIsSetAside(t *testing.T) {
	b := newBench(t, 1, 2)
	b.place(2)
	b.run()
	require.Equal(t, []string{"orders-0 is set aside"}, b.story)
	require.True(t, b.placed.Loaded(), "nothing is left to be opened")
	b.place(1, 2)
	b.run()
	require.Equal(t, []string{"orders-0 is set aside", "orders-0 is opened, named before: false"}, b.story)
	require.NotContains(t, b.files(), "orders-0/")
}

// One that returns while its directory is being renamed waits for that.
func TestAReplicaThatReturnsAtOnceWaits(t *testing.T) {
	b := newBench(t, 1, 2)
	b.place(2)
	b.place(1, 2)
	b.run()
	require.Equal(t, []string{"orders-0 is opened, named before: true"}, b.story, "the removal was never seen")
	require.True(t, b.placed.Loaded())
}

// One that is removed when its log is open is dropped, and deleted once no checkpoint speaks of it.
func TestAReplicaThatIsRemovedIsDeleted(t *testing.T) {
	b := newBench(t, 1, 2)
	b.run()
	b.place(2)
	require.True(t, b.placed.Forgetting())
	b.run()
	require.Equal(t, []string{"orders-0 is opened, named before: true", "orders-0 is deleted"}, b.story)
	require.Empty(t, b.here)
}
