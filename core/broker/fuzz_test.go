package broker_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/core/wire"
	"gregor/disksim"
)

// FuzzRequests sends decoded requests of every API with random fields into a running broker, over several
// connections, with a crash or a failing disk now and then. Whatever they say, the broker does not panic, answers
// every request or closes its connection, keeps nothing of them when their connections have ended, and serves an
// honest client afterwards.
func FuzzRequests(f *testing.F) {
	for seed := range uint64(24) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		z := &fuzzer{t: t, rnd: env.NewRand(seed), world: newWorld(t, seed, disksim.Options{})}
		z.play()
	})
}

type fuzzer struct {
	t     *testing.T
	rnd   env.Rand
	world *world
	peers []*peer
	depth int
}

const fuzzRequests = 60

func (z *fuzzer) play() {
	w := z.world
	w.boot()
	w.run()
	z.prepare()
	for range fuzzRequests {
		z.act()
		w.run()
	}
	w.sleep(30 * time.Minute) // every wait has ended by then: the longest is a member's join
	if w.broker == nil {
		z.restart()
	}
	for _, p := range z.peers {
		if len(p.said) > 0 && !p.gone {
			z.t.Fatalf("%s v%d was never answered", wire.Name(p.said[0].key), p.said[0].version)
		}
		p.gone = true
	}
	w.sleep(30 * time.Minute)
	if b := w.broker.Busy(); b.Connections+b.Slots+b.Sends+b.Readers+b.Lookups+b.Fetches+b.Produces+b.Changes > 0 ||
		w.live > 0 {
		z.t.Fatalf("left over when every connection is closed: %s", showBusy(b, w.live))
	}
	z.serves()
}

// prepare makes a topic for the requests to hit, and clients.
func (z *fuzzer) prepare() {
	for range 3 {
		z.peers = append(z.peers, z.world.connect())
	}
	r := kmsg.NewPtrCreateTopicsRequest()
	r.SetVersion(5)
	for _, name := range names[:2] {
		t := kmsg.NewCreateTopicsRequestTopic()
		t.Topic, t.NumPartitions, t.ReplicationFactor = name, 2, 1
		r.Topics = append(r.Topics, t)
	}
	z.peers[0].call(r)
}

// serves lets an honest client produce and fetch, after a restart if the disk has failed logs.
func (z *fuzzer) serves() {
	w := z.world
	p := w.connect()
	create := kmsg.NewPtrCreateTopicsRequest()
	create.SetVersion(5)
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = "honest", 1, 1
	create.Topics = append(create.Topics, t)
	resp, ok := p.call(create).(*kmsg.CreateTopicsResponse)
	if !ok || resp.Topics[0].ErrorCode == int16(kafka.KafkaStorageError) {
		z.restart()
		p = w.connect()
		resp, ok = p.call(create).(*kmsg.CreateTopicsResponse)
	}
	if code := kafka.ErrorCode(resp.Topics[0].ErrorCode); !ok || code != kafka.None && code != kafka.TopicAlreadyExists {
		z.t.Fatalf("create topics afterwards: %v", resp)
	}
	b := record.NewBuilder(record.Options{})
	b.Add(w.clock().Wall, nil, []byte("hello"))
	produced, ok := p.call(produceRequest("honest", b.Build(), 1)).(*kmsg.ProduceResponse)
	if !ok || produced.Topics[0].Partitions[0].ErrorCode != 0 {
		z.t.Fatalf("produce afterwards: %+v", produced)
	}
	fetched, ok := p.call(fetchRequest("honest", 0)).(*kmsg.FetchResponse)
	if !ok || len(fetched.Topics) == 0 || len(fetched.Topics[0].Partitions[0].RecordBatches) == 0 {
		z.t.Fatalf("fetch afterwards: %+v", fetched)
	}
}

// restart starts the broker again; a disk that still has failures in store may take a few attempts.
func (z *fuzzer) restart() {
	if z.world.broker != nil {
		z.world.crash()
	}
	for range 10 {
		z.world.boot()
		z.world.sleep(5 * time.Second) // the disk may stall
		if z.world.broker != nil {
			return
		}
	}
	z.t.Fatalf("the broker does not start again: %v", z.world.facts[len(z.world.facts)-1])
}

// act sends a request or, rarely, breaks something.
func (z *fuzzer) act() {
	w := z.world
	switch z.rnd.IntN(40) {
	case 0:
		w.disk.FailWrites(z.rnd.IntN(2))
	case 1:
		w.sleep(time.Duration(z.rnd.IntN(2000)) * time.Millisecond)
	case 2:
		w.disk.Stall(time.Duration(z.rnd.IntN(3000)) * time.Millisecond)
	case 3:
		z.peers[z.rnd.IntN(len(z.peers))].gone = true
	case 4:
		if z.rnd.IntN(4) == 0 {
			w.crash()
		}
	}
	if w.broker == nil {
		z.restart()
	}
	i := z.rnd.IntN(len(z.peers))
	if z.peers[i].gone {
		z.peers[i] = w.connect()
	}
	z.peers[i].ask(z.request())
	z.peers[i].answers = nil
}

// names are what strings of a request are made of, so that they hit something at times.
var names = []string{"orders", "logs", "__consumer_offsets", "__cluster_metadata", "", "a/b", "1", "retention.ms",
	"5000", "cleanup.policy", "compact", "g", "consumer", "range"}

// request makes a request of any API with random fields.
func (z *fuzzer) request() kmsg.Request {
	apis := wire.APIs()
	api := apis[z.rnd.IntN(len(apis))]
	r := kmsg.RequestForKey(api.Key)
	low := max(api.Min, api.Served)
	r.SetVersion(low + int16(z.rnd.IntN(int(min(api.Max, r.MaxVersion())-low)+1)))
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.Name != "Version" {
			z.fill(v.Field(i), f.Name)
		}
	}
	z.tame(r)
	return r
}

// tame keeps a request within what a frame may hold and the clocks of a test: no day-long waits.
func (z *fuzzer) tame(r kmsg.Request) {
	switch r := r.(type) {
	case *kmsg.FetchRequest:
		r.MaxWaitMillis %= 10_000
		r.IsolationLevel &= 1
	case *kmsg.ProduceRequest:
		r.TimeoutMillis %= 10_000
	case *kmsg.ListOffsetsRequest:
		r.IsolationLevel &= 1
	}
}

func (z *fuzzer) fill(v reflect.Value, name string) {
	z.depth++
	defer func() { z.depth-- }()
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(z.rnd.IntN(2) == 0)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(z.number())
	case reflect.Uint16, reflect.Uint32:
		v.SetUint(uint64(z.rnd.IntN(3)))
	case reflect.String:
		v.SetString(names[z.rnd.IntN(len(names))])
	case reflect.Pointer:
		if z.rnd.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			z.fill(v.Elem(), name)
		}
	case reflect.Array:
		reflect.Copy(v, reflect.ValueOf(z.topicID()))
	case reflect.Slice:
		z.fillSlice(v, name)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "UnknownTags" {
				z.fill(v.Field(i), f.Name)
			}
		}
	}
}

func (z *fuzzer) fillSlice(v reflect.Value, name string) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		if name == "Records" && z.rnd.IntN(4) > 0 {
			v.SetBytes(z.batch())
			return
		}
		b := make([]byte, z.rnd.IntN(20))
		for i := range b {
			b[i] = byte(z.rnd.Uint64())
		}
		v.SetBytes(b)
		return
	}
	n := z.rnd.IntN(4)
	if z.depth > 6 {
		n = 0
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		z.fill(v.Index(i), name)
	}
}

// number is small most of the time, and at the edge of something else.
func (z *fuzzer) number() int64 {
	switch z.rnd.IntN(8) {
	case 0:
		return -1
	case 1:
		return int64(z.rnd.Uint64()) >> z.rnd.IntN(64)
	case 2:
		return -int64(z.rnd.Uint64()>>1) >> z.rnd.IntN(64)
	case 3:
		return []int64{127, 32767, 1<<31 - 1, 1<<63 - 1, -128, -32768, -1 << 31, -1 << 63}[z.rnd.IntN(8)]
	}
	return int64(z.rnd.IntN(4))
}

func (z *fuzzer) topicID() (id [16]byte) {
	for range z.rnd.IntN(2) {
		id[15] = byte(z.rnd.IntN(3))
	}
	return id
}

func (z *fuzzer) batch() []byte {
	o := record.Options{Codec: record.Codec(z.rnd.IntN(5))}
	if z.rnd.IntN(2) == 0 {
		o.HasProducer, o.ProducerID, o.BaseSequence = true, 1000, 0
	}
	b := record.NewBuilder(o)
	for range 1 + z.rnd.IntN(3) {
		b.Add(z.world.clock().Wall, []byte("k"), make([]byte, z.rnd.IntN(50)))
	}
	raw := append([]byte(nil), b.Build()...)
	if z.rnd.IntN(4) == 0 {
		raw[z.rnd.IntN(len(raw))] ^= 1
	}
	return raw
}

func produceRequest(topic string, batch []byte, acks int16) *kmsg.ProduceRequest {
	r := kmsg.NewPtrProduceRequest()
	r.SetVersion(12)
	r.Acks, r.TimeoutMillis = acks, 30_000
	p := kmsg.NewProduceRequestTopicPartition()
	p.Records = batch
	t := kmsg.NewProduceRequestTopic()
	t.Topic, t.Partitions = topic, append(t.Partitions, p)
	r.Topics = append(r.Topics, t)
	return r
}

func fetchRequest(topic string, offset int64) *kmsg.FetchRequest {
	r := kmsg.NewPtrFetchRequest()
	r.SetVersion(12)
	r.MaxWaitMillis, r.MinBytes, r.MaxBytes, r.SessionEpoch = 500, 1, 1<<20, -1
	p := kmsg.NewFetchRequestTopicPartition()
	p.FetchOffset, p.PartitionMaxBytes = offset, 1<<20
	r.Topics = append(r.Topics, kmsg.FetchRequestTopic{Topic: topic, Partitions: []kmsg.FetchRequestTopicPartition{p}})
	return r
}
