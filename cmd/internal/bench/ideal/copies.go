package ideal

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"
	"net"
	"os"
	"sync"
)

// Copy is the request of a follower: a u64 position follows, up to which it has everything. The answer comes when there
// is more: a head, which is the position that the bytes belong at (u64) and their number (u64), and the bytes. What
// belongs at zero restarts the file.
const Copy = 4

// copyMax is the most that is answered to a follower at once, in bytes.
const copyMax = 1 << 20

// alone is the size below which bytes leave with their head in one system call, and not with sendfile.
const alone = 16 << 10

// leader is one log that followers copy. A payload is answered when all of them have asked for what comes after it.
type leader struct {
	mu       sync.Mutex
	f        *os.File
	end      uint64
	client   net.Conn
	owed     []uint64 // where the payloads end that are not answered yet, in order
	copies   []*copying
	expected int
}

// copying is one follower, as its leader sees it.
type copying struct {
	nc      net.Conn
	f       *os.File // the log, with a position of its own
	at      uint64
	waits   bool
	buf     []byte
	request [RequestHead + 8]byte
}

// ServeCopied serves one client at a time, whose payloads so many followers copy, until the listener is closed.
func ServeCopied(l net.Listener, dir string, followers int) error {
	f, err := os.CreateTemp(dir, "ideal*.log")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	d := &leader{f: f, expected: followers}
	for {
		nc, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer nc.Close()
			_ = d.serve(nc) // the peer sees the end
		}()
	}
}

func (d *leader) serve(nc net.Conn) error {
	in := bufio.NewReaderSize(nc, 64<<10)
	kind, err := in.Peek(RequestHead)
	if err != nil {
		return err
	}
	if kind[4] == Copy {
		return d.follow(nc, in)
	}
	d.begin(nc)
	buf := make([]byte, maxPayload)
	for {
		if _, err := io.ReadFull(in, buf[:RequestHead]); err != nil {
			return err
		}
		p := buf[:binary.BigEndian.Uint32(buf)]
		if _, err := io.ReadFull(in, p); err != nil {
			return err
		}
		crc32.Update(0, Castagnoli, p)
		if err := d.append(p); err != nil {
			return err
		}
	}
}

// begin empties the log for a new client. The followers wait for its first payload.
func (d *leader) begin(client net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.f.Truncate(0)
	d.client, d.end, d.owed = client, 0, d.owed[:0]
	for _, c := range d.copies {
		c.at = 0
	}
}

func (d *leader) append(p []byte) error {
	if _, err := d.f.WriteAt(p, int64(d.end)); err != nil {
		return err
	}
	d.mu.Lock()
	d.end += uint64(len(p))
	d.owed = append(d.owed, d.end)
	end, ready := d.end, []*copying(nil)
	for _, c := range d.copies {
		if c.waits {
			c.waits = false
			ready = append(ready, c)
		}
	}
	d.mu.Unlock()
	for _, c := range ready {
		if err := c.send(end); err != nil {
			return err
		}
	}
	return nil
}

// follow serves one follower.
func (d *leader) follow(nc net.Conn, in io.Reader) error {
	f, err := os.Open(d.f.Name())
	if err != nil {
		return err
	}
	defer f.Close()
	c := &copying{nc: nc, f: f, buf: make([]byte, HeadSize+alone)}
	d.mu.Lock()
	d.copies = append(d.copies, c)
	d.mu.Unlock()
	for {
		if _, err := io.ReadFull(in, c.request[:]); err != nil {
			return err
		}
		if end := d.has(c, binary.BigEndian.Uint64(c.request[RequestHead:])); end > 0 {
			if err := c.send(end); err != nil {
				return err
			}
		}
	}
}

// has notes that a follower has everything up to a position, and answers what all of them have. It returns where the
// log ends if there is more for the follower; else the follower waits.
func (d *leader) has(c *copying, at uint64) (end uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.at = at
	least := at
	for _, o := range d.copies {
		least = min(least, o.at)
	}
	for len(d.copies) == d.expected && len(d.owed) > 0 && d.owed[0] <= least {
		var head [HeadSize]byte
		binary.BigEndian.PutUint64(head[8:], d.owed[0])
		_, _ = d.client.Write(head[:]) // a client that is gone asks for nothing
		d.owed = append(d.owed[:0], d.owed[1:]...)
	}
	if c.waits = c.at >= d.end; c.waits {
		return 0
	}
	return d.end
}

// send sends what the follower lacks, up to where the log ends.
func (c *copying) send(end uint64) error {
	n := min(end-c.at, copyMax)
	head := c.buf[:HeadSize]
	binary.BigEndian.PutUint64(head, c.at)
	binary.BigEndian.PutUint64(head[8:], n)
	if n < alone {
		p := c.buf[:HeadSize+n]
		if _, err := c.f.ReadAt(p[HeadSize:], int64(c.at)); err != nil {
			return err
		}
		_, err := c.nc.Write(p)
		return err
	}
	if _, err := c.nc.Write(head); err != nil {
		return err
	}
	if _, err := c.f.Seek(int64(c.at), io.SeekStart); err != nil {
		return err
	}
	_, err := io.CopyN(c.nc, c.f, int64(n)) // sendfile, where the system has it
	return err
}

// Follow copies from a leader until it is gone.
func Follow(addr, dir string) error {
	f, err := os.CreateTemp(dir, "ideal*.log")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer nc.Close()
	in, buf := bufio.NewReaderSize(nc, alone), make([]byte, copyMax)
	request := [RequestHead + 8]byte{4: Copy}
	for err == nil {
		if _, err = nc.Write(request[:]); err == nil {
			err = copyOnce(in, f, buf, request[RequestHead:])
		}
	}
	return err
}

// copyOnce takes one answer, and notes how far the copy is.
func copyOnce(in io.Reader, f *os.File, buf, at []byte) error {
	var head [HeadSize]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return err
	}
	pos, p := binary.BigEndian.Uint64(head[:]), buf[:binary.BigEndian.Uint64(head[8:])]
	if _, err := io.ReadFull(in, p); err != nil {
		return err
	}
	crc32.Update(0, Castagnoli, p)
	if pos == 0 {
		if err := f.Truncate(0); err != nil {
			return err
		}
	}
	binary.BigEndian.PutUint64(at, pos+uint64(len(p)))
	_, err := f.WriteAt(p, int64(pos))
	return err
}
