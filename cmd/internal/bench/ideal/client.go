package ideal

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"time"
)

// Load is what one connection does: Frames requests of Size bytes, at most InFlight of them unanswered; of
// fetches either one or as many as the sockets hold.
type Load struct {
	Size, Frames, InFlight int
}

// Result is what a load took.
type Result struct {
	Bytes    int
	Took     time.Duration
	CPU      time.Duration // the server's
	P50, P99 time.Duration // from a frame's sending to its answer
	MaxRSS   int64         // KiB
}

// MBps is the rate in 10^6 bytes a second.
func (r Result) MBps() float64 { return float64(r.Bytes) / 1e6 / r.Took.Seconds() }

// CPUPerGB is the server's CPU time in milliseconds for 10^9 bytes.
func (r Result) CPUPerGB() float64 { return r.CPU.Seconds() * 1e3 / (float64(r.Bytes) / 1e9) }

// Run produces the load and, with fetch set, reads it back; the results are of the two halves.
func Run(addr string, l Load, fetch bool) (produced, fetched Result, err error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return produced, fetched, err
	}
	defer nc.Close()
	c := client{nc: nc, in: bufio.NewReaderSize(nc, 4<<10)}
	if produced, err = c.measure(l, c.produce); err != nil || !fetch {
		return produced, fetched, err
	}
	fetched, err = c.measure(l, c.fetch)
	return produced, fetched, err
}

type client struct {
	nc  net.Conn
	in  *bufio.Reader
	lat []time.Duration
}

func (c *client) measure(l Load, do func(Load) error) (Result, error) {
	before, _, err := c.usage()
	if err != nil {
		return Result{}, err
	}
	c.lat = make([]time.Duration, 0, l.Frames)
	start := time.Now()
	if err := do(l); err != nil {
		return Result{}, err
	}
	r := Result{Bytes: l.Size * l.Frames, Took: time.Since(start)}
	after, rss, err := c.usage()
	r.CPU, r.MaxRSS = after-before, rss
	if n := len(c.lat); n > 0 {
		slices.Sort(c.lat)
		r.P50, r.P99 = c.lat[n/2], c.lat[n*99/100]
	}
	return r, err
}

func (c *client) usage() (cpu time.Duration, rss int64, err error) {
	if _, err := c.nc.Write([]byte{0, 0, 0, 0, Usage}); err != nil {
		return 0, 0, err
	}
	var a [HeadSize]byte
	_, err = io.ReadFull(c.in, a[:])
	return time.Duration(binary.BigEndian.Uint64(a[:])), int64(binary.BigEndian.Uint64(a[8:])), err
}

func (c *client) produce(l Load) error {
	frame := make([]byte, RequestHead+l.Size)
	binary.BigEndian.PutUint32(frame, uint32(l.Size))
	frame[4] = Produce
	for i := RequestHead; i < len(frame); i++ {
		frame[i] = byte(i * 13)
	}
	inFlight := make(chan time.Time, l.InFlight)
	done := make(chan error, 1)
	go func() { done <- c.acks(l, inFlight) }()
	for range l.Frames {
		select {
		case inFlight <- time.Now():
		case err := <-done:
			return err
		}
		if _, err := c.nc.Write(frame); err != nil {
			return err
		}
	}
	return <-done
}

func (c *client) acks(l Load, inFlight <-chan time.Time) error {
	var a [HeadSize]byte
	for i := range l.Frames {
		if _, err := io.ReadFull(c.in, a[:]); err != nil {
			return err
		}
		c.lat = append(c.lat, time.Since(<-inFlight))
		if end := binary.BigEndian.Uint64(a[8:]); end != uint64(l.Size)*uint64(i+1) {
			return fmt.Errorf("ideal: answer %d says the file ends at %d", i, end)
		}
	}
	return nil
}

func (c *client) fetch(l Load) error {
	if l.InFlight == 1 {
		return c.fetchOne(l)
	}
	sent := make(chan error, 1)
	go func() { sent <- c.ask(l) }()
	into := make([]byte, HeadSize+l.Size)
	for range l.Frames {
		if _, err := io.ReadFull(c.in, into); err != nil {
			return err
		}
	}
	return <-sent
}

// fetchOne has one fetch in flight.
func (c *client) fetchOne(l Load) error {
	into := make([]byte, HeadSize+l.Size)
	for i := range l.Frames {
		start := time.Now()
		if _, err := c.nc.Write(question(l, i)); err != nil {
			return err
		}
		if _, err := io.ReadFull(c.in, into); err != nil {
			return err
		}
		c.lat = append(c.lat, time.Since(start))
	}
	return nil
}

func question(l Load, i int) []byte {
	var q [RequestHead + 8]byte
	binary.BigEndian.PutUint32(q[:], uint32(l.Size))
	q[4] = Fetch
	binary.BigEndian.PutUint64(q[RequestHead:], uint64(i*l.Size))
	return q[:]
}

// ask sends all fetches; the socket holds them back when the server is behind.
func (c *client) ask(l Load) error {
	for i := range l.Frames {
		if _, err := c.nc.Write(question(l, i)); err != nil {
			return err
		}
	}
	return nil
}
