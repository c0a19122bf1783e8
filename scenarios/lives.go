package scenarios

import (
	"fmt"
	"strings"

	"gregor/checkers"
	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// takeDown ends a node's process. Undone, the node is restarted.
func (r *run) takeDown(n string, kind history.FaultKind, down func(string)) func() {
	down(n)
	if kind == history.Wiped {
		r.noteFault(n, history.Killed)
	}
	r.noteFault(n, kind)
	r.ended(n)
	return r.comingBack(n)
}

// comingBack returns what restarts a node that a step has taken down, unless it has been up in between.
func (r *run) comingBack(n string) func() {
	mine := r.procs.absence(n)
	return func() {
		if r.procs.absent[n] == mine {
			r.bringUp(n)
		}
	}
}

// noteFault reports to the checkers what was done to a node.
func (r *run) noteFault(n string, kind history.FaultKind) {
	m := history.Fault{Event: r.w.Event(), Node: n, Kind: kind}
	r.h.Faults = append(r.h.Faults, m)
	r.atlas.noteDamage(n, kind)
	if isServerName(n) {
		r.invariants.Fault(m)
		return
	}
	r.observe(history.Stamped{Event: r.w.Event(), At: r.w.Now(), Node: n, Fact: env.ClientCrashed{Client: n}})
}

// leave shuts a node that is up down gracefully. It stays down then.
func (r *run) leave(n string) {
	if !r.w.Up(n) {
		return
	}
	_, asked := r.procs.leaving[n]
	if r.procs.leaving[n] = false; !asked {
		r.w.Shutdown(n)
	}
}

// bringUp starts a node that is down; one that is stopping starts when it has stopped. A client that has ended by
// itself stays ended.
func (r *run) bringUp(n string) {
	switch _, leaves := r.procs.leaving[n]; {
	case leaves && r.w.Up(n):
		r.procs.leaving[n] = true
	case !r.w.Up(n) && !r.procs.closed[n]:
		delete(r.procs.absent, n)
		r.w.Restart(n)
	}
}

// left notes that a node has stopped, and restarts it if a step wants it back.
func (r *run) left(n string) {
	comesBack := r.procs.leaving[n]
	r.ended(n)
	if comesBack {
		r.w.At(r.w.Now(), func() { r.bringUp(n) })
	}
}

// clientFailed is the outcome of a client that closes by itself because of an error: it has not read or written what it
// should have.
const clientFailed = "client-failed"

// clientFenced is the outcome of a static member that closes with FENCED_INSTANCE_ID, as Kafka's consumer does: a
// coordinator that answers with a new member id during a rebalance stores that id when the rebalance is over. If
// another broker becomes the coordinator before, it knows the old id.
const clientFenced = "client-fenced"

// clientClosed notes that a client has closed: because of a step, or by itself.
func (r *run) clientClosed(s history.Stamped, f env.ClientClosed) {
	if f.Error != "" {
		found := checkers.Finding{Check: clientFailed, Sentence: fmt.Sprintf("%s closed by itself: %s", f.Client, f.Error),
			Offset: -1, Event: s.Event, Attributed: "the client cannot go on"}
		if strings.HasSuffix(f.Error, kafka.FencedInstanceID.String()) {
			found.Check, found.Attributed = clientFenced, r.replacedStatic(r.reading.groups[f.Client])
		}
		r.findings = append(r.findings, found)
	}
	if _, asked := r.procs.leaving[f.Client]; asked {
		r.left(f.Client)
		return
	}
	r.procs.closed[f.Client] = true
}

// replacedStatic returns the reason why a static member of a group may be fenced, "" if no member id of the group was
// replaced.
func (r *run) replacedStatic(group string) string {
	for _, s := range r.h.Facts {
		if f, ok := s.Fact.(env.GroupMemberGone); ok && f.Group == group && strings.HasPrefix(f.Reason, "replaced by ") {
			return "a static member of " + group + " was given a new member id"
		}
	}
	return ""
}

// ended forgets what was true of the incarnation that has ended.
func (r *run) ended(n string) {
	r.procs.ended(n)
	r.forces.drop("pause", n)
}
