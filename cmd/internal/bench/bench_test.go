package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"gregor/core/record"
)

// TestMain is also the ideal pipe's process.
func TestMain(m *testing.M) {
	if os.Getenv("BENCH_TEST_IDEAL") != "" {
		if err := ServeIdeal(os.TempDir(), false); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func fake(t *testing.T) string {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c.ListenAddrs()[0]
}

// Every batch is exactly as long as asked, and what Gregor's own validation, written by others from the format's
// description, takes.
func TestBatchesAreWhole(t *testing.T) {
	for _, total := range []int{200, 1 << 10, 4 << 10, 64 << 10, 1 << 20} {
		for _, size := range []int{1, 10, 100, 1 << 10} {
			if size > total/2 {
				continue
			}
			b, n, err := batch(total, size)
			require.NoError(t, err, "%d of %d", total, size)
			require.Len(t, b, total)
			s, err := record.Validate(b, record.Limits{})
			require.NoError(t, err, "%d of %d", total, size)
			require.EqualValues(t, n, s.Count)
		}
	}
}

// What the raw client produces, an application's client reads; what it fetches is what it produced. The broker is
// somebody else's.
func TestRawClientAgainstAnotherBroker(t *testing.T) {
	ctx := context.Background()
	k, err := dialKafka(ctx, fake(t))
	require.NoError(t, err)
	defer k.close()
	leaders, err := k.createTopic("t", 1, 1, false)
	require.NoError(t, err)
	data, perBatch, err := batch(5000, 100)
	require.NoError(t, err)
	const n = 20
	write, done, err := rides(ctx, leaders, func(k *kafka, i int) (lane, error) {
		return newProduceLane(k, "t", 0, -1, data)
	})
	defer done()
	require.NoError(t, err)
	h, _, err := drive(ctx, write, n, 3, 0)
	require.NoError(t, err)
	require.EqualValues(t, n, h.TotalCount())

	cl, err := kgo.NewClient(kgo.SeedBrokers(leaders[0]), kgo.ConsumeTopics("t"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	require.NoError(t, err)
	defer cl.Close()
	for got := 0; got < n*perBatch; {
		fs := cl.PollFetches(ctx)
		require.NoError(t, fs.Err())
		fs.EachRecord(func(r *kgo.Record) {
			require.EqualValues(t, got, r.Offset)
			got++
		})
	}

	read, done, err := rides(ctx, leaders, func(k *kafka, i int) (lane, error) {
		return newFetchLane(k, "t", 0, len(data), perBatch)
	})
	defer done()
	require.NoError(t, err)
	_, _, err = drive(ctx, read, n, 3, 0)
	require.NoError(t, err)
}

func TestErrorsOfTheBrokerAreErrors(t *testing.T) {
	ctx := context.Background()
	k, err := dialKafka(ctx, fake(t))
	require.NoError(t, err)
	defer k.close()
	leaders, err := k.createTopic("t", 1, 1, false)
	require.NoError(t, err)
	data, perBatch, err := batch(5000, 100)
	require.NoError(t, err)
	data[3000]++ // the checksum is wrong now
	for name, newLane := range map[string]func(*kafka, int) (lane, error){
		"corrupt":      func(k *kafka, i int) (lane, error) { return newProduceLane(k, "t", 0, 1, data) },
		"no partition": func(k *kafka, i int) (lane, error) { return newProduceLane(k, "t", 7, 1, data) },
		"out of range": func(k *kafka, i int) (lane, error) {
			return &skewed{must(newFetchLane(k, "t", 0, len(data), perBatch))}, nil
		},
	} {
		rs, done, err := rides(ctx, leaders, newLane)
		require.NoError(t, err)
		_, _, err = drive(ctx, rs, 3, 2, 0)
		require.Error(t, err, name)
		done()
	}
}

// skewed fetches what is not there.
type skewed struct{ *fetchLane }

func (s *skewed) request(i int) []byte { return s.fetchLane.request(i + 1000) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestEveryKindOfCaseRuns(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	t.Setenv("BENCH_TEST_IDEAL", "1")
	var cases []Case
	for _, c := range []Case{
		{Kind: Produce, BatchBytes: 4 << 10}, {Kind: Produce, BatchBytes: 16 << 10}, {Kind: Produce, NoAcks: true},
		{Kind: Produce, Acks: 1, Connections: 3}, {Kind: Produce, InFlight: 1, BatchBytes: 1 << 10, RecordBytes: 100},
		{Kind: Produce, Rate: 2000, BatchBytes: 1 << 10, RecordBytes: 100}, {Kind: Produce, Flush: true},
		{Kind: Fetch, BatchBytes: 256 << 10}, {Kind: Fetch, InFlight: 1},
		{Kind: Produce, Client: "kgo"}, {Kind: Fetch, Client: "kgo"},
	} {
		c.Bytes = max(1<<20, 4*c.BatchBytes)
		if c.BatchBytes == 1<<10 {
			c.Bytes = 200 << 10
		}
		cases = append(cases, c)
	}
	r, err := Run(context.Background(), Options{
		Targets: []Target{{Name: "kfake", Bootstrap: fake(t), PIDs: []int{os.Getpid()}}},
		Ideal:   []string{self}, Cases: cases, Reps: 2, Dir: t.TempDir()})
	require.NoError(t, err)
	require.Len(t, r.Rows, len(cases))
	for _, row := range r.Rows {
		s := row.Targets[0]
		require.Len(t, s.Runs, 2, "%v", row.Case)
		require.Positive(t, s.Sum.MBps.Median, "%v", row.Case)
		require.GreaterOrEqual(t, s.Sum.P99.Median, s.Sum.P50.Median, "%v", row.Case)
		if runtime.GOOS == "linux" {
			require.Positive(t, s.Sum.CPUPerGB.Median, "%v", row.Case)
			require.Positive(t, r.Targets[0].LoadedMiB)
		}
		require.Equal(t, row.Baseline == nil, row.Case.Client == "kgo", "%v", row.Case)
	}

	var out bytes.Buffer
	require.NoError(t, r.WriteJSON(&out))
	var back Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	require.Equal(t, r.Rows[0].Targets[0].Sum, back.Rows[0].Targets[0].Sum)
	out.Reset()
	require.NoError(t, r.WriteTable(&out))
	require.Contains(t, out.String(), "produce raw batch=4K acks=-1 record=1K inflight=5")
	require.NoError(t, r.WriteGoals(&out))
	require.Contains(t, out.String(), "durable")

	latency := back.Rows[0].Targets[0].Latency
	require.NotEmpty(t, latency, "of 256 requests")
	require.Less(t, latency[0].Percentile, latency[len(latency)-1].Percentile)
	require.LessOrEqual(t, latency[0].Micros, latency[len(latency)-1].Micros)
}

// A broker that stops for a while answers late everything that was due meanwhile, not only the one request that
// was in flight.
func TestFixedRateCountsWhatAStallDelays(t *testing.T) {
	const stall, rate, n = 200 * time.Millisecond, 1000, 500
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go func() {
		server, err := l.Accept()
		if err != nil {
			return
		}
		defer server.Close()
		b := make([]byte, 1)
		for i := range n {
			if _, err := server.Read(b); err != nil {
				return
			}
			if i == 100 {
				time.Sleep(stall)
			}
			_, _ = server.Write(b)
		}
	}()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	h, _, err := drive(context.Background(), []ride{{client, bufio.NewReader(client), oneByte{}}}, n, 1, rate)
	require.NoError(t, err)
	// 200 of 500 requests were due during the stall, and waited half of it on average.
	require.Greater(t, time.Duration(h.ValueAtQuantile(80)), stall/4)
}

// oneByte is the least of a protocol.
type oneByte struct{}

func (oneByte) answers() bool      { return true }
func (oneByte) request(int) []byte { return []byte{1} }
func (oneByte) answer(in *bufio.Reader, _ int) error {
	_, err := in.ReadByte()
	return err
}

func TestCasesAreChecked(t *testing.T) {
	for want, c := range map[string]Case{
		"neither produce nor fetch": {}, "neither raw nor kgo": {Kind: Fetch, Client: "x"},
		"not between": {Kind: Produce, BatchBytes: 5}, "above zero": {Kind: Produce, InFlight: -1},
		"none of -1, 0, 1": {Kind: Produce, Acks: 2},
	} {
		_, err := Run(context.Background(), Options{Targets: []Target{{Name: "x"}}, Cases: []Case{c}})
		require.ErrorContains(t, err, want)
	}
	_, _, err := batch(130, 1<<10)
	require.NoError(t, err, "one short record")
}

func TestSweepIsEveryCombinationOnce(t *testing.T) {
	cs := Sweep{Kinds: []Kind{Produce, Fetch}, BatchBytes: []int{1 << 10, 2 << 10}, Acks: []int{0, 1, -1},
		Flush: []bool{false, true}}.Cases()
	require.Len(t, cs, 2*3*2+2, "acks and flush are nothing to a fetch")
	names := map[string]bool{}
	for _, c := range cs {
		names[c.String()] = true
	}
	require.Len(t, names, len(cs))
}

func TestStats(t *testing.T) {
	require.Equal(t, Stat{2, 1, 9}, stat([]float64{9, 1, 2}))
	require.Equal(t, Stat{3, 1, 9}, stat([]float64{9, 1, 2, 4}))
	require.Equal(t, "-", stat(nil).String())
	require.Equal(t, "123 [1.00-45.6]", Stat{123.4, 1, 45.6}.String())
}

// Three that receive, checksum and write, and a leader that sends twice: the ideal of a cluster. And what a copy costs
// is reported beside the one broker that makes none.
func TestACopyIsComparedWithWhatItHasToDo(t *testing.T) {
	series := func(replicas int, cpu, p50 float64) *Series {
		return &Series{Name: "x", Replicas: replicas, Runs: []Trial{{CPUPerGB: cpu, P50: p50}, {CPUPerGB: 2 * cpu, P50: p50}}}
	}
	r := Row{Case: Case{Kind: Produce}.filled(), Baseline: series(1, 100, 10), Sendfile: series(1, 50, 5),
		Targets: []*Series{series(1, 120, 20), series(3, 600, 60)}}
	r.sum()
	require.Equal(t, one(1.2), r.Targets[0].Ratios.CPUPerGB)
	require.Equal(t, one(600./(3*100+2*50)), r.Targets[1].Ratios.CPUPerGB)
	require.Equal(t, one(3), r.Targets[1].ToOne.P50)
	require.Nil(t, r.Targets[0].ToOne)
	require.Nil(t, r.Targets[1].ToCopied)
	r.Copied = series(3, 500, 50)
	r.sum()
	require.Equal(t, one(1.2), r.Targets[1].ToCopied.P50, "three that copy have to be waited for, whichever they are")
	require.Equal(t, one(5), r.Copied.ToOne.P50)
	require.Nil(t, r.Targets[0].ToCopied)
	gs := goals(r.Case, r.Targets[1])
	require.Len(t, gs, 1)
	require.Equal(t, "RF3 produce 64K, CPU per GB / (3 ideal produce + 2 ideal sendfile)", gs[0].What)
	require.Equal(t, one(1.5), gs[0].Measured)
}

func TestGoalsAreJudged(t *testing.T) {
	for want, g := range map[string]Goal{
		"aim":          {Must: 0.6, Aim: 0.85, Measured: one(0.9)},
		"must":         {Must: 0.6, Aim: 0.85, Measured: one(0.7)},
		"missed":       {Must: 1.6, Aim: 1.2, Less: true, Measured: one(1.7)},
		"not measured": {Must: 1.6, Aim: 1.2, Less: true},
		"must ":        {Must: stated, Aim: 1.2, Less: true, Measured: one(1.7)},
	} {
		require.Equal(t, strings.TrimSpace(want), g.Verdict())
	}
}

func TestServerThatSaysNothing(t *testing.T) {
	_, err := start(context.Background(), []string{"false"}, "")
	require.ErrorContains(t, err, "said no host:port")
	_, err = start(context.Background(), []string{filepath.Join(t.TempDir(), "none")}, "")
	require.Error(t, err)
	_, err = dialKafka(context.Background(), "127.0.0.1:1")
	require.Error(t, err)
}

func TestAddressIsFoundInALine(t *testing.T) {
	for line, want := range map[string]string{
		"ready: broker 1 on 127.0.0.1:41595, data in /tmp/x, after 27 ms": "127.0.0.1:41595",
		"listening on [::1]:9092":    "[::1]:9092",
		"localhost:9092 is up":       "localhost:9092",
		"12:30 nothing here to find": "12:30",
		"nothing at all":             "",
	} {
		require.Equal(t, want, addrIn.FindString(line), "%s", line)
	}
	require.True(t, strings.HasPrefix(fmt.Sprint(Case{Kind: Fetch}.filled()), "fetch raw batch=64K"))
}
