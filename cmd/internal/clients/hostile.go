package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// hostilePart is the part about peers that mean no good, beside one client that does.
const hostilePart = "hostile"

// What the broker has to keep to while it is under load and after it. The bounds are generous: they separate a service
// that is slow from one that is gone, on any machine.
const (
	loadFor     = 8 * time.Second
	servedLeast = 3                // records that the honest client writes meanwhile
	slowestMax  = 15 * time.Second // one of its requests takes at most, unless the load says less
	quick       = 5 * time.Second  // where nothing of what the load does takes long by itself
	rssMax      = 1536 << 20       // bytes of the broker's resident memory
	logMax      = 1 << 20          // bytes of its log after all loads
	honestBytes = 50_000           // of each of its records
	fileLimit   = 4096             // descriptors of the broker
)

// metadataMinAge is how long the honest client's metadata lasts at least. By default it waits up to 5s with a new look
// at who leads, however soon a partition is led again: that would be measured instead of the broker.
const metadataMinAge = 250 * time.Millisecond

// hostileLoad is what peers do to the broker for loadFor.
type hostileLoad struct {
	name    string
	slowest time.Duration // of the honest client's requests meanwhile
	run     func(context.Context, *loading)
}

var loads = []hostileLoad{
	{"17 connections announce 100 MB each, send 2 MB and then a byte a second", quick, slowFrames},
	{"4 connections ask for the metadata of 400,000 topics again and again", quick, largeMetadata},
	{"200 connections join a group, each with 200 KB to say", slowestMax, joinFlood},
	{"20 connections produce to 900,000 partitions that do not exist, 5 MB each", slowestMax, emptyPartitions},
	{"16 connections send bytes that are no frames, each over a new connection", quick, badFrames},
	{"20 connections produce 64 MiB in batches of 70 KB", slowestMax, bombs},
	{"a client creates 200 topics of 10 partitions, with few descriptors", slowestMax, manyPartitions},
	{"a client unregisters the broker", quick, unregister},
	{"8 connections each write to 100 groups a time, as fast as they can", quick, manyGroups},
}

// hostile starts a broker, lets peers do their worst one after the other, and looks at an honest client meanwhile.
func (s *suite) hostile(ctx context.Context, b built) {
	own, err := startLimited(ctx, b)
	s.tally.step(fmt.Sprintf("a broker starts with %d descriptors", fileLimit), func() error { return err })
	if err != nil {
		return
	}
	defer own.kill()
	h := &honest{addr: own.addr, topic: "honest-" + s.run, acked: map[string]bool{}}
	s.tally.step("an honest client begins", func() error { return h.begin(ctx) })
	defer h.end()
	for _, l := range loads {
		s.tally.step(l.name+"; the honest client is served", func() error { return h.during(ctx, own, l) })
	}
	s.tally.step("everything that was acknowledged is read", func() error { return h.readAll(ctx) })
	s.tally.step("the broker's log is short", func() error { return shortLog(own.dir + ".log") })
	s.tally.step("the broker stops on SIGTERM and starts again", func() error {
		if err := own.stop(); err != nil {
			return err
		}
		return own.start(ctx)
	})
	s.tally.step("everything that was acknowledged is read after the restart", func() error { return h.readAll(ctx) })
}

// startLimited starts a broker that may open few files.
func startLimited(ctx context.Context, b built) (*server, error) {
	limited := filepath.Join(b.dir, "limited")
	script := fmt.Sprintf("#!/bin/sh\nulimit -n %d\nexec %s \"$@\"\n", fileLimit, b.binary)
	if err := os.WriteFile(limited, []byte(script), 0o755); err != nil {
		return nil, err
	}
	s := &server{binary: limited, dir: filepath.Join(b.dir, "hostile"), addr: "127.0.0.1:0",
		sets: []string{"offsets.topic.num.partitions=5"}}
	err := s.start(ctx)
	if err != nil {
		s.kill()
	}
	return s, err
}

// loading is one load while it runs.
type loading struct {
	addr  string
	topic string // the honest client's
}

// each runs f on n goroutines until the load ends.
func (l *loading) each(ctx context.Context, n int, f func(context.Context)) {
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for ctx.Err() == nil {
				f(ctx)
			}
		})
	}
	all.Wait()
}

// dial connects; the connection ends with the load.
func (l *loading) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", l.addr)
	if err != nil {
		// the broker accepts no more connections: the load is paced, nothing waits for an outcome here
		time.Sleep(50 * time.Millisecond)
		return nil, err
	}
	if end, ok := ctx.Deadline(); ok {
		err = nc.SetDeadline(end)
	}
	return nc, err
}

// send sends bytes over a connection of their own and reads what comes until it ends, or one answer.
func (l *loading) send(ctx context.Context, raw []byte) {
	nc, err := l.dial(ctx)
	if err != nil {
		return
	}
	defer nc.Close()
	if _, err := nc.Write(raw); err == nil {
		_, _ = readAnswer(nc)
	}
}

func readAnswer(nc net.Conn) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(nc, head[:]); err != nil {
		return nil, err
	}
	answer := make([]byte, binary.BigEndian.Uint32(head[:]))
	_, err := io.ReadFull(nc, answer)
	return answer, err
}

// encode makes the frame of a request.
func encode(r kmsg.Request, version int16) []byte {
	r.SetVersion(version)
	return kmsg.NewRequestFormatter(kmsg.FormatterClientID("hostile")).AppendRequest(nil, r, 1)
}

func slowFrames(ctx context.Context, l *loading) {
	head := []byte{0x06, 0x40, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 1, 'x', 0} // a Produce of 100 MiB, its header
	part := append(head, make([]byte, 2100<<10)...)
	l.each(ctx, 17, func(ctx context.Context) {
		nc, err := l.dial(ctx)
		if err != nil {
			return
		}
		defer nc.Close()
		_ = nc.SetWriteDeadline(time.Now().Add(2 * time.Second)) // it is not read from when the memory is full
		_, _ = nc.Write(part)
		for ctx.Err() == nil {
			_ = nc.SetWriteDeadline(time.Now().Add(2 * time.Second))
			if _, err := nc.Write([]byte{1}); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				return
			}
			time.Sleep(time.Second)
		}
	})
}

func largeMetadata(ctx context.Context, l *loading) {
	r := kmsg.NewPtrMetadataRequest()
	for i := range 400_000 {
		name := "x" + strconv.Itoa(i)
		r.Topics = append(r.Topics, kmsg.MetadataRequestTopic{Topic: &name})
	}
	raw := encode(r, 4)
	l.each(ctx, 4, func(ctx context.Context) { l.send(ctx, raw) })
}

func joinFlood(ctx context.Context, l *loading) {
	r := kmsg.NewPtrJoinGroupRequest()
	r.Group, r.ProtocolType, r.SessionTimeoutMillis, r.RebalanceTimeoutMillis = "flood", "consumer", 30_000, 30_000
	r.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range", Metadata: make([]byte, 200_000)}}
	raw := encode(r, 3) // a version in which a member joins at once
	l.each(ctx, 200, func(ctx context.Context) { l.send(ctx, raw) })
}

func emptyPartitions(ctx context.Context, l *loading) {
	r := kmsg.NewPtrProduceRequest()
	t := kmsg.NewProduceRequestTopic()
	t.Topic, t.Partitions = "nowhere", make([]kmsg.ProduceRequestTopicPartition, 900_000)
	r.Topics = append(r.Topics, t)
	raw := encode(r, 9)
	l.each(ctx, 20, func(ctx context.Context) { l.send(ctx, raw) })
}

func badFrames(ctx context.Context, l *loading) {
	junk := make([]byte, 4096)
	for i := range junk {
		junk[i] = byte(0xff - i%7)
	}
	l.each(ctx, 16, func(ctx context.Context) { l.send(ctx, junk) })
}

// bombs sends batches that are small on the wire and large in memory.
func bombs(ctx context.Context, l *loading) {
	value := make([]byte, 1<<20)
	l.each(ctx, 20, func(ctx context.Context) {
		c, err := kgo.NewClient(kgo.SeedBrokers(l.addr), kgo.DefaultProduceTopic("bombs"), kgo.AllowAutoTopicCreation(),
			kgo.DisableIdempotentWrite(),
			kgo.ProducerBatchCompression(kgo.ZstdCompression()), kgo.ProducerBatchMaxBytes(64<<20),
			kgo.BrokerMaxWriteBytes(100<<20),
			kgo.ProducerLinger(100*time.Millisecond), kgo.RecordPartitioner(kgo.ManualPartitioner()),
			kgo.MaxBufferedBytes(128<<20))
		if err != nil {
			return
		}
		defer c.Close()
		for range 60 {
			c.Produce(ctx, &kgo.Record{Value: value}, nil)
		}
		_ = c.Flush(ctx)
	})
}

func manyPartitions(ctx context.Context, l *loading) {
	for i := range 200 {
		r := kmsg.NewPtrCreateTopicsRequest()
		t := kmsg.NewCreateTopicsRequestTopic()
		t.Topic, t.NumPartitions, t.ReplicationFactor = fmt.Sprintf("many-%d", i), 10, 1
		r.Topics, r.TimeoutMillis = append(r.Topics, t), 1000
		l.send(ctx, encode(r, 5))
	}
	<-ctx.Done()
}

func unregister(ctx context.Context, l *loading) {
	r := kmsg.NewPtrUnregisterBrokerRequest()
	r.BrokerID = 1
	raw := encode(r, 0)
	for range 2 {
		l.send(ctx, raw)
		time.Sleep(time.Second)
	}
	<-ctx.Done()
}

func manyGroups(ctx context.Context, l *loading) {
	var mu sync.Mutex
	groups := 0
	l.each(ctx, 8, func(ctx context.Context) {
		nc, err := l.dial(ctx)
		if err != nil {
			return
		}
		defer nc.Close()
		for ctx.Err() == nil {
			mu.Lock()
			first := groups
			groups += 100
			mu.Unlock()
			var raw []byte
			for i := range 100 {
				raw = append(raw, encode(commitOf(fmt.Sprintf("many-%d", first+i), l.topic), 5)...)
			}
			if _, err := nc.Write(raw); err != nil {
				return
			}
			for range 100 {
				if _, err := readAnswer(nc); err != nil {
					return
				}
			}
		}
	})
}

func commitOf(group, topic string) *kmsg.OffsetCommitRequest {
	r := kmsg.NewPtrOffsetCommitRequest()
	r.Group, r.Generation = group, -1
	p := kmsg.NewOffsetCommitRequestTopicPartition()
	t := kmsg.NewOffsetCommitRequestTopic()
	t.Topic, t.Partitions = topic, append(t.Partitions, p)
	r.Topics = append(r.Topics, t)
	return r
}

// honest is a client that writes records one by one and remembers which were acknowledged.
type honest struct {
	addr, topic string
	client      *kgo.Client
	next        int
	acked       map[string]bool
	padding     []byte
}

func (h *honest) begin(ctx context.Context) (err error) {
	h.padding = make([]byte, honestBytes)
	h.client, err = kgo.NewClient(kgo.SeedBrokers(h.addr), kgo.DefaultProduceTopic(h.topic), kgo.AllowAutoTopicCreation(),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.RecordDeliveryTimeout(2*slowestMax),
		kgo.MetadataMinAge(metadataMinAge))
	if err != nil {
		return err
	}
	_, err = h.write(ctx)
	return err
}

func (h *honest) end() {
	if h.client != nil {
		h.client.Close()
	}
}

// write writes one record and reports how long that took.
func (h *honest) write(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*slowestMax)
	defer cancel()
	key := strconv.Itoa(h.next)
	h.next++
	begin := time.Now()
	err := h.client.ProduceSync(ctx, &kgo.Record{Key: []byte(key), Value: h.padding}).FirstErr()
	if err == nil {
		h.acked[key] = true
	}
	return time.Since(begin), err
}

// during writes records while a load runs, and one when it is over.
func (h *honest) during(ctx context.Context, own *server, l hostileLoad) error {
	loadCtx, cancel := context.WithTimeout(ctx, loadFor)
	defer cancel()
	over := make(chan struct{})
	go func() {
		defer close(over)
		l.run(loadCtx, &loading{addr: h.addr, topic: h.topic})
	}()
	begin, written, slowest, largest := time.Now(), 0, time.Duration(0), 0
	for running := true; running; {
		took, err := h.write(ctx)
		if err != nil {
			return fmt.Errorf("a record was not acknowledged: %w\n%s", err, own.log())
		}
		written, slowest, largest = written+1, max(slowest, took), max(largest, own.rss())
		select {
		case <-over:
			running = false
		case <-time.After(50 * time.Millisecond):
		}
		if time.Since(begin) > 4*loadFor {
			return errors.New("the load did not end")
		}
	}
	fmt.Printf("      %d records acknowledged, the slowest after %v; the broker had up to %d MB\n", written,
		slowest.Round(time.Millisecond), largest>>20)
	switch {
	case written < servedLeast:
		return fmt.Errorf("only %d records were acknowledged in %v", written, time.Since(begin))
	case slowest > l.slowest:
		return fmt.Errorf("a record took %v", slowest)
	case largest > rssMax:
		return fmt.Errorf("the broker had %d bytes of memory, more than %d", largest, rssMax)
	}
	return nil
}

// rss is the broker's resident memory in bytes, 0 where the system does not report it.
func (s *server) rss() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib := 0
	_, _ = fmt.Sscan(rest, &kib)
	return kib << 10
}

// readAll reads the topic and looks for what was acknowledged.
func (h *honest) readAll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*stepMax)
	defer cancel()
	c, err := kgo.NewClient(kgo.SeedBrokers(h.addr), kgo.ConsumeTopics(h.topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer c.Close()
	missing, read := len(h.acked), map[string]bool{}
	for missing > 0 {
		fetches := c.PollFetches(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("%d of %d acknowledged records were not read", missing, len(h.acked))
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if key := string(r.Key); h.acked[key] && !read[key] {
				read[key] = true
				missing--
			}
		})
	}
	return nil
}

func shortLog(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if info.Size() > logMax {
		return fmt.Errorf("it has %d bytes, more than %d", info.Size(), logMax)
	}
	return nil
}
