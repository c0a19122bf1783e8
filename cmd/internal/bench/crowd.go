package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/progress"
)

// Crowd is what many partitions cost, each in a number of replicas.
type Crowd struct {
	Target     string `json:"target"`
	Partitions int    `json:"partitions"`
	Replicas   int    `json:"replicas"`
	Create     Stat   `json:"create_ms"`       // until CreateTopics is answered
	Lead       Stat   `json:"lead_ms"`         // until every partition has taken a write, from the beginning
	KiB        Stat   `json:"kib_per_replica"` // growth of the processes' resident memory
	IdleBefore Stat   `json:"idle_cpu_before"` // CPU time over time of all processes together, nothing to do
	Idle       Stat   `json:"idle_cpu"`        // the same with the partitions
	Move       Stat   `json:"move_ms"`         // from the kill of one process until every partition has taken a write
	Sync       Stat   `json:"sync_ms"`         // from its start until every replica is in sync
	runs       []crowdRun
}

// crowdRun is one such measurement.
type crowdRun struct {
	create, lead, move, sync  time.Duration
	kib, idleBefore, idleThen float64
}

// MeasureCrowd makes a topic of many partitions and kills a process, on a cluster of its own each time; fresh makes
// the next one.
func MeasureCrowd(ctx context.Context, fresh func() (Target, error), partitions, times int, bar *progress.Bar) (*Crowd,
	error) {
	var c Crowd
	for range times {
		t, err := fresh()
		if err != nil {
			return nil, err
		}
		c.Target, c.Partitions, c.Replicas = t.Name, partitions, t.Replicas
		r, err := crowdOnce(ctx, t, partitions)
		if err != nil {
			return nil, err
		}
		c.runs = append(c.runs, r)
		bar.Add(1)
	}
	c.sum()
	return &c, nil
}

func (c *Crowd) sum() {
	of := func(f func(crowdRun) float64) Stat {
		var v []float64
		for _, r := range c.runs {
			v = append(v, f(r))
		}
		return stat(v)
	}
	c.Create = of(func(r crowdRun) float64 { return millis(r.create) })
	c.Lead = of(func(r crowdRun) float64 { return millis(r.lead) })
	c.Move = of(func(r crowdRun) float64 { return millis(r.move) })
	c.Sync = of(func(r crowdRun) float64 { return millis(r.sync) })
	c.KiB = of(func(r crowdRun) float64 { return r.kib })
	c.IdleBefore = of(func(r crowdRun) float64 { return r.idleBefore })
	c.Idle = of(func(r crowdRun) float64 { return r.idleThen })
}

func (c *Crowd) write(w io.Writer) {
	fmt.Fprintf(w, "\n%s: %d partitions, %d replicas each\n", c.Target, c.Partitions, c.Replicas)
	fmt.Fprintf(w, "  CreateTopics answered, ms\t%v\n  every partition has taken a write, ms\t%v\n", c.Create, c.Lead)
	fmt.Fprintf(w, "  memory of a replica, KiB\t%v\n  idle, CPUs of all processes, without and with\t%v\t%v\n", c.KiB,
		c.IdleBefore, c.Idle)
	fmt.Fprintf(w, "  kill -9 of one until every partition has taken a write, ms\t%v\n  its start until every replica is in sync, ms\t%v\n", c.Move, c.Sync)
}

// How long an idle server is looked at, and how long it is left alone before that.
const (
	idleFor   = 3 * time.Second
	quietFor  = time.Second
	crowdName = "gregor-bench-crowd"
)

func crowdOnce(ctx context.Context, t Target, partitions int) (r crowdRun, err error) {
	ps, err := startAll(ctx, t.Servers, t.Env, "")
	defer ps.stop()
	if err != nil {
		return r, err
	}
	before, share, err := ps.idle()
	if err != nil {
		return r, err
	}
	r.idleBefore = share
	k, err := dialKafka(ctx, ps.addr())
	if err != nil {
		return r, err
	}
	defer k.close()
	begin := time.Now()
	if err := k.askForTopic(crowdName, partitions, t.Replicas, false); err != nil {
		return r, err
	}
	r.create = time.Since(begin)
	if err := ps.writeAll(ctx, partitions); err != nil {
		return r, err
	}
	r.lead = time.Since(begin)
	then, share, err := ps.idle()
	if err != nil {
		return r, err
	}
	r.idleThen = share
	r.kib = float64(then.rss-before.rss) / 1024 / float64(partitions*t.Replicas)
	err = r.fail(ctx, ps, t.Replicas, partitions)
	return r, err
}

// fail kills the process that was started last, and brings it back.
func (r *crowdRun) fail(ctx context.Context, ps processes, replicas, partitions int) error {
	dead := ps[len(ps)-1]
	at, err := dead.kill()
	if err != nil {
		return err
	}
	if err := ps[:len(ps)-1].writeAll(ctx, partitions); err != nil {
		return fmt.Errorf("after the crash of %s: %w", dead.addr, err)
	}
	r.move = time.Since(at)
	begin := time.Now()
	if err := dead.again(ctx); err != nil {
		return err
	}
	w := &writer{topic: crowdName}
	defer w.close()
	err = w.settle(ctx, ps, replicas)
	r.sync = time.Since(begin)
	return err
}

// idle looks at processes that have nothing to do: what they use, and which share of a CPU that takes.
func (ps processes) idle() (u usage, share float64, err error) {
	time.Sleep(quietFor)
	before, err := ps.usage()
	if err != nil {
		return u, 0, err
	}
	time.Sleep(idleFor)
	u, err = ps.usage()
	return u, (u.cpu - before.cpu).Seconds() / idleFor.Seconds(), err
}

// writeAll writes once to every partition of the crowd, at its leader, until all leaders have appended it.
func (ps processes) writeAll(ctx context.Context, partitions int) error {
	w := &writer{topic: crowdName}
	defer w.close()
	if err := w.reach(ctx, ps); err != nil {
		return err
	}
	data, _, err := batch(256, 100)
	if err != nil {
		return err
	}
	left := map[int32]bool{}
	for i := range partitions {
		left[int32(i)] = true
	}
	for end := time.Now().Add(askAtMost); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(askAgain) {
		if err = w.writeLeft(ps, left, data); err != nil || len(left) == 0 {
			return err
		}
	}
	return errors.Join(fmt.Errorf("%d partitions take no write within %v", len(left), askAtMost), ctx.Err())
}

// writeLeft writes to those that are left and have a leader that is asked, and strikes out who took it.
func (w *writer) writeLeft(ps processes, left map[int32]bool, data []byte) error {
	for i, k := range w.asked {
		l, err := k.layout(w.topic, maxPartition(left)+1)
		if err != nil {
			return err
		}
		var own []int32
		for _, p := range slices.Sorted(maps.Keys(left)) {
			if l.leader[p] == ps[i].addr {
				own = append(own, p)
			}
		}
		if err := k.produceEach(w.topic, own, data, left); err != nil {
			return err
		}
	}
	return nil
}

// maxPartition is the largest that is left.
func maxPartition(left map[int32]bool) (most int) {
	for p := range left {
		most = max(most, int(p))
	}
	return most
}

// produceEach writes one batch to each of the partitions, in one request, and strikes out who took it.
func (k *kafka) produceEach(topic string, partitions []int32, data []byte, left map[int32]bool) error {
	if len(partitions) == 0 {
		return nil
	}
	req, resp := kmsg.NewPtrProduceRequest(), kmsg.ProduceResponse{}
	k.version(req, 11)
	req.Acks, req.TimeoutMillis = -1, 10_000
	t := kmsg.NewProduceRequestTopic()
	t.Topic = topic
	for _, i := range partitions {
		p := kmsg.NewProduceRequestTopicPartition()
		p.Partition, p.Records = i, data
		t.Partitions = append(t.Partitions, p)
	}
	req.Topics = append(req.Topics, t)
	if err := k.call(req, &resp); err != nil {
		return err
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			err := kerr.ErrorForCode(p.ErrorCode)
			if err == nil {
				delete(left, p.Partition)
			} else if !kerr.IsRetriable(err) {
				return fmt.Errorf("writing to %s-%d: %w", topic, p.Partition, err)
			}
		}
	}
	return nil
}
