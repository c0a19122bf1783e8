// Package story prints a run for a person: its timeline, the verdict, what the checkers found, and the commands to run
// next.
//
// It promises that what it prints as a command can be pasted into a shell and shows the same run. It runs nothing
// itself, and holds no flags.
package story
