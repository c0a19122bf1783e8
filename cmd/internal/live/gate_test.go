package live

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// counter counts its steps.
type counter struct{ steps chan env.Kind }

func (c counter) Step(_ env.Now, e env.Event) { c.steps <- e.Kind }
func (c counter) Deadline() env.Instant       { return 7 }

func TestAHeldNodeTakesNothingAndLosesNothing(t *testing.T) {
	g := newGate()
	steps := make(chan env.Kind, 10)
	g.node = counter{steps}
	g.Step(env.Now{}, env.Event{Kind: env.Boot})
	require.Equal(t, env.Boot, <-steps)
	g.hold(true)
	done := make(chan struct{})
	go func() {
		g.Step(env.Now{}, env.Event{Kind: env.Tick})
		close(done)
	}()
	time.Sleep(silence)
	require.Empty(t, steps)
	g.hold(false)
	<-done
	require.Equal(t, env.Tick, <-steps)
	require.Equal(t, env.Instant(7), g.Deadline())
}

func TestAHeldNodeCanBeKilled(t *testing.T) {
	g := newGate()
	steps := make(chan env.Kind, 10)
	g.node = counter{steps}
	g.hold(true)
	done := make(chan struct{})
	go func() {
		g.Step(env.Now{}, env.Event{Kind: env.Tick})
		close(done)
	}()
	g.shut()
	<-done
	require.Empty(t, steps)
	require.Equal(t, env.Never, g.Deadline())
}
