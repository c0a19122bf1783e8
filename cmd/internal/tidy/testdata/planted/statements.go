package planted

import (
	"context"      // want "importing context is banned in core; use a deadline in the state machine, because Core never waits"
	"crypto/rand"  // want "importing crypto/rand is banned"
	"hash/maphash" // want "importing hash/maphash is banned"
	"iter"
	mathrand "math/rand/v2" // want "importing math/rand/v2 is banned"
	"net"                   // want "importing net is banned"
	"net/netip"
	"os"          // want "importing os is banned"
	"runtime"     // want "importing runtime is banned"
	"sync"        // want "importing sync is banned"
	"sync/atomic" // want "importing sync/atomic is banned"
	"testing"     // want "importing testing is banned"
	"time"
	"unsafe" // want "importing unsafe is banned"

	"github.com/stretchr/testify/require" // want "importing github.com/stretchr/testify/require is banned"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var (
	_ context.Context
	_ = rand.Reader
	_ maphash.Hash
	_ = mathrand.Int
	_ net.Addr
	_ netip.Addr
	_ os.File
	_ = runtime.GC
	_ sync.Mutex
	_ atomic.Int32
	_ testing.TB
	_ unsafe.Pointer
	_ require.TestingT
	_ kmsg.Request
)

func statements(c chan int) { // want "a channel is banned in core; use an operation whose outcome comes back as an event"
	go statements(nil) // want "a go statement is banned"
	select {           // want "select is banned"
	case <-c: // want "receiving from a channel"
	default:
	}
	c <- 1        // want "a channel is banned"
	for range c { // want "a range over a channel is banned"
	}
	next, stop := iter.Pull(iter.Seq[int](nil)) // want "iter.Pull is banned"
	_, _ = next, stop
}

func clocks(t time.Time) {
	_ = time.Now()    // want "time.Now is banned in core; use the env.Now that Step was given, because a run must replay"
	_ = time.Since(t) // want "time.Since is banned"
	f := time.Sleep   // want "time.Sleep is banned"
	f(3 * time.Second)
	_ = time.AfterFunc(time.Minute, func() {}) // want "time.AfterFunc is banned"
	_ = time.UnixMilli(5)                      // want "time.UnixMilli is banned in core; use .UTC() at once"
	_ = time.UnixMilli(5).UTC()
	_ = t.Local()        // want "time.Time.Local is banned"
	_ = t.In(time.Local) // want "time.Local is banned"
	_ = time.Duration(1e6) + time.Millisecond
}
