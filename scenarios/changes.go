package scenarios

import (
	"slices"
	"strings"

	"gregor/netsim"
)

// changes are what steps have changed about the network or a disk, in their order. Undoing one leaves the others.
type changes[O any] struct {
	was O // without any
	all []*[]Setting
}

// add makes a change, and returns what undoes it. apply is told what differs.
func (c *changes[O]) add(set []Setting, table []faultSetting[O], apply func(change string, o O)) (undo func()) {
	mine, text := &set, changeText(set)
	c.all = append(c.all, mine)
	apply(text, c.now(table))
	return func() {
		c.all = slices.DeleteFunc(c.all, func(o *[]Setting) bool { return o == mine })
		apply(overPrefix+text, c.now(table))
	}
}

func (c *changes[O]) now(table []faultSetting[O]) O {
	o := c.was
	for _, set := range c.all {
		o = with(o, table, *set)
	}
	return o
}

// changeText is settings as the trace shows them.
func changeText(set []Setting) string { return strings.TrimSpace(settingsText(set)) }

// setNetwork changes the simulated network.
func (r *run) setNetwork(change string, o netsim.Options) {
	if o != r.sim.Network().Options() {
		r.sim.SetNetwork(change, o)
	}
}

// unsettle gives the simulated network and disks the faults that the scenario says they have.
func (r *run) unsettle() {
	if r.sim == nil {
		return
	}
	r.setNetwork(changeText(r.s.Network), with(r.sim.Network().Options(), networkTable, r.s.Network))
	for _, m := range r.s.Cluster.members() {
		if m.broker {
			r.setDisk(m.name, changeText(r.s.Disk), with(r.sim.Disk(m.name).Options(), diskTable, r.s.Disk))
		}
	}
}

// calm takes the faults of the simulated network and disks away.
func (r *run) calm() {
	if r.sim == nil {
		return
	}
	r.setNetwork(healed, calmNetwork(r.sim.Network().Options()))
	for _, name := range r.servers {
		r.setDisk(name, healed, calmDisk(r.sim.Disk(name).Options()))
	}
}
