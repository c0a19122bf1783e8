package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gregor/checkers"
	"gregor/core/env"
	"gregor/core/wire"
	"gregor/disksim"
	"gregor/netsim"
)

// schedule has a step happen at its time, and undone after its For.
func (r *run) schedule(st Step) {
	r.w.At(r.begin.Add(st.At), func() {
		if !r.faulty {
			return
		}
		undo := r.act(st)
		if undo != nil && st.For > 0 {
			r.w.At(r.w.Now().Add(st.For), func() {
				if r.faulty {
					r.over(st)
					undo()
				}
			})
		}
	})
}

// act does a step now and returns what undoes it, nil if nothing does. A node that the action does not change (a crash
// of a node that is down) is left alone, and the deed says so: taking one step out of a scenario must not make the others
// wrong. A step that must be survivable and would not be is left out.
func (r *run) act(st Step) (undo func()) {
	a := st.Action
	switch a.Verb {
	case "say":
		r.did("%q", a.Text)
		return nil
	case "expect":
		r.judgeStep(st)
		return nil
	}
	nodes := r.nodes(a.Nodes, a.Others)
	others := slices.DeleteFunc(r.nodes(a.Others, a.Nodes), func(n string) bool { return slices.Contains(nodes, n) })
	t := r.targets(a, nodes, others)
	if st.Atlas && slices.ContainsFunc(t.nodes, func(n string) bool { return !r.survivable(n, a) }) {
		r.did("%s: left out, the configuration does not promise to survive it now", a)
		return nil
	}
	r.acting(st, t)
	if len(t.idle) > 0 && (t.without || len(t.nodes) == 0) {
		return nil
	}
	switch a.Verb {
	case "heal":
		r.w.Heal()
		return nil
	case "partition":
		return r.partition(t.nodes, t.others, a.OneWay)
	case "hold":
		return r.hold(t.nodes, t.others)
	case "network":
		return r.network(a.Set)
	}
	var undos []func()
	for _, n := range t.nodes {
		if u := r.actOn(n, a); u != nil {
			undos = append(undos, u)
		}
	}
	return func() {
		for _, u := range undos {
			u()
		}
	}
}

func (r *run) actOn(n string, a Action) (undo func()) {
	switch a.Verb {
	case "crash":
		return r.takeDown(n, checkers.Killed, r.w.Crash)
	case "power-cut":
		return r.takeDown(n, checkers.PowerCut, r.sim.PowerCut)
	case "wipe":
		return r.takeDown(n, checkers.Wiped, r.w.Wipe)
	case "restart":
		r.leave(n)
		r.bringUp(n)
	case "shutdown":
		r.leave(n)
		return r.comingBack(n)
	case "pause":
		return r.pause(n)
	case "resume":
		delete(r.paused, n)
		r.w.Resume(n)
	case "reset":
		r.w.Reset(n)
	case "clock":
		return r.jump(n, a.Amount)
	case "drift":
		ppm, _ := strconv.ParseInt(strings.TrimSuffix(a.Amount, "ppm"), 10, 64)
		r.sim.ClockDrift(n, ppm)
		return func() { r.sim.ClockDrift(n, 0) }
	case "disk":
		return r.disk(n, a.Set)
	}
	return nil
}

// takeDown ends a node by the given way; undone, it starts again.
func (r *run) takeDown(n string, kind checkers.MishapKind, down func(string)) func() {
	down(n)
	if kind == checkers.Wiped {
		r.befell(n, checkers.Killed)
	}
	r.befell(n, kind)
	r.ended(n)
	return r.comingBack(n)
}

// comingBack starts a node again that a step has taken down, unless it has been up in between.
func (r *run) comingBack(n string) func() {
	r.taken++
	mine := r.taken
	r.absent[n] = mine
	return func() {
		if r.absent[n] == mine {
			r.bringUp(n)
		}
	}
}

// pause holds a node still. Undone, it goes on, unless another incarnation has begun or another step has paused it since.
func (r *run) pause(n string) func() {
	r.taken++
	mine := r.taken
	r.paused[n] = mine
	r.w.Pause(n)
	return func() {
		if r.paused[n] == mine {
			delete(r.paused, n)
			r.w.Resume(n)
		}
	}
}

// befell tells the checkers what was done to a node.
func (r *run) befell(n string, kind checkers.MishapKind) {
	m := checkers.Mishap{Event: r.w.Event(), Node: n, Kind: kind}
	r.h.Mishaps = append(r.h.Mishaps, m)
	r.hurt(n, kind)
	if isServerName(n) {
		r.invariants.Befell(m)
		return
	}
	r.observe(checkers.Stamped{Event: r.w.Event(), At: r.w.Now(), Node: n, Fact: env.ClientCrashed{Client: n}})
}

// leave asks a node that is up to stop gracefully, and to stay down then.
func (r *run) leave(n string) {
	if !r.w.Up(n) {
		return
	}
	_, asked := r.leaving[n]
	if r.leaving[n] = false; !asked {
		r.w.Shutdown(n)
	}
}

// bringUp starts a node that is down, and one that is about to stop when it has. A client that has ended by itself
// stays ended.
func (r *run) bringUp(n string) {
	switch _, leaves := r.leaving[n]; {
	case leaves && r.w.Up(n):
		r.leaving[n] = true
	case !r.w.Up(n) && !r.closed[n]:
		delete(r.absent, n)
		r.w.Restart(n)
	}
}

// left notes that a node has stopped, and starts it again if it was asked to come back.
func (r *run) left(n string) {
	comesBack := r.leaving[n]
	r.ended(n)
	if comesBack {
		r.w.At(r.w.Now(), func() { r.bringUp(n) })
	}
}

// clientFailed is the outcome of a client that ends by itself where it cannot go on: it is no longer there, and what it should
// have read it has not.
const clientFailed = "client-failed"

// clientFenced is the outcome of a static member that ends because its group has its group.instance.id under another member
// id. Kafka's consumer ends so, too: a coordinator that answers with a new member id while a rebalance is under way stores
// that id when the rebalance is over, and if another broker coordinates the group before, it knows the old one.
const clientFenced = "client-fenced"

// clientClosed notes that a client has ended: because a step asked it to, or by itself.
func (r *run) clientClosed(s checkers.Stamped, f env.ClientClosed) {
	if f.Error != "" {
		found := checkers.Finding{Check: clientFailed, Sentence: fmt.Sprintf("%s closed by itself: %s", f.Client, f.Error),
			Offset: -1, Event: s.Event, Attributed: "the client cannot go on"}
		if strings.HasSuffix(f.Error, wire.FencedInstanceID.String()) {
			found.Check, found.Attributed = clientFenced, r.replacedStatic(r.groups[f.Client])
		}
		r.findings = append(r.findings, found)
	}
	if _, asked := r.leaving[f.Client]; asked {
		r.left(f.Client)
		return
	}
	r.closed[f.Client] = true
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
	delete(r.leaving, n)
	delete(r.serving, n)
	delete(r.paused, n)
}

func (r *run) jump(n, amount string) func() {
	d, _ := time.ParseDuration(amount)
	r.jumpBy(n, d.Milliseconds())
	return func() { r.jumpBy(n, -d.Milliseconds()) }
}

func (r *run) jumpBy(n string, millis int64) {
	r.sim.ClockJump(n, millis)
	r.jumped[n] += millis
}

// rightClocks undoes what faults did to a node's clocks.
func (r *run) rightClocks(n string) {
	if r.sim == nil {
		return
	}
	r.sim.ClockDrift(n, 0)
	if off := r.jumped[n]; off != 0 {
		r.jumpBy(n, -off)
	}
}

func (r *run) partition(a, b []string, oneWay bool) func() {
	if !oneWay {
		r.w.Partition(a, b)
	}
	each := func(do func(from, to string)) {
		for _, x := range a {
			for _, y := range b {
				do(x, y)
			}
		}
	}
	if oneWay {
		each(r.w.CutLink)
	}
	return func() {
		each(func(x, y string) {
			r.w.MendLink(x, y)
			if !oneWay {
				r.w.MendLink(y, x)
			}
		})
	}
}

func (r *run) hold(a, b []string) func() {
	for _, x := range a {
		for _, y := range b {
			r.sim.Hold(x, y)
		}
	}
	return func() {
		for _, x := range a {
			for _, y := range b {
				r.sim.Release(x, y)
			}
		}
	}
}

// network changes the network until that is undone.
func (r *run) network(set []Setting) func() {
	if r.networks == nil {
		r.networks = &changes[netsim.Options]{was: r.sim.Network().Options()}
	}
	return r.networks.add(set, networkTable, r.setNetwork)
}

// disk changes a node's disk until that is undone, or lets its next operations fail. What may damage data is noted for the
// checkers.
func (r *run) disk(n string, set []Setting) func() {
	for _, s := range set {
		count, _ := count(s.Value) // was tried when it was parsed
		switch s.Name {
		case "fail-syncs":
			r.sim.FailSyncs(n, count)
		case "fail-writes":
			r.sim.FailWrites(n, count)
		case "fail-reads":
			r.sim.FailReads(n, count)
		case "stall":
			var t int64
			_ = nanos(s.Value, &t)
			r.sim.DiskStall(n, t)
		}
		switch s.Name {
		case "fail-syncs", "sync-errors":
			r.befell(n, checkers.SyncFailed)
		case "bit-rot", "misdirected":
			r.befell(n, checkers.DiskDamage)
		}
	}
	lasting := slices.DeleteFunc(slices.Clone(set), func(s Setting) bool { return s.Name == "stall" })
	if r.disks[n] == nil {
		r.disks[n] = &changes[disksim.Options]{was: r.sim.Disk(n).Options()}
	}
	return r.disks[n].add(lasting, diskTable, func(change string, o disksim.Options) { r.setDisk(n, change, o) })
}

// nodes resolves names, words for several, and roles, as things stand now. rest is everybody but these.
func (r *run) nodes(names, rest []string) []string {
	var out []string
	for _, n := range names {
		switch role, of, ok := parseRole(n); {
		case ok:
			out = append(out, r.cast.role(role, of)...)
		case n == "rest":
			mine := r.nodes(rest, nil)
			for _, o := range r.everybody() {
				if !slices.Contains(mine, o) {
					out = append(out, o)
				}
			}
		case n == "controller":
			out = append(out, r.cast.controller()...)
		case contains(words, n):
			out = append(out, r.s.several(n)...)
		default:
			out = append(out, n)
		}
	}
	return out
}

func (r *run) everybody() []string {
	var names []string
	for _, m := range r.s.Cluster.members() {
		names = append(names, m.name)
	}
	return append(names, r.s.several("client")...)
}
