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
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// survivor is a client that writes and reads while brokers are killed.
type survivor struct {
	name  string
	once  bool // its producer is idempotent
	start func(context.Context, *suite, *survivor) error

	ledger
	topic string
	stop  chan struct{} // closed: write no more
	done  context.CancelFunc
	ended sync.WaitGroup // its programs have
	noise noise
}

// survivors are the clients that go through the crashes, all at once and each with a topic of its own. Those of other
// languages print what happens to them; see ledger.line.
func survivors() []*survivor {
	return []*survivor{
		{name: "kcat", once: true, start: kcatThrough},
		{name: "franz-go", once: true, start: franzThrough},
		{name: "sarama", once: true, start: program("sarama")},
		{name: "kafka-go", start: program("kafkago")}, // knows no idempotence
		{name: "kafkajs", once: true, start: kafkajsThrough},
		{name: "java", once: true, start: javaThrough},
	}
}

// writeEvery is how often a client writes a number.
const writeEvery = 20 * time.Millisecond

// failover kills every broker once, with SIGKILL and in turn, while clients write and read.
func (s *suite) failover(ctx context.Context, c *cluster) {
	all := survivors()
	for _, v := range all {
		v.topic, v.stop = fmt.Sprintf("through-%s-%s", v.name, s.run), make(chan struct{})
	}
	defer func() {
		for _, v := range all {
			v.end()
		}
	}()
	ok := true
	do := func(name string, f func() error) {
		s.tally.step(name, func() error {
			err := f()
			ok = ok && err == nil
			return err
		})
	}
	do("clients begin to write and read", func() error { return s.beginAll(ctx, c, all) })
	for i := range c.nodes {
		if ok {
			do(fmt.Sprintf("broker %d is killed, the others go on, it comes back", i+1), func() error {
				return crash(ctx, c, i, all)
			})
		}
	}
	for _, v := range all {
		close(v.stop)
	}
	for _, v := range all {
		what := "what was acknowledged is read"
		if v.once {
			what += ", once and in order"
		}
		s.tally.step(fmt.Sprintf("%s: %s", v.name, what), v.judge)
	}
}

func (s *suite) beginAll(ctx context.Context, c *cluster, all []*survivor) error {
	err := c.admin(ctx, func(ctx context.Context, a *kadm.Client) error {
		var topics []string
		for _, v := range all {
			topics = append(topics, v.topic)
		}
		made, err := a.CreateTopics(ctx, 3, 3, nil, topics...)
		return errors.Join(err, made.Error())
	})
	if err := errors.Join(err, c.whole(ctx)); err != nil {
		return err
	}
	for _, v := range all {
		own, cancel := context.WithCancel(ctx)
		v.done = cancel
		if err := v.start(own, s, v); err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
	}
	for _, v := range all {
		if !v.until(stepMax, func() bool { return len(v.seen) > 0 }) {
			return fmt.Errorf("%s has read nothing after %v: %s", v.name, stepMax, v.says())
		}
	}
	return nil
}

// crash kills one broker. All clients must get on while it is away, and afterwards all replicas come to keep up again
// and the partitions get their leaders back: the next crash shall hit some.
func crash(ctx context.Context, c *cluster, i int, all []*survivor) error {
	c.nodes[i].kill()
	return errors.Join(getOn(all), c.restart(ctx, i), c.whole(ctx), c.elect(ctx), getOn(all))
}

// getOn waits until every client has read some more.
func getOn(all []*survivor) (stuck error) {
	const more = 25
	goal := make([]int, len(all))
	for i, v := range all {
		v.ask(func() bool { goal[i] = len(v.seen) + more; return true })
	}
	end := time.Now().Add(stepMax)
	for i, v := range all {
		if !v.until(time.Until(end), func() bool { return len(v.seen) >= goal[i] }) {
			stuck = errors.Join(stuck, fmt.Errorf("%s does not get on for %v: %s", v.name, stepMax, v.says()))
		}
	}
	return stuck
}

func (v *survivor) until(longest time.Duration, is func() bool) bool {
	for end := time.Now().Add(longest); !v.ask(is); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

func (v *survivor) says() (text string) {
	v.ask(func() bool {
		text = fmt.Sprintf("%d acknowledged, %d read, %q", len(v.acked), len(v.seen), short(strings.Join(v.failed, "\n")))
		return true
	})
	return text
}

// judge waits until all that was acknowledged is read, and returns what is wrong.
func (v *survivor) judge() error {
	if !v.until(stepMax, func() bool { return v.flushed }) {
		return fmt.Errorf("not everything that was written is done after %v: %s", stepMax, v.says())
	}
	v.until(stepMax, func() bool { return len(v.missing()) == 0 })
	if err := v.verdict(v.once); err != nil {
		return fmt.Errorf("%w\n%s", err, v.noise.text.String())
	}
	return nil
}

// end ends the client's programs; it is done with.
func (v *survivor) end() {
	if v.done != nil {
		v.done()
	}
	v.ended.Wait()
}

// command is one of the client's programs. It gets SIGTERM when the client is done with, and is killed if it stays.
func (v *survivor) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	p := exec.CommandContext(ctx, name, args...)
	p.Cancel = func() error { return p.Process.Signal(syscall.SIGTERM) }
	p.WaitDelay = 5 * time.Second
	p.Stderr = &v.noise
	return p
}

// read starts a program and lets take have its lines.
func (v *survivor) read(p *exec.Cmd, take func(string)) error {
	out, err := p.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.Start(); err != nil {
		return err
	}
	v.ended.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			take(lines.Text())
		}
		_ = p.Wait() // by the signal, or it ended too early and what it did not do is missed
	})
	return nil
}

// noise is what a client's programs say on standard error; it is shown if something is wrong.
type noise struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *noise) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.text.Len() < tailBytes {
		n.text.Write(p)
	}
	return len(p), nil
}

// program is a client in a Go program of its own.
func program(name string) func(context.Context, *suite, *survivor) error {
	return func(ctx context.Context, s *suite, v *survivor) error {
		binary := filepath.Join(s.scratch, name)
		if _, err := output(ctx, "", "go", "-C", filepath.Join(s.source, "golang"), "build", "-o", binary,
			"./"+name); err != nil {
			return err
		}
		return v.tells(v.command(ctx, binary, s.bootstrap, s.run, v.topic))
	}
}

func kafkajsThrough(ctx context.Context, s *suite, v *survivor) error {
	p := v.command(ctx, "node", filepath.Join(s.source, "kafkajs", "through.js"), s.bootstrap, v.topic)
	p.Env = append(os.Environ(), s.kafkajsEnv()...)
	return v.tells(p)
}

// tells starts a program that prints what it has written and read, until its standard input ends.
func (v *survivor) tells(p *exec.Cmd) error {
	stdin, err := p.StdinPipe()
	if err != nil {
		return err
	}
	go func() {
		<-v.stop
		_ = stdin.Close() // a program that is gone says nothing, and that is seen
	}()
	return v.read(p, v.line)
}

// pipe feeds numbers to a program that sends lines; all of them are acknowledged if it ends well.
func (v *survivor) pipe(p *exec.Cmd) error {
	stdin, err := p.StdinPipe()
	if err != nil {
		return err
	}
	p.Stdout = &v.noise
	if err := p.Start(); err != nil {
		return err
	}
	v.ended.Go(func() {
		n := v.feed(func(n int) error { _, err := fmt.Fprintln(stdin, n); return err })
		_ = stdin.Close() // an error comes again with Wait
		err := p.Wait()
		for i := 1; i <= n && err == nil; i++ {
			v.line("acked " + strconv.Itoa(i))
		}
		if err != nil {
			v.line("failed " + err.Error())
		}
		v.line("flushed")
	})
	return nil
}

// feed writes numbers until it is time to stop, and returns how many.
func (v *survivor) feed(write func(int) error) int {
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-v.stop:
			return n - 1
		case <-tick.C:
			if err := write(n); err != nil {
				v.line("failed " + err.Error())
				return n - 1
			}
		}
	}
}

// kcatThrough keeps connections to all brokers and renews them soon: kcat gives up once none is left, although only one
// broker is away and it has not tried the others again.
func kcatThrough(ctx context.Context, s *suite, v *survivor) error {
	kcat := []string{"-b", s.bootstrap, "-q", "-X", "enable.sparse.connections=false", "-X",
		"reconnect.backoff.max.ms=300"}
	write := v.command(ctx, "kcat", append(kcat, "-P", "-t", v.topic, "-X", "enable.idempotence=true", "-X",
		"linger.ms=5")...)
	read := v.command(ctx, "kcat", append(kcat, "-u", "-G", v.topic, "-X", "auto.offset.reset=earliest", "-f",
		`seen %p %o %s\n`, v.topic)...)
	return errors.Join(v.pipe(write), v.read(read, v.line))
}

// javaThrough runs the console tools. The producer's own default gives up after three tries, a third of a second.
func javaThrough(ctx context.Context, s *suite, v *survivor) error {
	java := func(class string, args ...string) *exec.Cmd {
		args = append([]string{"--bootstrap-server", s.bootstrap, "--topic", v.topic}, args...)
		return v.command(ctx, "java", append(s.javaArgs(class), args...)...)
	}
	seen := func(line string) {
		var partition, offset, n int
		if _, err := fmt.Sscanf(line, "Partition:%d\tOffset:%d\t%d", &partition, &offset, &n); err == nil {
			line = fmt.Sprintf("seen %d %d %d", partition, offset, n)
		}
		v.line(line)
	}
	return errors.Join(v.pipe(java(kafkaProducer, "--message-send-max-retries", "1000", "--timeout", "20")),
		v.read(java(kafkaConsumer, "--group", v.topic, "--from-beginning", "--formatter-property", "print.partition=true",
			"--formatter-property", "print.offset=true"), seen))
}

func franzThrough(ctx context.Context, s *suite, v *survivor) error {
	seeds := kgo.SeedBrokers(strings.Split(s.bootstrap, ",")...)
	p, err1 := kgo.NewClient(seeds, kgo.DefaultProduceTopic(v.topic))
	c, err2 := kgo.NewClient(seeds, kgo.ConsumerGroup(v.topic), kgo.ConsumeTopics(v.topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	v.ended.Go(func() {
		defer p.Close()
		v.feed(func(n int) error {
			p.Produce(ctx, &kgo.Record{Value: []byte(strconv.Itoa(n))}, func(_ *kgo.Record, err error) {
				v.line(outcome(n, err))
			})
			return nil
		})
		if err := p.Flush(ctx); err != nil {
			v.line("failed " + err.Error())
		}
		v.line("flushed")
	})
	v.ended.Go(func() {
		defer c.Close()
		for ctx.Err() == nil {
			c.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
				v.line(fmt.Sprintf("seen %d %d %s", r.Partition, r.Offset, r.Value))
			})
		}
	})
	return nil
}

func outcome(n int, err error) string {
	if err != nil {
		return fmt.Sprintf("failed %d %v", n, err)
	}
	return fmt.Sprintf("acked %d", n)
}
