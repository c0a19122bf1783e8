// Command sarama drives IBM/sarama against a broker: sync and async producers in every codec, idempotence,
// partition consumers, a consumer group, and the cluster admin.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strconv"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"gregor/cmd/internal/clients/golang/step"
)

var steps *step.Steps

func main() {
	sarama.Logger = log.New(io.Discard, "", 0)
	steps = step.New()
	if steps.Topic != "" {
		through(steps.Topic)
		return
	}
	steps.Do("a sync producer's records come back in order, in every codec", roundTrip)
	steps.Do("an idempotent async producer delivers everything once", idempotent)
	steps.Do("a group of two shares the partitions, and its offsets are kept", group)
	steps.Do("the admin creates, describes, alters, grows and deletes a topic", admin)
	steps.Do("offsets by time, and deleting records", offsets)
	steps.Do("wrong requests get Kafka's errors", wrong)
	steps.End()
}

func config() *sarama.Config {
	c := sarama.NewConfig()
	c.Version = sarama.V4_0_0_0
	c.Producer.Return.Successes = true
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Retry.Max = 3
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	return c
}

func brokers() []string { return []string{steps.Bootstrap} }

func topic(name string) string { return "sarama-" + name + "-" + steps.Run }

// create makes a topic and waits until the broker knows it.
func create(ctx context.Context, name string, partitions int32, configs map[string]*string) (string, error) {
	a, err := sarama.NewClusterAdmin(brokers(), config())
	if err != nil {
		return "", err
	}
	defer a.Close()
	t := topic(name)
	if err := a.CreateTopic(t, &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1,
		ConfigEntries: configs}, false); err != nil {
		return "", err
	}
	return t, step.Eventually(ctx, func() error { return hasPartitions(a, t, int(partitions)) })
}

func hasPartitions(a sarama.ClusterAdmin, t string, want int) error {
	all, err := a.DescribeTopics([]string{t})
	if err != nil {
		return err
	}
	if got := len(all[0].Partitions); got != want {
		return fmt.Errorf("%s has %d partitions, not %d (%v)", t, got, want, all[0].Err)
	}
	return nil
}

func roundTrip(ctx context.Context) error {
	for _, codec := range []sarama.CompressionCodec{sarama.CompressionNone, sarama.CompressionGZIP,
		sarama.CompressionSnappy, sarama.CompressionLZ4, sarama.CompressionZSTD} {
		t, err := create(ctx, codec.String(), 1, nil)
		if err != nil {
			return err
		}
		c := config()
		c.Producer.Compression = codec
		p, err := sarama.NewSyncProducer(brokers(), c)
		if err != nil {
			return err
		}
		var messages []*sarama.ProducerMessage
		for i := range 200 {
			messages = append(messages, &sarama.ProducerMessage{Topic: t, Key: sarama.StringEncoder("k"),
				Value:   sarama.StringEncoder(strconv.Itoa(i)),
				Headers: []sarama.RecordHeader{{Key: []byte("h"), Value: []byte("v")}}})
		}
		if err := errors.Join(p.SendMessages(messages), p.Close()); err != nil {
			return err
		}
		if err := readBack(ctx, t, 200); err != nil {
			return fmt.Errorf("%v: %w", codec, err)
		}
	}
	return nil
}

func readBack(ctx context.Context, t string, n int) error {
	c, err := sarama.NewConsumer(brokers(), config())
	if err != nil {
		return err
	}
	defer c.Close()
	pc, err := c.ConsumePartition(t, 0, sarama.OffsetOldest)
	if err != nil {
		return err
	}
	defer pc.Close()
	for i := range n {
		select {
		case m := <-pc.Messages():
			if string(m.Value) != strconv.Itoa(i) || m.Offset != int64(i) || len(m.Headers) != 1 {
				return fmt.Errorf("record %d is %q at offset %d with %d headers", i, m.Value, m.Offset, len(m.Headers))
			}
		case <-ctx.Done():
			return fmt.Errorf("%d of %d records came", i, n)
		}
	}
	return nil
}

func idempotent(ctx context.Context) error {
	t, err := create(ctx, "idempotent", 1, nil)
	if err != nil {
		return err
	}
	c := config()
	c.Producer.Idempotent = true
	c.Net.MaxOpenRequests = 1
	// Sarama keeps what is left after the last batch of ten until this time has passed; without it, for ever.
	c.Producer.Flush.Messages, c.Producer.Flush.Frequency = 10, 5*time.Millisecond
	p, err := sarama.NewAsyncProducer(brokers(), c)
	if err != nil {
		return err
	}
	go func() {
		for i := range 500 {
			p.Input() <- &sarama.ProducerMessage{Topic: t, Value: sarama.StringEncoder(strconv.Itoa(i)),
				Headers: []sarama.RecordHeader{{Key: []byte("h")}}}
		}
	}()
	for i := range 500 {
		select {
		case <-p.Successes():
		case err := <-p.Errors():
			return err
		case <-ctx.Done():
			return fmt.Errorf("%d of 500 records were acknowledged", i)
		}
	}
	if err := p.Close(); err != nil {
		return err
	}
	return readBack(ctx, t, 500)
}

// member counts what one member of a group owns and sees.
type member struct {
	mu    sync.Mutex
	owned int
	seen  map[string]int
}

func (m *member) Setup(s sarama.ConsumerGroupSession) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owned = 0
	for _, p := range s.Claims() {
		m.owned += len(p)
	}
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owned = 0
	return nil
}

func (m *member) ConsumeClaim(s sarama.ConsumerGroupSession, c sarama.ConsumerGroupClaim) error {
	for {
		select {
		case r, ok := <-c.Messages():
			if !ok {
				return nil
			}
			m.mu.Lock()
			m.seen[string(r.Value)]++
			m.mu.Unlock()
			s.MarkMessage(r, "")
		case <-s.Context().Done():
			return nil
		}
	}
}

func (m *member) state() (owned, seen int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.owned, len(m.seen)
}

// join runs one member until its context ends.
func join(ctx context.Context, group, t string) (*member, func() error, error) {
	c := config()
	c.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
	c.Consumer.Group.Session.Timeout = 10 * time.Second
	c.Consumer.Offsets.AutoCommit.Interval = 200 * time.Millisecond
	g, err := sarama.NewConsumerGroup(brokers(), group, c)
	if err != nil {
		return nil, nil, err
	}
	m := &member{seen: map[string]int{}}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if err := g.Consume(ctx, []string{t}, m); err != nil {
				return
			}
		}
	}()
	return m, func() error { cancel(); <-ended; return g.Close() }, nil
}

func group(ctx context.Context) error {
	t, err := create(ctx, "group", 3, nil)
	if err != nil {
		return err
	}
	name := "sarama-" + steps.Run
	m1, leave1, err := join(ctx, name, t)
	if err != nil {
		return err
	}
	m2, leave2, err := join(ctx, name, t)
	if err != nil {
		return err
	}
	err = step.Eventually(ctx, func() error {
		o1, _ := m1.state()
		o2, _ := m2.state()
		if o1+o2 != 3 || o1 == 0 || o2 == 0 {
			return fmt.Errorf("the members own %d and %d of 3 partitions", o1, o2)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := produce(t, 90); err != nil {
		return err
	}
	err = step.Eventually(ctx, func() error {
		_, s1 := m1.state()
		_, s2 := m2.state()
		if s1+s2 != 90 || s1 == 0 || s2 == 0 {
			return fmt.Errorf("the members saw %d and %d of 90 records", s1, s2)
		}
		return nil
	})
	if err := errors.Join(err, leave2()); err != nil {
		return err
	}
	err = step.Eventually(ctx, func() error {
		if o, _ := m1.state(); o != 3 {
			return fmt.Errorf("after the other left: %d of 3 partitions", o)
		}
		return nil
	})
	return errors.Join(err, leave1(), committed(name, t, 90))
}

func produce(t string, n int) error {
	p, err := sarama.NewSyncProducer(brokers(), config())
	if err != nil {
		return err
	}
	var messages []*sarama.ProducerMessage
	for i := range n {
		messages = append(messages, &sarama.ProducerMessage{Topic: t, Key: sarama.StringEncoder(strconv.Itoa(i)),
			Value:     sarama.StringEncoder(strconv.Itoa(i)),
			Timestamp: steps.Time(i)})
	}
	return errors.Join(p.SendMessages(messages), p.Close())
}

func committed(group, t string, want int64) error {
	a, err := sarama.NewClusterAdmin(brokers(), config())
	if err != nil {
		return err
	}
	defer a.Close()
	r, err := a.ListConsumerGroupOffsets(group, map[string][]int32{t: {0, 1, 2}})
	if err != nil {
		return err
	}
	sum := int64(0)
	for p := range int32(3) {
		sum += r.GetBlock(t, p).Offset
	}
	if sum != want {
		return fmt.Errorf("the committed offsets add up to %d, not %d", sum, want)
	}
	described, err := a.DescribeConsumerGroups([]string{group})
	if err != nil {
		return err
	}
	if described[0].State != "Empty" {
		return fmt.Errorf("the group is %s after all left", described[0].State)
	}
	return a.DeleteConsumerGroup(group)
}

func admin(ctx context.Context) error {
	day := "86400000"
	t, err := create(ctx, "admin", 2, map[string]*string{"retention.ms": &day})
	if err != nil {
		return err
	}
	a, err := sarama.NewClusterAdmin(brokers(), config())
	if err != nil {
		return err
	}
	defer a.Close()
	has := func(want string) func() error {
		return func() error {
			entries, err := a.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: t,
				ConfigNames: []string{"retention.ms"}})
			if err != nil {
				return err
			}
			if len(entries) != 1 || entries[0].Value != want {
				return fmt.Errorf("retention.ms is %+v, not %s", entries, want)
			}
			return nil
		}
	}
	if err := has(day)(); err != nil {
		return err
	}
	five := "5000"
	if err := errors.Join(a.AlterConfig(sarama.TopicResource, t, map[string]*string{"retention.ms": &five}, false),
		step.Eventually(ctx, has(five))); err != nil {
		return err
	}
	if err := errors.Join(a.IncrementalAlterConfig(sarama.TopicResource, t,
		map[string]sarama.IncrementalAlterConfigsEntry{"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationDelete}}, false),
		step.Eventually(ctx, has("604800000"))); err != nil {
		return err
	}
	if err := errors.Join(a.CreatePartitions(t, 4, nil, false), step.Eventually(ctx, func() error {
		return hasPartitions(a, t, 4)
	}), a.DeleteTopic(t)); err != nil {
		return err
	}
	return step.Eventually(ctx, func() error {
		all, err := a.ListTopics()
		if _, still := all[t]; still {
			return fmt.Errorf("%s is still listed", t)
		}
		return err
	})
}

func offsets(ctx context.Context) error {
	t, err := create(ctx, "offsets", 1, nil)
	if err != nil {
		return err
	}
	if err := produce(t, 10); err != nil {
		return err
	}
	c, err := sarama.NewClient(brokers(), config())
	if err != nil {
		return err
	}
	defer c.Close()
	at := func(time, want int64) error {
		got, err := c.GetOffset(t, 0, time)
		if err == nil && got != want {
			err = fmt.Errorf("the offset at %d is %d, not %d", time, got, want)
		}
		return err
	}
	a, err := sarama.NewClusterAdminFromClient(c)
	if err != nil {
		return err
	}
	return errors.Join(at(sarama.OffsetOldest, 0), at(sarama.OffsetNewest, 10), at(steps.Time(3).UnixMilli()+500, 4),
		a.DeleteRecords(t, map[int32]int64{0: 6}), at(sarama.OffsetOldest, 6))
}

func wrong(ctx context.Context) error {
	t, err := create(ctx, "wrong", 1, nil)
	if err != nil {
		return err
	}
	a, err := sarama.NewClusterAdmin(brokers(), config())
	if err != nil {
		return err
	}
	defer a.Close()
	is := func(what string, got error, want sarama.KError) error {
		if !errors.Is(got, want) {
			return fmt.Errorf("%s gives %v, not %v", what, got, want)
		}
		return nil
	}
	c := config()
	c.Producer.MaxMessageBytes = 10_000_000
	p, err := sarama.NewSyncProducer(brokers(), c)
	if err != nil {
		return err
	}
	defer p.Close()
	_, _, large := p.SendMessage(&sarama.ProducerMessage{Topic: t, Value: sarama.ByteEncoder(make([]byte, 3_000_000))})
	return errors.Join(
		is("a topic twice", a.CreateTopic(t, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false),
			sarama.ErrTopicAlreadyExists),
		is("too many replicas", a.CreateTopic(t+"x", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 9}, false),
			sarama.ErrInvalidReplicationFactor),
		is("deleting an unknown topic", a.DeleteTopic(t+"x"), sarama.ErrUnknownTopicOrPartition),
		is("a record of 3 MB", large, sarama.ErrMessageSizeTooLarge),
	)
}
