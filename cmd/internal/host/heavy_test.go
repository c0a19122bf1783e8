package host

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/env/contract"
)

// weighing is a protocol whose frames that begin with an h are heavy.
type weighing struct{ env.Protocol }

func (w weighing) DecodeLight(frame []byte, reuse any) (m any, heavy bool, err error) {
	if frame[4] == 'h' {
		return nil, true, nil
	}
	m, err = w.Decode(frame, reuse)
	return m, false, err
}

// Of frames that take much memory decoded only a few are decoded at a time, until they are released; others do not wait
// for them, nor does it matter when a connection that waits ends.
func TestFewHeavyFramesAtATime(t *testing.T) {
	t.Parallel()
	var held []env.Event
	most := 0
	h := play(t, Options{Protocol: weighing{contract.Frames}}, func(p *player, now env.Now, e env.Event) {
		switch {
		case e.Kind != env.Message || payload(e)[0] == 'l':
			echo(p, now, e)
		case payload(e)[0] == 'h':
			held = append(held, e)
			most = max(most, len(held))
		default: // release one
			one := held[0]
			held = held[1:]
			echo(p, now, one)
			echo(p, now, e)
		}
	})
	light := dial(t, h)
	const heavy = 3 * heavyFrames
	for i := range heavy {
		nc := dial(t, h)
		_, err := nc.Write(framed([]byte("heavy")))
		require.NoError(t, err)
		want := uint64(min(i+1, heavyFrames))
		require.Eventually(t, func() bool { return h.Stats().Messages == want }, patience, tick)
		if i == heavyFrames {
			require.NoError(t, nc.Close()) // it waits for its turn
		}
	}
	require.Equal(t, "light", ask(t, light, "light"))
	for range heavy - 1 {
		require.Eventually(t, func() bool {
			h.mu.Lock()
			defer h.mu.Unlock()
			return len(held) > 0
		}, patience, tick)
		require.Equal(t, "release", ask(t, light, "release"))
	}
	require.Equal(t, heavyFrames, most)
}
