package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

// runKgo puts the case to the broker through an application's client: one client, which decides itself how records
// become requests. BatchBytes and InFlight are its limits.
func (b broker) runKgo(ctx context.Context, c Case) (Trial, error) {
	return b.withTopic(ctx, c, func(topic string, _ []string) (Trial, error) {
		records := c.requests() * max(1, c.BatchBytes/(c.RecordBytes+8)) * c.Connections
		c.Bytes = records * c.RecordBytes
		produce := func() (*hdrhistogram.Histogram, time.Duration, error) { return b.kgoProduce(ctx, c, topic, records) }
		if c.Kind == Produce {
			return meterRecords(b.processes, c, records, produce)
		}
		if _, _, err := produce(); err != nil {
			return Trial{}, err
		}
		return meterRecords(b.processes, c, records, func() (*hdrhistogram.Histogram, time.Duration, error) {
			return b.kgoFetch(ctx, c, topic, records)
		})
	})
}

// meterRecords is meter where the payload is counted by records' values.
func meterRecords(p processes, c Case, records int, f func() (*hdrhistogram.Histogram, time.Duration, error)) (Trial,
	error) {
	c.BatchBytes, c.Connections, c.Bytes = c.RecordBytes, 1, records*c.RecordBytes
	r, err := meter(p, c, 1, f)
	r.Requests = 0 // the client's own affair
	return r, err
}

func (b broker) kgoProduce(ctx context.Context, c Case, topic string, records int) (*hdrhistogram.Histogram,
	time.Duration, error) {
	opts := []kgo.Opt{kgo.SeedBrokers(b.addr()), kgo.DefaultProduceTopic(topic),
		kgo.ProducerBatchMaxBytes(int32(c.BatchBytes)),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.RequiredAcks(acks(c.Acks)), kgo.MaxBufferedRecords(20_000),
		kgo.RecordPartitioner(kgo.RoundRobinPartitioner())}
	if c.Acks != -1 {
		opts = append(opts, kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(c.InFlight))
	}
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, 0, err
	}
	defer cl.Close()
	if err := cl.Ping(ctx); err != nil {
		return nil, 0, err
	}
	var mu sync.Mutex
	var failed error
	h := newHistogram()
	value := make([]byte, c.RecordBytes)
	p := newPace(c.Rate)
	start := time.Now()
	for i := range records {
		at := p.next(i)
		cl.Produce(ctx, &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
			mu.Lock()
			defer mu.Unlock()
			_ = h.RecordValue(int64(time.Since(at)))
			if failed == nil {
				failed = err
			}
		})
	}
	err = cl.Flush(ctx)
	took := time.Since(start)
	mu.Lock()
	defer mu.Unlock()
	return h, took, errors.Join(err, failed)
}

func acks(n int16) kgo.Acks {
	switch n {
	case 0:
		return kgo.NoAck()
	case 1:
		return kgo.LeaderAck()
	}
	return kgo.AllISRAcks()
}

func (b broker) kgoFetch(ctx context.Context, c Case, topic string, records int) (*hdrhistogram.Histogram,
	time.Duration, error) {
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.addr()), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchMaxPartitionBytes(int32(c.BatchBytes)), kgo.FetchMaxBytes(int32(c.BatchBytes*c.Connections)))
	if err != nil {
		return nil, 0, err
	}
	defer cl.Close()
	h := newHistogram()
	start := time.Now()
	for got := 0; got < records; {
		begin := time.Now()
		fs := cl.PollFetches(ctx)
		if errs := fs.Errors(); len(errs) > 0 {
			return nil, 0, fmt.Errorf("fetching %s-%d: %w", errs[0].Topic, errs[0].Partition, errs[0].Err)
		}
		_ = h.RecordValue(int64(time.Since(begin)))
		got += fs.NumRecords()
	}
	return h, time.Since(start), nil
}
