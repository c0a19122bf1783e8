package host

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"gregor/core/env"
)

// Options are what to run and within which bounds. Zero values mean the defaults named beside them.
//
//tidy:size each field is an option, and their sum is no state
type Options struct {
	// Listen holds the listeners that accept connections once Boot has been stepped; none: 127.0.0.1:9092, plain.
	// NoListen: no connection is accepted. A node that does not serve yet holds requests back itself: it may need its
	// peers'.
	Listen   []Listener
	NoListen bool
	// Listening receives the bound addresses before NewNode is called, so that port 0 can be advertised.
	Listening func([]net.Addr)

	// DataDir holds the node's files and the lock that keeps a second process out.
	DataDir string
	// NewNode makes the node. It must not submit anything before its Boot event.
	NewNode func(env.World) env.Node
	// Protocol cuts and decodes what comes in.
	Protocol env.Protocol
	// Dialed does so on the connections the node dialed; nil: Protocol.
	Dialed env.Protocol
	// Seed of the node's Rand; zero: drawn from the operating system.
	Seed uint64

	// accepted by one listener at a time; 10000, less if the process may not open as many files
	MaxConnections   int
	MaxFrame         int           // bytes of one frame; 100 MiB
	MaxDescriptors   int           // of the process, for files and connections; 0: as the system has it
	IdleTimeout      time.Duration // of a connection on which nothing moves; 10 minutes, negative: none
	FrameTimeout     time.Duration // how long a frame that has begun may come at less than leastRate; 30 seconds
	HandshakeTimeout time.Duration // of a listener's Secure; 10 seconds
	LingerTimeout    time.Duration // for what was sent before a Close to leave; 5 seconds
	DialTimeout      time.Duration // 10 seconds
	ShutdownTimeout  time.Duration // from Shutdown to env.Stopped; 30 seconds

	// of what came in by one listener, or by dialed connections, and is in memory; readers wait beyond it (see kind); 32
	// MiB
	MaxInBytes  int
	MaxOutBytes int // of answers in memory waiting for one slow peer; the connection ends beyond it; 32 MiB
	// MaxUnpackBytes bounds the memory in which all connections together decompress what came in; 64 MiB.
	MaxUnpackBytes int
	SyncWorkers    int // files synced at the same time; 4
	NoZeroCopy     bool

	zeroCopyMin int // bytes of a region from which sendfile is used; measured, see BenchmarkZeroCopyLine

	Log      *slog.Logger   // nil: slog.Default()
	LogLevel slog.Level     // below which no line is logged until the node changes it; what Log drops stays dropped
	Facts    func(env.Fact) // sees the facts of the node's life, under its lock: it must be quick
}

// filled returns the options with the defaults in place.
func (o Options) filled() (Options, error) {
	switch {
	case o.NewNode == nil:
		return o, errors.New("host: Options.NewNode is missing")
	case o.Protocol == nil:
		return o, errors.New("host: Options.Protocol is missing")
	case o.DataDir == "":
		return o, errors.New("host: Options.DataDir is missing")
	}
	if o.Dialed == nil {
		o.Dialed = o.Protocol
	}
	if len(o.Listen) == 0 {
		o.Listen = Plain("127.0.0.1:9092")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	orDefault(&o.MaxConnections, 10000)
	orDefault(&o.MaxFrame, 100<<20)
	orDefault(&o.IdleTimeout, 10*time.Minute)
	orDefault(&o.FrameTimeout, 30*time.Second)
	orDefault(&o.HandshakeTimeout, 10*time.Second)
	orDefault(&o.LingerTimeout, 5*time.Second)
	orDefault(&o.DialTimeout, 10*time.Second)
	orDefault(&o.ShutdownTimeout, 30*time.Second)
	orDefault(&o.MaxInBytes, 32<<20)
	orDefault(&o.MaxOutBytes, 32<<20)
	orDefault(&o.MaxUnpackBytes, 64<<20)
	orDefault(&o.SyncWorkers, 4)
	orDefault(&o.zeroCopyMin, zeroCopyMin)
	if o.NoZeroCopy {
		o.zeroCopyMin = maxClass
	}
	if o.MaxFrame > maxClass {
		return o, fmt.Errorf("host: MaxFrame is %d bytes, more than the largest buffer of %d", o.MaxFrame, maxClass)
	}
	return o, o.seed()
}

func (o *Options) seed() error {
	if o.Seed != 0 {
		return nil
	}
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return fmt.Errorf("host: drawing a seed: %w", err)
	}
	o.Seed = binary.LittleEndian.Uint64(b[:])
	return nil
}

func orDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
