package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/cmd/internal/host"
	"gregor/cmd/internal/ports"
	"gregor/cmd/internal/terminal"
	"gregor/internal/conversation"
)

// TestConversations plays testdata/*.txt, each against a broker of its own on real sockets and files:
//
//	# a remark
//	$ gregor's arguments, with 'quotes' around what has blanks; DIR is the broker's data directory
//	< a line of stdin
//	a line of stdout
//	! a line of stderr
//	exit 64
//
// What differs from run to run is written TIME, MILLIS, ID, CRC, MEMBER and BROKER. The offsets, lags and sizes in
// them were worked out by hand.
func TestConversations(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", func(t *testing.T, text string) string {
		t.Parallel()
		b := startTestBroker(t)
		return b.play(text)
	})
}

// testBroker is a broker in this process.
type testBroker struct {
	t       *testing.T
	addr    string
	dir     string
	host    *host.Host
	started <-chan struct{}
	stop    func()
	kill    func()
}

func startTestBroker(t *testing.T, sets ...string) *testBroker {
	b := startTestNode(t, serveOptions{dataDir: t.TempDir(), quiet: true,
		sets: append([]string{"listeners=PLAINTEXT://127.0.0.1:0",
			"group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=1",
			"auto.create.topics.enable=false"}, sets...)})
	t.Cleanup(b.stop)
	b.awaitStart()
	return b
}

// startTestNode starts a broker and does not wait until it is ready: in a cluster it waits for others.
func startTestNode(t *testing.T, o serveOptions) *testBroker {
	t.Helper()
	c, err := readConfig(o)
	require.NoError(t, err)
	h, err := startBroker(t.Context(), o, c)
	require.NoError(t, err)
	b := &testBroker{t: t, addr: addresses(h.Addrs()), dir: o.dataDir, host: h, started: h.Started()}
	b.stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		require.NoError(t, h.Shutdown(ctx))
	})
	b.kill = h.Kill
	return b
}

func (b *testBroker) awaitStart() {
	b.t.Helper()
	select {
	case <-b.started:
	case <-time.After(20 * time.Second):
		b.t.Fatal("the broker does not start")
	}
}

// gregor runs one command as main does.
func gregor(ctx context.Context, stdin string, args ...string) (stdout, stderr string, code int) {
	var out, errOut bytes.Buffer
	root := command()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&errOut)
	err := root.ExecuteContext(ctx)
	var e *exitError
	switch {
	case errors.As(err, &e):
		code = e.code
	case err != nil:
		code = exitFailed
	}
	if err != nil {
		fmt.Fprintln(&errOut, "gregor:", terminal.Sentence(err))
	}
	return out.String(), errOut.String(), code
}

// run is gregor against this broker.
func (b *testBroker) run(stdin string, args ...string) (stdout, stderr string, code int) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	return gregor(ctx, stdin, b.args(args)...)
}

// args adds where the broker is, unless the command does not need it or says it.
func (b *testBroker) args(args []string) []string {
	remote := []string{"quorum", "topic", "produce", "consume", "group", "config", "bench"}
	said := slices.ContainsFunc(args, func(a string) bool { return a == "-b" || a == "--bootstrap" || a == "--help" })
	if len(args) > 0 && slices.Contains(remote, args[0]) && !said {
		return append(slices.Clone(args), "--bootstrap", b.addr)
	}
	return args
}

// must is run of a command that succeeds.
func (b *testBroker) must(stdin string, args ...string) string {
	b.t.Helper()
	stdout, stderr, code := b.run(stdin, args...)
	require.Zero(b.t, code, "gregor %v said: %s", args, stderr)
	require.Empty(b.t, stderr)
	return stdout
}

// play runs the commands of a conversation and returns it with what they say now.
func (b *testBroker) play(text string) string {
	var got strings.Builder
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		switch {
		case strings.HasPrefix(lines[i], "#"):
			fmt.Fprintf(&got, "%s%s\n", gap(&got, i > 0 && strings.HasPrefix(lines[i-1], "#")), lines[i])
		case strings.HasPrefix(lines[i], "$ "):
			fmt.Fprintf(&got, "%s%s\n", gap(&got, i > 0 && strings.HasPrefix(lines[i-1], "#")), lines[i])
			stdin := ""
			for ; i+1 < len(lines) && strings.HasPrefix(lines[i+1], "<"); i++ {
				fmt.Fprintln(&got, lines[i+1])
				stdin += strings.TrimPrefix(strings.TrimPrefix(lines[i+1], "<"), " ") + "\n"
			}
			args := strings.ReplaceAll(strings.TrimPrefix(lines[i-strings.Count(stdin, "\n")], "$ "), "DIR", b.dir)
			got.WriteString(b.said(b.run(stdin, words(args)...)))
		}
	}
	return got.String()
}

// gap is the empty line between commands.
func gap(got *strings.Builder, remarked bool) string {
	if got.Len() == 0 || remarked {
		return ""
	}
	return "\n"
}

func (b *testBroker) said(stdout, stderr string, code int) string {
	text := stdout
	for line := range strings.Lines(stderr) {
		text += "! " + line
	}
	if code != 0 {
		text += fmt.Sprintf("exit %d\n", code)
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, b.dir, "DIR"), b.addr, "BROKER")
	for _, m := range masks {
		text = m.what.ReplaceAllString(text, m.with)
	}
	return text
}

var masks = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`gregor-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "MEMBER"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`), "TIME"},
	{regexp.MustCompile(`\b1[789]\d{11}\b`), "MILLIS"},
	{regexp.MustCompile(`((?:^| |"|_|\.)id[ =":]+)[A-Za-z0-9_-]{22}`), "${1}ID"},
	{regexp.MustCompile(`(?m)  [A-Za-z0-9_-]{22}$`), "  ID"},
	{regexp.MustCompile(`(topic=|incarnation=|cluster |directories=\[|log_dirs=\[)[A-Za-z0-9_-]{22}`), "${1}ID"},
	{regexp.MustCompile(`crc [0-9a-f]{8}`), "crc CRC"},
	{regexp.MustCompile(`"crc":\d+`), `"crc":CRC`},
	{regexp.MustCompile(`(TIMES|TIME(\.\.TIME)?)  +`), "$1  "}, // as wide as the others in the column
	{regexp.MustCompile(`TIME\.\.TIME`), "TIME"},               // two records may have the same
	{regexp.MustCompile(`port=\d+`), "port=PORT"},
	{regexp.MustCompile(`(run has hash |"hash":")[0-9a-f]{16}`), "${1}HASH"},
	{regexp.MustCompile(`("events":|"virtual_ms":)\d+`), "${1}COUNT"},
}

// words splits a line at blanks outside of single quotes.
func words(line string) []string {
	var out []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

func TestNobodyListens(t *testing.T) {
	free, err := ports.Free(1)
	require.NoError(t, err)
	addr := free[0]
	for _, args := range [][]string{{"quorum"}, {"topic", "list"}, {"produce", "orders", "x"}, {"consume", "orders"},
		{"group", "list"},
		{"config", "get", "topic:orders"}} {
		_, stderr, code := gregor(t.Context(), "", append(args, "--bootstrap", addr)...)
		require.Equal(t, exitFailed, code)
		require.Equal(t, "gregor: nothing listens on "+addr+
			": start a broker with gregor serve, or name another with --bootstrap host:port\n", stderr)
	}
}

// A peer that is no Kafka, one that says nothing, and a name that does not exist: each gets its own line.
func TestStrangers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	answer := make(chan string, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			select {
			case text := <-answer:
				_, _ = c.Write([]byte(text))
				_ = c.Close()
			default: // says nothing
			}
		}
	}()
	addr := l.Addr().String()
	_, stderr, code := gregor(t.Context(), "", "topic", "list", "--bootstrap", addr, "--timeout", "300ms")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "no answer from "+addr+" within 300ms")

	answer <- "HTTP/1.1 400 Bad Request\r\n\r\n"
	_, stderr, code = gregor(t.Context(), "", "topic", "list", "--bootstrap", addr, "--timeout", "2s")
	require.Equal(t, exitFailed, code)
	require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
}

func TestUnknownHost(t *testing.T) {
	s := &session{remote: &remote{bootstrap: []string{"nowhere:9092"}}}
	err := s.explain(fmt.Errorf("unable to dial: %w",
		&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "nowhere"}}))
	require.EqualError(t, err, `the host "nowhere" is not known here (no such host): check --bootstrap, or advertised.listeners of the broker`)
}

// Every command teaches: it has a long text and examples, and the examples parse.
func TestHelpTeaches(t *testing.T) {
	for _, c := range command().Commands() {
		if !slices.Contains([]string{"quorum", "topic", "produce", "consume", "group", "config", "dump", "bench"}, c.Name()) {
			continue
		}
		for _, c := range append(c.Commands(), c) {
			if c.Hidden {
				continue
			}
			require.NotEmpty(t, c.Long, c.CommandPath())
			require.NotEmpty(t, c.Example, c.CommandPath())
			require.Contains(t, c.Example, c.CommandPath())
			for _, part := range regexp.MustCompile(`[|>\n]`).Split(c.Example, -1) {
				mine, ok := strings.CutPrefix(strings.TrimSpace(part), "gregor ")
				if !ok {
					continue // another program, in a pipe
				}
				found, args, err := command().Find(words(mine))
				require.NoError(t, err, part)
				require.NoError(t, found.ParseFlags(args), part)
			}
		}
	}
}
