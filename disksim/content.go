package disksim

// pageSize is the unit in which file content is allocated, in bytes.
const pageSize = 64 << 10

// minPage is the first allocation of a page: small files stay small.
const minPage = 512

// content is the present bytes of a file. A missing page, and what a page lacks at its end, are zeros; so is
// everything in a page at and after size.
type content struct {
	pages [][]byte
	size  int64
}

// readAt copies what lies at pos and returns how many bytes there were.
func (c *content) readAt(dst []byte, pos int64) int {
	if pos >= c.size {
		return 0
	}
	dst = dst[:min(int64(len(dst)), c.size-pos)]
	for done := 0; done < len(dst); {
		at := pos + int64(done)
		off := int(at % pageSize)
		piece := dst[done:min(len(dst), done+pageSize-off)]
		c.readPage(piece, int(at/pageSize), off)
		done += len(piece)
	}
	return len(dst)
}

// readPage fills dst from a page that may be short or missing.
func (c *content) readPage(dst []byte, page, off int) {
	n := 0
	if page < len(c.pages) && off < len(c.pages[page]) {
		n = copy(dst, c.pages[page][off:])
	}
	clear(dst[n:])
}

// writeAt puts src at pos, growing the file if it reaches beyond its end.
func (c *content) writeAt(src []byte, pos int64) {
	for done := 0; done < len(src); {
		at := pos + int64(done)
		off := int(at % pageSize)
		piece := src[done:min(len(src), done+pageSize-off)]
		copy(c.page(int(at/pageSize), off+len(piece))[off:], piece)
		done += len(piece)
	}
	c.size = max(c.size, pos+int64(len(src)))
}

// page returns a page with at least n bytes of room.
func (c *content) page(i, n int) []byte {
	for len(c.pages) <= i {
		c.pages = append(c.pages, nil)
	}
	if have := len(c.pages[i]); have < n {
		grown := make([]byte, roundUp(max(n, min(2*have, pageSize))))
		copy(grown, c.pages[i])
		c.pages[i] = grown
	}
	return c.pages[i]
}

func roundUp(n int) int {
	size := minPage
	for size < n {
		size *= 2
	}
	return size
}

// zero makes [from, to) zeros without changing the size.
func (c *content) zero(from, to int64) {
	for from < to {
		i, off := int(from/pageSize), int(from%pageSize)
		n := min(to-from, int64(pageSize-off))
		if i >= len(c.pages) {
			return
		}
		if p := c.pages[i]; off < len(p) {
			clear(p[off:min(int64(len(p)), int64(off)+n)])
		}
		from += n
	}
}

// setSize truncates the file or lets it grow with zeros.
func (c *content) setSize(size int64) {
	if size < c.size {
		keep := int((size + pageSize - 1) / pageSize)
		c.zero(size, min(c.size, int64(keep)*pageSize))
		if keep < len(c.pages) {
			clear(c.pages[keep:])
			c.pages = c.pages[:keep]
		}
	}
	c.size = size
}

// flip turns one bit over, if its byte is there.
func (c *content) flip(pos int64, bit uint) {
	i, off := int(pos/pageSize), int(pos%pageSize)
	if pos < c.size && i < len(c.pages) && off < len(c.pages[i]) {
		c.pages[i][off] ^= 1 << (bit % 8)
	}
}
