package live

import (
	"fmt"
	"sync"

	"gregor/checkers/history"
	"gregor/core/env"
)

// inbox keeps what has happened until the world's goroutine takes it, in the order it happened.
type inbox struct {
	now  func() env.Instant
	news chan struct{} // has one when there may be something

	mu    sync.Mutex
	all   []happening
	first int
	event uint64
	full  bool
}

// happening is a fact, or something to be done about what happened.
type happening struct {
	fact history.Stamped
	do   func()
}

// inboxMax bounds what waits: the world's goroutine has far less to do with a fact than a client has to make one true.
const inboxMax = 1 << 20

func (in *inbox) init(now func() env.Instant) {
	in.now, in.news = now, make(chan struct{}, 1)
}

// emit stamps a fact and queues it. It never waits.
func (in *inbox) emit(node string, f env.Fact) {
	in.mu.Lock()
	in.event++
	in.put(happening{fact: history.Stamped{Event: in.event, At: in.now(), Node: node, Fact: f}})
	in.mu.Unlock()
}

// number returns an event number for what does not pass the inbox.
func (in *inbox) number() uint64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.event++
	return in.event
}

// happened has something done by the world's goroutine.
func (in *inbox) happened(do func()) {
	in.mu.Lock()
	in.put(happening{do: do})
	in.mu.Unlock()
}

func (in *inbox) put(h happening) {
	if len(in.all)-in.first >= inboxMax {
		in.full = true
		return
	}
	in.all = append(in.all, h)
	select {
	case in.news <- struct{}{}:
	default:
	}
}

// pop takes the oldest.
func (in *inbox) pop() (h happening, ok bool, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.full {
		return h, false, fmt.Errorf("more than %d facts are queued: the clients are too fast for this machine", inboxMax)
	}
	if in.first == len(in.all) {
		in.all, in.first = in.all[:0], 0
		return h, false, nil
	}
	h = in.all[in.first]
	in.all[in.first] = happening{}
	in.first++
	return h, true, nil
}
