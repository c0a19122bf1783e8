package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/cmd/internal/bench"
)

// series is one contender that reached so many MB/s.
func series(name string, mbps float64) *bench.Series {
	stat := bench.Stat{Median: mbps, Min: mbps * 0.9, Max: mbps * 1.1}
	return &bench.Series{Name: name, Sum: bench.Sum{MBps: stat},
		Latency: []bench.Quantile{{Percentile: 0, Micros: 10}, {Percentile: 90, Micros: 1000},
			{Percentile: 99, Micros: 2500}}}
}

func report(sizes ...int) *bench.Report {
	r := &bench.Report{Reps: 3}
	for i, size := range sizes {
		r.Rows = append(r.Rows, &bench.Row{Case: bench.Case{Kind: bench.Fetch, Client: "raw", BatchBytes: size, InFlight: 5},
			Baseline: series("ideal", 1250+float64(100*i)), Targets: []*bench.Series{series("gregor", 2500)}})
	}
	return r
}

// plotted runs the command on a report and returns the directory it drew into.
func plotted(t *testing.T, r *bench.Report) string {
	t.Helper()
	file, dir := filepath.Join(t.TempDir(), "report.json"), filepath.Join(t.TempDir(), "plots")
	text, err := json.Marshal(r)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o644))
	c := command()
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetArgs([]string{file, dir})
	require.NoError(t, c.Execute())
	require.Contains(t, out.String(), "drew "+filepath.Join(dir, "fetch-mbps.png"))
	require.NotContains(t, out.String(), "produce", "the report has no produce")
	return dir
}

// texts are the labels of an SVG.
func texts(t *testing.T, path string) (all []string) {
	t.Helper()
	svg, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`(?s)<text[^>]*>(.*?)</text>`).FindAllStringSubmatch(string(svg), -1) {
		all = append(all, strings.TrimSpace(m[1]))
	}
	return all
}

func TestPicturesHaveWholeLabels(t *testing.T) {
	dir := plotted(t, report(4<<10, 64<<10, 1<<20))
	labels := texts(t, filepath.Join(dir, "fetch-mbps.svg"))
	require.Subset(t, labels, []string{"4K", "64K", "1M", "2500", "ideal, 5 in flight", "gregor, 5 in flight"})
	for _, l := range append(labels, texts(t, filepath.Join(dir, "latency.svg"))...) {
		require.NotRegexp(t, `\.0+$`, l, "a number is written in the fewest digits")
	}
}

// The legend stands right of the axes, and nothing is drawn at the edge, where it would be cut off.
func TestNothingTouchesTheEdge(t *testing.T) {
	dir := plotted(t, report(4<<10, 64<<10, 1<<20))
	for _, name := range []string{"fetch-mbps.png", "latency.png"} {
		f, err := os.Open(filepath.Join(dir, name))
		require.NoError(t, err)
		defer f.Close()
		img, err := png.Decode(f)
		require.NoError(t, err)
		b := img.Bounds()
		white := img.At(b.Min.X, b.Min.Y)
		for x := b.Min.X; x < b.Max.X; x++ {
			require.Equal(t, white, img.At(x, b.Min.Y), "%s: column %d of the top row", name, x)
			require.Equal(t, white, img.At(x, b.Max.Y-1), "%s: column %d of the bottom row", name, x)
		}
		for y := b.Min.Y; y < b.Max.Y; y++ {
			require.Equal(t, white, img.At(b.Min.X, y), "%s: row %d of the left column", name, y)
			require.Equal(t, white, img.At(b.Max.X-1, y), "%s: row %d of the right column", name, y)
		}
	}
}

// Two sizes are two points; three are a curve. A spread is a path too, but goes straight up.
func TestTwoPointsAreNotJoined(t *testing.T) {
	path := regexp.MustCompile(`<path d="M([\d.]+),[\d.]+L([\d.]+),[^"]*" style="fill:none;stroke:#F15A60`)
	widest := func(r *bench.Report) (most float64) {
		svg, err := os.ReadFile(filepath.Join(plotted(t, r), "fetch-mbps.svg"))
		require.NoError(t, err)
		for _, m := range path.FindAllStringSubmatch(string(svg), -1) {
			from, err := strconv.ParseFloat(m[1], 64)
			require.NoError(t, err)
			to, err := strconv.ParseFloat(m[2], 64)
			require.NoError(t, err)
			most = max(most, to-from)
		}
		return most
	}
	require.Greater(t, widest(report(4<<10, 64<<10, 1<<20)), 100.0)
	require.Less(t, widest(report(64<<10, 1<<20)), 30.0)
}

func TestWhatIsNoReport(t *testing.T) {
	for want, text := range map[string]string{"is no report of gregor bench --json": "[", "has nothing to draw": "{}"} {
		file := filepath.Join(t.TempDir(), "report.json")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		c := command()
		c.SetArgs([]string{file, t.TempDir()})
		require.ErrorContains(t, c.Execute(), want)
	}
}
