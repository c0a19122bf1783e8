package broker_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/broker"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/record"
	"gregor/core/wire"
	"gregor/disksim"
)

// fastDisk is a disk for measuring the broker and nothing else: once switched on, it takes writes without keeping
// them.
type fastDisk struct {
	*disksim.Disk
	on    bool
	wrote []env.OpID
}

func (d *fastDisk) WriteAt(op env.OpID, f env.FileID, pos env.Position, parts ...[]byte) {
	if !d.on {
		d.Disk.WriteAt(op, f, pos, parts...)
		return
	}
	d.wrote = append(d.wrote, op)
}

// fastNet likewise takes answers and forgets them.
type fastNet struct {
	*world
	on   bool
	ops  []env.OpID
	sent int
}

func (n *fastNet) Send(op env.OpID, c env.ConnID, parts ...env.Segment) {
	if !n.on {
		n.world.Send(op, c, parts...)
		return
	}
	n.sent++
	if op != 0 {
		n.ops = append(n.ops, op)
	}
}

// track is a broker with one topic and one client, ready to run.
type track struct {
	tb     testing.TB
	world  *world
	disk   *fastDisk
	net    *fastNet
	broker *broker.Broker
	conn   env.ConnID
	proto  *wire.Protocol
	frame  []byte // of the request, as it came
	buf    *env.Buffer
	now    env.Now
}

func newTrack(tb testing.TB) *track {
	w := newWorld(tb, 1, disksim.Options{})
	t := &track{tb: tb, world: w, disk: &fastDisk{Disk: w.disk}, net: &fastNet{world: w}, proto: w.proto}
	// a request is what is measured
	for _, name := range []string{"broker.heartbeat.interval.ms", "broker.session.timeout.ms"} {
		w.config = append(w.config, config.Entry{Name: name, Value: "1000000000"})
	}
	c, err := config.NewBroker(w.config)
	if err != nil {
		tb.Fatal(err)
	}
	if t.broker, err = broker.New(env.World{Disk: t.disk, Network: t.net, Rand: env.NewRand(1)}, c,
		"b1:9092"); err != nil {
		tb.Fatal(err)
	}
	w.broker = t.broker
	w.step(env.Event{Kind: env.Boot})
	w.run()
	p := w.connect()
	t.conn = p.id
	create := kmsg.NewPtrCreateTopicsRequest()
	create.SetVersion(5)
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = "orders", 1, 1
	create.Topics = append(create.Topics, topic)
	if r, ok := p.call(create).(*kmsg.CreateTopicsResponse); !ok || r.Topics[0].ErrorCode != 0 {
		tb.Fatalf("create topics: %+v", r)
	}
	w.run()
	t.now = w.clock()
	t.buf = &env.Buffer{Recycle: func(*env.Buffer) {}}
	return t
}

// fill produces a few batches that stay.
func (t *track) fill(batches, size int) {
	p := t.world.conns[t.conn]
	for range batches {
		if r, ok := p.call(produceRequest("orders", batch(t.now, size), 1)).(*kmsg.ProduceResponse); !ok ||
			r.Topics[0].Partitions[0].ErrorCode != 0 {
			t.tb.Fatalf("produce: %+v", r)
		}
	}
	t.world.run()
}

func batch(now env.Now, size int) []byte {
	b := record.NewBuilder(record.Options{})
	for size > 0 {
		n := min(size, 1000)
		b.Add(now.Wall, nil, make([]byte, n))
		size -= n
	}
	return append([]byte(nil), b.Build()...)
}

// go sets the request that is sent from now on.
func (t *track) ready(r kmsg.Request) {
	t.frame = wire.AppendRequest(nil, r, 7, "bench")
	t.buf.Bytes = make([]byte, len(t.frame))
	t.disk.on, t.net.on = true, true
}

// message delivers the request.
func (t *track) message() {
	copy(t.buf.Bytes, t.frame)
	m, err := t.proto.Decode(t.buf.Bytes, t.buf.Decoded)
	if err != nil {
		t.tb.Fatal(err)
	}
	t.buf.Decoded = m
	t.broker.Step(t.now, env.Event{Kind: env.Message, Conn: t.conn, Message: m, Buffer: t.buf})
}

// once lets a request run its course.
func (t *track) once() {
	t.message()
	for _, op := range t.disk.wrote {
		t.broker.Step(t.now, env.Event{Kind: env.Wrote, Op: op})
	}
	t.disk.wrote = t.disk.wrote[:0]
	for _, op := range t.net.ops {
		t.broker.Step(t.now, env.Event{Kind: env.Sent, Op: op, Conn: t.conn})
	}
	t.net.ops = t.net.ops[:0]
	t.now.Mono += 1000
	if len(t.world.queue) > 0 { // a log rolls
		t.world.now = t.now.Mono
		t.world.run()
	}
}

// session begins a fetch session at the log end and makes its next fetches ready, one for each epoch.
func (t *track) session(offset int64) func() {
	p := t.world.conns[t.conn]
	r := fetchRequest("orders", offset)
	r.MaxWaitMillis, r.SessionEpoch = 0, 0
	first, ok := p.call(r).(*kmsg.FetchResponse)
	if !ok || first.SessionID == 0 {
		t.tb.Fatalf("no session: %+v", first)
	}
	t.world.run()
	r.SessionID = first.SessionID
	epoch := int32(0)
	t.ready(r)
	at := sessionEpochAt(r)
	return func() {
		epoch++
		putInt32(t.frame[at:], epoch)
		t.once()
	}
}

// sessionEpochAt finds the session epoch in the frame of a fetch: where two frames that differ in it differ.
func sessionEpochAt(r *kmsg.FetchRequest) int {
	a, b := *r, *r
	a.SessionEpoch, b.SessionEpoch = 0, 1<<24
	x, y := wire.AppendRequest(nil, &a, 7, "bench"), wire.AppendRequest(nil, &b, 7, "bench")
	for i := range x {
		if x[i] != y[i] {
			return i
		}
	}
	panic("the frames do not differ")
}

func putInt32(b []byte, v int32) {
	b[0], b[1], b[2], b[3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
}

// runs are the requests that must cost at most one allocation, all in all.
var runs = []struct {
	name string
	make func(t *track) func()
}{
	{"produce 1K", func(t *track) func() {
		t.ready(produceRequest("orders", batch(t.now, 1000), -1))
		return t.once
	}},
	{"produce 64K", func(t *track) func() {
		t.ready(produceRequest("orders", batch(t.now, 64_000), -1))
		return t.once
	}},
	{"fetch sessionless", func(t *track) func() {
		t.fill(3, 64_000)
		t.ready(fetchRequest("orders", 64))
		return t.once
	}},
	{"fetch session", func(t *track) func() {
		t.fill(3, 64_000)
		return t.session(64)
	}},
	{"fetch that waits", func(t *track) func() {
		t.fill(1, 1000)
		r := fetchRequest("orders", 1)
		t.ready(r)
		return func() {
			t.message()
			t.now.Mono += 500_000_000
			t.broker.Step(t.now, env.Event{Kind: env.Tick})
		}
	}},
}

// TestAllocations keeps the steady state of produce and fetch at one heap allocation a request at most, on average
// and with what the batch, the log and the answer need.
func TestAllocations(t *testing.T) {
	for _, r := range runs {
		t.Run(r.name, func(t *testing.T) {
			k := newTrack(t)
			once := r.make(k)
			for range 100 {
				once()
			}
			before := k.net.sent
			if n := testing.AllocsPerRun(500, once); n > 1 {
				t.Errorf("%v allocations a request, at most 1 is allowed", n)
			}
			if k.net.sent-before != 501 {
				t.Errorf("%d answers to 501 requests", k.net.sent-before)
			}
		})
	}
}

func BenchmarkStep(b *testing.B) {
	for _, r := range runs {
		b.Run(r.name, func(b *testing.B) {
			k := newTrack(b)
			once := r.make(k)
			for range 100 {
				once()
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				once()
			}
		})
	}
}
