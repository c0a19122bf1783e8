package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	keptRecords   = 210
	keptCommitted = 90
)

// leaveSomething writes records and commits part of them, for stillThere to find after a restart.
func (s *suite) leaveSomething(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stepMax)
	defer cancel()
	t := &franzStep{suite: s}
	defer t.close()
	topic, err := t.topic(ctx, "kept", 1, nil)
	if err != nil {
		return err
	}
	if err := t.produce(ctx, topic, keptRecords); err != nil {
		return err
	}
	c, err := t.client(kgo.ConsumerGroup("kept-"+s.run), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	got, err := poll(ctx, c, keptCommitted)
	if err != nil {
		return err
	}
	return c.CommitRecords(ctx, got[keptCommitted-1])
}

// stillThere checks that the records and the commit survived.
func (s *suite) stillThere(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stepMax)
	defer cancel()
	t := &franzStep{suite: s}
	defer t.close()
	topic := "franz-kept-" + s.run
	c, err := t.client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	got, err := poll(ctx, c, keptRecords)
	if err != nil {
		return err
	}
	if err := t.complete(got, keptRecords); err != nil {
		return err
	}
	if err := t.committed(ctx, "kept-"+s.run, topic, keptCommitted); err != nil {
		return fmt.Errorf("the group's commit: %w", err)
	}
	return t.produce(ctx, topic, 10)
}
