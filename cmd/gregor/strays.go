package main

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/dump"
	"gregor/cmd/internal/terminal"
)

func straysCommand() *cobra.Command {
	var remove, asJSON bool
	c := &cobra.Command{
		Use:   "strays DIR",
		Short: "List the partition directories that a broker set aside, and remove them",
		Long: `List the directories in a broker's data directory whose names end in -stray, and what they hold.

A broker renames a partition's directory so when the cluster's metadata has no such partition on it: the topic was
deleted or re-created while the broker was down, or the partition was reassigned. It never reads one again and never
removes one: the metadata might be what is wrong. Once you are sure that it is not, --remove removes them, for good. The
broker may be running meanwhile.`,
		Example: "  gregor strays /var/lib/gregor\n  gregor strays /var/lib/gregor --remove",
		Args:    arguments(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return listStrays(c.OutOrStdout(), args[0], remove, asJSON)
		},
	}
	c.Flags().BoolVar(&remove, "remove", false, "remove them with all their records")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a directory")
	return c
}

// stray is a partition's directory that a broker set aside.
type stray struct {
	Directory string `json:"directory"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Files     int    `json:"files"`
	Bytes     int64  `json:"bytes"`
	Removed   bool   `json:"removed"`
}

func listStrays(out io.Writer, dir string, remove, asJSON bool) error {
	all, err := findStrays(dir)
	if err != nil {
		return err
	}
	t := terminal.Table{Head: []string{"DIRECTORY", "FILES", "SIZE"}}
	for _, s := range all {
		if remove {
			if err := os.RemoveAll(filepath.Join(dir, s.Directory)); err != nil {
				return err
			}
			s.Removed = true
		}
		if asJSON {
			err = terminal.JSON(out, s)
		}
		if err != nil {
			return err
		}
		t.Add(s.Directory, s.Files, terminal.Size(s.Bytes))
	}
	if asJSON {
		return nil
	}
	if len(all) > 0 {
		t.Write(out)
	}
	n := fmt.Sprintf("%d directories", len(all))
	if len(all) == 1 {
		n = "1 directory"
	}
	switch {
	case len(all) == 0:
		_, err = fmt.Fprintf(out, "%s holds no -stray directories\n", dir)
	case remove:
		_, err = fmt.Fprintf(out, "removed %s with %s\n", n, terminal.Size(bytesOf(all)))
	default:
		_, err = fmt.Fprintf(out, "%s with %s; remove them with: gregor strays %s --remove\n", n, terminal.Size(bytesOf(all)),
			dir)
	}
	return err
}

// findStrays lists the directories that were set aside, in the order of their names.
func findStrays(dir string) ([]stray, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []stray
	for _, e := range entries {
		if !e.IsDir() || !strings.HasSuffix(e.Name(), "-stray") {
			continue
		}
		s := stray{Directory: e.Name()}
		s.Topic, s.Partition, _ = dump.PartitionOf(e.Name())
		if err := s.measure(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func (s *stray) measure(path string) error {
	return filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		s.Files, s.Bytes = s.Files+1, s.Bytes+info.Size()
		return nil
	})
}

func bytesOf(all []stray) (sum int64) {
	for _, s := range all {
		sum += s.Bytes
	}
	return sum
}

// logStrays logs what was set aside, since nothing else would mention it again.
func logStrays(log *slog.Logger, dir string) {
	all, err := findStrays(dir)
	switch {
	case err != nil:
		log.Warn("the -stray directories cannot be measured", "err", err)
	case len(all) > 0:
		log.Warn("directories of partitions that the cluster does not have on this broker take space, and are never removed by it",
			"directories", len(all), "bytes", bytesOf(all), "list and remove them with", "gregor strays "+dir)
	}
}
