package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/progress"
)

// Crash is one kill -9 of a leader. Times count from just before the signal is sent.
type Crash struct {
	KnownMillis float64 `json:"known_ms"`   // until a survivor names another leader
	AckedMillis float64 `json:"acked_ms"`   // until that one has acknowledged a write, to all in sync
	Controller  bool    `json:"controller"` // the process decided for the cluster, too
}

// Failover is many of them, one after the other.
type Failover struct {
	Target  string  `json:"target"`
	Crashes []Crash `json:"crashes"`
	Acked   Stat    `json:"acked_ms"`
	Led     Stat    `json:"acked_ms_controller_elsewhere"` // of those that only led
	Decided Stat    `json:"acked_ms_controller_crashed"`   // of those that decided, too
}

// How often a client asks for the new leader, and how long it goes on.
const (
	askAgain  = 5 * time.Millisecond
	askAtMost = time.Minute
)

// The topic whose leaders are killed. It has several partitions, so that the broker to be killed leads one.
const (
	failing           = "gregor-bench-failover"
	failingPartitions = 6
)

// MeasureFailover starts the target, and kills the leader of a partition with three replicas, as often as is asked:
// each time it waits for a write to the new one, and until the killed process is back and in sync. Every other time
// the leader is the active controller, if that leads anything.
func MeasureFailover(ctx context.Context, t Target, crashes int, bar *progress.Bar) (*Failover, error) {
	ps, err := startAll(ctx, t.Servers, t.Env, "")
	defer ps.stop()
	if err != nil {
		return nil, err
	}
	k, err := dialKafka(ctx, ps.addr())
	if err != nil {
		return nil, err
	}
	defer k.close()
	if _, err = k.createTopic(failing, failingPartitions, t.Replicas, false); err != nil {
		return nil, err
	}
	f := &Failover{Target: t.Name}
	for i := range crashes {
		c, err := ps.crash(ctx, i%2 == 1, t.Replicas)
		if err != nil {
			return f, err
		}
		f.Crashes = append(f.Crashes, c)
		bar.Add(1)
	}
	f.sum()
	return f, nil
}

func (f *Failover) sum() {
	var all, led, decided []float64
	for _, c := range f.Crashes {
		all = append(all, c.AckedMillis)
		if c.Controller {
			decided = append(decided, c.AckedMillis)
		} else {
			led = append(led, c.AckedMillis)
		}
	}
	f.Acked, f.Led, f.Decided = stat(all), stat(led), stat(decided)
}

func (f *Failover) write(w io.Writer) {
	fmt.Fprintf(w, "\n%s: %d leaders killed, ms to the first acknowledged write\n", f.Target, len(f.Crashes))
	fmt.Fprintf(w, "  all\t%v\n  it only led\t%v\n  it was the active controller, too\t%v\n", f.Acked, f.Led, f.Decided)
}

// crash kills a leader under a client that writes, and brings it back.
func (ps processes) crash(ctx context.Context, controller bool, replicas int) (c Crash, err error) {
	w := &writer{topic: failing}
	defer w.close()
	if err := w.reach(ctx, ps); err != nil {
		return c, err
	}
	if c.Controller, err = w.pick(controller); err != nil {
		return c, err
	}
	leader, err := w.write(ctx, "")
	if err != nil {
		return c, err
	}
	dead, rest := ps.at(leader)
	if dead == nil {
		return c, fmt.Errorf("bench: the leader %s of %s is none of the processes", leader, failing)
	}
	if err := w.reach(ctx, rest); err != nil {
		return c, err
	}
	at, err := dead.kill()
	if err != nil {
		return c, err
	}
	if _, err = w.write(ctx, leader); err != nil {
		return c, fmt.Errorf("after the crash of %s: %w", leader, err)
	}
	c.AckedMillis, c.KnownMillis = millis(time.Since(at)), millis(w.known.Sub(at))
	if err := dead.again(ctx); err != nil {
		return c, err
	}
	return c, w.settle(ctx, ps, replicas)
}

// pick chooses a partition: one that the active controller leads, or one that it does not, if there is such a one. It
// reports whether the controller leads what was chosen.
func (w *writer) pick(controlled bool) (bool, error) {
	controller, err := w.controller()
	if err != nil {
		return false, err
	}
	l, err := w.asked[0].layout(w.topic, failingPartitions)
	if err != nil {
		return false, err
	}
	w.partition = max(0, slices.IndexFunc(l.leader, func(addr string) bool { return (addr == controller) == controlled }))
	return l.leader[w.partition] == controller, nil
}

func millis(d time.Duration) float64 { return d.Seconds() * 1e3 }

// writer is a client that writes to one partition of a topic, at its present leader.
type writer struct {
	topic     string
	partition int
	asked     []*kafka // connections to those that are asked for the leader
	known     time.Time
}

func (w *writer) close() {
	for _, k := range w.asked {
		k.close()
	}
	w.asked = nil
}

// reach connects to those that will be asked.
func (w *writer) reach(ctx context.Context, ps processes) error {
	w.close()
	for _, p := range ps {
		k, err := dialKafka(ctx, p.addr)
		if err != nil {
			return err
		}
		w.asked = append(w.asked, k)
	}
	return nil
}

// write writes once, to a leader other than old, and says to which.
func (w *writer) write(ctx context.Context, old string) (leader string, err error) {
	data, _, err := batch(1<<10, 512)
	if err != nil {
		return "", err
	}
	w.known = time.Time{}
	for end := time.Now().Add(askAtMost); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(askAgain) {
		for _, k := range w.asked {
			l, askErr := k.layout(w.topic, w.partition+1)
			if askErr != nil || l.leader[w.partition] == "" || l.leader[w.partition] == old {
				err = askErr
				continue
			}
			if w.known.IsZero() {
				w.known = time.Now()
			}
			if leader = l.leader[w.partition]; w.writeTo(ctx, leader, data) == nil {
				return leader, nil
			}
		}
	}
	return "", errors.Join(fmt.Errorf("nothing was acknowledged within %v", askAtMost), err, ctx.Err())
}

// writeTo writes one batch to a leader, on a connection of its own.
func (w *writer) writeTo(ctx context.Context, leader string, data []byte) error {
	rs, done, err := rides(ctx, []string{leader}, func(k *kafka, _ int) (lane, error) {
		return newProduceLane(k, w.topic, int32(w.partition), -1, data)
	})
	defer done()
	if err != nil {
		return err
	}
	_, _, err = drive(ctx, rs, 1, 1, 0)
	return err
}

// controller is who decides for the cluster: the leader of the metadata quorum, as one of those asked knows it.
func (w *writer) controller() (string, error) {
	k := w.asked[0]
	req, resp := kmsg.NewPtrDescribeQuorumRequest(), kmsg.DescribeQuorumResponse{}
	k.version(req, 1)
	t := kmsg.NewDescribeQuorumRequestTopic()
	t.Topic = "__cluster_metadata"
	t.Partitions = append(t.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, t)
	if err := k.call(req, &resp); err != nil {
		return "", err
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			return k.address(p.LeaderID)
		}
	}
	return "", errors.New("bench: the metadata quorum has no leader")
}

// settle waits until the topic has all its replicas in sync again, in everybody's view.
func (w *writer) settle(ctx context.Context, ps processes, replicas int) error {
	if err := w.reach(ctx, ps); err != nil {
		return err
	}
	for _, k := range w.asked {
		err := k.inSync(w.topic, replicas)
		for end := time.Now().Add(askAtMost); err != nil && time.Now().Before(end) &&
			ctx.Err() == nil; err = k.inSync(w.topic, replicas) {
			time.Sleep(askAgain)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
