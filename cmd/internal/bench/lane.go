package bench

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/bench/ideal"
)

// lane is what one connection says: request i, and how its answer is read. The bytes of a request are good until the
// next is asked for.
type lane interface {
	request(i int) []byte
	answer(in *bufio.Reader, i int) error
	answers() bool // false: nothing comes back (acks=0)
}

// Where the correlation id is in a request frame.
const correlationAt = 8

// produceLane sends one pre-encoded Produce again and again.
type produceLane struct {
	frame   []byte
	acks    int16
	errorAt int // where in a response body the partition's error code is
	buf     []byte
	version int16
}

// newProduceLane encodes the request once. Version 9 to 12 lay the response out alike and take topic names.
func newProduceLane(k *kafka, topic string, partition int32, acks int16, b []byte) (*produceLane, error) {
	req := kmsg.NewPtrProduceRequest()
	k.version(req, 11)
	if req.Version < 9 {
		return nil, fmt.Errorf("the broker serves Produce up to version %d; the raw client needs 9", req.Version)
	}
	req.Acks, req.TimeoutMillis = acks, 30_000
	t := kmsg.NewProduceRequestTopic()
	t.Topic = topic
	p := kmsg.NewProduceRequestTopicPartition()
	p.Partition, p.Records = partition, b
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	// correlation id, no tags; one topic, its name, one partition, its index
	return &produceLane{frame: formatter.AppendRequest(nil, req, 0), acks: acks, version: req.Version,
		errorAt: 4 + 1 + 1 + 1 + len(topic) + 1 + 4}, nil
}

func (l *produceLane) answers() bool { return l.acks != 0 }

func (l *produceLane) request(i int) []byte {
	binary.BigEndian.PutUint32(l.frame[correlationAt:], uint32(i))
	return l.frame
}

func (l *produceLane) answer(in *bufio.Reader, i int) (err error) {
	if l.buf, err = readResponse(in, l.buf); err != nil {
		return err
	}
	switch {
	case binary.BigEndian.Uint32(l.buf) != uint32(i):
		return fmt.Errorf("the response is to request %d, due was %d", binary.BigEndian.Uint32(l.buf), i)
	case len(l.buf) < l.errorAt+2:
		return fmt.Errorf("a Produce response of %d bytes", len(l.buf))
	}
	return kerr.ErrorForCode(int16(binary.BigEndian.Uint16(l.buf[l.errorAt:])))
}

// fetchLane fetches batch after batch, asking for the next before the one before has come: all batches are of one
// size, so it knows where each begins.
type fetchLane struct {
	frame     []byte
	offsetAt  int
	perBatch  int // records
	bytes     int
	recordsAt int // where in a response body the records' length is
	errorAt   int
	buf       []byte
}

// A marker to find the fetch offset in an encoded request by.
const offsetMarker = 0x7a3b_11c9_55d2_e0f6

func newFetchLane(k *kafka, topic string, partition int32, bytes, perBatch int) (*fetchLane, error) {
	req := kmsg.NewPtrFetchRequest()
	k.version(req, 12)
	if req.Version < 12 {
		return nil, fmt.Errorf("the broker serves Fetch up to version %d; the raw client needs 12", req.Version)
	}
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = 500, 1, int32(bytes)
	req.SessionEpoch = -1
	t := kmsg.NewFetchRequestTopic()
	t.Topic = topic
	p := kmsg.NewFetchRequestTopicPartition()
	p.Partition, p.FetchOffset, p.PartitionMaxBytes, p.CurrentLeaderEpoch = partition, offsetMarker, int32(bytes), -1
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	l := &fetchLane{frame: formatter.AppendRequest(nil, req, 0), perBatch: perBatch, bytes: bytes}
	for i := range l.frame[:len(l.frame)-8] {
		if binary.BigEndian.Uint64(l.frame[i:]) == offsetMarker {
			l.offsetAt = i
		}
	}
	// correlation id, no tags, throttle, error, session; one topic, its name, one partition, its index
	l.errorAt = 4 + 1 + 4 + 2 + 4 + 1 + 1 + len(topic) + 1 + 4
	// error, high watermark, last stable offset, log start, no aborted transactions, preferred replica
	l.recordsAt = l.errorAt + 2 + 8 + 8 + 8 + 1 + 4
	return l, nil
}

func (l *fetchLane) answers() bool { return true }

func (l *fetchLane) request(i int) []byte {
	binary.BigEndian.PutUint32(l.frame[correlationAt:], uint32(i))
	binary.BigEndian.PutUint64(l.frame[l.offsetAt:], uint64(i*l.perBatch))
	return l.frame
}

func (l *fetchLane) answer(in *bufio.Reader, i int) (err error) {
	if l.buf, err = readResponse(in, l.buf); err != nil {
		return err
	}
	if len(l.buf) < l.recordsAt+10 {
		return fmt.Errorf("a Fetch response of %d bytes", len(l.buf))
	}
	if code := int16(binary.BigEndian.Uint16(l.buf[4+1+4:])); code != 0 {
		return kerr.ErrorForCode(code)
	}
	if code := int16(binary.BigEndian.Uint16(l.buf[l.errorAt:])); code != 0 {
		return kerr.ErrorForCode(code)
	}
	n, width := binary.Uvarint(l.buf[l.recordsAt:])
	records := l.buf[l.recordsAt+width:]
	if int(n)-1 != l.bytes || len(records) < l.bytes {
		return fmt.Errorf("the fetch of batch %d brought %d bytes, the batch has %d", i, int(n)-1, l.bytes)
	}
	if base := binary.BigEndian.Uint64(records); base != uint64(i*l.perBatch) {
		return fmt.Errorf("the fetch of offset %d brought offset %d", i*l.perBatch, base)
	}
	return nil
}

// idealProduce and idealFetch speak to the ideal pipe.
type idealProduce struct {
	frame []byte
	head  [ideal.HeadSize]byte
}

func newIdealProduce(b []byte) *idealProduce {
	f := binary.BigEndian.AppendUint32(nil, uint32(len(b)))
	return &idealProduce{frame: append(append(f, ideal.Produce), b...)}
}

func (l *idealProduce) answers() bool      { return true }
func (l *idealProduce) request(int) []byte { return l.frame }

func (l *idealProduce) answer(in *bufio.Reader, i int) error {
	if _, err := io.ReadFull(in, l.head[:]); err != nil {
		return err
	}
	if end, want := binary.BigEndian.Uint64(l.head[8:]), uint64(i+1)*uint64(len(l.frame)-ideal.RequestHead); end != want {
		return fmt.Errorf("the ideal pipe's file ends at %d, sent were %d", end, want)
	}
	return nil
}

type idealFetch struct {
	frame [ideal.RequestHead + 8]byte
	buf   []byte
}

func newIdealFetch(bytes int) *idealFetch {
	l := &idealFetch{buf: make([]byte, ideal.HeadSize+bytes)}
	binary.BigEndian.PutUint32(l.frame[:], uint32(bytes))
	l.frame[4] = ideal.Fetch
	return l
}

func (l *idealFetch) answers() bool { return true }

func (l *idealFetch) request(i int) []byte {
	binary.BigEndian.PutUint64(l.frame[ideal.RequestHead:], uint64(i*(len(l.buf)-ideal.HeadSize)))
	return l.frame[:]
}

func (l *idealFetch) answer(in *bufio.Reader, _ int) error {
	_, err := io.ReadFull(in, l.buf)
	return err
}

// barrier waits until a connection whose requests are not answered has been served: it asks something that is.
func barrier(nc net.Conn, in *bufio.Reader) error {
	k := kafka{nc: nc, in: in, last: 1 << 30}
	var resp kmsg.ApiVersionsResponse
	return k.call(&kmsg.ApiVersionsRequest{}, &resp)
}
