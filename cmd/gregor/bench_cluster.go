package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/bench"
	"gregor/cmd/internal/terminal"
)

// togetherOptions are the flags of what only a cluster can be measured by.
type togetherOptions struct {
	crashes    int
	partitions int
	crowds     int // how often the partitions are made
}

func failoverCommand() *cobra.Command {
	o := benchOptions{}
	c := &cobra.Command{
		Use:   "failover",
		Short: "Measure how long a cluster takes no writes when a leader crashes",
		Long: `Start a cluster, kill the leader of a partition with kill -9, and measure until another leader has acknowledged a
write to all replicas in sync. The process is started again, and when it is in sync the next leader is killed.`,
		Example: `  gregor bench failover
  gregor bench failover --crashes 100 --set broker.session.timeout.ms=3000`,
		Args: arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			o.partitions = 0
			return o.measureTogether(c)
		},
	}
	o.togetherFlags(c)
	c.Flags().Var(atLeast(&o.crashes, 20, 1), "crashes", "how often a leader is killed")
	return c
}

func crowdCommand() *cobra.Command {
	o := benchOptions{}
	c := &cobra.Command{
		Use:   "partitions",
		Short: "Measure what many partitions cost a cluster",
		Long: `Start a cluster, make many partitions, and measure how long that takes, what memory a replica costs, and how long
it takes until all can be written again when one process is killed with kill -9.`,
		Example: `  gregor bench partitions --partitions 200 --reps 1`,
		Args:    arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			o.crashes = 0
			return o.measureTogether(c)
		},
	}
	o.togetherFlags(c)
	c.Flags().Var(atLeast(&o.partitions, 1000, 1), "partitions", "how many")
	c.Flags().Var(atLeast(&o.crowds, 3, 1), "reps", "how often, each time on a new cluster")
	return c
}

func (o *benchOptions) togetherFlags(c *cobra.Command) {
	f := c.Flags()
	f.Var(between(&o.brokers, 3, 2, maxBrokers), "brokers", "a cluster of `N` processes, with up to three replicas")
	f.StringArrayVar(&o.sets, "set", nil, "a setting of the cluster, `name=value`; may be repeated")
	f.StringVar(&o.dir, "dir", "", "the `directory` for its files (default: a temporary one)")
	f.BoolVar(&o.json, "json", false, "print the whole report as JSON")
}

// measureTogether measures what the flags ask for, and nothing else.
func (o *benchOptions) measureTogether(c *cobra.Command) error {
	dir, err := os.MkdirTemp(o.dir, "gregor-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := untilTold(c.Context(), false)
	defer cancel()
	report := bench.NewReport(max(o.crashes, o.crowds))
	if err := o.addTogether(ctx, report, dir); err != nil {
		return terminal.OneLine(err)
	}
	return o.show(c.OutOrStdout(), report)
}

// addTogether measures failover and many partitions, as far as they are asked for.
func (o *benchOptions) addTogether(ctx context.Context, r *bench.Report, dir string) error {
	n := 0
	fresh := func() (bench.Target, error) {
		n++
		return o.cluster(filepath.Join(dir, fmt.Sprint("cluster", n)))
	}
	if o.crashes > 0 {
		t, err := fresh()
		if err != nil {
			return err
		}
		bar := bar(o.json, int64(o.crashes), "crashes")
		r.Failover, err = bench.MeasureFailover(ctx, t, o.crashes, bar)
		bar.End()
		if err != nil {
			return err
		}
	}
	if o.partitions == 0 {
		return nil
	}
	bar := bar(o.json, int64(o.crowds), "clusters")
	defer bar.End()
	var err error
	r.Crowd, err = bench.MeasureCrowd(ctx, fresh, o.partitions, o.crowds, bar)
	return err
}

// cluster is a cluster of its own in a directory.
func (o *benchOptions) cluster(dir string) (bench.Target, error) {
	t := bench.Target{Name: fmt.Sprintf("gregor x%d", o.brokers), Replicas: min(o.brokers, 3),
		Env: shareOfCores(o.brokers)}
	self, err := os.Executable()
	if err != nil {
		return t, err
	}
	children, _, err := layOut(serveOptions{brokers: o.brokers, dataDir: dir, sets: o.sets, quiet: true})
	for _, c := range children {
		t.Servers = append(t.Servers, append(append([]string{self}, c.args...), "--until-eof"))
	}
	return t, err
}
