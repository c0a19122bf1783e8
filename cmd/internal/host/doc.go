// Package host is the real world for one [env.Node]: TCP sockets, files below a data directory, both clocks, and
// one timer.
//
// It is a monitor, not a loop. The goroutine that has an event (a connection's, a disk worker's, the timer's) takes
// the node's lock, runs Step, leaves the lock, and only then carries out, on its own goroutine, what the node
// submitted meanwhile: the lock is held for decisions, never across a system call. What carrying out completes
// is brought back in as the next events, in a loop, until nothing is left.
//
// It promises what [env.Disk] and [env.Network] promise (the suite in core/env/contract runs against it), and
// besides: sends on one connection leave in the order they were submitted, whichever goroutine sends them; a peer that
// does not read stalls only itself; every queue, pool and frame has a bound in [Options]; and a node may have far more
// files open than the process may have descriptors.
//
// It decides nothing about Kafka, keeps no state across incarnations except the files, and retries nothing.
package host
