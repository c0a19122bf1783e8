package client

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"gregor/core/assignor"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// ConsumerConfig is a consumer's configuration under Kafka's names, and the application it carries.
//
// It reads either what a group assigns (Group and Topics), or what Assign names, or with ReadAll everything that
// was in the partitions of Topics when it began, and then ends.
type ConsumerConfig struct {
	Common
	Group     string       // group.id
	Instance  string       // group.instance.id: a static member
	Topics    []string     // subscribe to these
	Assign    []Assignment // read these, without a group's leave
	ReadAll   bool
	Assignors []string // partition.assignment.strategy: range, roundrobin, sticky, cooperative-sticky

	SessionTimeout         time.Duration // session.timeout.ms
	HeartbeatInterval      time.Duration // heartbeat.interval.ms
	MaxPollInterval        time.Duration // max.poll.interval.ms
	AutoCommit             bool          // enable.auto.commit
	AutoCommitInterval     time.Duration // auto.commit.interval.ms
	Reset                  ResetPolicy   // auto.offset.reset
	FetchMinBytes          int32         // fetch.min.bytes
	FetchMaxBytes          int32         // fetch.max.bytes
	MaxPartitionFetchBytes int32         // max.partition.fetch.bytes
	FetchMaxWait           time.Duration // fetch.max.wait.ms
	MaxPollRecords         int           // max.poll.records
	ReadCommitted          bool          // isolation.level
	Rack                   string        // client.rack: where to read from a replica nearby (KIP-392)

	App  Application
	Sink ConsumerSink // nil: the outcomes only become facts

	autoCommitSet bool
}

// Application is what the program around the consumer does with what it polls.
type Application struct {
	PollInterval time.Duration // poll.interval.ms: at least this from one poll to the next
	PollTimeout  time.Duration // poll.timeout.ms: how long a poll waits for records
	Process      time.Duration // process.ms: how long one record takes
	Commit       CommitMode    // commit: none, after (processing), before (a mistake unless at-most-once is wanted)
	Worker       bool          // worker: hand records to another thread and poll on (a mistake with auto commit)
	Count        int64         // count: close after so many records; 0: never
}

// Assignment is a partition to read. Partition -1 means all partitions of the topic.
type Assignment struct {
	kafka.TopicPartition
	Offset kafka.Offset // where to begin; -1: where the group or auto.offset.reset says
}

// ResetPolicy is auto.offset.reset.
type ResetPolicy uint8

// What to do where there is no valid offset.
const (
	ResetLatest ResetPolicy = iota
	ResetEarliest
	ResetNone
)

// CommitMode is when an application commits by itself.
type CommitMode uint8

// The commit modes.
const (
	CommitNever  CommitMode = iota
	CommitAfter             // synchronously, when what was polled has been processed
	CommitBefore            // synchronously, when records have been polled
)

// ConsumerSink takes what a consumer polls. It is called inside Step.
type ConsumerSink interface {
	// Polled gives the records of one partition, in order. They are the receiver's to keep.
	Polled(now env.Now, tp kafka.TopicPartition, records []Fetched)
}

// Fetched is a record as it was read.
type Fetched struct {
	Offset     kafka.Offset
	Epoch      kafka.LeaderEpoch
	Timestamp  env.WallMillis
	Key, Value []byte // nil is null
	Headers    []record.Header
}

// NewConsumerConfig is Kafka 4's defaults for a consumer of that name.
func NewConsumerConfig(name string) ConsumerConfig {
	return ConsumerConfig{
		Common:                 commonDefaults(name),
		Assignors:              []string{"range", "cooperative-sticky"},
		SessionTimeout:         45 * time.Second,
		HeartbeatInterval:      3 * time.Second,
		MaxPollInterval:        5 * time.Minute,
		AutoCommit:             true,
		AutoCommitInterval:     5 * time.Second,
		FetchMinBytes:          1,
		FetchMaxBytes:          50 << 20,
		MaxPartitionFetchBytes: 1 << 20,
		FetchMaxWait:           500 * time.Millisecond,
		MaxPollRecords:         500,
		App:                    Application{PollTimeout: 100 * time.Millisecond},
	}
}

// Set sets one value by Kafka's name, or by one of the application's: topic, assign, read.all, poll.interval.ms,
// poll.timeout.ms, process.ms, commit, worker, count.
func (c *ConsumerConfig) Set(name, value string) error {
	if err := apply("consumer", c.settings(), name, value); err != nil {
		return err
	}
	c.autoCommitSet = c.autoCommitSet || name == "enable.auto.commit"
	return nil
}

// Settings lists what Set takes, and the present values.
func (c *ConsumerConfig) Settings() []SettingInfo { return describe(c.settings()) }

func (c *ConsumerConfig) settings() []setting {
	a := &c.App
	return append(c.Common.settings(),
		text("group.id", &c.Group, "the consumer group"),
		text("group", &c.Group, "short for group.id"),
		text("group.instance.id", &c.Instance, "makes it a static member of that name"),
		list("topic", &c.Topics, "TOPIC[,...]", "topics to subscribe to"),
		setting{"assign", "TOPIC[-N[@OFFSET]][,...]", "read these partitions, without asking a group", c.setAssign, none},
		truth("read.all", &c.ReadAll, "read what is in the topics now, from the beginning to the end, and end"),
		setting{"partition.assignment.strategy", "NAME[,...]", "assignors: range, roundrobin, sticky, cooperative-sticky",
			c.setAssignors,
			func() string { return strings.Join(c.Assignors, ",") }},
		millis("session.timeout.ms", &c.SessionTimeout, 1, math.MaxInt32,
			"a member that sends no heartbeat for that long is removed from the group"),
		millis("heartbeat.interval.ms", &c.HeartbeatInterval, 1, math.MaxInt32, "time between heartbeats"),
		millis("max.poll.interval.ms", &c.MaxPollInterval, 1, math.MaxInt32,
			"a member that does not poll for that long leaves the group"),
		truth("enable.auto.commit", &c.AutoCommit, "a poll commits what the polls before it returned; false where commit is given"),
		millis("auto.commit.interval.ms", &c.AutoCommitInterval, 0, math.MaxInt32, "at most that often"),
		choice("auto.offset.reset", &c.Reset, []string{"latest", "earliest", "none"},
			[]ResetPolicy{ResetLatest, ResetEarliest, ResetNone}, "where to begin without a committed offset"),
		truth("allow.auto.create.topics", &c.AutoCreate, "let the broker create an unknown topic"),
		whole("fetch.min.bytes", &c.FetchMinBytes, 0, math.MaxInt32, "an answer waits until there is so much"),
		whole("fetch.max.bytes", &c.FetchMaxBytes, 0, math.MaxInt32, "bytes of a fetch answer"),
		whole("max.partition.fetch.bytes", &c.MaxPartitionFetchBytes, 0, math.MaxInt32, "bytes of one partition in it"),
		millis("fetch.max.wait.ms", &c.FetchMaxWait, 0, math.MaxInt32, "but waits no longer than that"),
		whole("max.poll.records", &c.MaxPollRecords, 1, math.MaxInt32, "records that one poll returns"),
		choice("isolation.level", &c.ReadCommitted, []string{"read_uncommitted", "read_committed"}, []bool{false, true},
			"whether records of open transactions are read"),
		text("client.rack", &c.Rack, "the consumer's rack: it reads from a replica there (KIP-392)"),
		millis("poll.interval.ms", &a.PollInterval, 0, math.MaxInt32, "least time from one poll to the next"),
		millis("poll.timeout.ms", &a.PollTimeout, 1, math.MaxInt32, "how long a poll waits for records"),
		millis("process.ms", &a.Process, 0, math.MaxInt32, "how long the application works on a record"),
		choice("commit", &a.Commit, []string{"none", "after", "before"}, []CommitMode{CommitNever, CommitAfter, CommitBefore},
			"the application commits: never; after it has processed what a poll returned; before that"),
		truth("worker", &a.Worker, "hand records to another thread and poll on: wrong with auto-commit"),
		whole("count", &a.Count, 0, math.MaxInt64, "close after so many records; 0: never"),
	)
}

// setAssign reads topic, topic-partition or topic-partition@offset, several separated by commas.
func (c *ConsumerConfig) setAssign(v string) error {
	c.Assign = nil
	for part := range strings.SplitSeq(v, ",") {
		a, err := parseAssignment(strings.TrimSpace(part))
		if err != nil {
			return err
		}
		c.Assign = append(c.Assign, a)
	}
	return nil
}

func parseAssignment(s string) (Assignment, error) {
	a := Assignment{TopicPartition: kafka.TopicPartition{Topic: s, Partition: -1}, Offset: -1}
	name, offset, placed := strings.Cut(s, "@")
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		if n, err := strconv.ParseInt(name[i+1:], 10, 32); err == nil && n >= 0 {
			a.Topic, a.Partition = name[:i], kafka.PartitionID(n)
		}
	}
	if !placed {
		return a, pick(a.Topic == "", fmt.Errorf("want topic, topic-0 or topic-0@offset"), nil)
	}
	n, err := strconv.ParseInt(offset, 10, 64)
	if err != nil || n < 0 || a.Partition < 0 {
		return a, fmt.Errorf("%q: want topic-0@offset with an offset from 0", s)
	}
	a.Offset = kafka.Offset(n)
	return a, nil
}

// setAssignors also takes the class names of the Java client.
func (c *ConsumerConfig) setAssignors(v string) error {
	var out []string
	for part := range strings.SplitSeq(v, ",") {
		name := assignor.Named(strings.TrimSpace(part))
		if name == "" {
			return fmt.Errorf("%q: want some of %s", part, strings.Join(assignor.Names[:], ", "))
		}
		out = append(out, name)
	}
	c.Assignors = out
	return nil
}

// Validate returns the settings that contradict each other.
func (c *ConsumerConfig) Validate() error {
	if err := c.Common.validate(); err != nil {
		return err
	}
	if !c.autoCommitSet && (c.App.Commit != CommitNever || c.Group == "") {
		c.AutoCommit = false
	}
	switch {
	case c.ReadAll && (len(c.Topics) == 0 || c.Group != "" || len(c.Assign) > 0):
		return fmt.Errorf("read.all needs topic, and neither group nor assign")
	case c.ReadAll:
		c.Reset, c.AutoCreate = ResetEarliest, false
		return nil
	case len(c.Topics) > 0 && len(c.Assign) > 0:
		return fmt.Errorf("topic subscribes and assign assigns: use one of them")
	case len(c.Topics) == 0 && len(c.Assign) == 0:
		return fmt.Errorf("nothing to read: set topic (with group) or assign")
	case len(c.Topics) > 0 && c.Group == "":
		return fmt.Errorf("topic subscribes, which needs group.id; without a group use assign")
	case c.Group == "" && (c.AutoCommit || c.App.Commit != CommitNever):
		return fmt.Errorf("committing needs group.id")
	case c.HeartbeatInterval >= c.SessionTimeout:
		return fmt.Errorf("heartbeat.interval.ms=%d must be below session.timeout.ms=%d",
			c.HeartbeatInterval.Milliseconds(), c.SessionTimeout.Milliseconds())
	}
	return nil
}
