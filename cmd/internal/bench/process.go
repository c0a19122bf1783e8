package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"time"
)

// process is a server, or a part of one, that was started here or is only watched.
type process struct {
	argv  []string // what started it
	env   []string // and its environment besides
	cmd   *exec.Cmd
	stdin io.Closer
	out   io.Reader
	pid   int
	addr  string
	begun time.Time
	ready time.Duration // from its start to the first accepted connection
	tail  *tail         // of what it said on stderr
	rough bool          // killed in the end: those of a cluster, asked all at once, would wait for each other
}

var addrIn = regexp.MustCompile(`(?:\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}\b`)

// start runs a command and waits until it is ready.
func start(ctx context.Context, argv []string, addr string) (*process, error) {
	p, err := launch(ctx, argv, nil, addr)
	if err != nil {
		return nil, err
	}
	return p, p.await(ctx)
}

// launch runs a command. If addr is empty, the first line it prints that has a host:port in it names where it
// listens; else the command is ready when addr accepts.
func launch(ctx context.Context, argv, env []string, addr string) (*process, error) {
	p := &process{argv: argv, env: env, cmd: exec.CommandContext(ctx, argv[0], argv[1:]...), addr: addr, tail: &tail{}}
	p.cmd.Env = append(slices.Clone(env), os.Environ()...) // what is said twice counts as it is said last
	p.cmd.Stderr = p.tail
	p.cmd.Cancel = p.ask
	p.cmd.WaitDelay = 5 * time.Second
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	p.begun = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", argv[0], err)
	}
	p.out, p.pid = out, p.cmd.Process.Pid
	return p, nil
}

// await waits until the process accepts connections. One that does not is stopped.
func (p *process) await(ctx context.Context) error {
	lines := bufio.NewScanner(p.out)
	for p.addr == "" && lines.Scan() {
		p.addr = addrIn.FindString(lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, p.out) }()
	if p.addr == "" {
		p.stop()
		return fmt.Errorf("%s said no host:port before it ended; it said: %s", p.argv[0], p.tail)
	}
	if err := p.accepts(ctx); err != nil {
		p.stop()
		return fmt.Errorf("%s does not accept on %s: %w; it said: %s", p.argv[0], p.addr, err, p.tail)
	}
	p.ready = time.Since(p.begun)
	return nil
}

// accepts waits until a process accepts on the address.
func (p *process) accepts(ctx context.Context) error {
	var err error
	for range 30_000 {
		var nc net.Conn
		if nc, err = net.DialTimeout("tcp", p.addr, time.Second); err == nil {
			return nc.Close()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(time.Millisecond)
	}
	return err
}

// ask asks the process to stop: the end of its input is enough for some, the signal for others.
func (p *process) ask() error {
	_ = p.stdin.Close()
	return p.cmd.Process.Signal(os.Interrupt)
}

// kill ends the process as kill -9 does, and returns when that has been sent.
func (p *process) kill() (time.Time, error) {
	now := time.Now()
	return now, p.cmd.Process.Kill()
}

// again starts a process that was killed, with the same command line.
func (p *process) again(ctx context.Context) error {
	_ = p.cmd.Wait() // "signal: killed" is what was asked for
	next, err := launch(ctx, p.argv, p.env, "")
	if err != nil {
		return err
	}
	next.rough = p.rough
	*p = *next
	return p.await(ctx)
}

// stop ends a process that was started here: politely, then not.
func (p *process) stop() {
	if p == nil || p.cmd == nil {
		return
	}
	_ = p.ask()
	done := make(chan struct{})
	go func() {
		_ = p.cmd.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-done
	}
}

// tail keeps the last of what is written to it.
type tail struct{ b []byte }

const tailBytes = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if len(t.b) > tailBytes {
		t.b = append(t.b[:0], t.b[len(t.b)-tailBytes:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.b) }

// usage is what a process has used of the machine.
type usage struct {
	cpu  time.Duration // user and system
	rss  int64         // now, bytes
	peak int64         // most so far, bytes
}

var errNoUsage = errors.New("bench: this system does not report what the process uses")
