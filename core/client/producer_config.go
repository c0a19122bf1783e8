package client

import (
	"fmt"
	"math"
	"strings"
	"time"

	"gregor/core/env"
	"gregor/core/record"
)

// ProducerConfig is a producer's configuration under Kafka's names, and the workload it may carry.
type ProducerConfig struct {
	Common
	Acks            int16         // acks: 0, 1, -1 (all)
	Linger          time.Duration // linger.ms
	BatchSize       int           // batch.size, in bytes
	Retries         int           // retries
	DeliveryTimeout time.Duration // delivery.timeout.ms
	MaxBlock        time.Duration // max.block.ms: how long a record waits for its topic's metadata
	BufferMemory    int           // buffer.memory, in bytes
	MaxRequestSize  int           // max.request.size, in bytes
	Idempotence     bool          // enable.idempotence
	Codec           record.Codec  // compression.type
	Workload        Workload
	Sink            ProducerSink // nil: nobody but the history is told

	idempotenceSet, inFlightSet, deliverySet bool
}

// ProducerSink takes a producer's results. It is called inside Step and may call Send.
type ProducerSink interface {
	Produced(now env.Now, r Produced)
}

// Produced is how one Send ended.
type Produced struct {
	Call uint64 // what Send returned
	env.TopicPartition
	Outcome env.Outcome
	Offset  env.Offset // -1: not known
	Err     error      // nil if the outcome is OK
}

// NewProducerConfig is Kafka 4's defaults for a producer of that name.
func NewProducerConfig(name string) ProducerConfig {
	c := ProducerConfig{
		Common:          commonDefaults(name),
		Acks:            -1,
		Linger:          5 * time.Millisecond,
		BatchSize:       16384,
		Retries:         math.MaxInt32,
		DeliveryTimeout: 2 * time.Minute,
		MaxBlock:        time.Minute,
		BufferMemory:    32 << 20,
		MaxRequestSize:  1 << 20,
		Idempotence:     true,
		Workload:        Workload{Partition: -1},
	}
	c.MaxInFlight = 5
	return c
}

// Set sets one value by Kafka's name, or by a name of [Workload]'s fields: topic, partition, rate, count, keys,
// value.bytes, prefix, start.ms.
func (c *ProducerConfig) Set(name, value string) error {
	if err := apply("producer", c.settings(), name, value); err != nil {
		return err
	}
	c.idempotenceSet = c.idempotenceSet || name == "enable.idempotence"
	c.inFlightSet = c.inFlightSet || name == "max.in.flight.requests.per.connection"
	c.deliverySet = c.deliverySet || name == "delivery.timeout.ms"
	return nil
}

// Names lists what Set takes.
func (c *ProducerConfig) Names() []string { return names(c.settings()) }

func (c *ProducerConfig) settings() []setting {
	w := &c.Workload
	return append(c.Common.settings(),
		choice("acks", &c.Acks, []string{"all", "-1", "0", "1"}, []int16{-1, -1, 0, 1}),
		millis("linger.ms", &c.Linger, 0, math.MaxInt32),
		whole("batch.size", &c.BatchSize, 0, math.MaxInt32),
		whole("max.in.flight.requests.per.connection", &c.MaxInFlight, 1, 1000),
		whole("retries", &c.Retries, 0, math.MaxInt32),
		millis("delivery.timeout.ms", &c.DeliveryTimeout, 0, math.MaxInt32),
		millis("max.block.ms", &c.MaxBlock, 0, math.MaxInt32),
		whole("buffer.memory", &c.BufferMemory, 0, math.MaxInt32),
		whole("max.request.size", &c.MaxRequestSize, 0, math.MaxInt32),
		truth("enable.idempotence", &c.Idempotence),
		choice("compression.type", &c.Codec, []string{"none", "gzip", "snappy", "lz4", "zstd"},
			[]record.Codec{record.None, record.Gzip, record.Snappy, record.LZ4, record.Zstd}),
		text("topic", &w.Topic),
		whole("partition", &w.Partition, -1, math.MaxInt32),
		setting{"rate", w.setRate},
		whole("count", &w.Count, 0, math.MaxInt64),
		whole("keys", &w.Keys, 0, math.MaxInt32),
		whole("value.bytes", &w.ValueBytes, 0, 1<<20),
		text("prefix", &w.Prefix),
		millis("start.ms", &w.Start, 0, math.MaxInt32),
	)
}

func (w *Workload) setRate(v string) error {
	n, err := wholeNumber(strings.TrimSuffix(v, "/s"), 0, 1_000_000)
	if err != nil {
		return fmt.Errorf("%w, a second: 200/s", err)
	}
	w.RatePerSecond = n
	return nil
}

// Validate says what does not fit together, by Kafka's rules, and settles what depends on other values.
func (c *ProducerConfig) Validate() error {
	if err := c.Common.validate(); err != nil {
		return err
	}
	if err := c.settleIdempotence(); err != nil {
		return err
	}
	least := c.Linger + c.RequestTimeout
	if c.DeliveryTimeout < least && c.deliverySet {
		return fmt.Errorf("delivery.timeout.ms=%d must be at least linger.ms + request.timeout.ms = %d",
			c.DeliveryTimeout.Milliseconds(), least.Milliseconds())
	}
	c.DeliveryTimeout = max(c.DeliveryTimeout, least)
	return nil
}

// settleIdempotence: idempotence that was only a default gives way to a value that excludes it; one that was
// asked for is an error.
func (c *ProducerConfig) settleIdempotence() error {
	if !c.Idempotence {
		return nil
	}
	why := ""
	switch {
	case c.Acks != -1:
		why = fmt.Sprintf("acks=all, not acks=%d", c.Acks)
	case c.MaxInFlight > 5:
		why = fmt.Sprintf("max.in.flight.requests.per.connection of at most 5, not %d", c.MaxInFlight)
	case c.Retries == 0:
		why = "retries above 0"
	}
	if why != "" && c.idempotenceSet {
		return fmt.Errorf("enable.idempotence=true needs %s", why)
	}
	c.Idempotence = why == ""
	return nil
}
