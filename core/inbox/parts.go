package inbox

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/wire"
)

// parts is a response that is put together over several steps. The request stays one: each part is handled as if it
// were the request, and Reply adds the response here until there is no further part.
type parts struct {
	request  *Request
	elements int                      // of the whole request
	next     func() func(now env.Now) // handles the next part; nil: there is none
	serve    func(now env.Now)        // the one that waits
	answer   wire.Joined
	listed   int // of what responses bound the number of
}

// InParts handles the first part of a request of so many elements, and has the others follow. next returns what handles
// the next part, nil after the last. It reports false if there are no parts.
func (q *Request) InParts(now env.Now, elements int, next func() func(env.Now)) bool {
	first := next()
	if first == nil {
		return false
	}
	q.parts = &parts{request: q, elements: elements, next: next}
	first(now)
	return true
}

// Elements returns how many elements a request that is answered in parts has; 0 for any other.
func (q *Request) Elements() int {
	if q.parts == nil {
		return 0
	}
	return q.parts.elements
}

// Listed counts what the responses to one request, or to all its parts, may list only so much of.
func (q *Request) Listed() *int {
	if q.parts == nil {
		return new(int)
	}
	return &q.parts.listed
}

// addPart adds the response to a part: the next one waits for its turn, or the whole response is there.
func (q *Request) addPart(r kmsg.Response) {
	p := q.parts
	p.answer.Add(q.correlation, r)
	if p.serve = p.next(); p.serve != nil {
		q.inbox.waiting = append(q.inbox.waiting, p)
		return
	}
	q.parts = nil
	for _, bytes := range p.answer.Frame() {
		q.answer = append(q.answer, env.Segment{Bytes: bytes})
	}
	q.finish()
}

// servePart handles the part that has waited longest. Nothing more is handled for a connection that is gone.
func (x *Inbox) servePart(now env.Now) {
	p := x.waiting[0]
	x.waiting = slices.Delete(x.waiting, 0, 1)
	if p.request.conn.closing {
		p.request.parts = nil
		p.request.finish()
		return
	}
	p.serve(now)
}
