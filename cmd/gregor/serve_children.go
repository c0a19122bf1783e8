package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"gregor/cmd/internal/story"
	"gregor/core/config"
)

// child is a member's process.
type child struct {
	member
	args  []string
	cmd   *exec.Cmd
	stdin io.Closer // its end asks the process to stop
	ready chan struct{}
	ended chan struct{}
	err   error // once ended
}

// serveCluster runs a cluster of processes of this very program.
func serveCluster(ctx context.Context, o serveOptions, out io.Writer) error {
	children, dir, err := layOut(o)
	if err != nil {
		return err
	}
	ctx, cancel := untilTold(ctx, o.untilEOF)
	defer cancel()
	return runCluster(ctx, children, dir, out)
}

// runCluster runs the processes until ctx ends.
func runCluster(ctx context.Context, children []*child, dir string, out io.Writer) error {
	begin := time.Now()
	defer stopAll(children)
	log := &lines{to: os.Stderr}
	for _, c := range children {
		if err := c.start(log, len(children)); err != nil {
			return fmt.Errorf("broker %d: %w", c.id, err)
		}
	}
	if err := awaitReady(ctx, children); err != nil || ctx.Err() != nil {
		return err
	}
	fmt.Fprintf(out, "ready: %d brokers on %s, data in %s, after %d ms\n", len(children), bootstrap(children), dir,
		time.Since(begin).Milliseconds())
	return watchEnds(ctx, children, out)
}

// layOut decides what the processes of the cluster are, and writes their settings; none runs yet.
func layOut(o serveOptions) (children []*child, dir string, err error) {
	c, err := readConfig(o)
	if err != nil {
		return nil, "", usage(err)
	}
	if err := refuseOwn(c); err != nil {
		return nil, "", usage(err)
	}
	addrs, err := findAddresses(o.brokers + controllers(o.brokers))
	if err != nil {
		return nil, "", err
	}
	if dir, err = filepath.Abs(dataDir(o, c)); err != nil {
		return nil, "", err
	}
	all := members(o.brokers, dir, addrs)
	if o.clusterID = c.Text("cluster.id"); o.clusterID == "" {
		if o.clusterID, err = clusterID(all); err != nil {
			return nil, "", err
		}
	}
	for _, m := range all {
		settings, err := m.settings(o, clusterSets(o.brokers, c), voters(all))
		if err == nil {
			err = m.write(settings)
		}
		if err != nil {
			return nil, "", err
		}
		children = append(children, &child{member: m, args: m.arguments(o),
			ready: make(chan struct{}), ended: make(chan struct{})})
	}
	return children, dir, nil
}

// refuseOwn refuses settings that would make all processes the same node.
func refuseOwn(c *config.Broker) error {
	for _, name := range own {
		if c.Source(name) != config.Default && name != "log.dirs" && name != "log.dir" {
			return fmt.Errorf("%s is set, and with --brokers every process has its own; to choose it, start the nodes one by one", name)
		}
	}
	return nil
}

// shareOfCores keeps n processes from each starting as many threads as there are cores: they would wake one another up
// for nothing. GOMAXPROCS is obeyed if it is set.
func shareOfCores(n int) []string {
	return []string{fmt.Sprintf("GOMAXPROCS=%d", (runtime.NumCPU()+n-1)/n)}
}

// start starts the process, one of n. Its log goes to the log, its ready line is waited for.
func (c *child) start(log *lines, n int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	c.cmd = exec.Command(self, append(c.args, "--until-eof")...)
	c.cmd.Env = append(shareOfCores(n), os.Environ()...) // what is said twice counts as it is said last
	c.cmd.Stderr = &lineWriter{to: log, prefix: fmt.Sprintf("broker %d: ", c.id)}
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return err
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return err
	}
	go c.watch(stdout)
	return nil
}

// watch waits for the ready line, and then for the end.
func (c *child) watch(stdout io.Reader) {
	ready := sync.OnceFunc(func() { close(c.ready) })
	for told := bufio.NewScanner(stdout); told.Scan(); {
		if strings.HasPrefix(told.Text(), "ready: ") {
			ready()
		}
	}
	c.err = c.cmd.Wait()
	close(c.ended)
}

// awaitReady waits until every process is ready. One that ends before is an error: no client has used the cluster yet.
func awaitReady(ctx context.Context, children []*child) error {
	for _, c := range children {
		select {
		case <-c.ready:
		case <-c.ended:
			return fmt.Errorf("broker %d ended before it was ready (%s); see its log above", c.id, c.how())
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// watchEnds logs every process that ends before it was asked to, until it is time to stop or all are gone.
func watchEnds(ctx context.Context, children []*child, out io.Writer) error {
	gone := make(chan *child)
	for _, c := range children {
		go func() {
			<-c.ended
			select {
			case gone <- c:
			case <-ctx.Done():
			}
		}()
	}
	for left := len(children); left > 0; left-- {
		select {
		case <-ctx.Done():
			return nil
		case c := <-gone:
			fmt.Fprintf(out, "broker %d ended (%s); the others go on. To start it again:\n  %s %s\n", c.id, c.how(), self(),
				story.Quoted(c.args))
		}
	}
	return errors.New("all brokers have ended")
}

// self is how a person runs this program: go run builds it where it is gone afterwards.
func self() string {
	if path := filepath.ToSlash(os.Args[0]); strings.Contains(path, "/go-build") && strings.Contains(path, "/exe/") {
		return "go run ./cmd/gregor"
	}
	return story.Quoted(os.Args[:1])
}

// how is how a process ended.
func (c *child) how() string {
	if c.err != nil {
		return c.err.Error()
	}
	return "exit status 0"
}

// stopTimeout is how long processes may take to stop: a little more than each gives itself.
const stopTimeout = 45 * time.Second

// stopAll asks all processes to stop, and waits until they have.
func stopAll(children []*child) {
	for _, c := range children {
		if c.stdin != nil {
			_ = c.stdin.Close()
		}
	}
	late := time.After(stopTimeout)
	for _, c := range children {
		if c.cmd == nil || c.cmd.Process == nil {
			continue
		}
		select {
		case <-c.ended:
		case <-late:
			fmt.Fprintf(os.Stderr, "broker %d does not stop within %v and is killed\n", c.id, stopTimeout)
			_ = c.cmd.Process.Kill() // it may just have ended
			<-c.ended
		}
	}
}

func bootstrap(children []*child) string {
	var all []string
	for _, c := range children {
		all = append(all, c.broker)
	}
	return strings.Join(all, ", ")
}

// lines is one log that many write to, whole lines at a time.
type lines struct {
	mu sync.Mutex
	to io.Writer
}

// lineWriter puts a prefix before every line. What is not a line yet waits, up to a bound.
type lineWriter struct {
	to     *lines
	prefix string
	rest   []byte
}

// longestLine bounds what waits for the end of its line, in bytes.
const longestLine = 64 << 10

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, whole := bytes.Cut(w.rest, []byte("\n"))
		if !whole && len(w.rest) < longestLine {
			return len(p), nil
		}
		w.to.mu.Lock()
		_, err := fmt.Fprintf(w.to.to, "%s%s\n", w.prefix, line)
		w.to.mu.Unlock()
		w.rest = append(w.rest[:0], rest...)
		if err != nil {
			return 0, err
		}
	}
}
