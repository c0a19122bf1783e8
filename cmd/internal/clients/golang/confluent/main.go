// Command confluent drives confluent-kafka-go (librdkafka) against a broker: an idempotent producer with delivery
// reports in every codec, consumers by assignment and in groups with both assignment strategies, and the admin
// client.
package main

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"gregor/cmd/internal/clients/golang/step"
)

var steps *step.Steps

func main() {
	steps = step.New()
	steps.Do("an idempotent producer's messages come back in order, in every codec", roundTrip)
	for _, strategy := range []string{"range", "cooperative-sticky"} {
		steps.Do("a group of two shares the partitions and keeps its offsets, "+strategy, func(ctx context.Context) error {
			return group(ctx, strategy)
		})
	}
	steps.Do("a static member comes back without a rebalance", static)
	steps.Do("the admin creates, describes, alters, grows and deletes a topic", admin)
	steps.Do("offsets by time, watermarks, and deleting records", offsets)
	steps.Do("wrong requests get Kafka's errors", wrong)
	steps.End()
}

func conf(with kafka.ConfigMap) *kafka.ConfigMap {
	c := kafka.ConfigMap{"bootstrap.servers": steps.Bootstrap}
	for k, v := range with {
		c[k] = v
	}
	return &c
}

// withAdmin gives f an admin client.
func withAdmin(f func(*kafka.AdminClient) error) error {
	a, err := kafka.NewAdminClient(conf(nil))
	if err != nil {
		return err
	}
	defer a.Close()
	return f(a)
}

func create(ctx context.Context, name string, partitions int, configs map[string]string) (t string, err error) {
	t = "confluent-" + name + "-" + steps.Run
	return t, withAdmin(func(a *kafka.AdminClient) error {
		r, err := a.CreateTopics(ctx, []kafka.TopicSpecification{{Topic: t, NumPartitions: partitions, ReplicationFactor: 1,
			Config: configs}})
		if err != nil {
			return err
		}
		if r[0].Error.Code() != kafka.ErrNoError {
			return r[0].Error
		}
		return step.Eventually(ctx, func() error { return hasPartitions(a, t, partitions) })
	})
}

func hasPartitions(a *kafka.AdminClient, t string, want int) error {
	m, err := a.GetMetadata(&t, false, 5000)
	if err != nil {
		return err
	}
	if got := len(m.Topics[t].Partitions); got != want {
		return fmt.Errorf("%s has %d partitions, not %d", t, got, want)
	}
	return nil
}

// produce sends n messages and checks each delivery report.
func produce(ctx context.Context, t string, n int, with kafka.ConfigMap) error {
	c := conf(with)
	(*c)["enable.idempotence"] = true
	p, err := kafka.NewProducer(c)
	if err != nil {
		return err
	}
	defer p.Close()
	reports := make(chan kafka.Event, n)
	for i := range n {
		err := p.Produce(&kafka.Message{TopicPartition: kafka.TopicPartition{Topic: &t, Partition: kafka.PartitionAny},
			Key: []byte(strconv.Itoa(i)), Value: []byte(strconv.Itoa(i)),
			Headers: []kafka.Header{{Key: "h", Value: []byte("v")}}, Timestamp: steps.Time(i)}, reports)
		if err != nil {
			return err
		}
	}
	for range n {
		select {
		case e := <-reports:
			if m := e.(*kafka.Message); m.TopicPartition.Error != nil {
				return m.TopicPartition.Error
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// read polls until n messages came.
func read(ctx context.Context, n int, cs ...*kafka.Consumer) ([]*kafka.Message, error) {
	var out []*kafka.Message
	for len(out) < n {
		if ctx.Err() != nil {
			return out, fmt.Errorf("%d of %d messages came", len(out), n)
		}
		for _, c := range cs {
			switch e := c.Poll(100).(type) {
			case *kafka.Message:
				if e.TopicPartition.Error != nil {
					return out, e.TopicPartition.Error
				}
				out = append(out, e)
			case kafka.Error:
				if e.IsFatal() {
					return out, e
				}
			}
		}
	}
	return out, nil
}

func roundTrip(ctx context.Context) error {
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		t, err := create(ctx, codec, 1, nil)
		if err != nil {
			return err
		}
		if err := produce(ctx, t, 300, kafka.ConfigMap{"compression.type": codec, "linger.ms": 20}); err != nil {
			return err
		}
		c, err := kafka.NewConsumer(conf(kafka.ConfigMap{"group.id": "unused", "check.crcs": true}))
		if err != nil {
			return err
		}
		err = c.Assign([]kafka.TopicPartition{{Topic: &t, Partition: 0, Offset: kafka.OffsetBeginning}})
		got, readErr := read(ctx, 300, c)
		if err := errors.Join(err, readErr, inOrder(got), c.Close()); err != nil {
			return fmt.Errorf("%s: %w", codec, err)
		}
	}
	return nil
}

func inOrder(got []*kafka.Message) error {
	for i, m := range got {
		if string(m.Value) != strconv.Itoa(i) || m.TopicPartition.Offset != kafka.Offset(i) || len(m.Headers) != 1 ||
			!m.Timestamp.Equal(steps.Time(i)) {
			return fmt.Errorf("message %d is %q at offset %v, time %v", i, m.Value, m.TopicPartition.Offset, m.Timestamp)
		}
	}
	return nil
}

func member(name, strategy, t string, with kafka.ConfigMap) (*kafka.Consumer, error) {
	all := kafka.ConfigMap{"group.id": name, "auto.offset.reset": "earliest", "partition.assignment.strategy": strategy,
		"heartbeat.interval.ms": 300, "session.timeout.ms": 10000, "enable.auto.commit": false}
	for k, v := range with {
		all[k] = v
	}
	c, err := kafka.NewConsumer(conf(all))
	if err != nil {
		return nil, err
	}
	return c, c.Subscribe(t, nil)
}

func owned(c *kafka.Consumer) int {
	a, err := c.Assignment()
	if err != nil {
		return -1
	}
	return len(a)
}

func group(ctx context.Context, strategy string) error {
	t, err := create(ctx, "group-"+strategy, 3, nil)
	if err != nil {
		return err
	}
	name := "confluent-" + strategy + "-" + steps.Run
	c1, err1 := member(name, strategy, t, nil)
	c2, err2 := member(name, strategy, t, nil)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	for owned(c1)+owned(c2) != 3 || owned(c1) == 0 || owned(c2) == 0 {
		if ctx.Err() != nil {
			return fmt.Errorf("the members own %d and %d of 3 partitions", owned(c1), owned(c2))
		}
		c1.Poll(100)
		c2.Poll(100)
	}
	if err := produce(ctx, t, 60, nil); err != nil {
		return err
	}
	if _, err := read(ctx, 60, c1, c2); err != nil {
		return err
	}
	for _, c := range []*kafka.Consumer{c1, c2} {
		if _, err := c.Commit(); err != nil && err.(kafka.Error).Code() != kafka.ErrNoOffset {
			return err
		}
	}
	if err := c2.Close(); err != nil {
		return err
	}
	for owned(c1) != 3 {
		if ctx.Err() != nil {
			return fmt.Errorf("after the other left: %d of 3 partitions", owned(c1))
		}
		c1.Poll(100)
	}
	partitions := []kafka.TopicPartition{{Topic: &t, Partition: 0}, {Topic: &t, Partition: 1}, {Topic: &t, Partition: 2}}
	offsets, err := c1.Committed(partitions, 10_000)
	sum := kafka.Offset(0)
	for _, o := range offsets {
		sum += max(o.Offset, 0) // below 0: a partition without a message has no commit
	}
	if sum != 60 {
		err = errors.Join(err, fmt.Errorf("the committed offsets add up to %v, not 60", sum))
	}
	return errors.Join(err, c1.Close())
}

func static(ctx context.Context) error {
	t, err := create(ctx, "static", 2, nil)
	if err != nil {
		return err
	}
	name := "confluent-static-" + steps.Run
	join := func() (*kafka.Consumer, error) {
		return member(name, "range", t, kafka.ConfigMap{"group.instance.id": "one"})
	}
	generation := func() (string, error) {
		var state string
		return state, withAdmin(func(a *kafka.AdminClient) error {
			r, err := a.DescribeConsumerGroups(ctx, []string{name})
			if err != nil {
				return err
			}
			g := r.ConsumerGroupDescriptions[0]
			if len(g.Members) != 1 {
				return fmt.Errorf("the group has %d members", len(g.Members))
			}
			state = g.State.String()
			return nil
		})
	}
	for round := range 2 {
		c, err := join()
		if err != nil {
			return err
		}
		for owned(c) != 2 {
			if ctx.Err() != nil {
				return fmt.Errorf("round %d: %d of 2 partitions", round+1, owned(c))
			}
			c.Poll(100)
		}
		if err := c.Close(); err != nil {
			return err
		}
		state, err := generation()
		if err != nil {
			return fmt.Errorf("round %d: a static member that closes stays: %w", round+1, err)
		}
		if state != "Stable" {
			return fmt.Errorf("round %d: the group is %s", round+1, state)
		}
	}
	return nil
}

func admin(ctx context.Context) error {
	t, err := create(ctx, "admin", 2, map[string]string{"retention.ms": "86400000"})
	if err != nil {
		return err
	}
	return withAdmin(func(a *kafka.AdminClient) error {
		resource := kafka.ConfigResource{Type: kafka.ResourceTopic, Name: t}
		has := func(want string) func() error {
			return func() error {
				r, err := a.DescribeConfigs(ctx, []kafka.ConfigResource{resource})
				if err != nil {
					return err
				}
				if got := r[0].Config["retention.ms"].Value; got != want {
					return fmt.Errorf("retention.ms is %q, not %s", got, want)
				}
				return nil
			}
		}
		if err := has("86400000")(); err != nil {
			return err
		}
		resource.Config = []kafka.ConfigEntry{{Name: "retention.ms", Value: "5000",
			IncrementalOperation: kafka.AlterConfigOpTypeSet}}
		_, err := a.IncrementalAlterConfigs(ctx, []kafka.ConfigResource{resource})
		if err := errors.Join(err, step.Eventually(ctx, has("5000"))); err != nil {
			return err
		}
		_, err = a.CreatePartitions(ctx, []kafka.PartitionsSpecification{{Topic: t, IncreaseTo: 4}})
		if err := errors.Join(err, step.Eventually(ctx, func() error { return hasPartitions(a, t, 4) })); err != nil {
			return err
		}
		cluster, err := a.DescribeCluster(ctx)
		if err != nil || cluster.ClusterID == nil || len(cluster.Nodes) == 0 {
			return fmt.Errorf("the cluster is %+v, %v", cluster, err)
		}
		r, err := a.DeleteTopics(ctx, []string{t})
		if err != nil || r[0].Error.Code() != kafka.ErrNoError {
			return fmt.Errorf("deleting: %v, %v", r, err)
		}
		return step.Eventually(ctx, func() error { // all topics: asking for one by name would create it
			m, err := a.GetMetadata(nil, true, 5000)
			if err != nil {
				return err
			}
			if _, still := m.Topics[t]; still {
				return fmt.Errorf("%s is still listed", t)
			}
			return nil
		})
	})
}

func offsets(ctx context.Context) error {
	t, err := create(ctx, "offsets", 1, nil)
	if err != nil {
		return err
	}
	if err := produce(ctx, t, 10, nil); err != nil {
		return err
	}
	c, err := kafka.NewConsumer(conf(kafka.ConfigMap{"group.id": "unused"}))
	if err != nil {
		return err
	}
	defer c.Close()
	marks := func(low, high int64) error {
		l, h, err := c.QueryWatermarkOffsets(t, 0, 10_000)
		if err == nil && (l != low || h != high) {
			err = fmt.Errorf("watermarks are %d and %d, not %d and %d", l, h, low, high)
		}
		return err
	}
	byTime, err := c.OffsetsForTimes([]kafka.TopicPartition{{Topic: &t, Partition: 0,
		Offset: kafka.Offset(steps.Time(3).UnixMilli() + 500)}}, 10_000)
	if err := errors.Join(marks(0, 10), err); err != nil {
		return err
	}
	if byTime[0].Offset != 4 {
		return fmt.Errorf("the offset after 3.5 s is %v, not 4", byTime[0].Offset)
	}
	return withAdmin(func(a *kafka.AdminClient) error {
		_, err := a.DeleteRecords(ctx, []kafka.TopicPartition{{Topic: &t, Partition: 0, Offset: 6}})
		return errors.Join(err, marks(6, 10))
	})
}

func wrong(ctx context.Context) error {
	t, err := create(ctx, "wrong", 1, nil)
	if err != nil {
		return err
	}
	is := func(what string, got, want kafka.ErrorCode) error {
		if got != want {
			return fmt.Errorf("%s gives %v, not %v", what, got, want)
		}
		return nil
	}
	var errs []error
	err = withAdmin(func(a *kafka.AdminClient) error {
		r, err := a.CreateTopics(ctx, []kafka.TopicSpecification{{Topic: t, NumPartitions: 1, ReplicationFactor: 1},
			{Topic: t + "x", NumPartitions: 1, ReplicationFactor: 9},
			{Topic: t + "y", NumPartitions: 1, ReplicationFactor: 1, Config: map[string]string{"retention.ms": "word"}}})
		if err != nil {
			return err
		}
		sort.Slice(r, func(i, j int) bool { return r[i].Topic < r[j].Topic })
		d, err := a.DeleteTopics(ctx, []string{t + "z"})
		if err != nil {
			return err
		}
		errs = append(errs, is("a topic twice", r[0].Error.Code(), kafka.ErrTopicAlreadyExists),
			is("too many replicas", r[1].Error.Code(), kafka.ErrInvalidReplicationFactor),
			is("a bad config", r[2].Error.Code(), kafka.ErrInvalidConfig),
			is("deleting an unknown topic", d[0].Error.Code(), kafka.ErrUnknownTopicOrPart))
		return nil
	})
	p, newErr := kafka.NewProducer(conf(kafka.ConfigMap{"message.max.bytes": 10_000_000}))
	if err := errors.Join(err, newErr); err != nil {
		return err
	}
	defer p.Close()
	report := make(chan kafka.Event, 1)
	if err := p.Produce(&kafka.Message{TopicPartition: kafka.TopicPartition{Topic: &t, Partition: 0},
		Value: make([]byte, 3_000_000)}, report); err != nil {
		return err
	}
	select {
	case e := <-report:
		var got kafka.Error
		if !errors.As(e.(*kafka.Message).TopicPartition.Error, &got) || got.Code() != kafka.ErrMsgSizeTooLarge {
			errs = append(errs, fmt.Errorf("a message of 3 MB gives %v", e))
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	return errors.Join(errs...)
}
