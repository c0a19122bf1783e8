package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// childMax is how long one client may take in all.
const childMax = 8 * time.Minute

// program runs a client's own program, which prints steps and ends with "N passed, N failed".
func (s *suite) program(ctx context.Context, dir string, env []string, name string, args ...string) {
	ctx, cancel := context.WithTimeout(ctx, childMax)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	// it may have children
	cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(os.Interrupt) }, 5*time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.tally.step("starts", func() error { return err })
		return
	}
	counted := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasSuffix(lines.Text(), " failed") && strings.Contains(lines.Text(), " passed, ") {
			counted = true
			continue
		}
		s.tally.line(lines.Text())
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if counted && (err == nil || errors.As(err, &exit) && exit.ExitCode() == 1) {
		return
	}
	s.tally.step("comes to its end", func() error {
		return fmt.Errorf("it stopped before its last line: %v\n%s", err, tail(stderr.String()))
	})
}

// output runs a command and returns what it printed.
func output(ctx context.Context, stdin, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = 5 * time.Second
	cmd.Stdin = strings.NewReader(stdin)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(name), short(strings.Join(args, " ")), err,
			tail(out.String()), tail(stderr.String()))
	}
	return out.String(), nil
}

// outputUntil runs a command that does not end until a line is as it should be.
func outputUntil(ctx context.Context, is *regexp.Regexp, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return err
	}
	last := ""
	for lines := bufio.NewScanner(out); !is.MatchString(last) && lines.Scan(); {
		last = lines.Text()
	}
	cancel()
	_ = cmd.Wait() // killed
	if !is.MatchString(last) {
		return fmt.Errorf("%s %s: the last line is %q", filepath.Base(name), short(strings.Join(args, " ")), last)
	}
	return nil
}

const tailBytes = 2000

func tail(text string) string { return text[max(0, len(text)-tailBytes):] }

// golang runs one of the clients in Go that have a module of their own.
func golang(name string) func(context.Context, *suite) {
	return func(ctx context.Context, s *suite) {
		s.program(ctx, filepath.Join(s.source, "golang"), nil, "go", "run", "./"+name, s.bootstrap, s.run)
	}
}

func kafkajs(ctx context.Context, s *suite) {
	s.program(ctx, filepath.Join(s.source, "kafkajs"), s.kafkajsEnv(), "node", "suite.js", s.bootstrap, s.run)
}

func (s *suite) kafkajsEnv() []string {
	return []string{"NODE_PATH=" + filepath.Join(s.cache, "kafkajs", "node_modules"), "KAFKAJS_NO_PARTITIONER_WARNING=1"}
}

func (s *suite) python() string { return filepath.Join(s.cache, "python", "bin", "python") }

func python(ctx context.Context, s *suite) {
	s.program(ctx, filepath.Join(s.source, "python"), nil, s.python(), "suite.py", s.bootstrap, s.run)
}

// workshop runs a script that takes --bootstrap and prints steps.
func (s *suite) workshop(ctx context.Context, script string) {
	client := s.tally.client
	s.tally.client = "workshop"
	s.program(ctx, filepath.Dir(script), nil, s.python(), filepath.Base(script), "--bootstrap", s.bootstrap)
	s.tally.client = client
}
