package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"gregor/cmd/internal/clients/golang/step"
)

// through writes numbers to a topic and reads them in a group, while brokers are killed. A writer knows no
// idempotence: a number may be there twice.
func through(topic string) {
	seeds := strings.Split(steps.Bootstrap, ",")
	go readThrough(topic, seeds)
	w := &kafka.Writer{Addr: kafka.TCP(seeds...), Topic: topic, RequiredAcks: kafka.RequireAll,
		BatchTimeout: time.Millisecond, MaxAttempts: 100}
	for n := range step.Numbers() {
		step.Outcome(n, w.WriteMessages(context.Background(), kafka.Message{Value: []byte(strconv.Itoa(n))}))
	}
	if err := w.Close(); err != nil {
		step.Failed(err)
	}
	step.Flushed()
}

func readThrough(topic string, seeds []string) {
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: seeds, GroupID: topic, GroupTopics: []string{topic},
		StartOffset: kafka.FirstOffset,
		MaxWait:     200 * time.Millisecond})
	for {
		m, err := r.FetchMessage(context.Background())
		if err != nil {
			step.Failed(err)
			return
		}
		step.Seen(int32(m.Partition), m.Offset, m.Value)
		_ = r.CommitMessages(context.Background(), m) // if it is lost, the next one says it as well
	}
}
