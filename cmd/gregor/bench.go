package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/bench"
	"gregor/cmd/internal/terminal"
)

// benchOptions are the flags of gregor bench.
type benchOptions struct {
	bootstrap []string
	pids      []int
	replicas  int
	brokers   int
	sets      []string
	copying   bool
	noIdeal   bool
	kinds     []string
	clients   []string
	records   []string
	batches   []string
	inFlight  []int
	conns     []int
	acks      []string
	flush     string
	rate      float64
	bytes     string
	reps      int
	dir       string
	json      bool
	list      bool
	togetherOptions
	sweeping bool // a flag names the cases
}

func benchCommand() *cobra.Command {
	var o benchOptions
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast a broker is, and what it costs",
		Long: `Measure how fast a broker takes and gives records, how long it takes to answer, and what CPU and memory that costs it.

Without --bootstrap it starts a Gregor of its own on an empty directory, and beside it the ideal pipe: the least that can
receive, checksum, write, answer and send. They are measured in turns, several times over, and what counts is the ratio:
machines are shared and figures drift. The columns x are that ratio; median [min-max].

  raw   pre-encoded batches over plain sockets: what the broker costs
  kgo   franz-go's client: what an application sees
  flush every batch is on stable storage before it is acknowledged; compared with a stream of write and fdatasync

With --brokers 3 it measures also a cluster of three processes that keeps three replicas: their CPU and memory together,
compared with three ideal pipes that write and two that send with sendfile; with the one broker beside it; and with the
least that three processes can do that wait for each other. Then it does what the commands below do.

With --rate, latency counts from when a request was due, so that a stall is not hidden by the requests it kept back.

The default is the set of cases behind the project's goals, which takes some minutes. A flag that names cases makes a
sweep instead: every combination of what the flags say.`,
		Example: `  gregor bench
  gregor bench --kind produce --batch 4K,64K,1M --in-flight 1,5 --reps 3
  gregor bench --kind fetch --batch 1M --no-zero-copy
  gregor bench --kind produce --batch 1K --record 512 --rate 2000
  gregor bench --brokers 3
  gregor bench --bootstrap 127.0.0.1:9092 --replicas 3 --pid 4711,4712,4713 --kind produce
  gregor bench --bootstrap kafka=10.0.0.5:9092 --bootstrap 127.0.0.1:9092 --json > report.json
  gregor bench --json > report.json && go run ./cmd/plot report.json plots`,
		Args: arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			for _, name := range []string{"kind", "client", "record", "batch", "in-flight", "connections", "acks", "flush",
				"rate", "bytes"} {
				o.sweeping = o.sweeping || c.Flags().Changed(name)
			}
			return measure(c, o)
		},
	}
	o.flags(c)
	c.AddCommand(failoverCommand(), crowdCommand(), idealCommand())
	return c
}

func (o *benchOptions) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVarP(&o.bootstrap, "bootstrap", "b", nil,
		"a broker that runs already, `[name=]host:port`, or several of its cluster with commas; may be repeated for another cluster")
	f.Var(listOf(&o.pids, 1), "pid", "the `process`es of the broker at --bootstrap, to measure their CPU and memory")
	f.Var(atLeast(&o.replicas, 1, 1), "replicas", "of each partition at --bootstrap")
	f.Var(between(&o.brokers, 1, 1, maxBrokers), "brokers",
		"measure also a cluster of `N` processes, with up to three replicas")
	f.StringArrayVar(&o.sets, "set", nil, "a setting of the broker it starts, `name=value`; may be repeated")
	f.BoolVar(&o.copying, "no-zero-copy", false, "measure also a broker that answers fetches without sendfile")
	f.BoolVar(&o.noIdeal, "no-ideal", false, "no ideal pipe, no ratios")
	f.StringSliceVar(&o.kinds, "kind", nil, "produce, fetch (default both)")
	f.StringSliceVar(&o.clients, "client", nil, "raw, kgo (default raw)")
	f.StringSliceVar(&o.records, "record", nil, "`bytes` of a record's value (default 1K)")
	f.StringSliceVar(&o.batches, "batch", nil, "`bytes` of a batch, and of a fetch (default 64K)")
	f.Var(listOf(&o.inFlight, 1), "in-flight", "unanswered requests of a connection (default 5)")
	f.Var(listOf(&o.conns, 1), "connections", "connections, each with its partition (default 1)")
	f.StringSliceVar(&o.acks, "acks", nil, "all, 1, 0 (default all)")
	f.StringVar(&o.flush, "flush", "no", "on stable storage first: no, yes or both")
	f.Var(rateOf(&o.rate, 0), "rate", "`requests` a second of each connection; without it as fast as it goes")
	f.StringVar(&o.bytes, "bytes", "", "`bytes` of a run (default: by the case, 16M to 256M)")
	f.Var(atLeast(&o.reps, 7, 1), "reps", "how often each case is run")
	f.StringVar(&o.dir, "dir", "", "the `directory` for the files of the broker it starts (default: a temporary one)")
	f.BoolVar(&o.json, "json", false, "print the whole report as JSON")
	f.BoolVar(&o.list, "list", false, "only list the cases")
}

// idealCommand is the ideal pipe as the process that bench starts, or one of several.
func idealCommand() *cobra.Command {
	copied, leader := 0, ""
	c := &cobra.Command{
		Use:    "ideal-pipe DIRECTORY",
		Short:  "Serve the ideal pipe until stdin ends",
		Hidden: true,
		Args:   arguments(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case leader != "":
				return bench.FollowIdeal(args[0], leader)
			case copied > 0:
				return bench.ServeIdealCopied(args[0], copied)
			}
			return bench.ServeIdeal(args[0], false)
		},
	}
	c.Flags().Var(atLeast(&copied, 0, 1), "copied", "by so many")
	c.Flags().StringVar(&leader, "follow", "", "a leader's address")
	return c
}

func measure(c *cobra.Command, o benchOptions) error {
	cases, err := o.cases()
	if err != nil {
		return usage(err)
	}
	if o.list {
		for _, x := range cases {
			fmt.Fprintln(c.OutOrStdout(), x)
		}
		return nil
	}
	dir, err := os.MkdirTemp(o.dir, "gregor-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	options, err := o.options(dir, cases)
	if err != nil {
		return usage(err)
	}
	report, err := bench.Run(ctx, options)
	if err == nil && !o.sweeping && o.brokers > 1 {
		o.crashes, o.partitions, o.crowds = 20, 1000, 3
		err = o.addTogether(ctx, report, dir)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: is the broker at --bootstrap running?", err)
	case err != nil:
		return terminal.OneLine(err)
	}
	return o.show(c.OutOrStdout(), report)
}

// options say whom to measure.
func (o *benchOptions) options(dir string, cases []bench.Case) (bench.Options, error) {
	b := bench.Options{Cases: cases, Reps: o.reps, Dir: dir, Bar: os.Stderr}
	self, err := os.Executable()
	if err != nil {
		return b, err
	}
	serve := func(name string, flags ...string) bench.Target {
		argv := append([]string{self, "serve", "--quiet", "--data", filepath.Join(dir, name)}, flags...)
		for _, s := range append([]string{"listeners=PLAINTEXT://127.0.0.1:0"}, o.sets...) {
			argv = append(argv, "--set", s)
		}
		return bench.Target{Name: name, Servers: [][]string{argv}}
	}
	if b.Targets, err = o.running(); err != nil {
		return b, err
	}
	if len(o.bootstrap) == 0 {
		b.Targets = append(b.Targets, serve("gregor"))
	}
	if o.copying {
		b.Targets = append(b.Targets, serve("gregor-copying", "--no-zero-copy"))
	}
	if o.brokers > 1 {
		cluster, err := o.cluster(filepath.Join(dir, "cluster"))
		if err != nil {
			return b, err
		}
		b.Targets = append(b.Targets, cluster)
	}
	if !o.noIdeal {
		b.Ideal = []string{self, "bench", "ideal-pipe", dir}
	}
	if !o.noIdeal && o.brokers > bench.Followers {
		b.Leader, b.Follow = append(slices.Clone(b.Ideal), "--copied", fmt.Sprint(bench.Followers)),
			append(slices.Clone(b.Ideal), "--follow")
	}
	return b, nil
}

// running are the brokers that run already.
func (o *benchOptions) running() ([]bench.Target, error) {
	var all []bench.Target
	for _, text := range o.bootstrap {
		name, addr, named := strings.Cut(text, "=")
		if !named {
			name, addr = text, text
		}
		all = append(all, bench.Target{Name: name, Bootstrap: addr, Replicas: o.replicas})
	}
	switch {
	case len(o.pids) > 0 && len(all) != 1:
		return nil, errors.New("--pid goes with one --bootstrap")
	case len(o.pids) > 0:
		all[0].PIDs = o.pids
	}
	return all, nil
}

func (o *benchOptions) cases() ([]bench.Case, error) {
	switch {
	case !o.sweeping && o.brokers > 1:
		return bench.HowFastTogether(), nil
	case !o.sweeping:
		return bench.HowFast(), nil
	}
	s := bench.Sweep{Kinds: []bench.Kind{bench.Produce, bench.Fetch}, Clients: o.clients, InFlight: o.inFlight,
		Connections: o.conns, Rate: o.rate}
	if len(o.kinds) > 0 {
		s.Kinds = nil
	}
	for _, k := range o.kinds {
		if k != string(bench.Produce) && k != string(bench.Fetch) {
			return nil, fmt.Errorf("--kind takes produce and fetch, not %q", k)
		}
		s.Kinds = append(s.Kinds, bench.Kind(k))
	}
	for _, k := range o.clients {
		if k != "raw" && k != "kgo" {
			return nil, fmt.Errorf("--client takes raw and kgo, not %q", k)
		}
	}
	for _, a := range o.acks {
		n, ok := map[string]int{"all": -1, "-1": -1, "1": 1, "0": 0}[a]
		if !ok {
			return nil, fmt.Errorf("--acks takes all, 1 and 0, not %q", a)
		}
		s.Acks = append(s.Acks, n)
	}
	flush, ok := map[string][]bool{"no": nil, "yes": {true}, "both": {false, true}}[o.flush]
	if !ok {
		return nil, fmt.Errorf("--flush takes no, yes or both, not %q", o.flush)
	}
	s.Flush = flush
	var err1, err2, err3 error
	s.RecordBytes, err1 = parseSizes("--record", o.records)
	s.BatchBytes, err2 = parseSizes("--batch", o.batches)
	if o.bytes != "" {
		s.Bytes, err3 = parseSize("--bytes", o.bytes)
	}
	return s.Cases(), errors.Join(err1, err2, err3)
}

func parseSizes(flag string, texts []string) ([]int, error) {
	var all []int
	for _, text := range texts {
		n, err := parseSize(flag, text)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// parseSize reads a number of bytes: 512, 64K, 1M.
func parseSize(flag, text string) (int, error) {
	digits, unit := text, 1
	for suffix, n := range map[string]int{"K": 1 << 10, "M": 1 << 20, "G": 1 << 30} {
		if d, ok := strings.CutSuffix(strings.ToUpper(text), suffix); ok {
			digits, unit = d, n
		}
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%s takes a number of bytes such as 512, 64K or 1M, not %q", flag, text)
	}
	return int(n) * unit, nil
}

// show prints the report.
func (o *benchOptions) show(out io.Writer, r *bench.Report) error {
	if o.json {
		return r.WriteJSON(out)
	}
	err := r.WriteTable(out)
	if !o.sweeping {
		fmt.Fprintln(out)
		err = errors.Join(err, r.WriteGoals(out))
	}
	return err
}
