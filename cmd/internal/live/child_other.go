//go:build !linux

package live

import "syscall"

// dependent has nothing to add where a process cannot be tied to its parent: it stops when its standard input ends.
func dependent() *syscall.SysProcAttr { return nil }
