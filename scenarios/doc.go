// Package scenarios is the stories: small text files that say what cluster there is, who uses it, what goes
// wrong, and what is expected to come of it. It parses them, runs them in the simulator with a seed, has the
// checkers judge the run, and tells the outcome.
// [DoIn] runs the same file, with the same code, in any other [World] that can do what the file asks for.
//
// A [Scenario] and a seed determine a run completely; [Token] names both in one word. Faults drawn from the
// seed are expanded into plain steps before the run begins, so that a shrunk failure is itself a scenario.
// [Timeline] is a run's story, [Findings] what the checkers found, [LastSteps] what led to it and [Event] what caused an
// event, all on one clock: the time since the clients began. Of Go tests that run scenarios, testing.md has an example.
//
// # The format
//
// One statement a line; # begins a comment. Names and values of settings are Kafka's.
//
//	cluster brokers=3 [controllers=3] [racks=r1,r2,r3] [directory.ids=true] [setting=value ...]
//	topic NAME [partitions=N] [replication.factor=N] [setting=value ...]
//	producer NAME topic=T [rate=200/s] [acks=all] [setting=value ...]
//	consumer NAME group=G topic=T [client.rack=r2] [setting=value ...]
//	admin NAME do=COMMAND [at=TIME] [topic=T ...]      one command: create-topic, reassign, elect-leaders ...
//	network [latency=1ms..5ms] [resets=10ppm] ...      how the network behaves while faults are on
//	disk [latency=..] [power-cut=loses] ...            likewise the brokers' disks
//	swarm                                              draw both, and the brokers' knobs, from the seed
//	at TIME ACTION [for TIME] [if survivable]          a fault, undone after the second TIME
//	random ACTION every TIME..TIME [for TIME..TIME]    faults drawn from the seed
//	rolling ACTION every TIME [for TIME]               the same action on one node after the other
//	run TIME                                           how long faults are on
//	seed N                                             the seed to run it with, if nobody says otherwise
//	expect NAME                                        what must come of it: safe, acked-loss, duplicates ...
//	allow NAME                                         what may come of it
//
// Actions are crash, power-cut, wipe, shutdown, restart, pause, resume, reset NODES; partition A | B [one-way];
// hold A | B, which keeps what is under way from A to B; clock and drift NODES AMOUNT; disk NODES SETTING; network
// SETTING; and heal.
//
// Nodes are the brokers b1, b2 ..., the controllers k1, k2 ... and the clients by their names, several separated by
// commas. Where no controllers are asked for, the first one, three or five brokers are controllers as well. Instead
// of a name may stand a part, which is whoever plays it at that moment: leader(orders-0), follower(orders-0), one
// of those in sync, isr(orders-0), coordinator(billing), controller, the one that decides; and a word for several:
// broker, controllers, client, and rest, who is not on the other side of the bar.
//
// # What may go wrong
//
// A scenario that expects safety has the faults it draws kept within what its configuration promises to survive
// (atlas.go says what that is), as things stand at the moment: each is written out with "if survivable", and left
// out if it would not be. A step somebody wrote is carried out as it stands.
//
// After the run everything is healed, and the cluster must come to rest within a bound: a controller decides, every
// broker is in service, every replica in sync; every partition can be written, every record acknowledged that can be,
// everything readable read by every group. What the package does not do: it knows no wall clock and no goroutine, and
// reads no file but those compiled into it.
package scenarios
