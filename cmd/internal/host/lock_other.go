//go:build !unix

package host

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// lockDir keeps a second process out of the data directory for as long as the file is open.
func lockDir(root *os.Root, dir string) (*os.File, error) {
	f, err := root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0,
		1, 0, &windows.Overlapped{})
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return nil, fmt.Errorf("the data directory %s is in use by another process (it holds %s)", dir, lockName)
	}
	return nil, fmt.Errorf("locking %s in %s: %w", lockName, dir, err)
}

// openFileLimit is how many descriptors the process may have: Windows sets no limit that matters.
func openFileLimit() int { return 1 << 30 }
