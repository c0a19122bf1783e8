package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// usage reads /proc. The CPU time is the sum over its threads of what the scheduler counted, in nanoseconds:
// /proc/PID/stat counts in ticks of 10 ms, too coarse for a short run. A thread that has ended is not in it, which
// is why it must not be used across a run in which threads end; Go's do not.
func (p *process) usage() (u usage, err error) {
	if p == nil || p.pid == 0 {
		return u, errNoUsage
	}
	proc := filepath.Join("/proc", strconv.Itoa(p.pid))
	threads, err := filepath.Glob(filepath.Join(proc, "task", "*", "schedstat"))
	if err != nil || len(threads) == 0 {
		return u, errNoUsage
	}
	for _, path := range threads {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		var ns int64
		if _, err := fmt.Sscan(string(b), &ns); err != nil {
			return u, err
		}
		u.cpu += time.Duration(ns)
	}
	status, err := os.ReadFile(filepath.Join(proc, "status"))
	u.rss, u.peak = kib(status, "VmRSS:")<<10, kib(status, "VmHWM:")<<10
	return u, err
}

func kib(status []byte, name string) (n int64) {
	_, after, _ := bytes.Cut(status, []byte(name))
	_, _ = fmt.Sscan(string(after), &n)
	return n
}
