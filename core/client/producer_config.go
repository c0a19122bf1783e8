package client

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// ProducerConfig is a producer's configuration under Kafka's names, and the workload it may carry.
type ProducerConfig struct {
	Common
	Acks            kafka.Acks    // acks: 0, 1, -1 (all)
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
	Sink            ProducerSink // nil: the outcomes only become facts

	idempotenceSet, inFlightSet, deliverySet bool
}

// ProducerSink takes a producer's results. It is called inside Step and may call Send.
type ProducerSink interface {
	Produced(now env.Now, r Produced)
}

// Produced is how one Send ended.
type Produced struct {
	Call uint64 // what Send returned
	kafka.TopicPartition
	Outcome env.Outcome
	Offset  kafka.Offset // -1: not known
	Err     error        // nil if the outcome is OK
}

// NewProducerConfig is Kafka 4's defaults for a producer of that name.
func NewProducerConfig(name string) ProducerConfig {
	c := ProducerConfig{
		Common:          commonDefaults(name),
		Acks:            kafka.AcksAll,
		Linger:          5 * time.Millisecond,
		BatchSize:       16384,
		Retries:         math.MaxInt32,
		DeliveryTimeout: 2 * time.Minute,
		MaxBlock:        time.Minute,
		BufferMemory:    32 << 20,
		MaxRequestSize:  1 << 20,
		Idempotence:     true,
	}
	c.MaxInFlight = 5
	return c
}

// Set sets one value by Kafka's name, or by a name of [Workload]'s fields: topic, rate, count, keys, value.bytes,
// prefix, partition, key, value.
func (c *ProducerConfig) Set(name, value string) error {
	if err := apply("producer", c.settings(), name, value); err != nil {
		return err
	}
	c.idempotenceSet = c.idempotenceSet || name == "enable.idempotence"
	c.inFlightSet = c.inFlightSet || name == "max.in.flight.requests.per.connection"
	c.deliverySet = c.deliverySet || name == "delivery.timeout.ms"
	return nil
}

// Settings lists what Set takes, and the present values.
func (c *ProducerConfig) Settings() []SettingInfo { return describe(c.settings()) }

func (c *ProducerConfig) settings() []setting {
	w := &c.Workload
	return append(c.Common.settings(),
		choice("acks", &c.Acks, []string{"all", "-1", "0", "1"},
			[]kafka.Acks{kafka.AcksAll, kafka.AcksAll, kafka.AcksNone, kafka.AcksLeader},
			"which replicas must have a record before it is acknowledged: those in sync, the same, none, the leader"),
		millis("linger.ms", &c.Linger, 0, math.MaxInt32, "how long a batch waits for more records"),
		whole("batch.size", &c.BatchSize, 0, math.MaxInt32, "bytes of a batch"),
		whole("max.in.flight.requests.per.connection", &c.MaxInFlight, 1, 1000, "requests without an answer, per broker"),
		whole("retries", &c.Retries, 0, math.MaxInt32, "how often a batch is sent again"),
		millis("delivery.timeout.ms", &c.DeliveryTimeout, 0, math.MaxInt32,
			"a record fails that long after it was sent first"),
		millis("max.block.ms", &c.MaxBlock, 0, math.MaxInt32, "how long a record waits for its topic's metadata"),
		whole("buffer.memory", &c.BufferMemory, 0, math.MaxInt32, "bytes of records not yet acknowledged"),
		whole("max.request.size", &c.MaxRequestSize, 0, math.MaxInt32, "bytes of a request"),
		truth("enable.idempotence", &c.Idempotence, "the broker drops a batch that it has already"),
		choice("compression.type", &c.Codec, []string{"none", "gzip", "snappy", "lz4", "zstd"},
			[]record.Codec{record.None, record.Gzip, record.Snappy, record.LZ4, record.Zstd}, "how batches are compressed"),
		text("topic", &w.Topic, "where to send"),
		setting{"rate", "N/s", "records a second; 0: as fast as answers come", w.setRate, func() string {
			return strconv.FormatInt(w.RatePerSecond, 10) + "/s"
		}},
		whole("count", &w.Count, 0, math.MaxInt64, "how many records to send; 0: no end"),
		whole("keys", &w.Keys, 0, math.MaxInt32, "that many keys (k0, k1 ...) in turn; 0: no keys"),
		whole("value.bytes", &w.ValueBytes, 0, 1<<20, "pad values to that length"),
		text("prefix", &w.Prefix, "values are PREFIX-0, PREFIX-1 ...; the client's name if not given"),
		setting{"partition", "N[,...]", "send to these partitions in turn; none: the partitioner chooses", w.setPartitions,
			none},
		list("key", &w.GivenKeys, "TEXT[,...]", "the keys of the records, taken in turn"),
		list("value", &w.Values, "TEXT[,...]", "the values of the records, each sent once; count is their number then"),
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

// setPartitions reads partitions separated by commas.
func (w *Workload) setPartitions(v string) error {
	w.Partitions = nil
	for text := range strings.SplitSeq(v, ",") {
		n, err := wholeNumber(text, 0, math.MaxInt32)
		if err != nil {
			return fmt.Errorf("%q: %w, several separated by commas", text, err)
		}
		w.Partitions = append(w.Partitions, kafka.PartitionID(n))
	}
	return nil
}

// Validate returns the settings that contradict each other, by Kafka's rules, and derives those that depend on others.
func (c *ProducerConfig) Validate() error {
	if err := c.Common.validate(); err != nil {
		return err
	}
	if err := c.settleIdempotence(); err != nil {
		return err
	}
	if err := c.Workload.validate(); err != nil {
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
	case c.Acks != kafka.AcksAll:
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
