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
	"time"
)

// process is a server that was started here, or is only watched.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	pid   int
	addr  string
	ready time.Duration // from its start to the first accepted connection
	tail  *tail         // of what it said on stderr
}

var addrIn = regexp.MustCompile(`(?:\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}\b`)

// start runs a command. If addr is empty, the first line it prints that has a host:port in it says where it
// listens; else the command is ready when addr accepts.
func start(ctx context.Context, argv []string, addr string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, argv[0], argv[1:]...), addr: addr, tail: &tail{}}
	p.cmd.Stderr = p.tail
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(os.Interrupt) }
	p.cmd.WaitDelay = 5 * time.Second
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", argv[0], err)
	}
	p.pid = p.cmd.Process.Pid
	lines := bufio.NewScanner(out)
	for p.addr == "" && lines.Scan() {
		p.addr = addrIn.FindString(lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if p.addr == "" {
		p.stop()
		return nil, fmt.Errorf("%s said no host:port before it ended; it said: %s", argv[0], p.tail)
	}
	if err := p.accepts(ctx); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s does not accept on %s: %w; it said: %s", argv[0], p.addr, err, p.tail)
	}
	p.ready = time.Since(begin)
	return p, nil
}

// accepts waits until somebody accepts on the address.
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

// stop ends a process that was started here: politely, then not.
func (p *process) stop() {
	if p == nil || p.cmd == nil {
		return
	}
	_ = p.stdin.Close()
	_ = p.cmd.Process.Signal(os.Interrupt)
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

var errNoUsage = errors.New("bench: nobody tells what the process uses")
