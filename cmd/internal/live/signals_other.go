//go:build !unix

package live

import "syscall"

// Possible says whether processes can be stopped, and let go on, on this system.
const Possible = false

const (
	halt = syscall.SIGKILL
	goOn = syscall.SIGKILL
)
