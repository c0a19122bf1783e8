package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/terminal"
)

// remote is how a command reaches brokers, and how it answers.
type remote struct {
	bootstrap []string
	timeout   time.Duration
	json      bool

	told func() bool // whether --bootstrap was given
}

// localBrokers are where gregor serve --brokers listens if it can: the first is tried alone, the others when it is
// down.
var localBrokers = []string{defaultListen, "127.0.0.1:9093", "127.0.0.1:9094"}

// flags adds the flags of every command that talks to a broker, and of the commands below it.
func (r *remote) flags(c *cobra.Command) {
	f := c.PersistentFlags()
	f.StringSliceVarP(&r.bootstrap, "bootstrap", "b", localBrokers[:1],
		"the `host:port` of a broker; several with commas: any of them will do")
	r.told = func() bool { return f.Changed("bootstrap") }
	f.Var(durationOf(&r.timeout, 15*time.Second, time.Millisecond), "timeout", "how long to wait for an answer")
	f.BoolVar(&r.json, "json", false, "print JSON, one object a line")
}

// session is a connection to a cluster for as long as one command lasts.
type session struct {
	*remote
	client *kgo.Client
	admin  *kadm.Client
}

// open connects, and fails at once if no broker is there.
func (r *remote) open(ctx context.Context, opts ...kgo.Opt) (*session, error) {
	s, err := r.connect(ctx, opts...)
	if err == nil || r.told == nil || r.told() || !errors.Is(err, syscall.ECONNREFUSED) {
		return s, err
	}
	others := *r
	others.bootstrap = localBrokers[1:]
	if s, err := others.connect(ctx, opts...); err == nil {
		r.bootstrap = others.bootstrap // a consumer connects once more
		return s, nil
	}
	return nil, err
}

func (r *remote) connect(ctx context.Context, opts ...kgo.Opt) (*session, error) {
	s, err := r.reach(opts...)
	if err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	if err := s.client.Ping(wait); err != nil {
		s.close()
		return nil, s.explain(err)
	}
	return s, nil
}

// reach is ready to connect, and has not.
func (r *remote) reach(opts ...kgo.Opt) (*session, error) {
	client, err := kgo.NewClient(append(r.clientOptions(), opts...)...)
	if err != nil {
		return nil, usage(fmt.Errorf("--bootstrap %s: %w", strings.Join(r.bootstrap, ","), err))
	}
	return &session{r, client, kadm.NewClient(client)}, nil
}

func (r *remote) clientOptions() []kgo.Opt {
	patience := min(max(r.timeout, 100*time.Millisecond), 10*time.Second) // with a broker that accepts and says nothing
	return []kgo.Opt{kgo.SeedBrokers(r.bootstrap...), kgo.ClientID("gregor"), kgo.RetryTimeout(r.timeout),
		kgo.DialTimeout(patience), kgo.RequestTimeoutOverhead(patience), kgo.MetadataMinAge(100 * time.Millisecond)}
}

func (s *session) close() { s.client.Close() }

// run connects, does a command's work within the timeout, and explains what went wrong.
func (r *remote) run(ctx context.Context, work func(context.Context, *session) error) error {
	s, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	return s.explain(work(ctx, s))
}

// explain turns a client's error into one line with what to do about it.
func (s *session) explain(err error) error {
	var shards *kadm.ShardErrors
	if errors.As(err, &shards) && len(shards.Errs) > 0 {
		err = shards.Errs[0].Err
	}
	at := strings.Join(s.bootstrap, ", ")
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Addr != nil {
		at = dial.Addr.String()
	}
	var dns *net.DNSError
	var eof *kgo.ErrFirstReadEOF
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("nothing listens on %s: start a broker with gregor serve, or name another with --bootstrap host:port%w", at, terminal.Silent{Err: err})
	case errors.As(err, &dns):
		return fmt.Errorf("the host %q is not known here (%s): check --bootstrap, or advertised.listeners of the broker",
			dns.Name, dns.Err)
	case errors.As(err, &eof), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("%s hung up: does it speak Kafka's protocol, without TLS and SASL?", at)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer from %s within %v%s", at, s.timeout, s.advertised())
	}
	return terminal.OneLine(err)
}

// advertised names the addresses that the cluster advertises: behind a bridge or a tunnel these are what cannot be
// reached.
func (s *session) advertised() string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var all []string
	for _, seed := range s.client.SeedBrokers() {
		raw, err := seed.Request(ctx, &kmsg.MetadataRequest{Topics: []kmsg.MetadataRequestTopic{}})
		m, ok := raw.(*kmsg.MetadataResponse)
		if err != nil || !ok {
			continue
		}
		for _, b := range m.Brokers {
			all = append(all, net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port))))
		}
		return "; the cluster says to connect to " + strings.Join(all, ", ")
	}
	return ""
}

// refused is a broker's error about one named thing, with the message it sent along.
func refused(what string, err error, message string) error {
	var code *kerr.Error
	if errors.As(err, &code) && message != "" {
		return terminal.OneLine(fmt.Errorf("%s: %s: %s", what, code.Message, message))
	}
	return terminal.OneLine(fmt.Errorf("%s: %w", what, err))
}

// shortError is an error's name, for a table.
func shortError(err error) string {
	var code *kerr.Error
	if errors.As(err, &code) {
		return code.Message
	}
	return terminal.OneLine(err).Error()
}

// arguments checks how many arguments a command got; most is -1 if there is no limit.
func arguments(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usage(fmt.Errorf("something is missing; it goes: %s", c.UseLine()))
		case most >= 0 && len(args) > most:
			return usage(fmt.Errorf("%q is too much; it goes: %s", args[most], c.UseLine()))
		}
		return nil
	}
}

// family makes a command that only holds others.
func family(c *cobra.Command, members ...*cobra.Command) *cobra.Command {
	c.AddCommand(members...)
	c.SuggestionsMinimumDistance = 2
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		meant := ""
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			meant = fmt.Sprintf("; did you mean %q?", near[0])
		}
		return usage(fmt.Errorf("%q is no command of %s%s\nsee: %s --help", args[0], c.CommandPath(), meant, c.CommandPath()))
	}
	return c
}
