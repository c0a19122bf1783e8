package story

import (
	"bytes"
	"os"
	"strconv"
	"testing"
	"time"

	"gregor/scenarios"
)

// bench1000 is the measure: one broker, four clients, about a thousand events per simulated second.
const bench1000 = `
cluster brokers=1
topic orders partitions=3
topic payments partitions=1
producer p1 topic=orders rate=80/s keys=20
producer p2 topic=payments rate=40/s acks=1
consumer c1 group=billing topic=orders auto.offset.reset=earliest
consumer c2 group=ledger topic=payments auto.offset.reset=earliest commit=after enable.auto.commit=false
run 60s
expect safe
`

// cluster1000 is the measure of a cluster: three brokers, three controllers, six clients, faults, and about a thousand
// events per simulated second.
const cluster1000 = `
cluster brokers=3 controllers=3
topic orders partitions=3 min.insync.replicas=2
topic payments partitions=1 min.insync.replicas=2
producer p1 topic=orders rate=55/s keys=20
producer p2 topic=payments rate=30/s
consumer c1 group=billing topic=orders auto.offset.reset=earliest
consumer c2 group=billing topic=orders auto.offset.reset=earliest
consumer c3 group=ledger topic=payments auto.offset.reset=earliest commit=after enable.auto.commit=false
consumer c4 group=audit topic=payments auto.offset.reset=earliest
random crash broker every 8s..25s for 10ms..5s
random pause controller every 10s..30s for 10ms..8s
random partition broker | rest every 10s..30s for 10ms..5s
random reset broker every 4s..12s
run 60s
expect safe
allow poll-skip
allow nonmonotonic-poll
`

// BenchmarkRun measures whole runs with every check on: events per second of CPU, of this process whatever else
// the machine does, and simulated time per real time.
func BenchmarkRun(b *testing.B) {
	Tune()
	for _, name := range []string{"bench1000", "cluster1000", "calm", "tour", "storm"} {
		b.Run(name, func(b *testing.B) {
			text, own := scenarios.Embedded(name)
			if !own {
				text = map[string]string{"bench1000": bench1000, "cluster1000": cluster1000}[name]
			}
			s, err := scenarios.Parse(name, text)
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, s, text)
		})
	}
}

func benchmark(b *testing.B, s *scenarios.Scenario, text string) {
	events, virtual, seed := uint64(0), time.Duration(0), uint64(0)
	b.ReportAllocs()
	begin := cpuTime()
	for b.Loop() {
		seed++
		r := scenarios.Do(scenarios.Token{Scenario: s, Text: text, Seed: seed}, scenarios.Options{})
		if r.Verdict != scenarios.Holds {
			b.Fatal(r.Sentence)
		}
		events += r.Stats.Events
		virtual += time.Duration(r.Stats.VirtualNanos)
	}
	cpu := b.Elapsed()
	if used := cpuTime() - begin; used > 0 {
		cpu = used
	}
	b.ReportMetric(float64(events)/cpu.Seconds(), "events/cpu-s")
	b.ReportMetric(virtual.Seconds()/cpu.Seconds(), "sim/cpu-s")
	b.ReportMetric(virtual.Seconds()/b.Elapsed().Seconds(), "sim/real")
	b.ReportMetric(float64(events)/virtual.Seconds(), "events/sim-s")
	b.ReportMetric(float64(b.N)*time.Hour.Seconds()/cpu.Seconds(), "seeds/cpu-h")
}

// cpuTime is what this process has used of all cores, in user mode and in the kernel; 0 where the system does not
// say it in a file.
func cpuTime() time.Duration {
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	ticks := 0
	for _, f := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(string(f))
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100) // USER_HZ
}
