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
	"strconv"
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
	clusterID  string
	brokers    int
	untilEOF   bool // stop when standard input ends: the command that started this one is gone
	noZeroCopy bool
	quiet      bool
}

func serveCommand() *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run a broker on real sockets and files",
		Long: `Run a broker, or a whole cluster, on real sockets and files until Ctrl-C or SIGTERM.

It prints one line when it is ready. Without a listener it binds to 127.0.0.1:9092 and nothing else; without
--data it keeps its files under log.dirs, or in ./data. Names and defaults of all settings are Kafka's.

With --brokers N it starts N processes, each with a directory and ports of its own on 127.0.0.1; the first one,
three or five are controllers as well. Topics then get three replicas and min.insync.replicas=2 unless a setting
says otherwise. Their settings are in DIRECTORY/1.properties and so on: if a process dies,
gregor serve --config DIRECTORY/1.properties starts it again.`,
		Example: `  gregor serve --set num.partitions=3
  gregor serve --brokers 3 --data /tmp/cluster
  gregor serve --config server.properties --data /var/lib/gregor
  gregor serve --set listeners=PLAINTEXT://127.0.0.1:0 --set log.flush.interval.messages=1`,
		Args: arguments(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.brokers > 1 {
				return serveCluster(cmd.Context(), o, cmd.OutOrStdout())
			}
			return serve(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.StringVar(&o.configFile, "config", "", "a server.properties `file`")
	f.StringArrayVar(&o.sets, "set", nil, "one setting, `name=value`; may be repeated, and goes before the file")
	f.StringVar(&o.dataDir, "data", "", "the data `directory` (goes before log.dirs; ./data if neither is given)")
	f.StringVar(&o.clusterID, "cluster-id", "", "what an empty data directory is formatted with: an `id` of 22 characters")
	f.Var(between(&o.brokers, 1, 1, maxBrokers), "brokers", "start a cluster of `N` processes on this machine")
	f.BoolVar(&o.untilEOF, "until-eof", false, "")
	_ = f.MarkHidden("until-eof") // it fails for a flag that does not exist
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
	ctx, cancel := untilTold(ctx, o.untilEOF)
	defer cancel()
	tuneMemory()
	h, err := startBroker(ctx, o, c)
	if err != nil {
		return err
	}
	select {
	case <-h.Started():
		fmt.Fprintf(out, "ready: %s %d on %s, data in %s, after %d ms\n", title(c), c.NodeID(), addresses(h.Addrs()),
			dataDir(o, c), time.Since(begin).Milliseconds())
		logStrays(logger(logLevel(o)), dataDir(o, c))
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
	return h.Err()
}

// untilTold ends with a signal; or, in a process that another one started, with its standard input: Ctrl-C reaches
// both, and the other one decides.
func untilTold(ctx context.Context, eof bool) (context.Context, context.CancelFunc) {
	ctx = orBackground(ctx)
	if !eof {
		return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	}
	signal.Ignore(os.Interrupt)
	ctx, cancel := signal.NotifyContext(ctx, syscall.SIGTERM)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return ctx, cancel
}

func title(c *config.Broker) string {
	if c.Roles().Broker {
		return "broker"
	}
	return "controller"
}

func orBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}

// tuneMemory has the collector run at half of what is live: request buffers are pooled, so that there is little for it
// to do, and the process stays small. There is no fixed limit: what a node has to remember (groups, producers,
// partitions) may be larger than any, and a collector that works against a limit it cannot keep takes all the time
// there is. With 100,000 groups and a limit of 64 MiB a commit cost ten times the CPU.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// logger returns a logger that drops what is below a level.
func logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

func logLevel(o serveOptions) slog.Level {
	if o.quiet {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// startBroker starts the node.
func startBroker(ctx context.Context, o serveOptions, c *config.Broker) (*host.Host, error) {
	log := logger(logLevel(o))
	unused, unknown := c.WithoutEffect()
	for _, name := range unknown {
		log.Warn(fmt.Sprintf("unknown setting %q is kept without effect%s", name, config.Brokers.Hint(name)))
	}
	if len(unused) > 0 {
		log.Info("set, and without effect", "configs", unused)
	}
	listen, err := listenAddresses(c)
	if err != nil {
		return nil, usage(err)
	}
	requests, answers := frameBytes(c)
	var bound []string
	var failed error
	h, err := host.Run(context.WithoutCancel(ctx), host.Options{
		Listen:    host.Plain(listen...),
		Listening: func(a []net.Addr) { bound = reachedAt(a) },
		NewNode: func(w env.World) env.Node {
			b, err := broker.New(w, c, bound...)
			if err != nil {
				failed = err
				return nil
			}
			return b
		},
		DataDir:        dataDir(o, c),
		Protocol:       wire.New(wire.Limits{FrameBytes: requests}),
		Dialed:         wire.NewClient(wire.Limits{FrameBytes: answers}),
		MaxConnections: c.Int("max.connections"),
		MaxFrame:       max(requests, answers),
		IdleTimeout:    c.Millis("connections.max.idle.ms"),
		DialTimeout:    c.Millis("socket.connection.setup.timeout.ms"),
		NoZeroCopy:     o.noZeroCopy,
		Log:            logger(slog.LevelDebug - 4), // clients may change the level
		LogLevel:       logLevel(o),
	})
	return h, errors.Join(err, failed)
}

// frameBytes are the largest frames: of requests, and of the answers to the node's own. A follower gets at least one
// batch, however large, and no batch is larger than the request that it came in.
func frameBytes(c *config.Broker) (requests, answers int) {
	const head = 1 << 20 // what stands around the batches, of many partitions
	requests = c.Int("socket.request.max.bytes")
	answers = max(requests, c.Int("replica.fetch.response.max.bytes")) + head
	return requests, min(answers, host.MaxFrame)
}

// readConfig reads the file, then the flags: the later one wins.
func readConfig(o serveOptions) (*config.Broker, error) {
	entries, err := entriesOf(o)
	if err != nil {
		return nil, err
	}
	if o.clusterID != "" {
		entries = append(entries, config.Entry{Name: "cluster.id", Value: o.clusterID, Origin: "--cluster-id"})
	}
	return config.NewBroker(entries)
}

// entriesOf are the settings of the file, and then those of the flags.
func entriesOf(o serveOptions) (entries []config.Entry, err error) {
	if o.configFile != "" {
		text, err := os.ReadFile(o.configFile)
		if err != nil {
			return nil, err
		}
		if entries, err = config.ParseProperties(filepath.Base(o.configFile), string(text)); err != nil {
			return nil, err
		}
	}
	sets, err := parseSets(o.sets)
	return append(entries, sets...), err
}

// parseSets reads arguments of --set.
func parseSets(sets []string) (entries []config.Entry, err error) {
	for _, s := range sets {
		e, err := config.ParseSet(s)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
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

// defaultListen is where a broker without listeners listens, and where clients look for one.
const defaultListen = "127.0.0.1:9092"

// listenAddresses are those of all listeners, the controller's too.
func listenAddresses(c *config.Broker) (all []string, err error) {
	listeners, err := c.Listeners()
	for _, l := range listeners {
		all = append(all, l.Addr())
	}
	return all, err
}

// reachedAt is where others reach addresses that are listened on: one that stands for every address of the machine is
// reached by the machine's name, as in Kafka.
func reachedAt(all []net.Addr) (out []string) {
	for _, a := range all {
		at := a.String()
		if tcp, ok := a.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
			if name, err := os.Hostname(); err == nil {
				at = net.JoinHostPort(name, strconv.Itoa(tcp.Port))
			}
		}
		out = append(out, at)
	}
	return out
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
