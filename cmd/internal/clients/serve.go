package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// server is a gregor serve that this program started.
type server struct {
	binary, dir, addr string
	sets              []string // besides where it listens
	cmd               *exec.Cmd
	ready             chan string // gets the address; closed if it ends before
}

// readyLine is what serve prints when it serves.
var readyLine = regexp.MustCompile(`^ready: broker \d+ on ([^ ,]+)`)

// built is the command, in a directory that everything is kept in.
type built struct{ dir, binary string }

func build(ctx context.Context, source string) (built, error) {
	dir, err := os.MkdirTemp("", "gregor-clients-")
	if err != nil {
		return built{}, err
	}
	b := built{dir, filepath.Join(dir, "gregor")}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", b.binary, "./cmd/gregor")
	cmd.Dir = filepath.Join(source, "..", "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.remove()
		return built{}, fmt.Errorf("go build ./cmd/gregor: %w\n%s", err, out)
	}
	return b, nil
}

func (b built) remove() {
	if err := os.RemoveAll(b.dir); err != nil {
		fmt.Fprintln(os.Stderr, "clients:", err)
	}
}

// startServer starts a broker on a free port.
func startServer(ctx context.Context, b built) (*server, error) {
	s := &server{binary: b.binary, dir: filepath.Join(b.dir, "data"), addr: "127.0.0.1:0",
		sets: []string{"num.partitions=3", "offsets.topic.num.partitions=5", "group.initial.rebalance.delay.ms=300"}}
	err := s.start(ctx)
	if err != nil {
		s.kill()
	}
	return s, err
}

// start starts the broker, on the address of the last time if there was one.
func (s *server) start(ctx context.Context) error {
	if err := s.begin(ctx, "listeners=PLAINTEXT://"+s.addr); err != nil {
		return err
	}
	return s.await()
}

// begin starts the process and does not wait: of a cluster's brokers none is ready alone.
func (s *server) begin(ctx context.Context, sets ...string) error {
	log, err := os.OpenFile(s.dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"serve", "--data", s.dir}
	for _, set := range append(sets, s.sets...) {
		args = append(args, "--set", set)
	}
	s.cmd = exec.CommandContext(ctx, s.binary, args...)
	s.cmd.Stderr = log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ready := make(chan string, 1)
	s.ready = ready
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := readyLine.FindStringSubmatch(lines.Text()); m != nil {
				ready <- m[1]
			}
		}
		close(ready)
	}()
	return nil
}

func (s *server) await() error {
	select {
	case addr, ok := <-s.ready:
		if !ok {
			return fmt.Errorf("gregor serve ended before it was ready: %w\n%s", s.cmd.Wait(), s.log())
		}
		s.addr = addr
		return nil
	case <-time.After(20 * time.Second):
		return fmt.Errorf("gregor serve was not ready after 20 s\n%s", s.log())
	}
}

// stop ends the broker as an operator would.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- s.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("%w\n%s", err, s.log())
		}
		return nil
	case <-time.After(45 * time.Second):
		return fmt.Errorf("it still runs 45 s after SIGTERM\n%s", s.log())
	}
}

func (s *server) log() string {
	f, err := os.Open(s.dir + ".log")
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return tail(string(text))
}

// kill ends the broker as a crash would, if it still runs.
func (s *server) kill() {
	if s.cmd != nil && s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill() // it has ended already, or ends now: either is what is wanted
		_ = s.cmd.Wait()         // its exit status is the kill's
	}
}
