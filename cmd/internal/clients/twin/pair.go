package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/ports"
)

// broker is one of the two that are compared.
type broker struct {
	addr           string
	port           int // of addr
	controllerPort int
	dir            string // of its logs
	cmd            *exec.Cmd
	log            string // a file
}

// pair are the two brokers, and what is to be removed when they have stopped.
type pair struct {
	kafka, gregor broker
	scratch       string
}

// settings are what both run with besides addresses: small numbers, so that conversations are short.
const settings = `process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:%[1]d,CONTROLLER://127.0.0.1:%[2]d
advertised.listeners=PLAINTEXT://127.0.0.1:%[1]d,CONTROLLER://127.0.0.1:%[2]d
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:%[2]d
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=%[3]s
num.partitions=2
offsets.topic.num.partitions=2
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=200
log.cleaner.backoff.ms=200
log.retention.check.interval.ms=500
log.initial.task.delay.ms=500
`

const clusterID = "MkU3OEVBNTcwNTJENDM2Qk"

// startPair starts what the options do not name as running.
func startPair(o options) (p *pair, err error) {
	p = &pair{kafka: brokerAt(o.kafkaAt), gregor: brokerAt(o.otherAt)}
	if p.scratch, err = os.MkdirTemp("", "twin-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.stop()
		}
	}()
	if o.kafkaAt == "" {
		if o.jars == "" {
			return p, errors.New("--jars names the directory of Kafka's jars, or --kafka a broker that runs")
		}
		if err = p.startKafka(o.jars); err != nil {
			return p, err
		}
	}
	if o.otherAt == "" {
		if o.gregor == "" {
			return p, errors.New("--gregor names the binary, or --other a broker that runs")
		}
		if err = p.gregor.start(p.scratch, "gregor", o.gregor, "serve", "--config"); err != nil {
			return p, err
		}
	}
	return p, errors.Join(p.kafka.await(), p.gregor.await())
}

// brokerAt is a broker at an address of which nothing else is known.
func brokerAt(addr string) broker { return broker{addr: addr, port: portOf(addr), dir: "?"} }

func portOf(addr string) int {
	_, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	return n
}

func (p *pair) startKafka(jars string) error {
	java := []string{"java", "-Xms128m", "-Xmx1g", "-XX:+UseSerialGC", "-cp", filepath.Join(jars, "*")}
	format := append(java[1:len(java):len(java)], "kafka.tools.StorageTool", "format", "-t", clusterID, "-c")
	config, err := p.kafka.configure(p.scratch, "kafka")
	if err != nil {
		return err
	}
	if out, err := exec.Command(java[0], append(format, config)...).CombinedOutput(); err != nil {
		return fmt.Errorf("Kafka's directory is not formatted: %w: %s", err, out)
	}
	return p.kafka.run(append(java, "kafka.Kafka", config)...)
}

// start configures a broker and runs it: the configuration is the command's last argument.
func (b *broker) start(scratch, name string, command ...string) error {
	config, err := b.configure(scratch, name)
	if err != nil {
		return err
	}
	return b.run(append(command, config)...)
}

// configure writes a configuration with free ports.
func (b *broker) configure(scratch, name string) (config string, err error) {
	home := filepath.Join(scratch, name)
	b.dir, b.log, config = filepath.Join(home, "logs"), filepath.Join(home, "log"),
		filepath.Join(home, "server.properties")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", err
	}
	addrs, err := ports.Free(2)
	if err != nil {
		return "", err
	}
	b.addr, b.port, b.controllerPort = addrs[0], portOf(addrs[0]), portOf(addrs[1])
	return config, os.WriteFile(config, fmt.Appendf(nil, settings, b.port, b.controllerPort, b.dir), 0o644)
}

func (b *broker) run(command ...string) error {
	log, err := os.Create(b.log)
	if err != nil {
		return err
	}
	defer log.Close()
	b.cmd = exec.Command(command[0], command[1:]...)
	b.cmd.Stdout, b.cmd.Stderr = log, log
	b.cmd.Env = append(os.Environ(), "LOG_DIR="+filepath.Dir(b.log))
	return b.cmd.Start()
}

// startPatience is how long a broker may take to start on a busy machine.
const startPatience = 2 * time.Minute

// await waits until a broker leads what it creates.
func (b *broker) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	for ctx.Err() == nil {
		if b.answers() {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	out, _ := os.ReadFile(b.log)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return fmt.Errorf("%s does not answer within %v; its last lines: %s", b.addr, startPatience,
		strings.Join(lines[max(0, len(lines)-5):], "\n"))
}

func (b *broker) answers() (ok bool) {
	defer func() { ok = recover() == nil && ok }() // nothing listens yet
	s := newSide(*b, nil)
	defer s.close()
	r := kmsg.NewPtrMetadataRequest()
	r.Topics = []kmsg.MetadataRequestTopic{}
	return len(doAs[*kmsg.MetadataResponse](s, "brokers", 9, r).Brokers) == 1
}

// stop ends what was started.
func (p *pair) stop() {
	for _, b := range []*broker{&p.kafka, &p.gregor} {
		if b.cmd != nil && b.cmd.Process != nil {
			_ = b.cmd.Process.Kill()
			_ = b.cmd.Wait()
		}
	}
	_ = os.RemoveAll(p.scratch)
}
