package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gregor/core/env"
)

// Deed is something that was done to the cluster, as it came out: with the nodes that had the parts named.
type Deed struct {
	Event uint64 // what a later event emits came after it
	At    env.Instant
	Text  string
	Verb  string   // of a step's action; "" of everything else
	Nodes []string // that the action was done to
	Other []string // of a partition, the other side
}

// The deeds that end faults: one of them, all of them, and the run.
const (
	overPrefix = "over: "
	healed     = "everything is healed"
	theEnd     = "everything is stopped" // the last: a story that holds goes no further
)

func (r *run) did(format string, args ...any) {
	r.deeds = append(r.deeds, Deed{Event: r.w.Event(), At: r.w.Now(), Text: fmt.Sprintf(format, args...)})
}

// targets are the nodes that an action changes, those that it does not, and why.
type targets struct {
	nodes, others []string
	met           string   // the nodes meant, where the action's words do not say
	idle          []string // "b1 is down"
	without       bool     // one side of a partition is empty
}

// targets sorts the nodes that an action means by whether it changes them.
func (r *run) targets(a Action, nodes, others []string) targets {
	t := targets{others: others, met: met(a.Nodes, nodes)}
	for _, n := range nodes {
		if why := r.unchanged(n, a.Verb); why != "" {
			t.idle = append(t.idle, n+" "+why)
		} else {
			t.nodes = append(t.nodes, n)
		}
	}
	for i, side := range [][]string{nodes, others} {
		if words := [][]string{a.Nodes, a.Others}[i]; len(words) > 0 && len(side) == 0 {
			t.idle, t.without = append(t.idle, "no node is "+strings.Join(words, ",")+" now"), true
		}
	}
	if met(a.Others, others) != "" && !contains(a.Others, "rest") {
		t.met = " (" + strings.Join(nodes, ",") + " | " + strings.Join(others, ",") + ")"
	}
	return t
}

// unchanged is why an action would change nothing about a node now, "" if it would.
func (r *run) unchanged(n, verb string) string {
	comesBack, leaves := r.leaving[n]
	_, paused := r.paused[n]
	lives := slices.Contains([]string{"crash", "power-cut", "wipe", "shutdown", "pause", "resume", "reset"}, verb)
	switch {
	case r.closed[n] && (lives || verb == "restart"):
		return "has ended by itself"
	case lives && !r.w.Up(n):
		return "is down"
	case verb == "shutdown" && leaves && !comesBack, verb == "restart" && comesBack:
		return "is stopping already"
	case verb == "pause" && paused:
		return "is paused already"
	case verb == "resume" && !paused:
		return "is not paused"
	}
	return ""
}

// acting notes a step, the nodes it acts on where its words do not say, and those it does not change.
func (r *run) acting(st Step, t targets) {
	text := st.Action.String() + t.met
	if st.For > 0 {
		text += " for " + short(st.For)
	}
	if len(t.idle) > 0 {
		text += t.effect() + strings.Join(t.idle, ", ")
	}
	r.did("%s", text)
	r.strike(st.Action.Verb, t.nodes, t.others)
}

// effect introduces why nodes are left alone: all of them, or some.
func (t targets) effect() string {
	if t.without || len(t.nodes) == 0 {
		return ": no effect, "
	}
	return ": some are left alone, "
}

// met names the nodes that words stood for, "" if they say so themselves or stand for none.
func met(words, nodes []string) string {
	text := strings.Join(nodes, ",")
	if text == "" || text == strings.Join(words, ",") {
		return ""
	}
	return " (" + text + ")"
}

// over records the end of a fault that lasts.
func (r *run) over(st Step) {
	switch st.Action.Verb {
	case "crash", "power-cut", "wipe", "shutdown": // the node emits that it is up
	default:
		r.did(overPrefix+"%s", st.Action)
	}
}

// after is a time as a person says it.
func after(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%d.%d s", d/time.Second, d%time.Second/(100*time.Millisecond))
}
