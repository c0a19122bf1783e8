package broker

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/wire"
)

// partedResponse is a request whose answer is put together over several Steps. The slot stays the request's own: each part is
// served as if it were the request, and reply adds its answer here until there is no further part.
type partedResponse struct {
	slot     *slot
	elements int                      // of the whole request
	next     func() func(now env.Now) // serves the next part; nil: there is none
	serve    func(now env.Now)        // the one that waits
	answer   wire.Joined
	listed   int // of what answers bound the number of
}

// splits begins a large request in parts, and reports false if it is to be served at once.
func (b *Broker) splits(now env.Now, s *slot, r *wire.Request) bool {
	if r.Body == nil || r.Elements() <= partElements {
		return false
	}
	next := wire.Split(r.Body, partElements)
	if next == nil {
		return false
	}
	return b.inParts(now, s, r.Elements(), func() func(env.Now) {
		part := next()
		if part == nil {
			return nil
		}
		return func(now env.Now) {
			b.work.units += partElements
			b.route(now, s, part)
		}
	})
}

// inParts serves the first part of an answer, and has the others follow. It reports false if there are no parts.
func (b *Broker) inParts(now env.Now, s *slot, elements int, next func() func(env.Now)) bool {
	first := next()
	if first == nil {
		return false
	}
	s.parts = &partedResponse{slot: s, elements: elements, next: next}
	first(now)
	return true
}

// listed counts what the answers to one request, or to all its parts, may list only so much of.
func (s *slot) listed() *int {
	if s.parts == nil {
		return new(int)
	}
	return &s.parts.listed
}

// addPart takes the answer to a part: the next one waits for its turn, or the whole answer is there.
func (b *Broker) addPart(s *slot, r kmsg.Response) {
	p := s.parts
	p.answer.Add(s.correlation, r)
	if p.serve = p.next(); p.serve != nil {
		b.work.parts = append(b.work.parts, p)
		return
	}
	s.parts = nil
	for _, bytes := range p.answer.Frame() {
		s.answer = append(s.answer, env.Segment{Bytes: bytes})
	}
	b.finish(s)
}

// servePart serves the part that has waited longest. Nothing more is served for a connection that is gone.
func (b *Broker) servePart(now env.Now) {
	p := b.work.parts[0]
	b.work.parts = slices.Delete(b.work.parts, 0, 1)
	if p.slot.conn.closing {
		p.slot.parts = nil
		b.finish(p.slot)
		return
	}
	p.serve(now)
}
