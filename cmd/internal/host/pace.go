package host

import (
	"fmt"
	"time"

	"gregor/core/env"
)

// A frame that has begun holds memory until its last byte, so its bytes have to come at a least rate.
const (
	// leastRate is the rate, in bytes a second, below which a frame may come for Options.FrameTimeout.
	leastRate = 4 << 10
	// pressedRate is the least rate while other connections wait for memory.
	pressedRate = 64 << 10
	// paceWindow is over how long rates are measured, or Options.FrameTimeout if that is shorter.
	paceWindow = 2 * time.Second
)

// pace follows how fast the frame of a connection comes. The goroutine that watches the connections owns it.
type pace struct {
	began     env.Instant // when the frame began that it is about
	at        env.Instant // when the last window ended
	arrived   int64       // by then, bytes of the connection
	slowSince env.Instant // the end of the last window with leastRate
}

// lateness ends a window, if it is over, and reports why the frame comes too slowly; "" if it does not.
func (p *pace) lateness(now, began env.Instant, arrived int64, patience time.Duration, pressed bool) string {
	if began != p.began {
		*p = pace{began: began, at: now, arrived: arrived, slowSince: began}
		return ""
	}
	window, got := now.Sub(p.at), arrived-p.arrived
	if window < min(paceWindow, patience) {
		return ""
	}
	p.at, p.arrived = now, arrived
	switch {
	case got >= bytesIn(window, leastRate):
		p.slowSince = now
	case now.Sub(p.slowSince) > patience:
		return fmt.Sprintf("a frame came too slowly: it had less than %d bytes a second for %v", leastRate,
			now.Sub(p.slowSince).Round(time.Millisecond))
	}
	if pressed && got < bytesIn(window, pressedRate) {
		return fmt.Sprintf("a frame came too slowly: %d bytes in %v, less than %d a second, while other connections waited for memory",
			got, window.Round(time.Millisecond), pressedRate)
	}
	return ""
}

func bytesIn(d time.Duration, rate int64) int64 { return int64(d) * rate / int64(time.Second) }
