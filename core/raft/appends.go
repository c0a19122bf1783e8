package raft

import (
	"gregor/core/kafka"
	"gregor/core/must"
)

// pendingAppend is an Append of the owner that waits for its commit.
type pendingAppend struct {
	token uint64
	last  kafka.Offset
}

// maxAppends bounds the appends that wait for their commit.
const maxAppends = 1 << 16

// appended is the part of Owner that the outcome of an append goes to.
type appended interface {
	HandleAppended(token uint64, last kafka.Offset, code kafka.ErrorCode)
}

// appends are the owner's appends that wait for their commit, in order.
type appends struct {
	life  *life
	owner appended
	list  []pendingAppend
}

func (a *appends) add(token uint64, last kafka.Offset) {
	if n := len(a.list); n > 0 {
		must.Above("raft: last offset of the append", last, "that of the one before", a.list[n-1].last, a.life.node,
			"did a leader keep the appends of an older epoch?")
	}
	a.list = append(a.list, pendingAppend{token, last})
}

// complete reports the appends that are committed and have reached the owner: everything below given and high.
func (a *appends) complete(given, high kafka.Offset) {
	n := 0
	for n < len(a.list) && a.list[n].last < given && a.list[n].last < high {
		n++
	}
	if n == 0 {
		return
	}
	done := a.list[:n]
	a.list = a.list[n:]
	for _, p := range done {
		a.owner.HandleAppended(p.token, p.last, kafka.None)
	}
}

// fail reports that it is unknown what becomes of the appends: another leader may still commit them.
func (a *appends) fail() {
	failed := a.list
	a.list = nil
	for _, p := range failed {
		a.owner.HandleAppended(p.token, p.last, kafka.NotController)
	}
}
