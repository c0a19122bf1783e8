package scenarios

import "slices"

// changes are what steps have changed about the network or a disk, in their order. Undoing one leaves the others.
type changes[O any] struct {
	was O // without any
	all []*[]Setting
}

// add makes a change, and returns what undoes it.
func (c *changes[O]) add(set []Setting, table []faultSetting[O], apply func(O)) (undo func()) {
	mine := &set
	c.all = append(c.all, mine)
	apply(c.now(table))
	return func() {
		c.all = slices.DeleteFunc(c.all, func(o *[]Setting) bool { return o == mine })
		apply(c.now(table))
	}
}

func (c *changes[O]) now(table []faultSetting[O]) O {
	o := c.was
	for _, set := range c.all {
		o = with(o, table, *set)
	}
	return o
}
