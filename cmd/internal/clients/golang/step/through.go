package step

import (
	"fmt"
	"io"
	"iter"
	"os"
	"sync"
	"time"
)

// every is how often a number is written.
const every = 20 * time.Millisecond

// Numbers are 1, 2, 3... in even time until standard input ends.
func Numbers() iter.Seq[int] {
	over := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is all there is to know
		close(over)
	}()
	return func(yield func(int) bool) {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for n := 1; ; n++ {
			select {
			case <-over:
				return
			case <-tick.C:
				if !yield(n) {
					return
				}
			}
		}
	}
}

var out sync.Mutex

func say(format string, args ...any) {
	out.Lock()
	defer out.Unlock()
	fmt.Printf(format+"\n", args...)
}

// Outcome tells what came of writing a number.
func Outcome(n int, err error) {
	if err != nil {
		say("failed %d %v", n, err)
		return
	}
	say("acked %d", n)
}

// Seen tells of a record that was read.
func Seen(partition int32, offset int64, value []byte) {
	say("seen %d %d %s", partition, offset, value)
}

// Failed tells of an error that ends the writing or the reading.
func Failed(err error) { say("failed %v", err) }

// Flushed tells that every number has its outcome. The program goes on reading until it is killed.
func Flushed() {
	say("flushed")
	select {}
}
