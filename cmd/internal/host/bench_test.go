package host

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gregor/cmd/internal/bench/ideal"
	"gregor/core/env"
)

// TestMain runs the two servers of the benchmark too, each as a process of its own: only so can its CPU be told
// from the client's.
func TestMain(m *testing.M) {
	switch os.Getenv("HOST_BENCH_SERVER") {
	case "ideal":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		fmt.Println(l.Addr())
		panic(ideal.Serve(l, os.Getenv("HOST_BENCH_DIR"), os.Getenv("HOST_BENCH_SYNC") != ""))
	case "toy":
		serveToy()
	default:
		os.Exit(m.Run())
	}
}

func serveToy() {
	line, _ := strconv.Atoi(os.Getenv("HOST_BENCH_LINE"))
	h, err := Run(context.Background(), Options{Listen: Plain("127.0.0.1:0"), DataDir: os.Getenv("HOST_BENCH_DIR"),
		Protocol:    toyProtocol{},
		zeroCopyMin: line,
		NewNode:     func(w env.World) env.Node { return newToy(w, os.Getenv("HOST_BENCH_SYNC") != "") }})
	if err != nil {
		panic(err)
	}
	fmt.Println(h.Addrs()[0])
	if path := os.Getenv("HOST_BENCH_PROFILE"); path != "" {
		f, err := os.Create(path)
		if err != nil {
			panic(err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			panic(err)
		}
		defer pprof.StopCPUProfile()
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // the parent's end
	fmt.Fprintf(os.Stderr, "%+v\n", h.Stats())
	h.Kill()
}

// startServer starts a server process and returns its address.
func startServer(tb testing.TB, kind string, env ...string) string {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, "HOST_BENCH_SERVER="+kind, "HOST_BENCH_DIR="+tb.TempDir())...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if testing.Verbose() {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close()
		if kind == "ideal" {
			_ = cmd.Process.Kill()
		}
		_ = cmd.Wait()
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(addr)
}

// BenchmarkHost loads the toy broker on the host and the ideal pipe in turn, and reports the medians of the host's
// figures and of their ratios to the ideal.
func BenchmarkHost(b *testing.B) {
	for _, l := range []ideal.Load{
		{Size: 1 << 10, InFlight: 1, Frames: 1 << 13}, {Size: 1 << 10, InFlight: 32, Frames: 1 << 14},
		{Size: 16 << 10, InFlight: 1, Frames: 1 << 12}, {Size: 16 << 10, InFlight: 5, Frames: 1 << 13},
		{Size: 64 << 10, InFlight: 5, Frames: 1 << 12}, {Size: 64 << 10, InFlight: 32, Frames: 1 << 12},
		{Size: 256 << 10, InFlight: 5, Frames: 1 << 10}, {Size: 1 << 20, InFlight: 5, Frames: 1 << 8},
	} {
		b.Run(fmt.Sprintf("%dK/inflight=%d", l.Size>>10, l.InFlight), func(b *testing.B) { alternate(b, l, l.InFlight == 5) })
	}
}

// BenchmarkHostSync is the same with every frame synced before its answer. The host groups the syncs.
func BenchmarkHostSync(b *testing.B) {
	for _, l := range []ideal.Load{{Size: 64 << 10, InFlight: 1, Frames: 64},
		{Size: 64 << 10, InFlight: 32, Frames: 512}} {
		b.Run(fmt.Sprintf("%dK/inflight=%d", l.Size>>10, l.InFlight), func(b *testing.B) {
			alternate(b, l, false, "HOST_BENCH_SYNC=1")
		})
	}
}

const pairs = 7

func alternate(b *testing.B, l ideal.Load, fetch bool, env ...string) {
	alternateServers(b, l, fetch, startServer(b, "ideal", env...), startServer(b, "toy", env...))
}

// BenchmarkZeroCopyLine compares sendfile (the ideal's place) and a copy (the host's place) of regions of one size:
// zeroCopyMin is where the copy begins to cost more.
func BenchmarkZeroCopyLine(b *testing.B) {
	for _, size := range []int{4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10} {
		for _, inFlight := range []int{1, 5} {
			l := ideal.Load{Size: size, InFlight: inFlight, Frames: min(1<<13, 1<<27/size)}
			b.Run(fmt.Sprintf("%dK/inflight=%d", l.Size>>10, l.InFlight), func(b *testing.B) {
				alternateServers(b, l, true, startServer(b, "toy", "HOST_BENCH_LINE=1"),
					startServer(b, "toy", "HOST_BENCH_LINE=100000000"))
			})
		}
	}
}

func alternateServers(b *testing.B, l ideal.Load, fetch bool, yard, host string) {
	var m [2][2][]ideal.Result // yard, host; produced, fetched
	for b.Loop() {
		for range pairs {
			for i, addr := range []string{yard, host} {
				p, f, err := ideal.Run(addr, l, fetch)
				if err != nil {
					b.Fatal(err)
				}
				m[i][0] = append(m[i][0], p)
				m[i][1] = append(m[i][1], f)
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	report(b, "produce", m[0][0], m[1][0])
	if fetch {
		report(b, "fetch", m[0][1], m[1][1])
	}
	b.ReportMetric(float64(m[1][0][len(m[1][0])-1].MaxRSS)/1024, "MiB-rss")
}

func report(b *testing.B, what string, yard, host []ideal.Result) {
	for _, f := range []struct {
		unit string
		of   func(ideal.Result) float64
	}{
		{"MB/s", ideal.Result.MBps}, {"cpu-ms/GB", ideal.Result.CPUPerGB},
		{"p50-us", func(r ideal.Result) float64 { return float64(r.P50.Nanoseconds()) / 1e3 }},
		{"p99-us", func(r ideal.Result) float64 { return float64(r.P99.Nanoseconds()) / 1e3 }},
	} {
		if what == "fetch" && strings.HasSuffix(f.unit, "us") {
			continue
		}
		h, y := median(host, f.of), median(yard, f.of)
		b.ReportMetric(h, what+"-"+f.unit)
		b.ReportMetric(h/y, what+"-"+f.unit+"-ratio")
	}
}

func median(rs []ideal.Result, of func(ideal.Result) float64) float64 {
	var v []float64
	for _, r := range rs {
		v = append(v, of(r))
	}
	slices.Sort(v)
	return v[len(v)/2]
}
