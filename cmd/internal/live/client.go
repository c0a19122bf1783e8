package live

import (
	"context"
	"io"
	"log/slog"
	"os"
	"time"

	"gregor/cmd/internal/host"
	"gregor/core/client"
	"gregor/core/env"
)

// clientHost is a client: a node on a host in this process.
type clientHost struct {
	world *World
	name  string
	dir   string
	node  func(env.World) env.Node
	host  *host.Host // nil if it does not run
	gate  *gate
	gone  chan struct{} // closed when the last incarnation has given its directory back; nil: there was none
}

// closeTimeout is how long a client may take to close: a producer's delivery.timeout.ms and more.
const closeTimeout = 10 * time.Minute

// Emit implements env.Facts: it appends every fact of a client to the history.
func (g *clientHost) Emit(f env.Fact) { g.world.in.emit(g.name, f) }

func (g *clientHost) up() bool { return g.host != nil }

// start begins an incarnation, when the one before it has given the directory back.
func (g *clientHost) start() error {
	if g.gone != nil {
		<-g.gone
	}
	if err := os.MkdirAll(g.dir, 0o755); err != nil {
		return err
	}
	gate := newGate()
	h, err := host.Run(context.Background(), host.Options{NoListen: true, DataDir: g.dir, Protocol: client.Protocol(),
		NewNode: func(w env.World) env.Node {
			w.Facts = g
			gate.node = g.node(w)
			return gate
		},
		ShutdownTimeout: closeTimeout,
		Log:             slog.New(slog.NewTextHandler(io.Discard, nil)), // what matters are facts
	})
	if err != nil {
		return err
	}
	g.host, g.gate = h, gate
	return nil
}

// kill ends it at once, even while it is paused.
func (g *clientHost) kill() {
	if g.host == nil {
		return
	}
	g.gate.shut()
	g.host.Kill()
	g.host = nil
}

// left removes what remains of a client that has closed by itself.
func (g *clientHost) left() {
	if h := g.host; h != nil {
		gone := make(chan struct{})
		g.host, g.gone = nil, gone
		go func() {
			defer close(gone)
			h.Kill()
		}()
	}
}

// shutdown asks it to close. It emits ClientClosed when it has.
func (g *clientHost) shutdown() {
	if h := g.host; h != nil {
		go func() { _ = h.Shutdown(context.Background()) }() // a client emits no Stopped: it is killed when it has closed
	}
}

func (g *clientHost) pause() {
	if g.host != nil {
		g.gate.hold(true)
	}
}

func (g *clientHost) resume() {
	if g.host != nil {
		g.gate.hold(false)
	}
}
