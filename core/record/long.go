package record

import "gregor/core/env"

// cursor walks over one record that is larger than the window of its plain, without ever holding all of it. After a
// fault every call does nothing.
type cursor struct {
	p    *plain
	left int // bytes of the record
	f    fault
}

// long walks over a record as careful does.
func (w *walk) long(p *plain) error {
	size, at := varint(p.buf, p.at)
	p.at = at
	c := cursor{p: p, left: int(size)}
	c.skip(1, badTimestamp) // attributes
	time := c.varlong(badTimestamp)
	delta := c.varint(badOffset)
	key := c.bytes(badKey)
	c.bytes(badValue)
	for n := c.count(); n > 0 && c.f == sound; n-- {
		if c.bytes(badHeader) < 0 {
			c.fail(badHeader)
		}
		c.bytes(badHeader)
	}
	switch {
	case c.f == sound && c.left > 0:
		c.f = badEnd
		fallthrough
	case c.f != sound:
		return invalid("record %d of %d bytes: %s does not fit", w.n, size, faultNames[c.f])
	case delta != w.n:
		return invalid("record %d: offset delta is %d", w.n, delta)
	}
	w.NullKeys = w.NullKeys || key < 0
	w.note(w.base+env.WallMillis(time), w.n)
	return nil
}

func (c *cursor) fail(f fault) {
	if c.f == sound {
		c.f = f
	}
}

// skip passes over n bytes.
func (c *cursor) skip(n int, f fault) {
	if n > c.left {
		c.fail(f)
	}
	for c.f == sound && n > 0 {
		c.p.fill(1)
		step := min(n, len(c.p.buf)-c.p.at)
		if step == 0 {
			c.fail(f)
		}
		c.p.at += step
		c.left -= step
		n -= step
	}
}

func (c *cursor) varlong(f fault) int64 {
	if c.f != sound {
		return 0
	}
	c.p.fill(min(maxVarlong, c.left))
	v, next := varlong(c.p.buf[:c.p.at+min(c.left, len(c.p.buf)-c.p.at)], c.p.at)
	if next == bad {
		c.fail(f)
		return 0
	}
	c.left -= next - c.p.at
	c.p.at = next
	return v
}

func (c *cursor) varint(f fault) int32 {
	v := c.varlong(f)
	if v != int64(int32(v)) {
		c.fail(f)
	}
	return int32(v)
}

// bytes passes over a length and as many bytes. A negative length is null.
func (c *cursor) bytes(f fault) int32 {
	n := c.varint(f)
	if n < -1 {
		c.fail(f)
	}
	c.skip(int(max(n, 0)), f)
	return n
}

// count is the number of headers, each of which takes two bytes at least.
func (c *cursor) count() int32 {
	n := c.varint(badHeaderCount)
	if n < 0 || int(n) > c.left {
		c.fail(badHeaderCount)
	}
	return n
}
