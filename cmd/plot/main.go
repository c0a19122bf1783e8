// Command plot draws the report of `gregor bench --json` as pictures: throughput, server CPU and tail latency over the
// batch size, and the distribution of latencies, each as PNG and as SVG.
//
//	go run ./cmd/gregor bench --json > report.json
//	go run ./cmd/plot report.json plots
//
// It is a program of its own so that gregor itself does not compile fonts, PDF and a plotting library. It measures
// nothing, and draws only what the report holds: a picture without data is left out.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/bench"
)

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	return &cobra.Command{
		Use:           "plot REPORT DIRECTORY",
		Short:         "Draw a report of gregor bench --json into a directory, as PNG and SVG",
		Args:          cobra.ExactArgs(2),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(c *cobra.Command, args []string) error {
			report, err := read(args[0])
			if err != nil {
				return err
			}
			return drawAll(c, report, args[1])
		},
	}
}

func read(path string) (*bench.Report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &bench.Report{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s is no report of gregor bench --json: %w", path, err)
	}
	return r, nil
}

// drawAll saves every picture that has data, and prints the names of the files.
func drawAll(c *cobra.Command, r *bench.Report, dir string) error {
	all := pictures(r)
	if len(all) == 0 {
		return fmt.Errorf("the report has nothing to draw: it needs raw cases without flush, and two batch sizes or a distribution of latencies")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, p := range all {
		for _, format := range []string{"png", "svg"} {
			path := filepath.Join(dir, p.name+"."+format)
			if err := p.save(path, format); err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), "drew", path)
		}
	}
	return nil
}
