package scenarios

import (
	"slices"

	"gregor/checkers/history"
	"gregor/disksim"
	"gregor/netsim"
)

// setting is something that the network or disks can be given, in one row: parser, atlas, help and healing all come
// from it.
type setting[O any] struct {
	name, value, text string // its name, what its value looks like, and what it does
	usual             string // the value where nothing is written; "": only an action can set it
	set               func(o *O, value string) error
	of                string // another setting without which this one has no effect
	fault             bool   // it ends when everything is healed; otherwise it is a matter of speed, and stays

	costs    severity                          // the most it may take from a server
	judgedAs history.FaultKind                 // as what the checkers judge it; 0: as no fault
	once     func(r *run, n, value string)     // what an action does at once, in place of setting it
	changed  func(r *run, n string, was, is O) // what follows of another value on a server
}

// linkTable are the settings of one direction between two nodes, and of the network those of every link.
var linkTable = []setting[netsim.Link]{
	{name: "latency", value: "TIME[..TIME]", usual: "200us..500us", text: "each transmission takes that long",
		set: func(o *netsim.Link, v string) error { return spread(v, &o.LatencyNanos, &o.JitterNanos) }},
	{name: "tails", value: "SHARE", usual: "0ppm", text: "share of transmissions that take at most tail longer",
		set: func(o *netsim.Link, v string) error { return perMillion(v, &o.TailPerMillion) }},
	{name: "tail", value: "TIME", usual: "0s", text: "how much longer those take at most", of: "tails",
		set: func(o *netsim.Link, v string) error { return nanos(v, &o.TailNanos) }},
	{name: "bandwidth", value: "SIZE/s", usual: "0", text: "bytes a second of each link; 0: no bound",
		set: func(o *netsim.Link, v string) error { return bandwidth(v, &o.BytesPerSecond) }},
}

// networkTable are the settings of the network statement and of the network action.
var networkTable = slices.Concat(everyLink(), []setting[netsim.Options]{
	{name: "window", value: "SIZE", usual: "256KiB", text: "bytes of a connection under way or unread",
		set: func(o *netsim.Options, v string) error { return window(v, &o.WindowBytes) }},
	{name: "splits", value: "SHARE", usual: "0ppm",
		text: "share of transmissions that arrive in up to eight pieces",
		set:  func(o *netsim.Options, v string) error { return perMillion(v, &o.SplitPerMillion) }},
	{name: "resets", value: "SHARE", usual: "0ppm", fault: true,
		text: "share of transmissions at which both ends lose the connection",
		set:  func(o *netsim.Options, v string) error { return perMillion(v, &o.ResetPerMillion) }},
	{name: "silent-resets", value: "SHARE", usual: "0ppm", fault: true,
		text: "likewise, but only the sender's end notices",
		set:  func(o *netsim.Options, v string) error { return perMillion(v, &o.ResetOneEndPerMillion) }},
	{name: "dial-hangs", value: "SHARE", usual: "0ppm", fault: true,
		text: "share of connection attempts that get no answer",
		set:  func(o *netsim.Options, v string) error { return perMillion(v, &o.DialHangPerMillion) }},
})

// everyLink are the settings of links for all of a network.
func everyLink() (rows []setting[netsim.Options]) {
	for _, s := range linkTable {
		rows = append(rows, setting[netsim.Options]{name: s.name, value: s.value, text: s.text, usual: s.usual, of: s.of,
			set: func(o *netsim.Options, v string) error { return s.set(&o.Link, v) }})
	}
	return rows
}

// diskTable are the settings of the disk statement and of the disk action.
var diskTable = []setting[disksim.Options]{
	{name: "latency", value: "TIME[..TIME]", usual: "50us..100us", text: "each operation takes that long",
		set: func(o *disksim.Options, v string) error { return spread(v, &o.LatencyNanos, &o.JitterNanos) }},
	{name: "sync", value: "TIME", usual: "1ms", text: "a sync takes that much longer",
		set: func(o *disksim.Options, v string) error { return nanos(v, &o.SyncNanos) }},
	{name: "tails", value: "SHARE", usual: "0ppm", text: "share of operations that take at most tail longer",
		set: func(o *disksim.Options, v string) error { return perMillion(v, &o.TailPerMillion) }},
	{name: "tail", value: "TIME", usual: "0s", text: "how much longer those take at most", of: "tails",
		set: func(o *disksim.Options, v string) error { return nanos(v, &o.TailNanos) }},
	{name: "bandwidth", value: "SIZE/s", usual: "0", text: "bytes a second; 0: no bound",
		set: func(o *disksim.Options, v string) error { return bandwidth(v, &o.BytesPerSecond) }},
	{name: "capacity", value: "SIZE", usual: "0", fault: true, costs: processLost, changed: (*run).spaceChanged,
		text: "what all files may hold; beyond it writes fail with ENOSPC; 0: no bound",
		set:  func(o *disksim.Options, v string) error { return sizeOf(v, &o.CapacityBytes) }},
	{name: "stalls", value: "SHARE", usual: "0ppm", fault: true,
		text: "share of operations at which the whole disk stalls",
		set:  func(o *disksim.Options, v string) error { return perMillion(v, &o.StallPerMillion) }},
	{name: "stall", value: "TIME", usual: "0s", of: "stalls",
		text: "how long it stalls then; as an action: the disk stalls once, at once",
		set:  func(o *disksim.Options, v string) error { return nanos(v, &o.StallNanos) },
		once: func(r *run, n, v string) { r.sim.DiskStall(n, timed(v)) }},
	{name: "read-errors", value: "SHARE", usual: "0ppm", text: "share of reads that fail with EIO", fault: true,
		set: func(o *disksim.Options, v string) error { return perMillion(v, &o.ReadErrorPerMillion) }},
	{name: "write-errors", value: "SHARE", usual: "0ppm", fault: true,
		text: "share of writes that fail with EIO, any part of them written",
		set:  func(o *disksim.Options, v string) error { return perMillion(v, &o.WriteErrorPerMillion) }},
	{name: "sync-errors", value: "SHARE", usual: "0ppm", fault: true, costs: unflushedLost, judgedAs: history.SyncFailed,
		text: "share of syncs that fail with EIO, their pages marked clean",
		set:  func(o *disksim.Options, v string) error { return perMillion(v, &o.SyncErrorPerMillion) }},
	{name: "bit-rot", value: "SHARE", usual: "0ppm", fault: true, costs: corrupted, judgedAs: history.DiskDamage,
		text: "share of reads that find, and leave, a flipped bit",
		set:  func(o *disksim.Options, v string) error { return perMillion(v, &o.BitRotPerMillion) }},
	{name: "misdirected", value: "SHARE", usual: "0ppm", fault: true, costs: corrupted, judgedAs: history.DiskDamage,
		text: "share of writes that land elsewhere in the file",
		set:  func(o *disksim.Options, v string) error { return perMillion(v, &o.MisdirectedPerMillion) }},
	{name: "power-cut", value: "loses|keeps|seed", usual: "seed",
		text: "what a power cut leaves of what was not synced: none, all, or as the seed decides",
		set:  setPowerCut},
	{name: "fail-syncs", value: "N", set: tryCount, costs: unflushedLost, judgedAs: history.SyncFailed,
		text: "the next N syncs fail with EIO, their pages marked clean",
		once: func(r *run, n, v string) { r.sim.FailSyncs(n, countOf(v)) }},
	{name: "fail-writes", value: "N", text: "the next N writes fail with EIO", set: tryCount,
		once: func(r *run, n, v string) { r.sim.FailWrites(n, countOf(v)) }},
	{name: "fail-reads", value: "N", text: "the next N reads fail with EIO", set: tryCount,
		once: func(r *run, n, v string) { r.sim.FailReads(n, countOf(v)) }},
}
