// Package scenarios runs scenarios: small text files that describe a cluster, its clients, the faults, and what every
// run must show. It parses them, runs them in the simulator with a seed, has the checkers judge the run, and narrates
// it. [DoIn] runs the same file, with the same code, in any other [World] that can carry out its faults.
//
// A run is a [Session]: a machine of states that stops after any event and goes on from there (phases.go draws it).
// [Do] is a session run to its end.
//
// A [Scenario] and a seed determine a run completely; a [Token] names both. Faults drawn from the
// seed are expanded into plain steps before the run begins, so that a shrunk failure is itself a scenario.
// [Timeline] is a run's story, [Findings] are those of the checkers, [LastSteps] what led to the first of them, and
// [Why] the causes of an event, all on one clock: the time since the clients started. testing.md shows a Go test that
// runs scenarios.
//
// Between two events a session can be looked into: [Session.View] is plain data, and taking it changes nothing. A
// [Cursor] goes forward and back in a run, and into branches: [Session.Branch] is the same run up to a moment, with one
// more line. [Event] is an event as steppers, pages and trace files have it; [TraceHelp] documents it.
//
// # The format
//
// One statement a line; # begins a comment. Names and values of settings are Kafka's. What holds blanks or # is written
// in "double quotes". [Help], which gregor help scenario prints, also lists the settings and outcomes; both come from
// the tables that the parser reads. What can be known before the run is refused with line, word, and what to write
// instead.
//
//	cluster [brokers=N] [controllers=N] [racks=R,R...] [directory.ids=true] [SETTING=VALUE ...]
//		the servers (brokers=1), and their broker configs
//	topic NAME [partitions=N] [replication.factor=N] [SETTING=VALUE ...]
//		a topic (partitions=1) that exists before the clients start, and its topic configs
//	producer NAME topic=T [rate=100/s] [SETTING=VALUE ...]
//		a client that sends
//	consumer NAME group=G topic=T[,T...] [SETTING=VALUE ...]
//		a client that reads
//	admin NAME do=COMMAND [at=TIME] [SETTING=VALUE ...]
//		a client that sends one admin command
//	network SETTING=VALUE ...
//		how the network behaves while faults are on
//	disk SETTING=VALUE ...
//		how the brokers' disks behave while faults are on
//	swarm
//		options of network, disks and brokers that no statement sets are drawn from the seed
//	at TIME ACTION [for TIME] [if survivable]
//		an action at a time; it ends after the second time, or with all other faults at the end of the run
//	after EVENT ACTION [for TIME]
//		an action right after the event of this number: what a fault made by hand becomes (gregor step)
//	random ACTION every TIME[..TIME] [for TIME[..TIME]] [from TIME] [till TIME]
//		the action is repeated, at times and on nodes that are drawn from the seed
//	rolling ACTION every TIME[..TIME] [for TIME[..TIME]] [from TIME] [till TIME]
//		likewise, on each of the nodes in turn
//	run TIME
//		how long faults are on (20s); then all faults end, and the cluster must recover
//	seed N
//		the seed if the command line gives none (1)
//	expect OUTCOME | CONDITION [in some of N seeds]
//		what every run must show: an outcome, or a condition after recovery
//	allow OUTCOME
//		an outcome that a run may show
//
// An action is a verb (crash, partition, disk ...) with what it acts on and its arguments; [Help] lists the verbs and
// their settings, from the rows described below. What lasts is undone after its "for", or when all faults end.
// Overlapping steps nest: the end of one leaves the others in force. An action that would change nothing about a node
// (it is down, or has ended by itself) has no effect, and the timeline notes why. A client that is shut down or
// restarted comes back as a new incarnation.
//
// Nodes are the brokers b1, b2 ..., the controllers k1, k2 ... and the clients by their names, several separated by
// commas. Where no controllers are asked for, the first one, three or five brokers are controllers as well. A name may
// be a role, which is the node that has it at that moment: leader(orders-0), follower(orders-0), one
// of the ISR, isr(orders-0), coordinator(billing), controller, the active one; and a word for several:
// broker, controllers, client, and rest, all that is not on the other side of the bar.
//
// # Expectations
//
// An outcome (safe, acked-loss, duplicate ...) is judged over the whole run. A condition is about a state: at its
// moment (at 15s expect isr(orders-0) = b2 b3), or, without a time, after recovery, where it must hold within ten
// seconds. Conditions compare nodes with = and !=, numbers also with < <= > >=, and are about:
//
//	leader(TOPIC-N)
//		the leader: names of servers, or none
//	isr(TOPIC-N)
//		the in-sync replicas: names of servers, or none
//	replicas(TOPIC-N)
//		the replicas: names of servers, or none
//	epoch(TOPIC-N)
//		the leader epoch: a number
//	controller
//		the active controller: names of servers, or none
//	coordinator(GROUP)
//		the group's coordinator: names of servers, or none
//	members(GROUP)
//		the members of the group's current generation: a number (only in the simulator)
//	lag(GROUP)
//		records acknowledged to producers and not yet committed by the group: a number
//	acked(CLIENT or TOPIC)
//		records acknowledged; of an admin: commands that succeeded: a number
//	failed(CLIENT or TOPIC)
//		records that failed or whose outcome is unknown; likewise of an admin's commands: a number
//	read(CONSUMER, GROUP or TOPIC)
//		records read: a number
//
// What is expected in some of N seeds is allowed with each of them, and one of them must show it: [Sighting] counts
// that.
//
// Clients of every kind start late with start=4s. A producer sends values of its own (p1-0, p1-1 ...), or those given:
// key=apple,pear value=10,12 partition=0,2. Each value is sent once, since records are identified by their values; a
// producer that is restarted continues with the next one.
//
// # What may go wrong
//
// A scenario that expects safety has the faults it draws kept within what its configuration promises to survive
// (atlas.go defines that), as things stand at the moment: each is written out with "if survivable", and left
// out if it would not be. A step that is written in the file is carried out as it stands.
//
// # How to add a fault
//
// A verb is one row of a table verbs_*.go, of type verb, and nothing else: the parser, gregor help scenario, the atlas,
// the permits, the timeline and the refusals of gregor run --world real read the row. It has
//
//   - a name in the style of the others (the thing and what is wrong with it: power-cut, slow-cpu), what stands after
//     it in words for the help, and a sentence for what happens. on is what follows: nodes, only servers, or two sides;
//     amount checks one word after them, set reads settings;
//   - what it does, by calling [sim.World]: it gives each fault an event number, a line in the trace and a place in the
//     hash. A fault that sim cannot do yet is a method there, which calls mark first. With node, link or network the
//     row does what the actions under way want of one node, one direction between two, or the network, and undoes it
//     when there are none: nesting and healing follow from that. each is for what happens once, or for a process that
//     ends; it returns what undoes it. A verb that stands for settings of a disk returns what putDisk returns, and
//     nests with the verb disk;
//   - what it does in a world of processes: the same function, if it calls only methods of [World]; otherwise simulated
//     gives the reason why no such world can do it;
//   - costs, the most that it may take from a server (severity lists the degrees), so that storms that expect safety
//     draw it only where the configuration promises to survive it. No costs: it takes time only;
//   - away, if it takes servers from the others, so that a real cluster may lose what their leader alone has promised;
//   - story, if the timeline is to count its nodes as down or paused, to name it as what keeps partitions from their
//     clients, or to have a line for its end.
//
// Tests walk the table: what the help shows is parsed, every verb acts on every kind of node or refuses it, what lasts
// nests. A verb with arguments of its own needs an example of them in actions_test.go.
//
// A setting of the network, a link or a disk is one row of settings_table.go, of type setting: its name, value,
// sentence and usual value, the field of the options of netsim or disksim that it sets, and what it costs. fault marks
// what ends when all faults end.
//
// # Recovery
//
// At the end of the run all faults end, and every server and consumer that is down is restarted; a producer or admin
// that is down stays down. The cluster must recover within a bound: a controller is active, every broker is unfenced,
// every replica in the ISR; every partition accepts a write, producers have closed, every group has read to the end.
// The package reads no wall clock, starts no goroutine, and reads no file but those compiled into it.
//
//tidy:size the language, the run and the story of it; to be divided with the lessons
package scenarios
