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
	cmd               *exec.Cmd
}

// readyLine is what serve prints when it serves.
var readyLine = regexp.MustCompile(`^ready: broker \d+ on ([^ ,]+)`)

// startServer builds and starts a broker on a free port, with its data in a directory of its own.
func startServer(ctx context.Context, source string) (*server, error) {
	dir, err := os.MkdirTemp("", "gregor-clients-")
	if err != nil {
		return nil, err
	}
	s := &server{binary: filepath.Join(dir, "gregor"), dir: filepath.Join(dir, "data"), addr: "127.0.0.1:0"}
	build := exec.CommandContext(ctx, "go", "build", "-o", s.binary, "./cmd/gregor")
	build.Dir = filepath.Join(source, "..", "..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		s.remove()
		return nil, fmt.Errorf("go build ./cmd/gregor: %w\n%s", err, out)
	}
	if err := s.start(ctx); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// start starts the broker, on the address of the last time if there was one.
func (s *server) start(ctx context.Context) error {
	log, err := os.OpenFile(s.binary+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd = exec.CommandContext(ctx, s.binary, "serve", "--data", s.dir,
		"--set", "listeners=PLAINTEXT://"+s.addr, "--set", "num.partitions=3", "--set", "offsets.topic.num.partitions=5",
		"--set", "group.initial.rebalance.delay.ms=300")
	s.cmd.Stderr = log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := readyLine.FindStringSubmatch(lines.Text()); m != nil {
				ready <- m[1]
			}
		}
		close(ready)
	}()
	select {
	case addr, ok := <-ready:
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
	f, err := os.Open(s.binary + ".log")
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

// remove ends the broker if it still runs, and removes all it wrote.
func (s *server) remove() {
	if s.cmd != nil && s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill() // it has ended already, or ends now: either is what is wanted
		_ = s.cmd.Wait()         // its exit status is the kill's
	}
	if err := os.RemoveAll(filepath.Dir(s.dir)); err != nil {
		fmt.Fprintln(os.Stderr, "clients:", err)
	}
}
