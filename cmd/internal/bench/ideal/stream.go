package ideal

import (
	"os"
	"time"
)

// Stream writes n times size bytes to f, each made durable before the next, and reports to each how long it took. It
// ends early when each returns false.
func Stream(f *os.File, size, n int, each func(time.Duration) bool) (time.Duration, error) {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i * 13)
	}
	start := time.Now()
	for range n {
		begin := time.Now()
		if _, err := f.Write(b); err != nil {
			return 0, err
		}
		if err := syncData(f); err != nil {
			return 0, err
		}
		if !each(time.Since(begin)) {
			break
		}
	}
	return time.Since(start), nil
}
