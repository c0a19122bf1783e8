// Package scenarios is the stories: small text files that say what cluster there is, who uses it, what goes
// wrong, and what is expected to come of it. It parses them, runs them in the simulator with a seed, has the
// checkers judge the run, and tells the outcome.
//
// A [Scenario] and a seed determine a run completely; [Token] names both in one word. Faults drawn from the
// seed are expanded into plain steps before the run begins, so that a shrunk failure is itself a scenario.
//
// # The format
//
// One statement a line; # begins a comment. Names and values of settings are Kafka's.
//
//	cluster brokers=1 [setting=value ...]
//	topic NAME [partitions=N] [setting=value ...]
//	producer NAME topic=T [rate=200/s] [acks=all] [setting=value ...]
//	consumer NAME group=G topic=T [setting=value ...]
//	admin NAME [setting=value ...]
//	network [latency=1ms..5ms] [resets=10ppm] ...      how the network behaves while faults are on
//	disk [latency=..] [power-cut=loses] ...            likewise the brokers' disks
//	swarm                                              draw both, and the brokers' knobs, from the seed
//	at TIME ACTION [for TIME]                          a fault, undone after the second TIME
//	random ACTION every TIME..TIME [for TIME..TIME]    faults drawn from the seed
//	run TIME                                           how long faults are on
//	seed N                                             the seed to run it with, if nobody says otherwise
//	expect NAME                                        what must come of it: safe, acked-loss, duplicates ...
//	allow NAME                                         what may come of it
//
// After the run everything is healed, and the cluster must come to rest: every record acknowledged that can be,
// everything readable read. What the package does not do: it knows no wall clock and no goroutine, and reads no
// file but those compiled into it.
package scenarios
