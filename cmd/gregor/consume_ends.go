package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/terminal"
	"gregor/core/kafka"
	"gregor/core/record"
)

// positions knows how far each partition has been read, and where its end was in the beginning. A group hands
// partitions out and takes them back on goroutines of its own.
type positions struct {
	mu     sync.Mutex
	joined bool // the first assignment is here
	at     map[partition]*progressAt
}

// progressAt is how far a partition has been read.
type progressAt struct{ next, end int64 }

func (p *positions) assigned(which partition, next, end int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.joined = true
	p.at[which] = &progressAt{next, end}
}

func (p *positions) revoked(lost map[string][]int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for topic, list := range lost {
		for _, id := range list {
			delete(p.at, partition{topic, id})
		}
	}
}

// read notes a record that has come; past says that it lies beyond the end.
func (r *reading) read(record *kgo.Record) (past bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.at[partition{record.Topic, record.Partition}]
	if at == nil {
		return false // it has been taken back meanwhile; printing it again elsewhere is what at least once means
	}
	at.next = record.Offset + 1
	return !r.o.follow && record.Offset >= at.end
}

func (p *positions) atEnd() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, at := range p.at {
		if at.next < at.end {
			return false
		}
	}
	return p.joined
}

// unfinished are the partitions that are not read to their end, and how far they are.
func (p *positions) unfinished() map[partition]progressAt {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := map[partition]progressAt{}
	for which, at := range p.at {
		if at.next < at.end {
			list[which] = *at
		}
	}
	return list
}

// groupOptions joins the group. Offsets are committed for what has been printed only.
func (r *reading) groupOptions(topics []string) []kgo.Opt {
	return []kgo.Opt{kgo.ConsumerGroup(r.o.group), kgo.ConsumeTopics(topics...), kgo.AutoCommitMarks(),
		kgo.AdjustFetchOffsetsFn(r.adjust),
		kgo.OnPartitionsAssigned(func(context.Context, *kgo.Client, map[string][]int32) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.joined = r.joined || len(r.at) == 0
		}),
		kgo.OnPartitionsRevoked(func(ctx context.Context, c *kgo.Client, lost map[string][]int32) {
			_ = c.CommitMarkedOffsets(ctx) // if it fails, the next member reads some records again
			r.revoked(lost)
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { r.revoked(lost) })}
}

// adjust gets the partitions that the group has assigned and what is committed there. Where nothing is, --from says
// where to begin.
func (r *reading) adjust(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset,
	error) {
	var given []partition
	for topic, list := range offsets {
		for id := range list {
			given = append(given, partition{topic, id})
		}
	}
	limits, err := r.boundsOf(ctx, r.o.isolation == "read_committed", given)
	if err != nil {
		return nil, err
	}
	from, err := r.resolve(ctx, r.o.start, limits)
	if err != nil {
		return nil, err
	}
	for _, p := range given {
		next := offsets[p.topic][p.id].EpochOffset().Offset
		if next < 0 {
			next = from[p]
			offsets[p.topic][p.id] = kgo.NewOffset().At(next)
		}
		r.assigned(p, next, limits[p].end)
	}
	return offsets, nil
}

// skipGaps moves on partitions whose last offsets hold no record: compaction may have removed them, and then
// waiting for them would never end. It asks the broker what lies there.
func (r *reading) skipGaps(ctx context.Context) error {
	if r.o.follow {
		return nil
	}
	left := r.unfinished()
	if len(left) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	details, err := r.topics(ctx, topicsOf(sortedPartitions(left)))
	if err != nil {
		return err
	}
	for _, d := range details {
		for _, p := range d.Partitions.Sorted() {
			at, ok := left[partition{d.Topic, p.Partition}]
			if !ok || p.Leader < 0 {
				continue
			}
			next, err := r.nextRecord(ctx, p.Leader, d.Topic, d.ID, p.Partition, at)
			if err != nil {
				return err
			}
			r.skipTo(partition{d.Topic, p.Partition}, at.next, next)
		}
	}
	return nil
}

func (p *positions) skipTo(which partition, from, to int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.at[which]; at != nil && at.next == from {
		at.next = to
	}
}

// nextRecord finds the first offset from which there may be a record, or the end.
func (r *reading) nextRecord(ctx context.Context, leader int32, topic string, id [16]byte, p int32,
	at progressAt) (int64, error) {
	req := kmsg.NewPtrFetchRequest()
	req.ReplicaID, req.MaxBytes, req.SessionEpoch = -1, 1<<20, -1
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID = topic, id
	q := kmsg.NewFetchRequestTopicPartition()
	q.Partition, q.FetchOffset, q.PartitionMaxBytes = p, at.next, 1<<20
	t.Partitions = append(t.Partitions, q)
	req.Topics = append(req.Topics, t)
	raw, err := r.client.Broker(int(leader)).Request(ctx, req)
	if err != nil {
		return 0, err
	}
	resp, ok := raw.(*kmsg.FetchResponse)
	if !ok || len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return 0, fmt.Errorf("%s-%d: the broker answered a fetch with something else", topic, p)
	}
	if got := resp.Topics[0].Partitions[0]; got.ErrorCode == 0 {
		return firstRecord(got.RecordBatches, at), nil
	}
	return at.next, nil // the consumer meets the same error and deals with it
}

// firstRecord is the offset of the first record at or after at.next among the batches; at.end if there is none.
func firstRecord(batches []byte, at progressAt) int64 {
	if len(batches) == 0 {
		return at.end
	}
	var scratch record.Scratch
	next := kafka.Offset(at.next)
	all := record.Split(batches)
	for b, ok := all.Next(); ok; b, ok = all.Next() {
		if record.ValidateStored(b) != nil {
			break // it is the consumer's to complain
		}
		it := b.Records(&scratch, record.Limits{MaxUncompressed: record.MostUncompressed})
		for rec, ok := it.Next(); ok; rec, ok = it.Next() {
			if it.Offset(rec) >= next {
				return int64(next)
			}
		}
		next = max(next, b.NextOffset())
	}
	return int64(next)
}

func recordObject(r *kgo.Record) recordJSON {
	millis := r.Timestamp.UnixMilli()
	j := recordJSON{Topic: r.Topic, Partition: &r.Partition, Offset: r.Offset, Timestamp: &millis,
		Headers: []terminal.Header{}}
	j.Key, j.KeyBase64 = terminal.TextOrBytes(r.Key)
	j.Value, j.ValueBase64 = terminal.TextOrBytes(r.Value)
	for _, h := range r.Headers {
		k := terminal.Header{Key: h.Key}
		k.Value, k.ValueBase64 = terminal.TextOrBytes(h.Value)
		j.Headers = append(j.Headers, k)
	}
	return j
}
