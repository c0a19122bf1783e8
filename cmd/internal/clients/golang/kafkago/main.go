// Command kafkago drives segmentio/kafka-go against a broker: writers in every codec, readers by partition and
// in a group, and the low-level client's administration.
package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"

	"gregor/cmd/internal/clients/golang/step"
)

var (
	steps  *step.Steps
	client *kafka.Client
)

func main() {
	steps = step.New()
	if steps.Topic != "" {
		through(steps.Topic)
		return
	}
	client = &kafka.Client{Addr: kafka.TCP(steps.Bootstrap), Timeout: 10 * time.Second}
	steps.Do("a writer's messages come back in order, in every codec", roundTrip)
	steps.Do("a reader seeks by offset and by time", seek)
	steps.Do("a group's readers share the work, commit, and go on where they stopped", group)
	steps.Do("the client creates, describes, alters and deletes a topic", admin)
	steps.Do("a dialled leader connection writes and reads", conn)
	steps.Do("wrong requests get Kafka's errors", wrong)
	steps.End()
}

func create(ctx context.Context, name string, partitions int, configs ...kafka.ConfigEntry) (string, error) {
	t := "kafkago-" + name + "-" + steps.Run
	r, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: t,
		NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: configs}}})
	if err != nil {
		return "", err
	}
	if err := r.Errors[t]; err != nil {
		return "", err
	}
	return t, step.Eventually(ctx, func() error { return hasPartitions(ctx, t, partitions) })
}

func hasPartitions(ctx context.Context, t string, want int) error {
	m, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{t}})
	if err != nil {
		return err
	}
	if got := len(m.Topics[0].Partitions); got != want {
		return fmt.Errorf("%s has %d partitions, not %d (%v)", t, got, want, m.Topics[0].Error)
	}
	return nil
}

func write(ctx context.Context, t string, n int, codec kafka.Compression) error {
	w := &kafka.Writer{Addr: kafka.TCP(steps.Bootstrap), Topic: t, Balancer: &kafka.Murmur2Balancer{}, Compression: codec,
		RequiredAcks: kafka.RequireAll, BatchTimeout: 5 * time.Millisecond}
	var messages []kafka.Message
	for i := range n {
		messages = append(messages, kafka.Message{Key: []byte(strconv.Itoa(i % 7)), Value: []byte(strconv.Itoa(i)),
			Headers: []kafka.Header{{Key: "h", Value: []byte("v")}},
			Time:    steps.Time(i)})
	}
	return errors.Join(w.WriteMessages(ctx, messages...), w.Close())
}

func reader(t string) *kafka.Reader {
	return kafka.NewReader(kafka.ReaderConfig{Brokers: []string{steps.Bootstrap}, Topic: t, Partition: 0,
		MaxWait: 200 * time.Millisecond})
}

func expect(ctx context.Context, r *kafka.Reader, from, to int) error {
	for i := from; i < to; i++ {
		m, err := r.ReadMessage(ctx)
		if err != nil {
			return fmt.Errorf("record %d: %w", i, err)
		}
		if string(m.Value) != strconv.Itoa(i) || m.Offset != int64(i) || len(m.Headers) != 1 || !m.Time.Equal(steps.Time(i)) {
			return fmt.Errorf("record %d is %q at offset %d, time %v", i, m.Value, m.Offset, m.Time)
		}
	}
	return nil
}

func roundTrip(ctx context.Context) error {
	for _, codec := range []kafka.Compression{0, kafka.Gzip, kafka.Snappy, kafka.Lz4, kafka.Zstd} {
		t, err := create(ctx, "codec"+strconv.Itoa(int(codec)), 1)
		if err != nil {
			return err
		}
		if err := write(ctx, t, 150, codec); err != nil {
			return err
		}
		r := reader(t)
		if err := errors.Join(expect(ctx, r, 0, 150), r.Close()); err != nil {
			return fmt.Errorf("codec %v: %w", codec, err)
		}
	}
	return nil
}

func seek(ctx context.Context) error {
	t, err := create(ctx, "seek", 1)
	if err != nil {
		return err
	}
	if err := write(ctx, t, 20, 0); err != nil {
		return err
	}
	r := reader(t)
	defer r.Close()
	if err := errors.Join(r.SetOffset(15), expect(ctx, r, 15, 20)); err != nil {
		return err
	}
	if err := errors.Join(r.SetOffsetAt(ctx, steps.Time(6).Add(500*time.Millisecond)), expect(ctx, r, 7, 20)); err != nil {
		return err
	}
	lag, err := r.ReadLag(ctx)
	if err == nil && lag != 0 {
		err = fmt.Errorf("the lag at the end is %d", lag)
	}
	return err
}

func group(ctx context.Context) error {
	t, err := create(ctx, "group", 3)
	if err != nil {
		return err
	}
	name := "kafkago-" + steps.Run
	for round := range 2 {
		if err := write(ctx, t, 30, 0); err != nil {
			return err
		}
		if err := readInGroup(ctx, name, t, 30); err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
	}
	return committed(ctx, name, t, 60)
}

// readInGroup lets two readers of a group read n messages together, each once.
func readInGroup(ctx context.Context, name, t string, n int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type got struct {
		m   kafka.Message
		err error
	}
	all := make(chan got)
	var readers []*kafka.Reader
	for range 2 {
		r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{steps.Bootstrap}, GroupID: name, GroupTopics: []string{t},
			MaxWait:           200 * time.Millisecond,
			HeartbeatInterval: 300 * time.Millisecond, SessionTimeout: 10 * time.Second, StartOffset: kafka.FirstOffset,
			RebalanceTimeout: 10 * time.Second})
		readers = append(readers, r)
		go func() {
			for {
				m, err := r.FetchMessage(ctx)
				if err == nil {
					err = r.CommitMessages(ctx, m)
				}
				select {
				case all <- got{m, err}:
				case <-ctx.Done():
					return
				}
				if err != nil {
					return
				}
			}
		}()
	}
	seen := map[string]bool{}
	for len(seen) < n {
		select {
		case g := <-all:
			if g.err != nil {
				return fmt.Errorf("%d of %d messages: %w", len(seen), n, g.err)
			}
			seen[fmt.Sprintf("%d/%d", g.m.Partition, g.m.Offset)] = true
		case <-ctx.Done():
			return fmt.Errorf("%d of %d messages came", len(seen), n)
		}
	}
	return errors.Join(readers[0].Close(), readers[1].Close())
}

func committed(ctx context.Context, group, t string, want int64) error {
	r, err := client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{t: {0, 1, 2}}})
	if err != nil {
		return err
	}
	sum := int64(0)
	for _, p := range r.Topics[t] {
		sum += max(p.CommittedOffset, 0)
	}
	if sum != want {
		return fmt.Errorf("the committed offsets add up to %d, not %d", sum, want)
	}
	return nil
}

func admin(ctx context.Context) error {
	t, err := create(ctx, "admin", 2, kafka.ConfigEntry{ConfigName: "retention.ms", ConfigValue: "86400000"})
	if err != nil {
		return err
	}
	has := func(want string) func() error {
		return func() error {
			r, err := client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{{ResourceType: kafka.ResourceTypeTopic, ResourceName: t, ConfigNames: []string{"retention.ms"}}}})
			if err != nil {
				return err
			}
			if e := r.Resources[0].ConfigEntries; len(e) != 1 || e[0].ConfigValue != want {
				return fmt.Errorf("retention.ms is %+v, not %s", e, want)
			}
			return nil
		}
	}
	if err := has("86400000")(); err != nil {
		return err
	}
	_, err = client.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{Resources: []kafka.IncrementalAlterConfigsRequestResource{{
		ResourceType: kafka.ResourceTypeTopic, ResourceName: t,
		Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "retention.ms", Value: "5000",
			ConfigOperation: kafka.ConfigOperationSet}}}}})
	if err := errors.Join(err, step.Eventually(ctx, has("5000"))); err != nil {
		return err
	}
	_, err = client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: t,
		Count: 3}}})
	if err := errors.Join(err, step.Eventually(ctx, func() error { return hasPartitions(ctx, t, 3) })); err != nil {
		return err
	}
	d, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{t}})
	if err := errors.Join(err, d.Errors[t]); err != nil {
		return err
	}
	return step.Eventually(ctx, func() error { return hasPartitions(ctx, t, 0) })
}

func conn(ctx context.Context) error {
	t, err := create(ctx, "conn", 1)
	if err != nil {
		return err
	}
	var c *kafka.Conn
	if err := step.Eventually(ctx, func() (err error) { // the leader may hear of it later than the broker that names it
		if c, err = kafka.DialLeader(ctx, "tcp", steps.Bootstrap, t, 0); err == nil {
			err = c.SetDeadline(time.Now().Add(20 * time.Second))
		}
		if err == nil {
			_, err = c.WriteMessages(kafka.Message{Value: []byte("one")}, kafka.Message{Value: []byte("two")})
		}
		return err
	}); err != nil {
		return err
	}
	defer c.Close()
	first, last, err := c.ReadOffsets()
	if err != nil || first != 0 || last != 2 {
		return fmt.Errorf("offsets %d to %d, %v", first, last, err)
	}
	batch := c.ReadBatch(1, 1e6)
	var got []string
	for range 2 {
		m, err := batch.ReadMessage()
		if err != nil {
			return err
		}
		got = append(got, string(m.Value))
	}
	if got[0] != "one" || got[1] != "two" {
		return fmt.Errorf("read %v", got)
	}
	return batch.Close()
}

func wrong(ctx context.Context) error {
	t, err := create(ctx, "wrong", 1)
	if err != nil {
		return err
	}
	is := func(what string, got error, want kafka.Error) error {
		if !errors.Is(got, want) {
			return fmt.Errorf("%s gives %v, not %v", what, got, want)
		}
		return nil
	}
	make := func(name string, replicas int) error {
		r, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: name,
			NumPartitions: 1, ReplicationFactor: replicas}}})
		if err != nil {
			return err
		}
		return r.Errors[name]
	}
	d, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{t + "x"}})
	if err != nil {
		return err
	}
	return errors.Join(is("a topic twice", make(t, 1), kafka.TopicAlreadyExists),
		is("too many replicas", make(t+"x", 9), kafka.InvalidReplicationFactor),
		is("deleting an unknown topic", d.Errors[t+"x"], kafka.UnknownTopicOrPartition))
}
