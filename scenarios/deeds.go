package scenarios

import (
	"fmt"
	"strings"
	"time"

	"gregor/core/env"
)

// Deed is something that was done to the cluster, as it came out: with the nodes that had the parts named.
type Deed struct {
	Event uint64 // what is told in a later event came after it
	At    env.Instant
	Text  string
}

// theEnd is the last deed: a story that holds need not be told further.
const theEnd = "everything is stopped"

func (r *run) did(format string, args ...any) {
	r.deeds = append(r.deeds, Deed{r.w.Event(), r.w.Now(), fmt.Sprintf(format, args...)})
}

// acting tells a step, and on which nodes it acts where its words do not say.
func (r *run) acting(st Step, nodes, others []string) {
	text := st.Action.String()
	if met := resolved(st.Action.Nodes, nodes); met != "" {
		text += " (" + met + ")"
	}
	if met := resolved(st.Action.Others, others); met != "" && !contains(st.Action.Others, "rest") {
		text += " (the other side: " + met + ")"
	}
	if st.For > 0 {
		text += " for " + short(st.For)
	}
	r.did("%s", text)
	r.strike(st.Action.Verb, nodes, others)
}

// resolved names the nodes that words stood for, "" if they say so themselves.
func resolved(words, nodes []string) string {
	text := strings.Join(nodes, ",")
	switch {
	case text == strings.Join(words, ","):
		return ""
	case text == "":
		return "nobody, as things stand"
	}
	return text
}

// over tells the end of what lasted.
func (r *run) over(st Step) {
	switch st.Action.Verb {
	case "crash", "power-cut", "wipe", "shutdown": // the node tells when it serves
	default:
		r.did("over: %s", st.Action)
	}
}

// after is a time as a person says it.
func after(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%d.%d s", d/time.Second, d%time.Second/(100*time.Millisecond))
}
