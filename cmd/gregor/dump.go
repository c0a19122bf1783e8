package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/dump"
)

func dumpCommand() *cobra.Command {
	var o dump.Options
	c := &cobra.Command{
		Use:   "dump FILE | DIRECTORY...",
		Short: "Read Kafka's files without a broker, and report what is wrong in them",
		Long: `Read the files of a Gregor or Kafka data directory. No broker is needed, and a running one is not disturbed.

  .log, .checkpoint          batches: offsets, epoch, producer, codec, times, and whether the checksum holds
  .index .timeindex          entries, and whether each points where it should
  .txnindex .snapshot        aborted transactions; idempotent producers
  *-checkpoint               leader epochs, recovery points, high watermarks, log starts
  meta.properties, partition.metadata, quorum-state, .kafka_cleanshutdown

A directory is summed up, a line for each partition; a partition's directory, a line for each segment. Their batch
headers and indexes are read; --check reads all bytes and checks the checksums too.

GAPS is how many offsets are missing. Compaction makes them, and takes them away from compacted topics only.

What is wrong is printed on lines that begin with !, and the exit code is 1. The end of a file that is being written
looks torn.`,
		Example: `  gregor dump data
  gregor dump data/orders-0
  gregor dump data/orders-0/00000000000000000000.log --records
  gregor dump data/__consumer_offsets-3/*.log --deep
  gregor dump data/__cluster_metadata-0/*.log --deep --json
  gregor dump data --check`,
		Args: arguments(1, -1),
		RunE: func(c *cobra.Command, paths []string) error {
			if o.As != "" && !slices.Contains(dump.Topics(), o.As) {
				return usage(fmt.Errorf("--as takes %s, not %q", strings.Join(dump.Topics(), ", "), o.As))
			}
			return dump.Files(c.OutOrStdout(), o, paths)
		},
	}
	f := c.Flags()
	f.BoolVarP(&o.Records, "records", "r", false, "the records of each batch")
	f.BoolVarP(&o.Deep, "deep", "d", false, "the records of Kafka's own topics as what they mean")
	f.StringVar(&o.As, "as", "", "decode the records as those of this `topic`, whatever the directory is called")
	f.BoolVar(&o.Check, "check", false, "of directories, read everything and check checksums")
	f.BoolVar(&o.JSON, "json", false, "print JSON, one object a line")
	return c
}
