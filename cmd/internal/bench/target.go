package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/twmb/franz-go/pkg/kerr"

	"gregor/cmd/internal/bench/ideal"
)

// Target is a broker to be loaded.
type Target struct {
	Name string `json:"name"`
	// host:port; of Servers, found in the first line each prints if empty
	Bootstrap string     `json:"bootstrap,omitempty"`
	Servers   [][]string `json:"servers,omitempty"`  // command lines that start it, one a process; none: it runs already
	Env       []string   `json:"env,omitempty"`      // name=value for them, unless this process has the name itself
	Replicas  int        `json:"replicas,omitempty"` // of each partition; 1
	PIDs      []int      `json:"-"`                  // of one that runs already, to measure its CPU and memory
}

// Trial is one measurement.
type Trial struct {
	Bytes    int64   `json:"bytes"`
	Records  int64   `json:"records"`
	Requests int64   `json:"requests"`
	Seconds  float64 `json:"seconds"`
	MBps     float64 `json:"mb_per_s"`           // 10^6 bytes of batches
	RecordsS float64 `json:"records_per_s"`      //
	CPUPerGB float64 `json:"cpu_ms_per_gb"`      // the server's; 0: not known
	RSSMiB   float64 `json:"rss_mib,omitempty"`  // the server's, after the run
	PeakMiB  float64 `json:"peak_mib,omitempty"` // the server's, most so far
	P50      float64 `json:"p50_us,omitempty"`   // latencies, microseconds
	P99      float64 `json:"p99_us,omitempty"`   //
	P999     float64 `json:"p999_us,omitempty"`  //
	Max      float64 `json:"max_us,omitempty"`   //
	hist     *hdrhistogram.Histogram
}

// runner puts one case to one server, once.
type runner interface {
	run(ctx context.Context, c Case) (Trial, error)
}

// meter measures what f does, and what it costs the processes.
func meter(p processes, c Case, records int, f func() (*hdrhistogram.Histogram, time.Duration, error)) (Trial, error) {
	before, noUsage := p.usage()
	h, took, err := f()
	if err != nil {
		return Trial{}, err
	}
	n := c.requests() * c.Connections
	r := Trial{Bytes: int64(n) * int64(c.BatchBytes), Requests: int64(n), Records: int64(n) * int64(records),
		Seconds: took.Seconds(), hist: h}
	r.MBps, r.RecordsS = float64(r.Bytes)/1e6/r.Seconds, float64(r.Records)/r.Seconds
	if after, err := p.usage(); noUsage == nil && err == nil {
		r.CPUPerGB = (after.cpu - before.cpu).Seconds() * 1e3 / (float64(r.Bytes) / 1e9)
		r.RSSMiB, r.PeakMiB = float64(after.rss)/(1<<20), float64(after.peak)/(1<<20)
	}
	if h != nil && h.TotalCount() > 0 {
		us := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1e3 }
		r.P50, r.P99, r.P999, r.Max = us(50), us(99), us(99.9), float64(h.Max())/1e3
	}
	return r, nil
}

// broker is a runner over the Kafka protocol.
type broker struct {
	processes
	replicas int
}

func (b broker) run(ctx context.Context, c Case) (Trial, error) {
	if c.Client == "kgo" {
		return b.runKgo(ctx, c)
	}
	data, records, err := batch(c.BatchBytes, c.RecordBytes)
	if err != nil {
		return Trial{}, err
	}
	return b.withTopic(ctx, c, func(topic string, leaders []string) (Trial, error) {
		write, done, err := rides(ctx, leaders, func(k *kafka, i int) (lane, error) {
			return newProduceLane(k, topic, int32(i), c.Acks, data)
		})
		defer done()
		if err != nil {
			return Trial{}, err
		}
		if err := warm(write); err != nil {
			return Trial{}, err
		}
		if c.Kind == Produce {
			return meter(b.processes, c, records, func() (*hdrhistogram.Histogram, time.Duration, error) {
				return drive(ctx, write, c.requests(), c.InFlight, c.Rate)
			})
		}
		if _, _, err := drive(ctx, write, c.requests(), c.InFlight, 0); err != nil {
			return Trial{}, err
		}
		read, done, err := rides(ctx, leaders, func(k *kafka, i int) (lane, error) {
			return newFetchLane(k, topic, int32(i), c.BatchBytes, records)
		})
		defer done()
		if err != nil {
			return Trial{}, err
		}
		return meter(b.processes, c, records, func() (*hdrhistogram.Histogram, time.Duration, error) {
			return drive(ctx, read, c.requests(), c.InFlight, c.Rate)
		})
	})
}

// withTopic makes a topic for one run, and removes it.
func (b broker) withTopic(ctx context.Context, c Case, f func(topic string, leaders []string) (Trial, error)) (r Trial,
	err error) {
	k, err := dialKafka(ctx, b.addr())
	if err != nil {
		return r, err
	}
	defer k.close()
	var id [4]byte
	_, _ = rand.Read(id[:])
	topic := "gregor-bench-" + hex.EncodeToString(id[:])
	leaders, err := k.createTopic(topic, c.Connections, b.replicas, c.Flush)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, k.deleteTopic(topic)) }()
	if r, err = f(topic, leaders); err != nil {
		return r, err
	}
	return r, k.inSync(topic, b.replicas) // what fewer have done costs less
}

// warm writes once to each partition, until its leader takes it: that it leads, it may hear later than others.
func warm(rs []ride) (err error) {
	for _, r := range rs {
		if !r.lane.answers() {
			continue
		}
		for range 200 {
			if err = r.drive(newHistogram(), 1, 1, 0); !kerr.IsRetriable(err) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rides connects to each partition's leader.
func rides(ctx context.Context, leaders []string, newLane func(*kafka, int) (lane, error)) (rs []ride, done func(),
	err error) {
	done = func() {
		for _, r := range rs {
			_ = r.nc.Close()
		}
	}
	for i, addr := range leaders {
		k, err := dialKafka(ctx, addr)
		if err != nil {
			return rs, done, err
		}
		l, err := newLane(k, i)
		rs = append(rs, ride{k.nc, k.in, l})
		if err != nil {
			return rs, done, err
		}
	}
	return rs, done, nil
}

// idealPipe is the ideal as a runner.
type idealPipe struct {
	processes
}

func (p idealPipe) run(ctx context.Context, c Case) (Trial, error) {
	data, records, err := batch(c.BatchBytes, c.RecordBytes)
	if err != nil {
		return Trial{}, err
	}
	var rs []ride
	defer func() {
		for _, r := range rs {
			_ = r.nc.Close()
		}
	}()
	for range c.Connections {
		nc, err := net.Dial("tcp", p.addr())
		if err != nil {
			return Trial{}, err
		}
		rs = append(rs, ride{nc, bufio.NewReaderSize(nc, 64<<10), newIdealProduce(data)})
	}
	if c.Kind == Fetch {
		if _, _, err := drive(ctx, rs, c.requests(), c.InFlight, 0); err != nil {
			return Trial{}, err
		}
		for i := range rs {
			rs[i].lane = newIdealFetch(c.BatchBytes)
		}
	}
	return meter(p.processes, c, records, func() (*hdrhistogram.Histogram, time.Duration, error) {
		return drive(ctx, rs, c.requests(), c.InFlight, c.Rate)
	})
}

// idealCopies is the ideal of several processes as a runner: a leader, and those that copy from it.
type idealCopies struct {
	processes
}

func (p idealCopies) run(ctx context.Context, c Case) (Trial, error) {
	c.Connections = 1 // it serves one client
	data, records, err := batch(c.BatchBytes, c.RecordBytes)
	if err != nil {
		return Trial{}, err
	}
	nc, err := net.Dial("tcp", p.addr())
	if err != nil {
		return Trial{}, err
	}
	defer nc.Close()
	rs := []ride{{nc, bufio.NewReaderSize(nc, 64<<10), newIdealProduce(data)}}
	return meter(p.processes, c, records, func() (*hdrhistogram.Histogram, time.Duration, error) {
		return drive(ctx, rs, c.requests(), c.InFlight, c.Rate)
	})
}

// stream is what the disk does: megabytes written and synced one after the other.
type stream struct{ dir string }

func (s stream) run(ctx context.Context, c Case) (Trial, error) {
	c.BatchBytes, c.Connections = 1<<20, 1
	return meter(nil, c, 0, func() (*hdrhistogram.Histogram, time.Duration, error) {
		f, err := os.CreateTemp(s.dir, "stream*")
		if err != nil {
			return nil, 0, err
		}
		defer os.Remove(f.Name())
		defer f.Close()
		h := newHistogram()
		took, err := ideal.Stream(f, c.BatchBytes, c.requests(), func(d time.Duration) bool {
			_ = h.RecordValue(int64(d))
			return ctx.Err() == nil
		})
		return h, took, errors.Join(err, ctx.Err())
	})
}

// ServeIdeal is the ideal pipe as a process: it prints its address and serves until its standard input ends.
func ServeIdeal(dir string, sync bool) error {
	return serveIdeal(dir, func(l net.Listener, dir string) error { return ideal.Serve(l, dir, sync) })
}

// ServeIdealCopied is the same of a log that so many followers copy.
func ServeIdealCopied(dir string, followers int) error {
	return serveIdeal(dir, func(l net.Listener, dir string) error { return ideal.ServeCopied(l, dir, followers) })
}

func serveIdeal(dir string, serve func(l net.Listener, dir string) error) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1))
		_ = l.Close()
	}()
	if err := serve(l, dir); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// FollowIdeal is a follower as a process: it prints its leader's address, and copies until the leader is gone.
func FollowIdeal(dir, leader string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	fmt.Println(leader)
	err = ideal.Follow(leader, dir)
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}
