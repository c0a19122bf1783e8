package client

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestMurmur2 has the vectors of Kafka's own UtilsTest.
func TestMurmur2(t *testing.T) {
	for key, want := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string":                       -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc": 479470107,
	} {
		if got := int32(murmur2([]byte(key))); got != want {
			t.Errorf("murmur2(%q) = %d, want %d", key, got, want)
		}
	}
}

func TestStickyPartitionMovesAfterABatch(t *testing.T) {
	p := newPartitioner(env.NewRand(7), 100)
	topic := &topicInfo{name: "t", partitions: []partitionInfo{{leader: 1}, {leader: -1}, {leader: 1}, {leader: 1}}}
	var runs []int
	last := kafka.PartitionID(-1)
	for range 400 {
		got := p.choose(topic, nil, 30)
		if got == 1 {
			t.Fatal("chose a partition without a leader")
		}
		if got != last {
			runs, last = append(runs, 0), got
		}
		runs[len(runs)-1]++
	}
	for _, n := range runs {
		if n%4 != 0 {
			t.Fatalf("a run of %d records of 30 bytes; want multiples of 4 for batches of 100 bytes: %v", n, runs)
		}
	}
	if len(runs) < 20 {
		t.Errorf("%d runs in 400 records: it hardly moves", len(runs))
	}
}

func TestSettingsSayWhatIsMeant(t *testing.T) {
	p := NewProducerConfig("p")
	c := NewConsumerConfig("c")
	for _, x := range []struct {
		set  func(string, string) error
		pair string
		want string
	}{
		{p.Set, "lingr.ms=5", `unknown producer setting "lingr.ms"; did you mean "linger.ms"?`},
		{p.Set, "acks=2", "acks=2: want one of all, -1, 0, 1"},
		{p.Set, "linger.ms=soon", "linger.ms=soon: want a whole number from 0 to 2147483647"},
		{p.Set, "rate=200/min", "rate=200/min: want a whole number from 0 to 1000000, a second: 200/s"},
		{p.Set, "max.in.flight.requests.per.connection=0",
			"max.in.flight.requests.per.connection=0: 0 is not between 1 and 1000"},
		{c.Set, "enable.autocommit=true", `unknown consumer setting "enable.autocommit"; did you mean "enable.auto.commit"?`},
		{c.Set, "colour=red", `unknown consumer setting "colour"`},
		{p.Set, "partition=0,-1", `partition=0,-1: "-1": -1 is not between 0 and 2147483647, several separated by commas`},
		{c.Set, "assign=orders@7", `assign=orders@7: "orders@7": want topic-0@offset with an offset from 0`},
		{c.Set, "partition.assignment.strategy=fair", `partition.assignment.strategy=fair: "fair": want some of range, roundrobin, sticky, cooperative-sticky`},
		{c.Set, "isolation.level=read_commited", "isolation.level=read_commited: want one of read_uncommitted, read_committed"},
	} {
		name, value, _ := strings.Cut(x.pair, "=")
		if err := x.set(name, value); err == nil || err.Error() != x.want {
			t.Errorf("%s: %v\nwant %s", x.pair, err, x.want)
		}
	}
}

func TestWhatDoesNotFitTogether(t *testing.T) {
	for _, x := range []struct{ settings, want string }{
		{"acks=1", ""},
		{"acks=1 enable.idempotence=true", "enable.idempotence=true needs acks=all, not acks=1"},
		{"max.in.flight.requests.per.connection=6 enable.idempotence=true",
			"enable.idempotence=true needs max.in.flight.requests.per.connection of at most 5, not 6"},
		{"delivery.timeout.ms=100", "delivery.timeout.ms=100 must be at least linger.ms + request.timeout.ms = 30005"},
	} {
		c := NewProducerConfig("p")
		got := configure(&c, x.settings)
		if got == nil {
			got = c.Validate()
		}
		if fmt.Sprint(got) != pick(x.want == "", "<nil>", x.want) {
			t.Errorf("producer %s: %v, want %s", x.settings, got, x.want)
		}
		if x.want == "" && c.Idempotence {
			t.Errorf("producer %s: still idempotent", x.settings)
		}
	}
	for _, x := range []struct{ settings, want string }{
		{"topic=a group=g", ""},
		{"assign=a-0,b-1@5,c", ""},
		{"topic=a", "topic subscribes, which needs group.id; without a group use assign"},
		{"group=g", "nothing to read: set topic (with group) or assign"},
		{"topic=a assign=b group=g", "topic subscribes and assign assigns: use one of them"},
		{"assign=b commit=after", "committing needs group.id"},
		{"read.all=true topic=a group=g", "read.all needs topic, and neither group nor assign"},
		{"topic=a group=g heartbeat.interval.ms=9 session.timeout.ms=9",
			"heartbeat.interval.ms=9 must be below session.timeout.ms=9"},
	} {
		c := NewConsumerConfig("c")
		got := configure(&c, x.settings)
		if got == nil {
			got = c.Validate()
		}
		if fmt.Sprint(got) != pick(x.want == "", "<nil>", x.want) {
			t.Errorf("consumer %s: %v, want %s", x.settings, got, x.want)
		}
	}
}

func configure(c interface{ Set(n, v string) error }, settings string) error {
	for _, s := range append(strings.Fields(settings), "bootstrap.servers=b:1") {
		name, value, _ := strings.Cut(s, "=")
		if err := c.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

func TestBackoffDoublesAndIsBounded(t *testing.T) {
	rnd := env.NewRand(1)
	for failures, middle := range map[int]int64{1: 100, 2: 200, 3: 400, 4: 800, 5: 1000, 100: 1000} {
		for range 100 {
			d := backoff(100e6, 1000e6, failures, &rnd).Milliseconds()
			if d < middle*8/10 || d > middle*12/10 {
				t.Fatalf("failure %d: %d ms, want %d ± 20%%", failures, d, middle)
			}
		}
	}
}

// txnBatch is a transactional batch of one record, or the marker that ends the transaction.
func txnBatch(base kafka.Offset, producer kafka.ProducerID, what string) record.Batch {
	var b record.Batch
	switch what {
	case "ABORT":
		b = record.EndTxnMarker{Type: record.Abort}.Batch(producer, 0, 1)
	case "COMMIT":
		b = record.EndTxnMarker{Type: record.Commit}.Batch(producer, 0, 1)
	default:
		n := record.NewBuilder(record.Options{Transactional: true, HasProducer: true, ProducerID: producer})
		n.Add(1, nil, []byte(what))
		b = n.Build()
	}
	b.SetBase(base, 2)
	return b
}

// TestReadCommittedDropsAborted: two producers' transactions interleave; producer 7 aborts its first and commits its
// second.
func TestReadCommittedDropsAborted(t *testing.T) {
	var raw []byte
	for i, x := range []struct {
		producer kafka.ProducerID
		what     string
	}{{7, "a0"}, {8, "b0"}, {7, "a1"}, {7, "ABORT"}, {8, "b1"}, {7, "a2"}, {8, "COMMIT"}, {7, "COMMIT"}} {
		raw = append(raw, txnBatch(kafka.Offset(10+i), x.producer, x.what)...)
	}
	for _, x := range []struct {
		from    kafka.Offset
		aborted []abortedTxn
		want    string
	}{
		{10, nil, "a0 b0 a1 b1 a2"},
		{10, []abortedTxn{{7, 10}}, "b0 b1 a2"},
		{12, []abortedTxn{{7, 10}}, "b1 a2"},
		{14, nil, "b1 a2"},
		{16, nil, ""},
	} {
		u := unpacker{from: x.from, next: x.from, aborted: x.aborted, scratch: &record.Scratch{}}
		if err := u.unpack(raw); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range u.records {
			got = append(got, string(r.Value))
		}
		if s := strings.Join(got, " "); s != x.want || u.next != 18 || u.epoch != 2 {
			t.Errorf("from %d without %v: %q, then %d epoch %d; want %q, then 18 epoch 2", x.from, x.aborted, s, u.next, u.epoch,
				x.want)
		}
	}
}

// TestFetchFromMidBatch: a broker sends the whole batch; what comes before the position is not given out again.
func TestFetchFromMidBatch(t *testing.T) {
	n := record.NewBuilder(record.Options{Codec: record.Zstd})
	for _, v := range []string{"a", "b", "c"} {
		n.Add(1, nil, []byte(v))
	}
	b := n.Build()
	b.SetBase(40, 0)
	u := unpacker{from: 41, next: 41, scratch: &record.Scratch{}}
	if err := u.unpack(b); err != nil || len(u.records) != 2 || u.records[0].Offset != 41 ||
		string(u.records[1].Value) != "c" || u.next != 43 {
		t.Errorf("%v %+v next %d", err, u.records, u.next)
	}
}

// TestOlderEpochIsNoNews: a broker that is behind does not take back an election (KIP-320), unless the topic was
// re-created.
func TestOlderEpochIsNoNews(t *testing.T) {
	m := newMetadata()
	m.add("t")
	tell := func(id byte, leader, epoch int32) {
		topic := kmsg.MetadataResponseTopic{Topic: kmsg.StringPtr("t"), TopicID: [16]byte{id}}
		topic.Partitions = append(topic.Partitions, kmsg.MetadataResponseTopicPartition{Leader: leader, LeaderEpoch: epoch})
		m.takeTopic(&topic)
	}
	m.meet(1, "b1:1")
	m.meet(2, "b2:1")
	for _, x := range []struct {
		id            byte
		leader, epoch int32
		want          partitionInfo
	}{
		{1, 1, 5, partitionInfo{1, 5}}, {1, 2, 4, partitionInfo{1, 5}}, {1, 2, 6, partitionInfo{2, 6}},
		{1, -1, 6, partitionInfo{-1, 6}},
		{2, 1, 0, partitionInfo{1, 0}}, {2, 2, -1, partitionInfo{2, -1}},
	} {
		tell(x.id, x.leader, x.epoch)
		if got, ok := m.leader(kafka.TopicPartition{Topic: "t"}); got != x.want || ok != (x.want.leader >= 0) {
			t.Errorf("after %+v: %v %v", x, got, ok)
		}
	}
}

func TestDamagedBatchesAreErrors(t *testing.T) {
	good := txnBatch(0, 1, "good")
	bad := slices.Clone(txnBatch(1, 1, "bad"))
	bad[len(bad)-1] ^= 1
	u := unpacker{scratch: &record.Scratch{}}
	if err := u.unpack(append(slices.Clone(good), bad...)); err == nil {
		t.Error("a flipped bit went unnoticed")
	}
	u = unpacker{scratch: &record.Scratch{}}
	if err := u.unpack(append(slices.Clone(good), bad[:20]...)); err != nil || u.next != 1 {
		t.Errorf("a cut-off tail: %v, next %d", err, u.next)
	}
	u = unpacker{scratch: &record.Scratch{}}
	if err := u.unpack(good[:30]); err == nil {
		t.Error("a cut-off first batch went unnoticed")
	}
}

// While the old leader owes the answer to one batch, its successor may answer others: the fifth after it still waits,
// since a broker recognises a producer's last five.
func TestWhatIsInDoubtStaysWithinTheWindow(t *testing.T) {
	me := producerID{7, 0}
	o := newOutbox(kafka.TopicPartition{Topic: "orders"})
	o.id, o.acked = me, 0
	inDoubt := &batch{}
	o.assign(inDoubt, me)
	for i := range rememberedMax - 1 {
		next := &batch{}
		o.queue = []*batch{next}
		if !o.mayDrain(me) {
			t.Fatalf("batch %d after the one in doubt may not go", i+1)
		}
		o.assign(next, me)
		o.forget(next) // answered
	}
	o.queue = []*batch{{}}
	if o.mayDrain(me) {
		t.Fatalf("the broker would forget the one in doubt, number %d of %d", inDoubt.nth, o.numbered)
	}
	o.forget(inDoubt)
	if !o.mayDrain(me) {
		t.Fatal("nothing is in doubt any more")
	}
}

// A batch that is refused leaves a gap. Those behind it move up in a new epoch, but not before one that may have been
// appended is settled: in the new epoch the broker would not recognise it.
func TestAGapIsClosedWhenNothingBeforeItIsInDoubt(t *testing.T) {
	me := producerID{7, 0}
	o := newOutbox(kafka.TopicPartition{Topic: "orders"})
	o.id, o.acked = me, 4
	o.next = 5
	inDoubt, refused, behind := &batch{doubt: true, entries: make([]entry, 1)}, &batch{entries: make([]entry, 1)},
		&batch{entries: make([]entry, 1)}
	for _, b := range []*batch{inDoubt, refused, behind} {
		o.assign(b, me)
	}
	if !o.othersInDoubt(refused) || o.othersInDoubt(inDoubt) {
		t.Fatal("the first batch is in doubt, and no other")
	}
	o.abandon(refused)
	o.forget(refused)
	if retry, _ := o.retriesSequence(behind, kafka.OutOfOrderSequenceNumber, 0); !retry || o.rewrite {
		t.Fatalf("the batch behind the gap: retry=%v, rewrite=%v while one before it is in doubt", retry, o.rewrite)
	}
	o.forget(inDoubt) // answered
	o.acked = int64(inDoubt.last())
	if retry, _ := o.retriesSequence(behind, kafka.OutOfOrderSequenceNumber, 0); !retry || !o.rewrite {
		t.Fatalf("the batch behind the gap: retry=%v, rewrite=%v with nothing before it", retry, o.rewrite)
	}
}

// What a fetch unpacks to is taken in bit by bit: a batch of 200 MiB is read in several rounds that each hold little of
// it, begin in its middle, and lose and repeat nothing.
func TestFetchesUnpackBitByBit(t *testing.T) {
	b := record.NewBuilder(record.Options{Codec: record.Zstd})
	value := make([]byte, 1<<20)
	const n = 200
	for range n {
		b.Add(1000, nil, value)
	}
	raw := append(b.Build(), oneRecordAt(n)...)
	next, rounds := kafka.Offset(0), 0
	for ; next <= n; rounds++ {
		u := unpacker{from: next, next: next, scratch: &record.Scratch{}}
		if err := u.unpack(raw); err != nil {
			t.Fatal(err)
		}
		if len(u.records) == 0 || len(u.records) > maxUnpacked>>20+1 {
			t.Fatalf("%d records of a MiB in one round", len(u.records))
		}
		for _, r := range u.records {
			if r.Offset != next {
				t.Fatalf("offset %d after %d", r.Offset, next-1)
			}
			next++
		}
		if u.next != next {
			t.Fatalf("goes on at %d after %d", u.next, next-1)
		}
	}
	if rounds < 3 {
		t.Errorf("%d rounds", rounds)
	}
}

func oneRecordAt(o kafka.Offset) record.Batch {
	b := record.NewBuilder(record.Options{BaseOffset: o})
	b.Add(1000, nil, []byte("v"))
	return b.Build()
}
