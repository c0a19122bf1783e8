// Package step prints and counts the steps of a client's program, as cmd/internal/clients reads them.
package step

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Max is how long one step may take.
const Max = 40 * time.Second

// Steps counts the steps of one program, and knows the broker they are about.
type Steps struct {
	Bootstrap string
	Run       string // unique to this run: its time, in milliseconds and hexadecimal
	Topic     string // to write and read while brokers are killed, instead of the steps; "" if there is none
	begin     time.Time
	passed    int
	failed    int
}

// New reads the arguments: the broker's host:port, what makes names of this run unique, and perhaps a topic.
func New() *Steps {
	if len(os.Args) != 3 && len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: program host:port run [topic]")
		os.Exit(64)
	}
	begin, err := strconv.ParseInt(os.Args[2], 16, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(64)
	}
	s := &Steps{Bootstrap: os.Args[1], Run: os.Args[2], begin: time.UnixMilli(begin)}
	if len(os.Args) == 4 {
		s.Topic = os.Args[3]
	}
	return s
}

// Time is the timestamp of a record, one a second from an hour before the run.
func (s *Steps) Time(n int) time.Time { return s.begin.Add(-time.Hour + time.Duration(n)*time.Second) }

// Do runs one step. A step that takes too long fails, and is left behind.
func (s *Steps) Do(name string, f func(ctx context.Context) error) {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), Max)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	var err error
	select {
	case err = <-done:
	case <-time.After(Max + 5*time.Second):
		err = fmt.Errorf("it hangs")
	}
	if err != nil {
		s.failed++
		fmt.Printf("FAIL  %s: %v\n", name, err)
		return
	}
	s.passed++
	fmt.Printf("ok    %s (%.1fs)\n", name, time.Since(begin).Seconds())
}

// End prints the count and ends the program.
func (s *Steps) End() {
	fmt.Printf("%d passed, %d failed\n", s.passed, s.failed)
	if s.failed > 0 {
		os.Exit(1)
	}
	os.Exit(0)
}

// Eventually tries f until it succeeds or ctx ends.
func Eventually(ctx context.Context, f func() error) error {
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}
