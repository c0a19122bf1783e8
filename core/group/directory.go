package group

import (
	"fmt"
	"slices"

	"gregor/core/coordinator"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// directory holds the groups, and counts what bounds them: see [Config].
type directory struct {
	cfg   *Config
	world *env.World

	byID     map[string]*group
	names    [][]string // of the groups of each partition, in order
	bytes    int        // what the members of all groups take: Config.MaxMembersBytes
	unstored int        // groups without a record or an offset in the log: Config.MaxUnstoredGroups
	full     bool       // the log has a line about too many groups
}

func newDirectory(cfg *Config, w *env.World) directory {
	return directory{cfg: cfg, world: w, byID: map[string]*group{}, names: make([][]string, cfg.Partitions)}
}

// create returns a new group, of which nothing is in the log yet, unless there are too many.
func (d *directory) create(id string, now env.Now) (*group, kafka.ErrorCode) {
	switch {
	case len(d.byID) >= d.cfg.MaxGroups:
		d.warnFull()
		return nil, kafka.PolicyViolation
	case d.unstored >= d.cfg.MaxUnstoredGroups: // each of them soon has a record or is gone
		return nil, kafka.CoordinatorNotAvailable
	}
	g := newGroup(id, now.Wall)
	d.put(g)
	d.account(g)
	return g, kafka.None
}

// warnFull logs that new groups are refused, once until there has been room again.
func (d *directory) warnFull() {
	if !d.full && d.world != nil {
		d.world.Emit(env.Logged{Level: env.Warn, Text: fmt.Sprintf("%d consumer groups exist, which is the limit: "+
			"new ones are refused with POLICY_VIOLATION until some are deleted or expire (offsets.retention.minutes)",
			len(d.byID))})
	}
	d.full = true
}

// put adds a group, in place of the one of its id if there is one.
func (d *directory) put(g *group) {
	if d.byID[g.id] == nil {
		names := d.namesBeside(g)
		at, _ := slices.BinarySearch(*names, g.id)
		*names = slices.Insert(*names, at, g.id)
	}
	d.byID[g.id] = g
}

// remove removes a group.
func (d *directory) remove(g *group) {
	if g.unstored {
		d.unstored--
	}
	d.bytes -= g.weighed
	g.weighed = 0
	d.full = false
	delete(d.byID, g.id)
	names := d.namesBeside(g)
	if at, ok := slices.BinarySearch(*names, g.id); ok {
		*names = slices.Delete(*names, at, at+1)
	}
	must.AtLeast("group: bytes of members", d.bytes, "zero", 0, g.id, "was a group weighed after it was removed?")
	must.AtLeast("group: count of groups not in the log", d.unstored, "zero", 0, g.id, "was a group counted twice?")
}

// namesBeside are the names of the groups that live in the same partition.
func (d *directory) namesBeside(g *group) *[]string {
	return &d.names[coordinator.PartitionFor(g.id, d.cfg.Partitions)]
}

// weigh brings the count of bytes up to date after members of a group have come, gone or changed.
func (d *directory) weigh(g *group) {
	d.bytes += g.bytes - g.weighed
	g.weighed = g.bytes
	must.AtLeast("group: bytes of members", g.bytes, "zero", 0, g.id, "was a member removed twice?")
}

// account brings the count of groups that are not in the log up to date.
func (d *directory) account(g *group) {
	bare := !g.stored && len(g.offsets) == 0
	if bare == g.unstored {
		return
	}
	if g.unstored = bare; bare {
		d.unstored++
	} else {
		d.unstored--
	}
}

// sorted lists the names of all groups, one partition after the other.
func (d *directory) sorted() []string { return slices.Concat(d.names...) }

// sortedOf lists the names of the groups of a partition.
func (d *directory) sortedOf(p kafka.PartitionID) []string { return slices.Clone(d.names[p]) }
