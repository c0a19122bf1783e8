package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// suite is what every client needs to know.
type suite struct {
	bootstrap string
	dataDir   string // of the broker, "" where it is not on this machine
	cache     string // where the clients are installed
	source    string // the folder of this program
	scratch   string // of what is built here
	run       string // unique to this run, so that it can be repeated on one broker: its time, in hexadecimal
	begin     time.Time
	tally     *tally
}

// clients are the clients, in the order they run: the quick ones first.
var clients = []struct {
	name string
	run  func(context.Context, *suite)
}{
	{"kcat", kcat},
	{"franz-go", franz},
	{"sarama", golang("sarama")},
	{"kafka-go", golang("kafkago")},
	{"confluent-kafka-go", golang("confluent")},
	{"kafkajs", kafkajs},
	{"python", python},
	{"java", java},
}

// clusterPart is the part about a cluster, beside the clients that each talk to one broker.
const clusterPart = "cluster"

// parts are what is not about one client, in the order they end: the twin runs beside the clients and the cluster, the
// hostile peers alone.
var parts = []string{twinPart, clusterPart, hostilePart}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	ok, err := runSuite(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "clients:", err)
		os.Exit(64)
	}
	if !ok {
		os.Exit(1)
	}
}

func runSuite(ctx context.Context, args []string) (ok bool, err error) {
	flags := flag.NewFlagSet("clients", flag.ExitOnError)
	bootstrap := flags.String("bootstrap", "", "`host:port` of a broker; without it gregor serve is started")
	data := flags.String("data", "", "the data `directory` of that broker, for kafka-dump-log")
	only := flags.String("only", "", "a comma-separated `list` of clients, and of \"twin\" (the comparison with Kafka), \"hostile\" and \"cluster\", the parts about those")
	cache := flags.String("cache", defaultCache(), "the `directory` the clients are installed in")
	workshop := flags.String("workshop", "", "a `script` for Python that is run twice, with a restart between")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	wanted, err := choose(*only)
	if err != nil {
		return false, err
	}
	source, err := sourceFolder()
	if err != nil {
		return false, err
	}
	s := &suite{bootstrap: *bootstrap, dataDir: *data, cache: *cache, source: source,
		begin: time.UnixMilli(time.Now().UnixMilli()), tally: &tally{}}
	s.run = fmt.Sprintf("%x", s.begin.UnixMilli())
	if s.bootstrap != "" {
		s.eachClient(ctx, wanted)
	} else if err := s.ownBrokers(ctx, wanted, *workshop); err != nil {
		return false, err
	}
	fmt.Printf("%d passed, %d failed\n", s.tally.passed, s.tally.failed)
	return s.tally.failed == 0, nil
}

func (s *suite) eachClient(ctx context.Context, wanted []string) {
	for _, c := range clients {
		if slices.Contains(wanted, c.name) {
			s.tally.client = c.name
			c.run(ctx, s)
		}
	}
}

// ownBrokers runs the suite against brokers of its own: one, and then a cluster.
func (s *suite) ownBrokers(ctx context.Context, wanted []string, workshop string) error {
	b, err := build(ctx, s.source)
	if err != nil {
		return err
	}
	defer b.remove()
	s.scratch = b.dir
	compared := func() {}
	if slices.Contains(wanted, twinPart) {
		compared = s.beside(func(own *suite) { own.twin(ctx, b) })
	}
	alone := slices.ContainsFunc(wanted, func(name string) bool { return !slices.Contains(parts, name) })
	if alone {
		one, err := startServer(ctx, b)
		if err != nil {
			return err
		}
		defer one.kill()
		s.bootstrap = one.addr
		s.eachClient(ctx, wanted)
		s.afterwards(ctx, one, workshop, wanted)
	}
	if slices.Contains(wanted, clusterPart) {
		s.tally.client = clusterPart
		s.cluster(ctx, b)
	}
	compared()
	if slices.Contains(wanted, hostilePart) {
		s.tally.client = hostilePart
		s.hostile(ctx, b)
	}
	return nil
}

// beside runs a part that mostly waits next to those that follow, and returns what waits for its end and counts it.
func (s *suite) beside(part func(own *suite)) (wait func()) {
	own, done := *s, make(chan struct{})
	own.tally = &tally{}
	go func() {
		defer close(done)
		part(&own)
	}()
	return func() {
		<-done
		s.tally.passed += own.tally.passed
		s.tally.failed += own.tally.failed
	}
}

// time is the timestamp of a record, one a second from an hour ago: old enough to differ from the present, and
// young enough for retention to leave it alone.
func (s *suite) time(n int) time.Time {
	return s.begin.Add(-time.Hour + time.Duration(n)*time.Second)
}

// afterwards checks what needs a broker that can be stopped.
func (s *suite) afterwards(ctx context.Context, own *server, workshop string, wanted []string) {
	s.tally.client = "restart"
	if workshop != "" {
		s.workshop(ctx, workshop)
	}
	s.tally.step("writes records and commits some", func() error { return s.leaveSomething(ctx) })
	s.tally.step("the broker stops on SIGTERM and starts again on its data", func() error {
		if err := own.stop(); err != nil {
			return err
		}
		return own.start(ctx)
	})
	s.bootstrap = own.addr
	if workshop != "" {
		s.workshop(ctx, workshop)
	}
	s.tally.step("what was written is there after the restart", func() error { return s.stillThere(ctx) })
	s.tally.step("the broker stops on SIGTERM again", own.stop)
	if slices.Contains(wanted, "java") {
		s.dataDir = own.dir
		s.dump(ctx, true)
	}
}

func choose(only string) ([]string, error) {
	var all []string
	for _, c := range clients {
		all = append(all, c.name)
	}
	all = append(all, parts...)
	if only == "" {
		return all, nil
	}
	wanted := strings.Split(only, ",")
	for _, name := range wanted {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("no client is called %q; there are %s", name, strings.Join(all, ", "))
		}
	}
	return wanted, nil
}

func defaultCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "gregor")
}

// sourceFolder finds cmd/internal/clients from anywhere in the module.
func sourceFolder() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, statErr := os.Stat(filepath.Join(dir, "go.mod")); statErr == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("run this inside the module: no go.mod above %s", dir)
		}
		dir = filepath.Dir(dir)
	}
	return filepath.Join(dir, "cmd", "internal", "clients"), err
}
