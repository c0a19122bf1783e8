package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// view is the state of a run as conditions see it, and how the conditions stood that were judged.
type view struct {
	s      *Scenario
	roles  *roles
	counts counts
	states []State
}

// holds reports whether a condition holds now, and the value of its subject.
func (v *view) holds(c *Condition) (held bool, is string) {
	row := c.row()
	if row.nodes == nil {
		n := row.number(v, c.Of)
		want, _ := strconv.Atoi(c.Want[0]) // was checked when it was read
		return compare(n, c.Op, want), strconv.Itoa(n)
	}
	nodes := slices.Sorted(slices.Values(row.nodes(v, c.Of)))
	want := slices.DeleteFunc(slices.Sorted(slices.Values(c.Want)), func(n string) bool { return n == noNode })
	if is = strings.Join(nodes, " "); is == "" {
		is = noNode
	}
	return slices.Equal(nodes, slices.Compact(want)) == (c.Op == "="), is
}

func compare(n int, op string, want int) bool {
	switch op {
	case "=":
		return n == want
	case "!=":
		return n != want
	case "<":
		return n < want
	case "<=":
		return n <= want
	case ">":
		return n > want
	}
	return n >= want
}

// State is how a condition stood when it was judged.
type State struct {
	Condition string // as it is written, with its time if it has one
	Held      bool
	Is        string
}

// disappointment is the sentence about a condition that did not hold.
func (s State) disappointment() string {
	return fmt.Sprintf("expected %s, but it was %s", s.Condition, s.Is)
}

// judge records how a condition stands, under its text in the scenario.
func (v *view) judge(c *Condition, words string) State {
	held, is := v.holds(c)
	st := State{words, held, is}
	v.states = append(v.states, st)
	return st
}

// asExpected reports whether every condition without a time holds that must hold with every seed.
func (v *view) asExpected() bool {
	return !slices.ContainsFunc(v.s.Expect, func(e Expectation) bool {
		if e.Condition == nil || e.Some > 0 {
			return false
		}
		held, _ := v.holds(e.Condition)
		return !held
	})
}

// judgeEnd judges the conditions without a time.
func (v *view) judgeEnd() {
	for _, e := range v.s.Expect {
		if e.Condition != nil {
			v.judge(e.Condition, e.Condition.String())
		}
	}
}
