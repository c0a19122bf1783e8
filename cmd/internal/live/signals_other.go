//go:build !unix

package live

import "syscall"

// Possible reports whether this system can pause a process and resume it.
const Possible = false

const (
	halt = syscall.SIGKILL
	goOn = syscall.SIGKILL
)
