package ideal

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"
	"net"
	"os"
)

// A request is a big-endian u32 length, a byte for the kind of request, and what belongs to it. An answer begins
// with HeadSize bytes.
const (
	Produce = 1 // length bytes of payload follow; the answer is their CRC-32C (u32, and 4 zeros) and the file's end (u64)
	Fetch   = 2 // a u64 position follows; the answer is a head and then length bytes of the file
	Usage   = 3 // length is zero; the answer is the process's CPU time (u64 ns) and its largest resident set (u64 KiB)

	RequestHead = 5
	HeadSize    = 16
)

// Castagnoli is the table of CRC-32C.
var Castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maxPayload is the largest payload a client sends.
const maxPayload = 4 << 20

// Serve answers one connection after another, each on a goroutine with a file of its own in dir, until the
// listener is closed. With sync set, a frame is answered when it is on stable storage.
func Serve(l net.Listener, dir string, sync bool) error {
	for {
		nc, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer nc.Close()
			f, err := os.CreateTemp(dir, "ideal*.log")
			if err != nil {
				return
			}
			defer os.Remove(f.Name())
			defer f.Close()
			s := session{nc: nc, f: f, sync: sync, in: bufio.NewReaderSize(nc, 64<<10), buf: make([]byte, maxPayload)}
			for s.answer() == nil {
			}
		}()
	}
}

type session struct {
	nc   net.Conn
	f    *os.File
	sync bool
	in   *bufio.Reader
	buf  []byte
	end  uint64
	head [RequestHead]byte
	out  [HeadSize]byte
}

func (s *session) answer() error {
	if _, err := io.ReadFull(s.in, s.head[:]); err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint32(s.head[:]))
	s.out = [HeadSize]byte{}
	switch s.head[4] {
	case Produce:
		return s.produce(s.buf[:n])
	case Fetch:
		return s.fetch(n)
	}
	PutUsage(s.out[:])
	_, err := s.nc.Write(s.out[:])
	return err
}

func (s *session) produce(p []byte) error {
	if _, err := io.ReadFull(s.in, p); err != nil {
		return err
	}
	crc := crc32.Update(0, Castagnoli, p)
	if _, err := s.f.Write(p); err != nil {
		return err
	}
	if s.sync {
		if err := syncData(s.f); err != nil {
			return err
		}
	}
	s.end += uint64(len(p))
	binary.BigEndian.PutUint32(s.out[:], crc)
	binary.BigEndian.PutUint64(s.out[8:], s.end)
	_, err := s.nc.Write(s.out[:])
	return err
}

func (s *session) fetch(n int) error {
	if _, err := io.ReadFull(s.in, s.buf[:8]); err != nil {
		return err
	}
	if _, err := s.nc.Write(s.out[:]); err != nil {
		return err
	}
	if _, err := s.f.Seek(int64(binary.BigEndian.Uint64(s.buf)), io.SeekStart); err != nil {
		return err
	}
	_, err := io.CopyN(s.nc, s.f, int64(n)) // sendfile, where the system has it
	return err
}
