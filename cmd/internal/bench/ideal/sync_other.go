//go:build !linux

package ideal

import "os"

func syncData(f *os.File) error { return f.Sync() }
