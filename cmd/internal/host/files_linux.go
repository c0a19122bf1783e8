package host

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"gregor/core/env"
)

// writeAll writes the parts one after the other at pos.
func (k *carrier) writeAll(f *file, parts [][]byte, pos env.Position) error {
	for len(parts) > 0 {
		n, err := k.writeSome(int(f.fd), parts, int64(pos))
		k.h.stats.pwrites.Add(1)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return &os.PathError{Op: "write", Path: f.path, Err: err}
		}
		pos += env.Position(n)
		parts = skip(parts, n)
	}
	return nil
}

func (k *carrier) writeSome(fd int, parts [][]byte, pos int64) (int, error) {
	if len(parts) == 1 {
		return unix.Pwrite(fd, parts[0], pos)
	}
	iov := k.room.iov[:min(len(parts), maxParts)]
	for i := range iov {
		iov[i].Base = unsafe.SliceData(parts[i])
		iov[i].SetLen(len(parts[i]))
	}
	// The kernel takes the position in two halves, and looks at the second on 32-bit machines only.
	n, _, errno := unix.Syscall6(unix.SYS_PWRITEV, uintptr(fd), uintptr(unsafe.Pointer(&iov[0])), uintptr(len(iov)),
		uintptr(pos), uintptr(uint64(pos)>>32), 0)
	clear(iov)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

func syncFile(f *file) error {
	for {
		err := unix.Fdatasync(int(f.fd))
		if err != unix.EINTR {
			return err
		}
	}
}

func syncDirectory(d *os.File) error { return d.Sync() }

func quotaExceeded(err error) bool { return errors.Is(err, unix.EDQUOT) }

// skip takes n bytes off the front of parts, in place.
func skip(parts [][]byte, n int) [][]byte {
	for len(parts) > 0 && n >= len(parts[0]) {
		n -= len(parts[0])
		parts = parts[1:]
	}
	if n > 0 {
		parts[0] = parts[0][n:]
	}
	return parts
}

// spaceOf returns the size of the file system that holds a directory.
func spaceOf(dir string) (*env.Space, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return nil, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return &env.Space{Total: int64(s.Blocks) * int64(s.Bsize), Usable: int64(s.Bavail) * int64(s.Bsize)}, nil
}
