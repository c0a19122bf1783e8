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

// faultSetting is a setting of the network or of disks: what it is called, what its value looks like, and what it does.
type faultSetting[O any] struct {
	name, value, text string
	usual             string // the value where nothing is written; "": it happens once
	set               func(o *O, value string) error
	once              bool   // a fault that happens once: only an action can set it
	of                string // another setting without which this one has no effect
}

// networkTable are the settings of the network statement and of the network action.
var networkTable = []faultSetting[netsim.Options]{
	{name: "latency", value: "TIME[..TIME]", usual: "200us..500us", text: "each transmission takes that long",
		set: func(o *netsim.Options, v string) error { return spread(v, &o.LatencyNanos, &o.JitterNanos) }},
	{name: "tails", value: "SHARE", usual: "0ppm", text: "share of transmissions that take up to tail longer",
		set: func(o *netsim.Options, v string) error { return perMillion(v, &o.TailPerMillion) }},
	{name: "tail", value: "TIME", usual: "0s", text: "how much longer those take at most", of: "tails",
		set: func(o *netsim.Options, v string) error { return nanos(v, &o.TailNanos) }},
	{name: "bandwidth", value: "SIZE/s", usual: "0", text: "bytes a second of each link; 0: no bound",
		set: func(o *netsim.Options, v string) error { return bandwidth(v, &o.BytesPerSecond) }},
	{name: "window", value: "SIZE", usual: "256KiB", text: "bytes of a connection under way or unread",
		set: func(o *netsim.Options, v string) error { return window(v, &o.WindowBytes) }},
	{name: "splits", value: "SHARE", usual: "0ppm", text: "share of transmissions that arrive in up to eight pieces",
		set: func(o *netsim.Options, v string) error { return perMillion(v, &o.SplitPerMillion) }},
	{name: "resets", value: "SHARE", usual: "0ppm", text: "share of transmissions at which both ends lose the connection",
		set: func(o *netsim.Options, v string) error { return perMillion(v, &o.ResetPerMillion) }},
	{name: "silent-resets", value: "SHARE", usual: "0ppm", text: "likewise, but only the sender's end notices",
		set: func(o *netsim.Options, v string) error { return perMillion(v, &o.ResetOneEndPerMillion) }},
	{name: "dial-hangs", value: "SHARE", usual: "0ppm", text: "share of connection attempts that get no answer",
		set: func(o *netsim.Options, v string) error { return perMillion(v, &o.DialHangPerMillion) }},
}

// diskTable are the settings of the disk statement and of the disk action.
var diskTable = []faultSetting[disksim.Options]{
	{name: "latency", value: "TIME[..TIME]", usual: "50us..100us", text: "each operation takes that long",
		set: func(o *disksim.Options, v string) error { return spread(v, &o.LatencyNanos, &o.JitterNanos) }},
	{name: "sync", value: "TIME", usual: "1ms", text: "a sync takes that much longer",
		set: func(o *disksim.Options, v string) error { return nanos(v, &o.SyncNanos) }},
	{name: "tails", value: "SHARE", usual: "0ppm", text: "share of operations that take up to tail longer",
		set: func(o *disksim.Options, v string) error { return perMillion(v, &o.TailPerMillion) }},
	{name: "tail", value: "TIME", usual: "0s", text: "how much longer those take at most", of: "tails",
		set: func(o *disksim.Options, v string) error { return nanos(v, &o.TailNanos) }},
	{name: "bandwidth", value: "SIZE/s", usual: "0", text: "bytes a second; 0: no bound",
		set: func(o *disksim.Options, v string) error { return bandwidth(v, &o.BytesPerSecond) }},
	{name: "capacity", value: "SIZE", usual: "0", text: "what all files may hold; beyond it writes fail with ENOSPC; 0: no bound",
		set: func(o *disksim.Options, v string) error { return sizeOf(v, &o.CapacityBytes) }},
	{name: "stalls", value: "SHARE", usual: "0ppm", text: "share of operations at which the whole disk stalls",
		set: func(o *disksim.Options, v string) error { return perMillion(v, &o.StallPerMillion) }},
	{name: "stall", value: "TIME", usual: "0s", text: "how long it stalls then; as an action: the disk stalls once, at once", of: "stalls",
		set: func(o *disksim.Options, v string) error { return nanos(v, &o.StallNanos) }},
	{name: "read-errors", value: "SHARE", usual: "0ppm", text: "share of reads that fail with EIO",
		set: func(o *disksim.Options, v string) error { return perMillion(v, &o.ReadErrorPerMillion) }},
	{name: "write-errors", value: "SHARE", usual: "0ppm", text: "share of writes that fail with EIO, any part of them written",
		set: func(o *disksim.Options, v string) error { return perMillion(v, &o.WriteErrorPerMillion) }},
	{name: "sync-errors", value: "SHARE", usual: "0ppm", text: "share of syncs that fail with EIO, their pages marked clean",
		set: func(o *disksim.Options, v string) error { return perMillion(v, &o.SyncErrorPerMillion) }},
	{name: "bit-rot", value: "SHARE", usual: "0ppm", text: "share of reads that find, and leave, a flipped bit",
		set: func(o *disksim.Options, v string) error { return perMillion(v, &o.BitRotPerMillion) }},
	{name: "misdirected", value: "SHARE", usual: "0ppm", text: "share of writes that land elsewhere in the file",
		set: func(o *disksim.Options, v string) error { return perMillion(v, &o.MisdirectedPerMillion) }},
	{name: "power-cut", value: "loses|keeps|seed", usual: "seed", text: "what a power cut leaves of what was not synced: none, all, or as the seed decides",
		set: setPowerCut},
	{name: "fail-syncs", value: "N", text: "the next N syncs fail with EIO, their pages marked clean", once: true, set: tryCount},
	{name: "fail-writes", value: "N", text: "the next N writes fail with EIO", once: true, set: tryCount},
	{name: "fail-reads", value: "N", text: "the next N reads fail with EIO", once: true, set: tryCount},
}

// powerCuts are what disk power-cut=... may say.
var powerCuts = []string{disksim.SeedDecides: "seed", disksim.LosesUnsynced: "loses", disksim.KeepsUnsynced: "keeps"}

func setPowerCut(o *disksim.Options, v string) error {
	how := slices.Index(powerCuts, v)
	if how < 0 {
		return fmt.Errorf("unknown way to lose power %q; write loses, keeps or seed", v)
	}
	o.PowerCut = disksim.Cut(how)
	return nil
}

// tryCount checks how often a fault happens; [run.disk] lets it happen.
func tryCount(_ *disksim.Options, v string) error {
	_, err := count(v)
	return err
}

func settingNames[O any](table []faultSetting[O]) (names []string) {
	for _, s := range table {
		names = append(names, s.name)
	}
	return names
}

// with applies settings to options. They were tried when they were parsed.
func with[O any](o O, table []faultSetting[O], all []Setting) O {
	for _, set := range all {
		_ = try(&o, table, set)
	}
	return o
}

func try[O any](o *O, table []faultSetting[O], set Setting) error {
	for _, s := range table {
		if s.name == set.Name {
			return s.set(o, set.Value)
		}
	}
	return fmt.Errorf("unknown setting")
}

// spread reads a..b as a least value and what may come on top of it.
func spread(text string, least, more *int64) error {
	lo, hi, ranged := strings.Cut(text, "..")
	if !ranged {
		hi = lo
	}
	var a, b int64
	if err := nanos(lo, &a); err != nil {
		return err
	}
	if err := nanos(hi, &b); err != nil {
		return err
	}
	if b < a {
		return fmt.Errorf("the second time is the shorter one; write %s..%s", hi, lo)
	}
	*least, *more = a, b-a
	return nil
}

func nanos(text string, to *int64) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > time.Hour {
		return fmt.Errorf("%q is not a time from 0s to 1h; write 2ms or 1s", text)
	}
	*to = int64(d)
	return nil
}

// perMillion reads 250ppm, or 3% as 30000ppm.
func perMillion(text string, to *int) error {
	number, unit := strings.CutSuffix(text, "ppm")
	scale := 1
	if !unit {
		number, unit = strings.CutSuffix(text, "%")
		scale = 10_000
	}
	n, err := strconv.Atoi(number)
	if err != nil || !unit || n < 0 || n > 1_000_000/scale {
		return fmt.Errorf("%q is not a share from 0%% to 100%%; write 250ppm or 3%%", text)
	}
	*to = n * scale
	return nil
}

// sizeOf reads 4096, 64KiB, 10MiB or 1GiB.
func sizeOf(text string, to *int64) error {
	number, scale := text, int64(1)
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if n, ok := strings.CutSuffix(text, unit); ok {
			number, scale = n, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > 1<<40/scale {
		return fmt.Errorf("%q is not a size from 0 to 1024GiB; write 4096, 64KiB or 10MiB", text)
	}
	*to = n * scale
	return nil
}

func bandwidth(text string, to *int64) error {
	if err := sizeOf(strings.TrimSuffix(text, "/s"), to); err != nil {
		return fmt.Errorf("%q is not a number of bytes a second; write 10MiB/s", text)
	}
	return nil
}

// window bounds a connection; one without room for a byte would carry none.
func window(text string, to *int) error {
	var n int64
	if err := sizeOf(text, &n); err != nil {
		return err
	}
	if n < 1 || n > 1<<30 {
		return fmt.Errorf("%q is not a window from 1 byte to 1GiB", text)
	}
	*to = int(n)
	return nil
}

func count(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return 0, fmt.Errorf("%q is not a count from 1 to 1000000", text)
	}
	return n, nil
}

// usual are the options where nothing is written.
func usual[O any](table []faultSetting[O]) (o O) {
	for _, s := range table {
		if s.usual == "" {
			continue
		}
		if err := s.set(&o, s.usual); err != nil {
			panic(fmt.Sprintf("scenarios: the usual %s=%s is refused: %v", s.name, s.usual, err))
		}
	}
	return o
}

// networkOptions are the network's while faults are on.
func (s *Scenario) networkOptions(r env.Rand) netsim.Options {
	o := usual(networkTable)
	if s.Swarm {
		o = netsim.Draw(r)
	}
	return with(o, networkTable, s.Network)
}

func (s *Scenario) diskOptions(r env.Rand) disksim.Options {
	o := usual(diskTable)
	if s.Swarm {
		o = disksim.Draw(r)
	}
	return with(o, diskTable, s.Disk)
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

// wholeNumber reads a number of a range.
func wholeNumber(text string, lo, hi int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < lo || n > hi {
		return 0, fmt.Errorf("want a whole number from %d to %d", lo, hi)
	}
	return n, nil
}
