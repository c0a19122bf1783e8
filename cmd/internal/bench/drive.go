package bench

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// ride is one connection's part of a run.
type ride struct {
	nc   net.Conn
	in   *bufio.Reader
	lane lane
}

// drive makes n requests on every ride at once, at most inFlight of each unanswered, and returns the latencies in
// nanoseconds.
func drive(ctx context.Context, rides []ride, n, inFlight int, rate float64) (*hdrhistogram.Histogram, time.Duration,
	error) {
	all := newHistogram()
	errs := make([]error, len(rides))
	stop := context.AfterFunc(ctx, func() { // nothing else ends a read
		for _, r := range rides {
			_ = r.nc.SetDeadline(time.Now())
		}
	})
	defer stop()
	var wait sync.WaitGroup
	var mu sync.Mutex
	start := time.Now()
	for i, r := range rides {
		wait.Go(func() {
			h := newHistogram()
			errs[i] = r.drive(h, n, inFlight, rate)
			mu.Lock()
			all.Merge(h)
			mu.Unlock()
		})
	}
	wait.Wait()
	took := time.Since(start)
	return all, took, errors.Join(append(errs, ctx.Err())...)
}

// newHistogram keeps three digits of anything up to ten minutes.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, int64(10*time.Minute), 3)
}

func (r ride) drive(h *hdrhistogram.Histogram, n, inFlight int, rate float64) error {
	if !r.lane.answers() {
		return r.drop(h, n, rate)
	}
	if inFlight == 1 {
		return r.oneByOne(h, n, rate)
	}
	slots, began := make(chan struct{}, inFlight), make(chan time.Time, inFlight)
	sent := make(chan error, 1)
	stop := make(chan struct{})
	defer close(stop)
	go func() { sent <- r.send(slots, began, stop, n, rate) }()
	for i := range n {
		if err := r.lane.answer(r.in, i); err != nil {
			return err
		}
		_ = h.RecordValue(int64(time.Since(<-began)))
		<-slots
	}
	return <-sent
}

// oneByOne has one request in flight, on one goroutine.
func (r ride) oneByOne(h *hdrhistogram.Histogram, n int, rate float64) error {
	p := newPace(rate)
	for i := range n {
		at := p.next(i)
		if _, err := r.nc.Write(r.lane.request(i)); err != nil {
			return err
		}
		if err := r.lane.answer(r.in, i); err != nil {
			return err
		}
		_ = h.RecordValue(int64(time.Since(at)))
	}
	return nil
}

func (r ride) send(slots chan<- struct{}, began chan<- time.Time, stop <-chan struct{}, n int, rate float64) error {
	p := newPace(rate)
	for i := range n {
		at := p.next(i)
		select {
		case slots <- struct{}{}: // at a fixed rate, what is waited here counts
		case <-stop:
			return nil
		}
		if p.period == 0 {
			at = time.Now()
		}
		began <- at
		if _, err := r.nc.Write(r.lane.request(i)); err != nil {
			return err
		}
	}
	return nil
}

// drop makes requests that get no response; the latency is that of handing them to the socket.
func (r ride) drop(h *hdrhistogram.Histogram, n int, rate float64) error {
	p := newPace(rate)
	for i := range n {
		at := p.next(i)
		if _, err := r.nc.Write(r.lane.request(i)); err != nil {
			return err
		}
		_ = h.RecordValue(int64(time.Since(at)))
	}
	return barrier(r.nc, r.in)
}

// pace returns when requests are due.
type pace struct {
	start  time.Time
	period time.Duration // 0: at once
}

func newPace(rate float64) pace {
	p := pace{start: time.Now()}
	if rate > 0 {
		p.period = time.Duration(float64(time.Second) / rate)
	}
	return p
}

// next waits until request i is due, and returns when its latency begins: when it was due, if that is past; else
// now, as what the timer overslept is not the broker's.
func (p pace) next(i int) time.Time {
	now := time.Now()
	if p.period == 0 {
		return now
	}
	due := p.start.Add(time.Duration(i) * p.period)
	if !due.After(now) {
		return due
	}
	time.Sleep(due.Sub(now))
	return time.Now()
}
