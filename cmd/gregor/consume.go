package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"gregor/cmd/internal/terminal"
)

// consumeOptions are the flags of gregor consume.
type consumeOptions struct {
	remote
	group      string
	from       string
	partitions []int32
	count      int
	untilEnd   bool
	follow     bool
	isolation  string
	format     string
	start      place // what from says
}

func consumeCommand() *cobra.Command {
	var o consumeOptions
	c := &cobra.Command{
		Use:   "consume TOPIC...",
		Short: "Read records",
		Long: `Read the records of topics: what is there now, or with --follow also what comes later, until Ctrl-C.

  --count N     stops after N records, and waits for them if need be
  --until-end   stops at the end the topics had when it began (so it does by itself, unless it should follow or count)
  --follow      goes on

--from is ` + placeHelp + `.
From latest there is nothing to read yet, so it follows.

With --group it joins a consumer group: it shares the partitions with the group's other members, goes on where the group
has committed, and commits what it has printed. --from then only holds where nothing is committed.

A line is topic-partition@offset, time, key, value and headers, with tabs between. --format says otherwise, with
  %t topic  %p partition  %o offset  %k key  %v value  %d timestamp in ms  %h{%k=%v } headers  \n \t
  (kgo's record format: also %d{go[15:04:05]}, %v{hex}, %v{base64})`,
		Example: `  gregor consume orders
  gregor consume orders --follow --from latest
  gregor consume orders --partition 0 --from 120 --count 10
  gregor consume orders --group billing --follow
  gregor consume orders --from -1h --json | jq .value
  gregor consume orders --format '%p %o %v\n'`,
		Args: arguments(1, -1),
		RunE: func(c *cobra.Command, topics []string) error {
			var err error
			if o.start, err = o.check(); err != nil {
				return usage(err)
			}
			return consume(c, o, topics)
		},
	}
	o.flags(c)
	f := c.Flags()
	f.StringVarP(&o.group, "group", "g", "", "join this consumer `group`")
	f.StringVar(&o.from, "from", "earliest", "the `place` to begin at")
	f.VarP(listOf(&o.partitions, 0), "partition", "p", "only these partitions")
	f.VarP(atLeast(&o.count, 0, 1), "count", "n", "stop after this many records")
	f.BoolVarP(&o.untilEnd, "until-end", "e", false, "stop at the end")
	f.BoolVarP(&o.follow, "follow", "f", false, "wait for more at the end")
	f.StringVar(&o.isolation, "isolation", "read_uncommitted",
		"which records of transactions: read_uncommitted or read_committed")
	f.StringVar(&o.format, "format", "", "how a record looks")
	return c
}

// check finds contradictions, and returns where to begin.
func (o *consumeOptions) check() (place, error) {
	switch {
	case o.follow && o.untilEnd:
		return place{}, errors.New("--follow and --until-end contradict each other")
	case o.group != "" && len(o.partitions) > 0:
		return place{}, errors.New("--group and --partition contradict each other: the group hands partitions out")
	case o.json && o.format != "":
		return place{}, errors.New("--json and --format contradict each other")
	case o.isolation != "read_uncommitted" && o.isolation != "read_committed":
		return place{}, fmt.Errorf("--isolation takes read_uncommitted or read_committed, not %q", o.isolation)
	}
	at, err := parsePlace(o.from, time.Now())
	if at.kind == latest && o.group == "" && !o.untilEnd || o.count > 0 && !o.untilEnd {
		o.follow = true
	}
	return at, err
}

func consume(c *cobra.Command, o consumeOptions, topics []string) error {
	show, err := o.printer()
	if err != nil {
		return usage(err)
	}
	ctx, cancel := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	s, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	r := &reading{session: s, o: o, show: show, unpacker: newUnpacker(), out: bufio.NewWriterSize(c.OutOrStdout(), 64<<10)}
	r.at = map[partition]*progressAt{}
	err = r.begin(ctx, topics)
	if r.consumer != nil {
		defer r.consumer.Close()
	}
	if err == nil {
		err = r.run(ctx)
	}
	if ctx.Err() != nil {
		err = nil // Ctrl-C is how following ends
	}
	return s.explain(errors.Join(err, r.out.Flush()))
}

// reading is a consumer at work.
type reading struct {
	*session
	o        consumeOptions
	consumer *kgo.Client
	unpacker *unpacker
	show     func(*bufio.Writer, *kgo.Record) error
	out      *bufio.Writer
	printed  int

	positions
}

func (o *consumeOptions) isolationLevel() kgo.IsolationLevel {
	if o.isolation == "read_committed" {
		return kgo.ReadCommitted()
	}
	return kgo.ReadUncommitted()
}

// begin finds out where to read, and starts.
func (r *reading) begin(ctx context.Context, topics []string) error {
	ask, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	all, err := r.partitionsOf(ask, topics)
	if err != nil {
		return err
	}
	opts := append(r.clientOptions(), kgo.FetchIsolationLevel(r.o.isolationLevel()), kgo.FetchMaxWait(pollWait),
		kgo.KeepControlRecords(), kgo.WithDecompressor(r.unpacker), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if r.o.group != "" {
		opts = append(opts, r.groupOptions(topics)...)
	} else {
		direct, err := r.directOptions(ask, all)
		if err != nil {
			return err
		}
		opts = append(opts, direct)
	}
	r.consumer, err = kgo.NewClient(opts...)
	return err
}

// directOptions assigns the partitions to this consumer, each at its place.
func (r *reading) directOptions(ctx context.Context, all []partition) (kgo.Opt, error) {
	for _, id := range r.o.partitions {
		if !slices.ContainsFunc(all, func(p partition) bool { return p.id == id }) {
			return nil, fmt.Errorf("%s has no partition %d", all[0].topic, id)
		}
	}
	if len(r.o.partitions) > 0 {
		all = slices.DeleteFunc(all, func(p partition) bool { return !slices.Contains(r.o.partitions, p.id) })
	}
	limits, err := r.boundsOf(ctx, r.o.isolation == "read_committed", all)
	if err != nil {
		return nil, err
	}
	from, err := r.resolve(ctx, r.o.start, limits)
	if err != nil {
		return nil, err
	}
	offsets := map[string]map[int32]kgo.Offset{}
	for p, at := range from {
		if offsets[p.topic] == nil {
			offsets[p.topic] = map[int32]kgo.Offset{}
		}
		offsets[p.topic][p.id] = kgo.NewOffset().At(at)
		r.assigned(p, at, limits[p].end)
	}
	return kgo.ConsumePartitions(offsets), nil
}

// run prints records until it is enough.
func (r *reading) run(ctx context.Context) error {
	for !r.enough() {
		most := pollRecords
		if r.o.count > 0 {
			most = min(most, r.o.count-r.printed)
		}
		if r.consumer.BufferedFetchRecords() == 0 {
			r.unpacker.again()
		}
		wait, cancel := context.WithTimeout(ctx, pollWait)
		fetches := r.consumer.PollRecords(wait, most)
		cancel()
		if ctx.Err() != nil {
			break
		}
		if err := fetchError(fetches); err != nil {
			return err
		}
		if err := r.print(fetches); err != nil {
			return err
		}
		if fetches.NumRecords() == 0 {
			if err := r.skipGaps(ctx); err != nil {
				return err
			}
		}
	}
	return r.leave()
}

// pollWait also bounds a fetch: a partition that joins the client's fetches late waits for the one under way.
const (
	pollRecords = 1000
	pollWait    = 250 * time.Millisecond
)

func (r *reading) enough() bool {
	if r.o.count > 0 && r.printed >= r.o.count {
		return true
	}
	return !r.o.follow && r.atEnd()
}

func fetchError(fetches kgo.Fetches) error {
	for _, e := range fetches.Errors() {
		var large *kgo.ErrDecompressTooLarge
		switch {
		case errors.Is(e.Err, context.DeadlineExceeded), errors.Is(e.Err, context.Canceled), errors.Is(e.Err, errLater):
		case e.Topic == "":
			return e.Err
		case errors.As(e.Err, &large):
			return fmt.Errorf("%s-%d: the batch at offset %d takes more than %d MiB unpacked; --from %d reads on behind it",
				e.Topic, e.Partition, large.Offset, unpackedBatchMax>>20, large.NextOffset)
		default:
			return fmt.Errorf("%s-%d: %w", e.Topic, e.Partition, e.Err)
		}
	}
	return nil
}

func (r *reading) print(fetches kgo.Fetches) error {
	var done []*kgo.Record
	for _, record := range fetches.Records() {
		if r.read(record) {
			continue // not ours to commit either
		}
		done = append(done, record)
		if record.Attrs.IsControl() {
			continue
		}
		if err := r.show(r.out, record); err != nil {
			return err
		}
		r.printed++
	}
	if err := r.out.Flush(); err != nil {
		return err
	}
	if r.o.group != "" {
		r.consumer.MarkCommitRecords(done...)
	}
	return nil
}

// leave commits what was printed, and leaves the group before the next member begins.
func (r *reading) leave() error {
	if r.o.group == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.timeout)
	defer cancel()
	return r.consumer.CommitMarkedOffsets(ctx)
}

// printer makes the function that prints a record.
func (o *consumeOptions) printer() (func(*bufio.Writer, *kgo.Record) error, error) {
	switch {
	case o.json:
		return func(w *bufio.Writer, r *kgo.Record) error { return terminal.JSON(w, recordObject(r)) }, nil
	case o.format == "":
		return printRecord, nil
	}
	f, err := kgo.NewRecordFormatter(o.format)
	if err != nil {
		return nil, fmt.Errorf("--format %q: %w", o.format, err)
	}
	var line []byte
	return func(w *bufio.Writer, r *kgo.Record) error {
		line = f.AppendRecord(line[:0], r)
		_, err := w.Write(line)
		return err
	}, nil
}

func printRecord(w *bufio.Writer, r *kgo.Record) error {
	_, err := fmt.Fprintf(w, "%s-%d@%d\t%s\t%s\t%s", r.Topic, r.Partition, r.Offset,
		terminal.Time(r.Timestamp.UnixMilli()),
		terminal.Bytes(r.Key), terminal.Bytes(r.Value))
	for _, h := range r.Headers {
		fmt.Fprintf(w, "\t%s=%s", terminal.Printable(h.Key), terminal.Bytes(h.Value))
	}
	return errors.Join(err, writeNewline(w))
}

func writeNewline(w io.ByteWriter) error { return w.WriteByte('\n') }
