package raft

import (
	"errors"
	"fmt"

	"gregor/core/env"
	"gregor/core/kafka"
)

// State is where a replica is in its life.
//
//	Loading ──log ready──▶ Running ──Close──▶ Closing ──log closed──▶ Closed
//	   │                      │                  │
//	   └──────────────────────┴── disk error ────┴──▶ Failed
type State uint8

// The states.
const (
	Loading State = iota // reads its files; requests are answered BROKER_NOT_AVAILABLE
	Running
	Closing // Close was called; a leader has resigned and sends EndQuorumEpoch
	Closed  // everything is on disk
	Failed  // a disk error, damaged files, or a contradiction: Err has the reason; the node must end
)

func (s State) String() string {
	return [...]string{"loading", "running", "closing", "closed", "failed"}[s]
}

// life is what every part of a replica shares: which node it is on, the world outside, and how far its life has come.
type life struct {
	node  kafka.NodeID
	world env.World
	now   env.Now // of the call that is being handled
	state State
	err   error
}

// isActive reports whether the replica takes part in its quorum.
func (l *life) isActive() bool { return l.state == Running || l.state == Closing }

// fail ends the replica: its files or its peers contradict what it must be able to rely on.
func (l *life) fail(format string, args ...any) {
	if l.state == Failed {
		return
	}
	if len(args) > 0 {
		if err, ok := args[len(args)-1].(error); ok && errors.Is(err, env.ErrNoSpace) {
			format += "; make space on its disk and start the node again"
		}
	}
	l.state, l.err = Failed, fmt.Errorf("metadata quorum, node %d: "+format, append([]any{l.node}, args...)...)
	l.world.Emit(env.GaveUp{Node: l.node, Reason: l.err.Error()})
}

// note logs a line for observers of a run.
func (l *life) note(format string, args ...any) {
	if l.world.Facts != nil {
		l.world.Facts.Emit(env.Logged{Level: env.Info, Logger: env.OfQuorum, Text: fmt.Sprintf("quorum: "+format, args...)})
	}
}

// complain logs a line for the operator: a peer contradicts what this replica knows.
func (l *life) complain(format string, args ...any) {
	l.world.Emit(env.Logged{Level: env.Error, Logger: env.OfQuorum, Text: fmt.Sprintf("quorum: "+format, args...)})
}
