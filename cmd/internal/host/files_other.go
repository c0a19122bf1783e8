//go:build !linux

package host

import (
	"os"
	"runtime"

	"gregor/core/env"
)

// writeAll writes the parts one after the other at pos.
func (k *carrier) writeAll(f *file, parts [][]byte, pos env.Position) error {
	for _, p := range parts {
		n, err := f.f.WriteAt(p, int64(pos))
		k.h.stats.pwrites.Add(1)
		if err != nil {
			return err
		}
		pos += env.Position(n)
	}
	return nil
}

func syncFile(f *file) error { return f.f.Sync() }

// syncDirectory does nothing on Windows, which has no such call.
func syncDirectory(d *os.File) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return d.Sync()
}

func quotaExceeded(error) bool { return false }

// spaceOf returns the size of the file system that holds a directory, which every other system has another call for.
func spaceOf(string) (*env.Space, error) { return &env.Space{Total: -1, Usable: -1}, nil }
