package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gregor/core/env"
	"gregor/disksim"
	"gregor/netsim"
)

// The settings of the network and disk statements.
var (
	networkSettings = []string{"latency", "tail", "tails", "bandwidth", "splits", "resets", "silent-resets", "dial-hangs", "window"}
	diskSettings    = []string{"latency", "sync", "tail", "tails", "bandwidth", "stall", "stalls", "read-errors", "write-errors",
		"sync-errors", "capacity", "bit-rot", "misdirected", "power-cut", "fail-syncs", "fail-writes", "fail-reads"}
)

// powerCuts are what disk power-cut=... may say.
var powerCuts = []string{disksim.SeedDecides: "seed", disksim.LosesUnsynced: "loses", disksim.KeepsUnsynced: "keeps"}

// tryFault says what is wrong with one setting's value.
func tryFault(s Setting, ofDisk bool) error {
	if ofDisk {
		return setDisk(&disksim.Options{}, s)
	}
	return setNetwork(&netsim.Options{}, s)
}

func setNetwork(o *netsim.Options, s Setting) (err error) {
	switch s.Name {
	case "latency":
		o.LatencyNanos, o.JitterNanos, err = spread(s.Value)
	case "tail":
		o.TailNanos, err = nanos(s.Value)
	case "tails":
		o.TailPerMillion, err = perMillion(s.Value)
	case "bandwidth":
		o.BytesPerSecond, err = sizeOf(strings.TrimSuffix(s.Value, "/s"))
	case "splits":
		o.SplitPerMillion, err = perMillion(s.Value)
	case "resets":
		o.ResetPerMillion, err = perMillion(s.Value)
	case "silent-resets":
		o.ResetOneEndPerMillion, err = perMillion(s.Value)
	case "dial-hangs":
		o.DialHangPerMillion, err = perMillion(s.Value)
	case "window":
		var n int64
		n, err = sizeOf(s.Value)
		o.WindowBytes = int(n)
	}
	return err
}

func setDisk(o *disksim.Options, s Setting) (err error) {
	switch s.Name {
	case "latency":
		o.LatencyNanos, o.JitterNanos, err = spread(s.Value)
	case "sync":
		o.SyncNanos, err = nanos(s.Value)
	case "tail":
		o.TailNanos, err = nanos(s.Value)
	case "tails":
		o.TailPerMillion, err = perMillion(s.Value)
	case "bandwidth":
		o.BytesPerSecond, err = sizeOf(strings.TrimSuffix(s.Value, "/s"))
	case "stall":
		o.StallNanos, err = nanos(s.Value)
	case "stalls":
		o.StallPerMillion, err = perMillion(s.Value)
	case "read-errors":
		o.ReadErrorPerMillion, err = perMillion(s.Value)
	case "write-errors":
		o.WriteErrorPerMillion, err = perMillion(s.Value)
	case "sync-errors":
		o.SyncErrorPerMillion, err = perMillion(s.Value)
	case "capacity":
		o.CapacityBytes, err = sizeOf(s.Value)
	case "bit-rot":
		o.BitRotPerMillion, err = perMillion(s.Value)
	case "misdirected":
		o.MisdirectedPerMillion, err = perMillion(s.Value)
	case "power-cut":
		how := slices.Index(powerCuts, s.Value)
		if how < 0 {
			return fmt.Errorf("%q is no way to lose power; write loses, keeps or seed", s.Value)
		}
		o.PowerCut = disksim.Cut(how)
	case "fail-syncs", "fail-writes", "fail-reads":
		_, err = count(s.Value)
	}
	return err
}

// spread reads a..b as a least value and what may come on top of it.
func spread(text string) (least, more int64, err error) {
	lo, hi, ranged := strings.Cut(text, "..")
	if !ranged {
		hi = lo
	}
	a, err := nanos(lo)
	if err != nil {
		return 0, 0, err
	}
	b, err := nanos(hi)
	if err == nil && b < a {
		err = fmt.Errorf("%s: the second time is the shorter one", text)
	}
	return a, b - a, err
}

func nanos(text string) (int64, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > time.Hour {
		return 0, fmt.Errorf("%q is no time up to an hour; write 2ms or 1s", text)
	}
	return int64(d), nil
}

// perMillion reads 250ppm, or 3% as 30000ppm.
func perMillion(text string) (int, error) {
	number, unit := strings.CutSuffix(text, "ppm")
	scale := 1
	if !unit {
		number, unit = strings.CutSuffix(text, "%")
		scale = 10_000
	}
	n, err := strconv.Atoi(number)
	if err != nil || !unit || n < 0 || n*scale > 1_000_000 {
		return 0, fmt.Errorf("%q is no share; write 250ppm or 3%%", text)
	}
	return n * scale, nil
}

// sizeOf reads 4096, 64KiB, 10MiB or 1GiB.
func sizeOf(text string) (int64, error) {
	number, scale := text, int64(1)
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if n, ok := strings.CutSuffix(text, unit); ok {
			number, scale = n, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > 1<<40/scale {
		return 0, fmt.Errorf("%q is no size; write 4096, 64KiB or 10MiB", text)
	}
	return n * scale, nil
}

func count(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return 0, fmt.Errorf("%q is no count from 1 up", text)
	}
	return n, nil
}

// networkOptions are the network's while faults are on.
func (s *Scenario) networkOptions(r env.Rand) netsim.Options {
	o := netsim.Options{Link: netsim.Link{LatencyNanos: 200_000, JitterNanos: 300_000}}
	if s.Swarm {
		o = netsim.Draw(r)
	}
	for _, set := range s.Network {
		_ = setNetwork(&o, set) // tried when it was parsed
	}
	return o
}

func (s *Scenario) diskOptions(r env.Rand) disksim.Options {
	o := disksim.Options{LatencyNanos: 50_000, JitterNanos: 50_000, SyncNanos: 1_000_000}
	if s.Swarm {
		o = disksim.Draw(r)
	}
	for _, set := range s.Disk {
		_ = setDisk(&o, set) // tried when it was parsed
	}
	return o
}

// calmNetwork keeps a network's speed and takes its faults away.
func calmNetwork(o netsim.Options) netsim.Options {
	o.ResetPerMillion, o.ResetOneEndPerMillion, o.DialHangPerMillion = 0, 0, 0
	return o
}

// calmDisk keeps a disk's speed and takes its faults away.
func calmDisk(o disksim.Options) disksim.Options {
	o.ReadErrorPerMillion, o.WriteErrorPerMillion, o.SyncErrorPerMillion, o.CapacityBytes = 0, 0, 0, 0
	o.BitRotPerMillion, o.MisdirectedPerMillion, o.StallPerMillion = 0, 0, 0
	return o
}
