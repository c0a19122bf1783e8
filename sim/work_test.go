package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/env/contract"
	"gregor/sim"
)

// busy is a node whose first step does some work.
type busy struct{ units int }

func (b *busy) Step(env.Now, env.Event) {}
func (b *busy) Deadline() env.Instant   { return env.Never }
func (b *busy) Work() (units, most int) { return b.units, 100 }

// A step that does more work than the node allows itself ends the run as a crash, with the numbers.
func TestAStepIsShort(t *testing.T) {
	for _, units := range []int{100, 101} {
		w := sim.New(sim.Options{Seed: 1})
		w.AddNode("n1", sim.Spec{Addr: "n1:1", Protocol: contract.Frames, New: func(env.World) env.Node {
			return &busy{units}
		}})
		w.RunFor(1)
		if units <= 100 {
			require.NoError(t, w.Err())
			continue
		}
		require.ErrorContains(t, w.Err(), "one step of n1 did 101 units of work, at most 100 are allowed")
	}
}
