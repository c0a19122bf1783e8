package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/host"
	"gregor/core/broker"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/wire"
)

// serveOptions are the flags of gregor serve.
type serveOptions struct {
	configFile string
	sets       []string
	dataDir    string
	noZeroCopy bool
	quiet      bool
}

func serveCommand() *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run a broker on real sockets and files",
		Long: `Run a broker on real sockets and files until Ctrl-C or SIGTERM.

It prints one line when it is ready. Without a listener it binds to 127.0.0.1:9092 and nothing else; without
--data it keeps its files under log.dirs, or in ./data. Names and defaults of all settings are Kafka's.`,
		Example: `  gregor serve --set num.partitions=3
  gregor serve --config server.properties --data /var/lib/gregor
  gregor serve --set listeners=PLAINTEXT://127.0.0.1:0 --set flush.messages=1`,
		Args: arguments(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), o, cmd.OutOrStdout()) },
	}
	f := c.Flags()
	f.StringVar(&o.configFile, "config", "", "a server.properties `file`")
	f.StringArrayVar(&o.sets, "set", nil, "one setting, `name=value`; may be repeated, and goes before the file")
	f.StringVar(&o.dataDir, "data", "", "the data `directory` (goes before log.dirs; ./data if neither is given)")
	f.BoolVar(&o.noZeroCopy, "no-zero-copy", false, "answer fetches by copying instead of sendfile, to see what that costs")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "log warnings and errors only")
	return c
}

func serve(ctx context.Context, o serveOptions, out io.Writer) error {
	begin := time.Now()
	c, err := readConfig(o)
	if err != nil {
		return usage(err)
	}
	ctx, cancel := signal.NotifyContext(orBackground(ctx), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	tuneMemory()
	h, gaveUp, err := startBroker(ctx, o, c)
	if err != nil {
		return err
	}
	select {
	case <-h.Started():
		fmt.Fprintf(out, "ready: broker %d on %s, data in %s, after %d ms\n", c.NodeID(), addresses(h.Addrs()), dataDir(o, c), time.Since(begin).Milliseconds())
	case <-h.Done():
	case <-ctx.Done():
	}
	select {
	case <-ctx.Done():
		stop, cancelStop := context.WithTimeout(context.Background(), 40*time.Second)
		defer cancelStop()
		return h.Shutdown(stop)
	case <-h.Done():
	}
	select {
	case reason := <-gaveUp:
		return errors.New(reason)
	default:
		return errors.New("the broker ended; see the log above")
	}
}

func orBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}

// softMemoryLimit is where the collector begins to work harder: request buffers are pooled, so that there is little
// for it to do, and the process stays small.
const softMemoryLimit = 64 << 20

func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemoryLimit)
	}
}

// startBroker starts the node; gaveUp gets the reason if it cannot go on.
func startBroker(ctx context.Context, o serveOptions, c *config.Broker) (*host.Host, <-chan string, error) {
	level := slog.LevelInfo
	if o.quiet {
		level = slog.LevelWarn
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	listen, err := listenAddresses(c)
	if err != nil {
		return nil, nil, usage(err)
	}
	gaveUp := make(chan string, 1)
	advertised := ""
	var failed error
	h, err := host.Run(context.WithoutCancel(ctx), host.Options{
		Listen:    listen,
		Listening: func(a []net.Addr) { advertised = a[0].String() },
		NewNode: func(w env.World) env.Node {
			b, err := broker.New(w, c, advertised)
			if err != nil {
				failed = err
				return nil
			}
			return b
		},
		DataDir:           dataDir(o, c),
		Protocol:          wire.New(wire.Limits{FrameBytes: c.Int("socket.request.max.bytes")}),
		MaxConnections:    c.Int("max.connections"),
		MaxFrame:          c.Int("socket.request.max.bytes"),
		IdleTimeout:       c.Millis("connections.max.idle.ms"),
		NoZeroCopy:        o.noZeroCopy,
		AcceptWhenStarted: true,
		Log:               log,
		Facts: func(f env.Fact) {
			if g, ok := f.(env.GaveUp); ok {
				select {
				case gaveUp <- g.Reason:
				default:
				}
			}
		},
	})
	return h, gaveUp, errors.Join(err, failed)
}

// readConfig reads the file, then the flags: the later one wins.
func readConfig(o serveOptions) (*config.Broker, error) {
	var entries []config.Entry
	if o.configFile != "" {
		text, err := os.ReadFile(o.configFile)
		if err != nil {
			return nil, err
		}
		if entries, err = config.ParseProperties(filepath.Base(o.configFile), string(text)); err != nil {
			return nil, err
		}
	}
	for _, s := range o.sets {
		e, err := config.ParseSet(s)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return config.NewBroker(entries)
}

func dataDir(o serveOptions, c *config.Broker) string {
	switch {
	case o.dataDir != "":
		return o.dataDir
	case c.Source("log.dirs") != config.Default || c.Source("log.dir") != config.Default:
		return c.LogDirs()[0]
	}
	return "data"
}

// defaultListen is where a broker listens that was told nothing: on this machine only.
const defaultListen = "127.0.0.1:9092"

func listenAddresses(c *config.Broker) ([]string, error) {
	if c.Source("listeners") == config.Default {
		return []string{defaultListen}, nil
	}
	all, err := c.Listeners()
	var out []string
	for _, l := range all {
		out = append(out, l.Addr())
	}
	return out, err
}

func addresses(all []net.Addr) string {
	text := ""
	for i, a := range all {
		if i > 0 {
			text += ", "
		}
		text += a.String()
	}
	return text
}
