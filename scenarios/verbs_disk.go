package scenarios

import (
	"errors"
	"strings"

	"gregor/checkers"
	"gregor/checkers/history"
)

// diskVerbs are about the disks of servers.
var diskVerbs = []verb{
	{
		name: "disk", takes: "SERVERS SETTINGS", on: onServers, lasts: true,
		text:      "the disk behaves like that (settings of the disk statement)",
		simulated: "no file system fails on demand",
		set:       func(p *parser) []Setting { return faultSettings(p, diskTable, true) },
		each:      func(r *run, n string, a Action) func() { r.startDiskFaults(n, a.Set); return nil },
		node:      func(r *run, n string, now []Action) { r.setDisk(n, now) },
		costs:     func(_ *run, _ string, a Action) severity { return worstOf(diskTable, a.Set) },
		story:     narration{ends: true},
	},
	{
		name: "bit-rot", takes: "SERVERS TOPIC-N", on: onServers, amount: partitionName,
		text:      "one bit of the partition's log flips, which the seed chooses",
		simulated: "the files of a running process are its own",
		known: func(p *parser, a Action) {
			p.partitionNamed(a.Amount, a.Amount, func(partition string) string { return partition })
		},
		each:  func(r *run, n string, a Action) func() { r.rot(n, a.Amount); return nil },
		costs: always(corrupted),
	},
}

// partitionName checks the name of a partition; that it exists is checked when the scenario is read to its end.
func partitionName(text string) error {
	if _, _, ok := cutPartition(text); !ok {
		return errors.New("is not a partition; write a topic and a number: orders-0")
	}
	return nil
}

// rot flips one bit of a partition's log.
func (r *run) rot(n, partition string) {
	var logs []string
	for _, f := range r.sim.Disk(n).Files() {
		if dir, file, ok := strings.Cut(f.Path, "/"); ok && dir == partition && strings.HasSuffix(file, ".log") &&
			f.Size > 0 {
			logs = append(logs, f.Path)
		}
	}
	if r.sim.RotOneOf(n, logs) {
		r.noteFault(n, history.DiskDamage)
		r.rotten[partition] = "a bit of its log on " + n + " flipped"
	}
}

// excused attributes findings about a partition to the bit of its log that flipped: a consumer reads what is on the
// disk.
func (r *run) excused(all []checkers.Finding) []checkers.Finding {
	for i, f := range all {
		if why := r.rotten[f.Partition.String()]; why != "" && f.Attributed == "" {
			all[i].Attributed = why
		}
	}
	return all
}
