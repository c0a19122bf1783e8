package seglog

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/record"
)

// maxLookups bounds the lookups on disk under way at a time. Further ones start when callers come again.
const maxLookups = 16

// placesKept is how many answers of the disk are remembered.
const placesKept = 32

// lookupChunk is the most that a lookup reads at once, and lookupLeast the least.
const (
	lookupChunk = 64 << 10
	lookupLeast = 512
)

// places caches what lookups found, by the requested offset.
type places struct {
	ring [placesKept]struct {
		asked kafka.Offset
		place place
	}
	next int
}

// find returns the place of an offset that was looked up, or that is in a batch found for another.
func (p *places) find(offset kafka.Offset) (place, bool) {
	for i := range p.ring {
		f := &p.ring[i]
		if f.place.seg != nil && !f.place.seg.gone && min(f.asked, f.place.base) <= offset && offset < f.place.next {
			return f.place, true
		}
	}
	return place{}, false
}

func (p *places) add(asked kafka.Offset, at place) {
	f := &p.ring[p.next]
	f.asked, f.place = asked, at
	p.next = (p.next + 1) % placesKept
}

func (p *places) clear() { *p = places{} }

// finder finds the places of batches: of the last ones in memory, of others among those found lately, and else on disk.
type finder struct {
	dir     *directory
	ext     *extent
	indexes *indexes
	tail    ring
	places  places
	lookups []*lookup
}

// reset forgets every place, and the lookups under way.
func (f *finder) reset() {
	f.lookups = nil
	f.tail.clear()
	f.places.clear()
}

// lookup walks batch headers from an index entry to the batch that holds an offset.
type lookup struct {
	offset kafka.Offset
	seg    *segment
	pos    env.Position
	next   env.Position // of the next index entry: where the walk should be over
	prev   kafka.Offset // last offset of the batch before pos
	blind  bool         // the index misled the lookup and is not used again
}

// lookUp starts a lookup unless it is under way.
func (f *finder) lookUp(now env.Now, offset kafka.Offset) {
	for _, u := range f.lookups {
		if u.offset == offset {
			return
		}
	}
	if len(f.lookups) == maxLookups {
		return
	}
	u := &lookup{offset: offset}
	f.lookups = append(f.lookups, u)
	must.AtLeast("seglog: most lookups", maxLookups, "lookups", len(f.lookups), f.ext.tp, "is the bound not checked?")
	f.enterSegment(u, f.ext.search(offset))
}

func (f *finder) endLookup(u *lookup) {
	for i := range f.lookups {
		if f.lookups[i] == u {
			f.lookups = append(f.lookups[:i], f.lookups[i+1:]...)
			return
		}
	}
}

// enterSegment begins the walk in the i-th segment.
func (f *finder) enterSegment(u *lookup, i int) {
	if i >= len(f.ext.segments) {
		f.endLookup(u) // nothing at or above the offset is written
		return
	}
	seg := f.ext.segments[i]
	u.seg, u.pos, u.prev = seg, 0, seg.base-1
	f.indexes.withIndex(seg, func() {
		if seg.gone {
			f.endLookup(u)
			return
		}
		u.pos, u.next = 0, seg.written
		if !u.blind {
			u.pos, u.next = seg.index.floor(int64(u.offset-seg.base), seg.written)
		}
		f.walk(u)
	})
}

// walk reads the next headers.
func (f *finder) walk(u *lookup) {
	if u.pos >= u.seg.written {
		f.walkOn(u)
		return
	}
	n := min(max(int(u.next-u.pos)+record.HeaderSize, lookupLeast), lookupChunk)
	f.dir.disk.ReadAt(f.dir.must("read of "+logName(u.seg.base), func(now env.Now, e env.Event) {
		defer e.Buffer.Release()
		if u.seg.gone {
			f.endLookup(u)
			return
		}
		f.walkChunk(u, e.Bytes)
	}), u.seg.file, u.pos, n)
}

// walkOn goes to the next segment: the offset lies in a gap at the end of this one.
func (f *finder) walkOn(u *lookup) {
	i := f.ext.search(u.seg.base)
	if f.ext.segments[i] != u.seg || u.seg == f.ext.active() {
		f.endLookup(u)
		return
	}
	f.enterSegment(u, i+1)
}

func (f *finder) walkChunk(u *lookup, chunk []byte) {
	from := u.pos
	for {
		at := int(u.pos - from)
		if u.pos >= u.seg.written || at+record.HeaderSize > len(chunk) {
			break
		}
		p, err := header(chunk[at:], u)
		if err != nil {
			f.misled(u, err)
			return
		}
		if p.next > u.offset {
			f.places.add(u.offset, p)
			f.endLookup(u)
			return
		}
		u.pos, u.prev = p.end(), p.next-1
	}
	if u.pos == from {
		f.misled(u, fmt.Errorf("%d bytes at the end are no batch", len(chunk)))
		return
	}
	f.walk(u)
}

// header reads the batch header a lookup has come to.
func header(raw []byte, u *lookup) (place, error) {
	size, err := record.Peek(raw)
	if err != nil {
		return place{}, err
	}
	b := record.Batch(raw[:record.HeaderSize])
	p := place{base: b.BaseOffset(), next: b.NextOffset(), seg: u.seg, pos: int32(u.pos), size: int32(size)}
	if p.base <= u.prev && u.pos > 0 && u.prev >= u.seg.base || p.next <= p.base || p.end() > u.seg.written {
		return place{}, fmt.Errorf("offsets [%d, %d] in %d bytes do not follow offset %d", p.base, p.next-1, size, u.prev)
	}
	return p, nil
}

// misled handles a walk that came to something else than a batch: it walks again without the index, which
// may have been wrong; if it was not, the log is fenced.
func (f *finder) misled(u *lookup, err error) {
	if u.blind {
		f.dir.owner.fence(fmt.Sprintf("%s is corrupt at position %d: %v", logName(u.seg.base), u.pos, err))
		return
	}
	u.blind = true
	u.pos, u.next, u.prev = 0, u.seg.written, u.seg.base-1
	f.walk(u)
}
