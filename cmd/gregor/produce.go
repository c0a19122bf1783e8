package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"gregor/cmd/internal/progress"
	"gregor/cmd/internal/terminal"
)

// produceOptions are the flags of gregor produce.
type produceOptions struct {
	remote
	key           string
	hasKey        bool
	keySeparator  string
	partition     int32
	acks          string
	compression   string
	headers       []string
	noIdempotence bool
	tombstones    bool
	rate          float64
	batchBytes    int32
	quiet         bool
}

func produceCommand() *cobra.Command {
	var o produceOptions
	c := &cobra.Command{
		Use:   "produce TOPIC [VALUE...]",
		Short: "Write records, from arguments or from the lines of stdin",
		Long: `Write records to a topic: one for each VALUE, or without any, one for each line of stdin.

It prints where each record went, as topic-partition@offset. A record's key decides its partition: records with equal
keys keep their order. Without a key it goes to any partition.

  --acks all  acknowledged when all in-sync replicas have it (the default, and idempotent: a retry makes no duplicate)
  --acks 1    acknowledged when the leader has it; lost if the leader dies before a follower has it
  --acks 0    never acknowledged; the offset stays unknown

With --json each line of stdin is an object {"key", "value", "headers", "partition", "timestamp"}, of which all may be
missing; what gregor consume --json prints can be written again that way. headers is {"name": "value"} or a list of
{"key", "value"}; bytes that are no UTF-8 go into key_base64 and value_base64.`,
		Example: `  gregor produce orders 'one coffee' --key alice
  seq 1000 | gregor produce orders --quiet
  printf 'alice:tea\nbob:milk\n' | gregor produce orders --key-separator :
  gregor consume orders --json --until-end | gregor produce copy --json
  gregor produce users --key alice '' --tombstones`,
		Args: arguments(1, -1),
		RunE: func(c *cobra.Command, args []string) error {
			o.hasKey = c.Flags().Changed("key")
			return produce(c, o, args[0], args[1:])
		},
	}
	o.flags(c)
	f := c.Flags()
	f.StringVarP(&o.key, "key", "k", "", "the key of all records (default: none)")
	f.StringVar(&o.keySeparator, "key-separator", "", "each line is key, this `text`, value")
	f.VarP(atLeast(&o.partition, -1, -1), "partition", "p", "the partition of all records; -1: by their keys")
	f.StringVar(&o.acks, "acks", "all", "who must have a record: `all, 1 or 0`")
	f.StringVarP(&o.compression, "compression", "z", "none", "the `codec`: none, gzip, snappy, lz4 or zstd")
	f.StringArrayVarP(&o.headers, "header", "H", nil, "a header of all records, `name=value`; may be repeated")
	f.BoolVar(&o.noIdempotence, "no-idempotence", false, "let retries make duplicates")
	f.BoolVar(&o.tombstones, "tombstones", false, "an empty value is null: compaction then removes the key")
	f.Var(rateOf(&o.rate, 0), "rate", "at most this many records a second")
	f.Var(atLeast(&o.batchBytes, 1_000_012, 1<<10), "batch-bytes",
		"the most `bytes` a batch may have; the topic's max.message.bytes decides what is taken")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "do not print where records went")
	return c
}

func produce(c *cobra.Command, o produceOptions, topic string, values []string) error {
	opts, err := o.clientOptions()
	if err != nil {
		return usage(err)
	}
	in, err := o.input(values, c.InOrStdin())
	if err != nil {
		return usage(err)
	}
	ctx, cancel := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	s, err := o.open(ctx, append(opts, kgo.DefaultProduceTopic(topic))...)
	if err != nil {
		return err
	}
	defer s.close()
	w := &writing{session: s, o: o, topic: topic, out: c.OutOrStdout()}
	w.bar = o.progress(len(values) == 0, c)
	return w.run(ctx, in)
}

func (o *produceOptions) clientOptions() ([]kgo.Opt, error) {
	opts := []kgo.Opt{kgo.RecordPartitioner(partitioner{kgo.StickyKeyPartitioner(nil)}), kgo.AllowAutoTopicCreation(),
		kgo.AllowIdempotentProduceCancellation(), kgo.UnknownTopicRetries(4), kgo.ProducerBatchMaxBytes(o.batchBytes)}
	idempotent := !o.noIdempotence
	switch o.acks {
	case "all", "-1":
		opts = append(opts, kgo.RequiredAcks(kgo.AllISRAcks()))
	case "1":
		opts, idempotent = append(opts, kgo.RequiredAcks(kgo.LeaderAck())), false
	case "0":
		opts, idempotent = append(opts, kgo.RequiredAcks(kgo.NoAck())), false
	default:
		return nil, fmt.Errorf("--acks takes all, 1 or 0, not %q", o.acks)
	}
	if !idempotent {
		opts = append(opts, kgo.DisableIdempotentWrite())
	}
	codec, ok := codecs[o.compression]
	if !ok {
		return nil, fmt.Errorf("--compression takes none, gzip, snappy, lz4 or zstd, not %q", o.compression)
	}
	return append(opts, kgo.ProducerBatchCompression(codec)), nil
}

var codecs = map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}

// partitioner lets a record choose its partition; those that do not (-1) go where Kafka's clients send them.
type partitioner struct{ kgo.Partitioner }

func (p partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	return topicPartitioner{p.Partitioner.ForTopic(topic)}
}

type topicPartitioner struct{ kgo.TopicPartitioner }

func (p topicPartitioner) RequiresConsistency(r *kgo.Record) bool {
	return r.Partition >= 0 || p.TopicPartitioner.RequiresConsistency(r)
}

func (p topicPartitioner) Partition(r *kgo.Record, n int) int {
	if r.Partition >= 0 {
		return int(r.Partition)
	}
	return p.TopicPartitioner.Partition(r, n)
}

// OnNewBatch lets records without a key change to another partition.
func (p topicPartitioner) OnNewBatch() {
	if sticky, ok := p.TopicPartitioner.(kgo.TopicPartitionerOnNewBatch); ok {
		sticky.OnNewBatch()
	}
}

// writing is records on their way.
type writing struct {
	*session
	o      produceOptions
	topic  string
	out    io.Writer
	bar    *progress.Bar
	sent   int
	acked  int // those below are written from the client's goroutine, and read after Flush
	failed int
	err    error // the first of the failures

	mu       sync.Mutex
	pending  int
	patience *time.Timer
}

// run writes until the input ends. A failure ends it early, but not before all answers are here.
func (w *writing) run(ctx context.Context, in *input) error {
	stop, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The records that were read are written even if the next ones are not wanted any more.
	alive, giveUp := context.WithCancelCause(context.WithoutCancel(ctx))
	defer giveUp(nil)
	w.patience = time.AfterFunc(w.timeout, func() { giveUp(errStalled) })
	defer w.patience.Stop()
	begin := time.Now()
	var bad error
	for stop.Err() == nil {
		var r *kgo.Record
		if r, bad = in.take(stop); bad != nil {
			break
		}
		w.pace(stop, begin)
		w.sent++
		w.waiting(1)
		w.client.Produce(alive, r, func(r *kgo.Record, err error) {
			if err != nil {
				cancel(err)
			}
			w.answered(r, err)
			w.waiting(-1)
		})
	}
	w.end()
	if errors.Is(bad, io.EOF) || stop.Err() != nil {
		bad = nil
	}
	return cmp.Or(w.failure(), bad, w.interrupted(ctx))
}

func (w *writing) end() {
	_ = w.client.Flush(context.Background()) // ends: every record gets its answer, or is given up
	w.bar.End()
}

func (w *writing) interrupted(ctx context.Context) error {
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted after %s", terminal.Count(w.acked, "record"))
	}
	return nil
}

// errStalled ends records for which no answer comes.
var errStalled = errors.New("no record was acknowledged any more")

// waiting counts a record that is on its way, or one that has arrived. While some are, something must arrive within
// the timeout. (The client's own timeout for records counts from their timestamps, which may be of any time.)
func (w *writing) waiting(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pending += n; w.pending == 0 {
		w.patience.Stop()
	} else if n < 0 || w.pending == 1 {
		w.patience.Reset(w.timeout)
	}
}

// pace waits for the time the next record is due at.
func (w *writing) pace(ctx context.Context, begin time.Time) {
	if w.o.rate <= 0 {
		return
	}
	due := begin.Add(time.Duration(float64(w.sent) / w.o.rate * float64(time.Second)))
	select {
	case <-ctx.Done():
	case <-time.After(time.Until(due)):
	}
}

// writtenJSON is where a record went, as programs get it; an offset that was not returned is -1.
type writtenJSON struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Timestamp int64  `json:"timestamp"`
}

// answered receives what became of a record. The client calls it for one record at a time.
func (w *writing) answered(r *kgo.Record, err error) {
	if err != nil {
		w.failed++
		if strings.Contains(err.Error(), "partitioning choice") {
			err = fmt.Errorf("%s has no partition %d: %w", w.topic, r.Partition, err)
		}
		w.err = cmp.Or(w.err, err)
		return
	}
	w.acked++
	if w.o.acks == "0" {
		r.Offset = -1
	}
	w.bar.Add(1)
	if err := w.print(r); err != nil {
		w.err = cmp.Or(w.err, err)
	}
}

func (w *writing) print(r *kgo.Record) error {
	switch {
	case w.o.quiet:
		return nil
	case w.json:
		return terminal.JSON(w.out, writtenJSON{r.Topic, r.Partition, r.Offset, r.Timestamp.UnixMilli()})
	case r.Offset < 0:
		_, err := fmt.Fprintf(w.out, "%s-%d@? (not acknowledged)\n", r.Topic, r.Partition)
		return err
	}
	_, err := fmt.Fprintf(w.out, "%s-%d@%d\n", r.Topic, r.Partition, r.Offset)
	return err
}

// failure returns how much was not written, and why.
func (w *writing) failure() error {
	switch {
	case w.err == nil && w.acked < w.sent:
		return fmt.Errorf("%d of %s without an answer", w.sent-w.acked, terminal.Count(w.sent, "record"))
	case w.err == nil:
		return nil
	case errors.Is(w.err, kerr.UnknownTopicOrPartition):
		return fmt.Errorf("there is no topic %q, and the cluster does not make one by itself: gregor topic create %s",
			w.topic, w.topic)
	case errors.Is(w.err, kerr.MessageTooLarge):
		w.err = fmt.Errorf("%w; see --batch-bytes, and max.message.bytes of topic %s", kerr.MessageTooLarge, w.topic)
	case errors.Is(w.err, errStalled), errors.Is(w.err, context.Canceled):
		w.err = context.DeadlineExceeded
	}
	reason := w.explain(w.err)
	if w.failed == 0 || w.sent == 1 {
		return reason
	}
	return fmt.Errorf("%d of %s not written: %w", w.failed, terminal.Count(w.sent, "record"), reason)
}

// progress shows how far a long input is, to a person who does not see the records.
func (o *produceOptions) progress(fromStdin bool, c *cobra.Command) *progress.Bar {
	if !fromStdin || !terminal.Is(c.ErrOrStderr()) || terminal.Is(c.InOrStdin()) ||
		!o.quiet && terminal.Is(c.OutOrStdout()) {
		return nil
	}
	return progress.New(os.Stderr, 0, "records")
}

// recordHeaders reads the headers all records get.
func (o *produceOptions) recordHeaders() ([]kgo.RecordHeader, error) {
	var all []kgo.RecordHeader
	for _, text := range o.headers {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("--header takes name=value, not %q", text)
		}
		all = append(all, kgo.RecordHeader{Key: name, Value: []byte(value)})
	}
	return all, nil
}
