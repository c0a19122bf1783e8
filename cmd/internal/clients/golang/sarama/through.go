package main

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"gregor/cmd/internal/clients/golang/step"
)

// through writes numbers to a topic and reads them in a group, while brokers are killed.
func through(topic string) {
	c := config()
	c.Producer.Idempotent, c.Net.MaxOpenRequests = true, 1
	c.Producer.Retry.Max, c.Producer.Retry.Backoff = 1000, 100*time.Millisecond
	p, err := sarama.NewAsyncProducer(seeds(), c)
	if err != nil {
		step.Failed(err)
		return
	}
	go readThrough(topic)
	var outcomes sync.WaitGroup
	outcomes.Go(func() {
		for m := range p.Successes() {
			step.Outcome(m.Metadata.(int), nil)
		}
	})
	outcomes.Go(func() {
		for e := range p.Errors() {
			step.Outcome(e.Msg.Metadata.(int), e.Err)
		}
	})
	for n := range step.Numbers() {
		p.Input() <- &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(strconv.Itoa(n)), Metadata: n}
	}
	p.AsyncClose()
	outcomes.Wait()
	step.Flushed()
}

func seeds() []string { return strings.Split(steps.Bootstrap, ",") }

// readThrough joins the group again whenever it has ended: that is how sarama's groups are meant to be used.
func readThrough(topic string) {
	g, err := sarama.NewConsumerGroup(seeds(), topic, config())
	if err != nil {
		step.Failed(err)
		return
	}
	for {
		if err := g.Consume(context.Background(), []string{topic}, teller{}); err != nil {
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// teller tells of every message.
type teller struct{}

func (teller) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (teller) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (teller) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for m := range claim.Messages() {
		step.Seen(m.Partition, m.Offset, m.Value)
		s.MarkMessage(m, "")
	}
	return nil
}
