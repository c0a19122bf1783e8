// Package env is the whole outside world as the core sees it: time, disk, network, randomness, and the
// facts a node emits about itself.
//
// A [Node] is handed one [Event] at a time and runs to the end. What it wants done it submits to [Disk] and
// [Network] under an [OpID]; the outcome comes back later as another event. Nothing in core waits, asks the
// time, or starts a goroutine.
//
// The package promises that the same node code runs over real sockets and files and over the simulated ones:
// env/contract holds those promises as tests that both implementations pass. It does not schedule, retry, or
// keep any state of its own.
package env
