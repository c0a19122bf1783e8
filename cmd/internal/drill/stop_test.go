package drill

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// stopMax is how long a broker may take to stop: a second for what is under way, five for what a peer does not take,
// and the disk's time.
const stopMax = 12 * time.Second

// TestStopWhileAConsumerTakesNothing asks a broker to stop while an answer of 32 MiB waits for a consumer that reads no
// more of it than its length. The broker stops all the same, and its files are clean.
func TestStopWhileAConsumerTakesNothing(t *testing.T) {
	b := &process{binary: build(t), data: t.TempDir(), addr: freeAddr(t)}
	b.start(t)
	defer b.kill()
	createTopic(t, 1, b.addr)
	fill(t, b.addr, 32<<20)
	deaf := fetchAndReadNothing(t, b.addr)
	defer deaf.Close()
	begin := time.Now()
	b.interrupt(t)
	ended := make(chan error, 1)
	go func() { ended <- b.cmd.Wait() }()
	select {
	case err := <-ended:
		b.cmd = nil
		if err != nil {
			t.Fatalf("the broker did not stop in an orderly way: %v", err)
		}
	case <-time.After(stopMax):
		t.Fatalf("the broker has not stopped %v after it was asked to; does it wait for a consumer that takes nothing?",
			stopMax)
	}
	t.Logf("stopped after %v", time.Since(begin).Round(time.Millisecond))
}

// fill writes records of 64 KiB to one partition, so many bytes in all.
func fill(t *testing.T, addr string, size int) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.DefaultProduceTopic(topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	value := bytes.Repeat([]byte{'x'}, 64<<10)
	for range size / len(value) {
		c.Produce(context.Background(), &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := c.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// fetchAndReadNothing asks for everything in the partition and reads only how long the answer is.
func fetchAndReadNothing(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	req := kmsg.NewPtrFetchRequest()
	req.SetVersion(12) // the last that names topics by their names
	req.MaxBytes = 1 << 30
	part := kmsg.NewFetchRequestTopicPartition()
	part.PartitionMaxBytes = 1 << 30
	name := kmsg.NewFetchRequestTopic()
	name.Topic, name.Partitions = topic, append(name.Partitions, part)
	req.Topics = append(req.Topics, name)
	if _, err := conn.Write(kmsg.NewRequestFormatter().AppendRequest(nil, req, 1)); err != nil {
		t.Fatal(err)
	}
	var length [4]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		t.Fatal(err)
	}
	if n := binary.BigEndian.Uint32(length[:]); n < 24<<20 {
		t.Fatalf("the answer has %d bytes: too few to stay on the way", n)
	}
	return conn
}
