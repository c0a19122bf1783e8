package broker

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// metadataTopic is the log of everything the cluster knows about itself.
const metadataTopic = "__cluster_metadata"

// change is a request that changes metadata.
type change interface {
	// decide looks at the image and says which records to write; none if there is nothing to change.
	decide(now env.Now) []metadata.Record
	// applied comes when the records are on disk and in the image, and the partitions they made are open; or
	// with an error code when the disk refused them.
	applied(now env.Now, code wire.ErrorCode)
}

// changes carries changes out one at a time. The queue is bounded by the requests that may wait: slotsMax for
// each connection.
type changes struct {
	broker  *Broker
	part    *partition // of __cluster_metadata
	queue   []change
	current change
	records []metadata.Record // of current, until they are applied
	opening int               // partitions current made that are still loading, and checkpoints it waits for
	applied env.Offset        // the last offset in the image
	builder *record.Builder
}

// change queues a change; it begins at the end of this step at the earliest.
func (b *Broker) change(_ env.Now, c change) { b.changes.queue = append(b.changes.queue, c) }

// next begins queued changes until one has to wait for the disk.
func (c *changes) next(now env.Now) {
	for c.current == nil && len(c.queue) > 0 && c.broker.phase != ended {
		c.current, c.queue = c.queue[0], c.queue[1:]
		c.begin(now)
	}
}

func (c *changes) begin(now env.Now) {
	c.records = c.current.decide(now)
	if len(c.records) == 0 {
		c.finish(now, wire.None)
		return
	}
	batch := c.encode(now)
	res, err := c.part.log.Append(now, seglog.Append{Batch: batch, Summary: c.broker.summary(batch), Epoch: c.part.epoch})
	if err != nil {
		c.finish(now, wire.ErrorCode(err.Code))
		return
	}
	c.part.awaitStable(res.Last+1, c, 0)
}

// encode makes one batch of the current change's records: all of them or none survive a power cut.
func (c *changes) encode(now env.Now) record.Batch {
	c.builder.Reset(record.Options{ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1})
	for _, r := range c.records {
		c.builder.Add(now.Wall, nil, metadata.Append(nil, r))
	}
	return append(record.Batch(nil), c.builder.Build()...)
}

// acked hears that the current change is on disk.
func (c *changes) acked(now env.Now, _ int, code wire.ErrorCode) {
	if code != wire.None {
		c.finish(now, code)
		return
	}
	removed := false
	for _, r := range c.records {
		c.applied++
		c.broker.apply(now, c.applied, r)
		_, is := r.(*metadata.RemoveTopic)
		removed = removed || is
	}
	if removed {
		c.forget(now)
	}
	if c.opening == 0 {
		c.finish(now, wire.None)
	}
}

// forget takes removed topics out of the checkpoints before anything else may change: the next topic of that name
// must not be recovered with the offsets of this one.
func (c *changes) forget(now env.Now) {
	c.opening++
	c.broker.checkpointThen(now, func(now env.Now, _ error) { c.opened(now) })
}

// opened counts a partition of the current change that has loaded.
func (c *changes) opened(now env.Now) {
	if c.opening == 0 {
		return
	}
	if c.opening--; c.opening == 0 && c.current != nil {
		c.finish(now, wire.None)
	}
}

// finish tells the change how it ended; the next one begins when the step ends.
func (c *changes) finish(now env.Now, code wire.ErrorCode) {
	done := c.current
	c.current, c.records = nil, nil
	done.applied(now, code)
}

// apply takes one record into the image and does what it asks of this broker.
func (b *Broker) apply(now env.Now, offset env.Offset, r metadata.Record) {
	if err := b.image.Apply(offset, r); err != nil {
		panic(fmt.Sprintf("broker: %v; was it decided against an older image?", err))
	}
	switch r := r.(type) {
	case *metadata.PartitionRecord:
		b.changes.opening++
		b.openPartition(r.Topic, r.Partition)
	case *metadata.PartitionChange:
		b.lead(r.Topic, r.Partition)
	case *metadata.RemoveTopic:
		b.dropTopic(now, r.ID)
	case *metadata.ConfigRecord:
		b.configChanged(now, r)
	}
}
