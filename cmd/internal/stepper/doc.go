// Package stepper is gregor step: a person steps through a run in a terminal, forward and back, looks into nodes,
// partitions and groups, asks why, and makes faults happen by hand, each in a branch of its own.
//
// It is a reader of [scenarios.Cursor] in two forms: [Plain] reads commands and writes lines, for scripts and screen
// readers; [Full] draws the whole screen and reads keys. Both show the same texts, which are pure functions of a
// [scenarios.View] and of events. Nothing here changes a run: a fault made by hand is a line of another scenario.
//
// It does not judge a run, and it does not run in real time.
package stepper
