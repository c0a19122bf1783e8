// Package live is the world of processes for package scenarios: the servers of a scenario are child processes on
// loopback, its clients the very nodes the simulator runs, on the real host in this process, and its faults what an
// operating system can do. The same file is run and judged by the same code as in the simulator.
//
// A crash is SIGKILL, a shutdown SIGTERM, a pause SIGSTOP; a wipe kills and deletes the directory. A client is killed
// or held still with its host. Every server is reached only through a [proxy] of this package, which learns from
// the first request of a connection which node opened it. A cut link forwards nothing in that direction and closes
// nothing, as a cut cable does, and what was under way goes on when it is mended. A new connection across a cut is
// accepted by the operating system and then receives nothing; in the simulator the dial itself hangs.
//
// What servers decide is not visible from inside. Leaders, in-sync replicas and log starts are asked for several times
// a second, over connections that pass no proxy, and emitted as facts when they change: a state that lasts a shorter
// time may never become a fact.
//
// All decisions are made by one goroutine, in Step; the others bring it what has happened.
package live
