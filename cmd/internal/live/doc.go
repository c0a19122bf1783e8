// Package live is the world of processes for package scenarios: the servers of a scenario are child processes on
// loopback, its clients the very nodes the simulator runs, on the real host in this process, and its faults what an
// operating system can do. The same file is run and judged by the same code as in the simulator.
//
// A crash is SIGKILL, a shutdown SIGTERM, a pause SIGSTOP; a wipe kills and deletes the directory. A client is killed
// or held still with its host. Every server is reached only through a [door] of ours, a small proxy that learns from
// the first request of a connection who is calling. A cut link forwards nothing in that direction and closes nothing,
// as a cut cable does, and what was under way goes on when it is mended. A new connection across a cut is accepted by
// the operating system and then hears nothing, where in the simulator the dial itself hangs.
//
// Nobody sees inside the servers. What they decided, who leads, who is in sync and where logs begin, is asked for over
// connections of our own, past all doors, several times a second, and told as facts when it changes: a state that lasts
// less than that may never be told.
//
// All decisions are made by one goroutine, in Run and RunUntil; the others bring it what has happened.
package live
