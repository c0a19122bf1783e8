package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// stepMax is how long one step with an in-process client may take.
const stepMax = 40 * time.Second

// franz drives franz-go: idempotent producer, cooperative groups, and kadm for administration.
func franz(ctx context.Context, s *suite) {
	step := func(name string, f func(context.Context, *franzStep) error) {
		s.tally.step(name, func() error {
			ctx, cancel := context.WithTimeout(ctx, stepMax)
			defer cancel()
			t := &franzStep{suite: s}
			defer t.close()
			return f(ctx, t)
		})
	}
	step("an idempotent producer's records come back complete and in order, in every codec", franzRoundTrip)
	step("two members share partitions cooperatively; one leaves; commits are kept", franzGroup)
	step("creates, describes, alters, grows and deletes a topic", franzTopic)
	step("offsets: start, end, by time, newest timestamp, after DeleteRecords", franzOffsets)
	step("groups are listed, described, their offsets set and deleted", franzGroupAdmin)
	step("wrong requests get Kafka's errors", franzErrors)
	step("log directories and the cluster are described", franzCluster)
}

// franzStep makes clients and closes them.
type franzStep struct {
	*suite
	open []*kgo.Client
}

func (t *franzStep) client(opts ...kgo.Opt) (*kgo.Client, error) {
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(t.bootstrap), kgo.MetadataMinAge(100 * time.Millisecond)},
		opts...)...)
	if err == nil {
		t.open = append(t.open, c)
	}
	return c, err
}

func (t *franzStep) admin() (*kadm.Client, error) {
	c, err := t.client()
	if err != nil {
		return nil, err
	}
	return kadm.NewClient(c), nil
}

func (t *franzStep) close() {
	for _, c := range t.open {
		c.Close()
	}
}

func (t *franzStep) topic(ctx context.Context, name string, partitions int32, configs map[string]*string) (string,
	error) {
	name = "franz-" + name + "-" + t.run
	adm, err := t.admin()
	if err != nil {
		return "", err
	}
	_, err = adm.CreateTopic(ctx, partitions, 1, configs, name)
	return name, err
}

func (t *franzStep) produce(ctx context.Context, topic string, n int, opts ...kgo.Opt) error {
	c, err := t.client(append(opts, kgo.DefaultProduceTopic(topic))...)
	if err != nil {
		return err
	}
	var records []*kgo.Record
	for i := range n {
		records = append(records, &kgo.Record{Key: []byte(strconv.Itoa(i % 7)), Value: []byte(strconv.Itoa(i)),
			Headers: []kgo.RecordHeader{{Key: "n", Value: []byte(strconv.Itoa(i))}}, Timestamp: t.time(i)})
	}
	return c.ProduceSync(ctx, records...).FirstErr()
}

// poll reads until n records came.
func poll(ctx context.Context, c *kgo.Client, n int) ([]*kgo.Record, error) {
	var out []*kgo.Record
	for len(out) < n {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return out, fmt.Errorf("%d of %d records came: %w", len(out), n, err)
		}
		out = append(out, fetches.Records()...)
	}
	return out, nil
}

func franzRoundTrip(ctx context.Context, t *franzStep) error {
	codecs := []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(),
		kgo.Lz4Compression(), kgo.ZstdCompression()}
	for i, codec := range codecs {
		topic, err := t.topic(ctx, fmt.Sprint("codec-", i), 3, nil)
		if err != nil {
			return err
		}
		const n = 700
		if err := t.produce(ctx, topic, n, kgo.ProducerBatchCompression(codec)); err != nil {
			return err
		}
		c, err := t.client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		if err != nil {
			return err
		}
		got, err := poll(ctx, c, n)
		if err != nil {
			return err
		}
		if err := t.complete(got, n); err != nil {
			return fmt.Errorf("codec %d: %w", i, err)
		}
	}
	return nil
}

// complete checks that n records came once each, that offsets of a partition are 0, 1, 2..., that a key's
// records are in order on one partition, and that headers and timestamps are as sent.
func (t *franzStep) complete(got []*kgo.Record, n int) error {
	if len(got) != n {
		return fmt.Errorf("%d records came, not %d", len(got), n)
	}
	next, partitionOf, lastOf := map[int32]int64{}, map[string]int32{}, map[string]int{}
	for _, r := range got {
		if r.Offset != next[r.Partition] {
			return fmt.Errorf("partition %d: offset %d came after %d", r.Partition, r.Offset, next[r.Partition]-1)
		}
		next[r.Partition]++
		v, err := strconv.Atoi(string(r.Value))
		if err != nil {
			return err
		}
		key := string(r.Key)
		last, seen := lastOf[key]
		switch {
		case seen && (v <= last || partitionOf[key] != r.Partition):
			return fmt.Errorf("key %s: %d on partition %d came after %d on partition %d", key, v, r.Partition, last,
				partitionOf[key])
		case len(r.Headers) != 1 || string(r.Headers[0].Value) != string(r.Value):
			return fmt.Errorf("record %d has headers %v", v, r.Headers)
		case !r.Timestamp.Equal(t.time(v)):
			return fmt.Errorf("record %d has timestamp %v", v, r.Timestamp)
		}
		lastOf[key], partitionOf[key] = v, r.Partition
	}
	return nil
}

func franzGroup(ctx context.Context, t *franzStep) error {
	topic, err := t.topic(ctx, "group", 3, nil)
	if err != nil {
		return err
	}
	group := "franz-" + t.run
	member := func() (*kgo.Client, *assignment, error) {
		a := &assignment{}
		c, err := t.client(kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.Balancers(kgo.CooperativeStickyBalancer()),
			kgo.HeartbeatInterval(300*time.Millisecond), kgo.SessionTimeout(10*time.Second),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
			kgo.OnPartitionsAssigned(a.add), kgo.OnPartitionsRevoked(a.remove), kgo.OnPartitionsLost(a.remove),
			kgo.DisableAutoCommit())
		return c, a, err
	}
	c1, a1, err := member()
	if err != nil {
		return err
	}
	c2, a2, err := member()
	if err != nil {
		return err
	}
	if err := t.produce(ctx, topic, 90); err != nil {
		return err
	}
	seen := map[string]bool{}
	for len(seen) < 90 || a1.count()+a2.count() != 3 || a1.count() == 0 || a2.count() == 0 {
		if err := pollBoth(ctx, seen, c1, c2); err != nil {
			return fmt.Errorf("%d records seen, partitions %d and %d: %w", len(seen), a1.count(), a2.count(), err)
		}
	}
	if err := errors.Join(c1.CommitUncommittedOffsets(ctx), c2.CommitUncommittedOffsets(ctx)); err != nil {
		return err
	}
	c2.LeaveGroup()
	for a1.count() != 3 {
		if err := pollBoth(ctx, seen, c1); err != nil {
			return fmt.Errorf("after the other left: %d partitions: %w", a1.count(), err)
		}
	}
	return t.committed(ctx, group, topic, 90)
}

// committed checks that the committed offsets of a topic add up to n.
func (t *franzStep) committed(ctx context.Context, group, topic string, n int64) error {
	adm, err := t.admin()
	if err != nil {
		return err
	}
	offsets, err := adm.FetchOffsets(ctx, group)
	if err != nil {
		return err
	}
	sum := int64(0)
	for _, o := range offsets[topic] {
		sum += o.At
	}
	if sum != n {
		return fmt.Errorf("the committed offsets add up to %d, not %d: %v", sum, n, offsets[topic])
	}
	return nil
}

func pollBoth(ctx context.Context, seen map[string]bool, members ...*kgo.Client) error {
	for _, c := range members {
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		fetches := c.PollFetches(short)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fetches.EachError(func(_ string, _ int32, err error) {
			if !errors.Is(err, context.DeadlineExceeded) {
				seen["error: "+err.Error()] = true
			}
		})
		for _, r := range fetches.Records() {
			seen[string(r.Value)] = true
		}
	}
	return nil
}

func franzTopic(ctx context.Context, t *franzStep) error {
	day := "86400000"
	topic, err := t.topic(ctx, "admin", 2, map[string]*string{"retention.ms": &day})
	if err != nil {
		return err
	}
	adm, err := t.admin()
	if err != nil {
		return err
	}
	config := func(want string) error {
		all, err := adm.DescribeTopicConfigs(ctx, topic)
		if err != nil {
			return err
		}
		return configIs(all[0], "retention.ms", want)
	}
	_, alterErr := adm.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms",
		Value: kadm.StringPtr("5000")}}, topic)
	if err := errors.Join(alterErr, eventually(ctx, func() error { return config("5000") })); err != nil {
		return err
	}
	_, alterErr = adm.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.DeleteConfig, Name: "retention.ms"}}, topic)
	if err := errors.Join(alterErr, eventually(ctx, func() error { return config("604800000") })); err != nil {
		return err
	}
	if _, err := adm.CreatePartitions(ctx, 3, topic); err != nil {
		return err
	}
	return eventually(ctx, func() error { return franzPartitions(ctx, adm, topic, 5) }, func() error {
		_, err := adm.DeleteTopics(ctx, topic)
		return err
	}, func() error { return franzPartitions(ctx, adm, topic, 0) })
}

// franzPartitions checks how many partitions a topic has; 0 is none, and no topic.
func franzPartitions(ctx context.Context, adm *kadm.Client, topic string, want int) error {
	all, err := adm.ListTopics(ctx, topic)
	if err != nil {
		return err
	}
	if got := len(all[topic].Partitions); got != want {
		return fmt.Errorf("%s has %d partitions, not %d", topic, got, want)
	}
	if want > 0 && all[topic].ID == (kadm.TopicID{}) {
		return fmt.Errorf("%s has no topic id", topic)
	}
	return nil
}

// eventually runs functions one after the other; each is tried again until it succeeds or the time is over.
func eventually(ctx context.Context, fs ...func() error) error {
	for _, f := range fs {
		for {
			err := f()
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return err
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	return nil
}

func configIs(r kadm.ResourceConfig, name, want string) error {
	for _, c := range r.Configs {
		if c.Key == name {
			if got := c.MaybeValue(); got != want {
				return fmt.Errorf("%s is %s, not %s", name, got, want)
			}
			return nil
		}
	}
	return fmt.Errorf("%s is not described", name)
}

func franzOffsets(ctx context.Context, t *franzStep) error {
	topic, err := t.topic(ctx, "offsets", 1, nil)
	if err != nil {
		return err
	}
	if err := t.produce(ctx, topic, 10); err != nil {
		return err
	}
	adm, err := t.admin()
	if err != nil {
		return err
	}
	is := func(what string, want int64, offsets kadm.ListedOffsets, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if o, _ := offsets.Lookup(topic, 0); o.Err != nil || o.Offset != want {
			return fmt.Errorf("%s is %d (%v), not %d", what, o.Offset, o.Err, want)
		}
		return nil
	}
	start, err1 := adm.ListStartOffsets(ctx, topic)
	end, err2 := adm.ListEndOffsets(ctx, topic)
	after, err3 := adm.ListOffsetsAfterMilli(ctx, t.time(3).UnixMilli()+500, topic)
	newest, err4 := adm.ListMaxTimestampOffsets(ctx, topic)
	if err := errors.Join(is("the start", 0, start, err1), is("the end", 10, end, err2),
		is("the offset after 3.5 s", 4, after, err3),
		is("the offset of the newest timestamp", 9, newest, err4)); err != nil {
		return err
	}
	var upTo kadm.Offsets
	upTo.Add(kadm.Offset{Topic: topic, Partition: 0, At: 6})
	if _, err := adm.DeleteRecords(ctx, upTo); err != nil {
		return err
	}
	start, err = adm.ListStartOffsets(ctx, topic)
	return is("the start after DeleteRecords", 6, start, err)
}

func franzGroupAdmin(ctx context.Context, t *franzStep) error {
	topic, err := t.topic(ctx, "groupadmin", 1, nil)
	if err != nil {
		return err
	}
	adm, err := t.admin()
	if err != nil {
		return err
	}
	group := "franz-admin-" + t.run
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: 42, Metadata: "a note"})
	if err := adm.CommitAllOffsets(ctx, group, offsets); err != nil {
		return err
	}
	fetched, err := adm.FetchOffsets(ctx, group)
	if err != nil {
		return err
	}
	if o, _ := fetched.Lookup(topic, 0); o.At != 42 || o.Metadata != "a note" {
		return fmt.Errorf("fetched %+v", o)
	}
	listed, err1 := adm.ListGroups(ctx)
	described, err2 := adm.DescribeGroups(ctx, group)
	if err := errors.Join(err1, err2, described.Error()); err != nil {
		return err
	}
	if !slices.Contains(listed.Groups(), group) || described[group].State != "Empty" {
		return fmt.Errorf("listed %v, state %q", listed.Groups(), described[group].State)
	}
	deleted, err := adm.DeleteGroups(ctx, group)
	if err := errors.Join(err, deleted.Error()); err != nil {
		return err
	}
	listed, err = adm.ListGroups(ctx)
	if slices.Contains(listed.Groups(), group) {
		return fmt.Errorf("%s is still listed", group)
	}
	return err
}

func franzErrors(ctx context.Context, t *franzStep) error {
	topic, err := t.topic(ctx, "errors", 1, nil)
	if err != nil {
		return err
	}
	adm, err := t.admin()
	if err != nil {
		return err
	}
	is := func(what string, got, want error) error {
		if !errors.Is(got, want) {
			return fmt.Errorf("%s gives %v, not %v", what, got, want)
		}
		return nil
	}
	_, exists := adm.CreateTopic(ctx, 1, 1, nil, topic)
	_, noPartitions := adm.CreateTopic(ctx, 0, 1, nil, topic+"-x")
	_, tooManyReplicas := adm.CreateTopic(ctx, 1, 100, nil, topic+"-x")
	_, badName := adm.CreateTopic(ctx, 1, 1, nil, "bad/name")
	word := "word"
	_, badConfig := adm.CreateTopic(ctx, 1, 1, map[string]*string{"retention.ms": &word}, topic+"-x")
	_, unknown := adm.DeleteTopic(ctx, topic+"-none")
	fewer, err := adm.UpdatePartitions(ctx, 1, topic)
	if err != nil {
		return err
	}
	c, err := t.client(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerBatchMaxBytes(5_000_000), kgo.MaxBufferedBytes(50_000_000))
	if err != nil {
		return err
	}
	large := c.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: make([]byte, 3_000_000)}).FirstErr()
	return errors.Join(is("a topic twice", exists, kerr.TopicAlreadyExists),
		is("no partitions", noPartitions, kerr.InvalidPartitions),
		is("too many replicas", tooManyReplicas, kerr.InvalidReplicationFactor),
		is("a bad name", badName, kerr.InvalidTopicException),
		is("a bad config", badConfig, kerr.InvalidConfig),
		is("deleting an unknown topic", unknown, kerr.UnknownTopicOrPartition),
		is("the same number of partitions", fewer[topic].Err, kerr.InvalidPartitions),
		is("a record of 3 MB", large, kerr.MessageTooLarge))
}

func franzCluster(ctx context.Context, t *franzStep) error {
	topic, err := t.topic(ctx, "logdirs", 1, nil)
	if err != nil {
		return err
	}
	if err := t.produce(ctx, topic, 100); err != nil {
		return err
	}
	adm, err := t.admin()
	if err != nil {
		return err
	}
	meta, err1 := adm.BrokerMetadata(ctx)
	dirs, err2 := adm.DescribeAllLogDirs(ctx, nil)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if len(meta.Brokers) == 0 || meta.Cluster == "" {
		return fmt.Errorf("the cluster is %+v", meta)
	}
	size, errs := int64(0), error(nil)
	dirs.Each(func(d kadm.DescribedLogDir) {
		errs = errors.Join(errs, d.Err)
		if p, ok := d.Topics.Lookup(topic, 0); ok {
			size += p.Size
		}
	})
	if size == 0 {
		return fmt.Errorf("partition %s-0 has no size in any log directory", topic)
	}
	return errs
}
