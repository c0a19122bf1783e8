package bench

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxResponse bounds what a response may claim to be long, in bytes.
const maxResponse = 256 << 20

// kafka is the least of a client: one connection, one request at a time, for what surrounds a load.
type kafka struct {
	nc   net.Conn
	in   *bufio.Reader
	last int32
	max  map[int16]int16 // versions the broker serves
}

var formatter = kmsg.NewRequestFormatter(kmsg.FormatterClientID("gregor-bench"))

// dialKafka connects and asks what the broker serves.
func dialKafka(ctx context.Context, addrs string) (k *kafka, err error) {
	for addr := range strings.SplitSeq(addrs, ",") {
		if k, err = dialBroker(ctx, addr); err == nil {
			return k, nil
		}
	}
	return nil, err
}

func dialBroker(ctx context.Context, addr string) (*kafka, error) {
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	k := &kafka{nc: nc, in: bufio.NewReaderSize(nc, 64<<10), max: map[int16]int16{}}
	var resp kmsg.ApiVersionsResponse
	if err := k.call(&kmsg.ApiVersionsRequest{}, &resp); err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("%s does not answer as a Kafka broker: %w", addr, err)
	}
	for _, a := range resp.ApiKeys {
		k.max[a.ApiKey] = a.MaxVersion
	}
	return k, kerr.ErrorForCode(resp.ErrorCode)
}

// call sends a request in the version that is set, and reads its response.
func (k *kafka) call(req kmsg.Request, resp kmsg.Response) error {
	k.last++
	_ = k.nc.SetDeadline(time.Now().Add(30 * time.Second))
	defer func() { _ = k.nc.SetDeadline(time.Time{}) }()
	if _, err := k.nc.Write(formatter.AppendRequest(nil, req, k.last)); err != nil {
		return err
	}
	body, err := readResponse(k.in, nil)
	if err != nil {
		return err
	}
	if got := int32(binary.BigEndian.Uint32(body)); got != k.last {
		return fmt.Errorf("the response is to request %d, asked was %d", got, k.last)
	}
	resp.SetVersion(req.GetVersion())
	body = body[4:]
	if resp.IsFlexible() && resp.Key() != kmsg.ApiVersions.Int16() {
		body = body[1:] // no tags
	}
	return resp.ReadFrom(body)
}

// readResponse reads one response into buf, which it grows as needed.
func readResponse(in *bufio.Reader, buf []byte) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 5 || n > maxResponse {
		return nil, fmt.Errorf("a response of %d bytes", n)
	}
	if int(n) > cap(buf) {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	_, err := io.ReadFull(in, buf)
	return buf, err
}

// version picks the highest version up to most that the broker serves.
func (k *kafka) version(req kmsg.Request, most int16) { req.SetVersion(min(most, k.max[req.Key()])) }

// createTopic makes a topic and waits until each partition has a leader; the leaders' addresses come back.
func (k *kafka) createTopic(name string, partitions, replicas int, flush bool) ([]string, error) {
	if err := k.askForTopic(name, partitions, replicas, flush); err != nil {
		return nil, err
	}
	return k.leaders(name, partitions)
}

// askForTopic makes a topic, and waits for nothing but the answer.
func (k *kafka) askForTopic(name string, partitions, replicas int, flush bool) error {
	req := kmsg.NewPtrCreateTopicsRequest()
	k.version(req, 5)
	req.TimeoutMillis = 30_000
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = name, int32(partitions), int16(max(1, replicas))
	t.Configs = append(t.Configs, config("file.delete.delay.ms", "0"))
	if flush {
		t.Configs = append(t.Configs, config("flush.messages", "1"))
	}
	if replicas > 1 {
		t.Configs = append(t.Configs, config("min.insync.replicas", strconv.Itoa(replicas-1)))
	}
	req.Topics = append(req.Topics, t)
	var resp kmsg.CreateTopicsResponse
	if err := k.call(req, &resp); err != nil {
		return err
	}
	for _, t := range resp.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return fmt.Errorf("creating topic %s: %w", name, err)
		}
	}
	return nil
}

func config(name, value string) kmsg.CreateTopicsRequestTopicConfig {
	c := kmsg.NewCreateTopicsRequestTopicConfig()
	c.Name, c.Value = name, &value
	return c
}

// leaders waits until each partition has one.
func (k *kafka) leaders(name string, partitions int) ([]string, error) {
	for range 200 {
		l, err := k.layout(name, partitions)
		if err != nil || l.led == partitions {
			return l.leader, err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, fmt.Errorf("topic %s has no leaders after ten seconds", name)
}

// inSync fails if a partition has fewer replicas in sync than it should.
func (k *kafka) inSync(name string, replicas int) error {
	l, err := k.layout(name, 0)
	if err == nil && l.inSync < replicas {
		err = fmt.Errorf("topic %s: a partition has %d of %d replicas in sync", name, l.inSync, replicas)
	}
	return err
}

// layout is where a topic's partitions are, as one broker knows it.
type layout struct {
	leader []string // addresses by partition; "" for none
	led    int      // how many have a leader
	inSync int      // the fewest replicas in sync of any partition
}

// layout asks for it.
func (k *kafka) layout(name string, partitions int) (l layout, err error) {
	req := kmsg.NewPtrMetadataRequest()
	k.version(req, 9)
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = &name
	req.Topics = append(req.Topics, t)
	var resp kmsg.MetadataResponse
	if err := k.call(req, &resp); err != nil {
		return l, err
	}
	brokers := addresses(resp.Brokers)
	l.leader = make([]string, partitions)
	for _, t := range resp.Topics {
		l.add(t.Partitions, brokers)
	}
	return l, nil
}

func addresses(brokers []kmsg.MetadataResponseBroker) map[int32]string {
	at := map[int32]string{}
	for _, b := range brokers {
		at[b.NodeID] = net.JoinHostPort(b.Host, fmt.Sprint(b.Port))
	}
	return at
}

// address is where a broker listens.
func (k *kafka) address(id int32) (string, error) {
	req := kmsg.NewPtrMetadataRequest()
	k.version(req, 9)
	req.Topics = []kmsg.MetadataRequestTopic{} // none; nil would be all
	var resp kmsg.MetadataResponse
	if err := k.call(req, &resp); err != nil {
		return "", err
	}
	return addresses(resp.Brokers)[id], nil
}

func (l *layout) add(partitions []kmsg.MetadataResponseTopicPartition, brokers map[int32]string) {
	for i, p := range partitions {
		if n := len(p.ISR); i == 0 || n < l.inSync {
			l.inSync = n
		}
		if addr := brokers[p.Leader]; p.ErrorCode == 0 && addr != "" && int(p.Partition) < len(l.leader) {
			l.leader[p.Partition] = addr
			l.led++
		}
	}
}

func (k *kafka) deleteTopic(name string) error {
	req := kmsg.NewPtrDeleteTopicsRequest()
	k.version(req, 5)
	req.TopicNames, req.TimeoutMillis = []string{name}, 30_000
	var resp kmsg.DeleteTopicsResponse
	if err := k.call(req, &resp); err != nil {
		return err
	}
	var errs []error
	for _, t := range resp.Topics {
		errs = append(errs, kerr.ErrorForCode(t.ErrorCode))
	}
	return errors.Join(errs...)
}

func (k *kafka) close() { _ = k.nc.Close() }
