package record

// layout is where the parts of one record lie within its body, the bytes after its length.
type layout struct {
	timestampDelta int64
	offsetDelta    int32
	key, value     extent
	headers        int32
	headersAt      int
}

// extent is a range of a body. A negative length is null.
type extent struct {
	at, length int
}

func (e extent) of(body []byte) []byte {
	if e.length < 0 {
		return nil
	}
	return body[e.at : e.at+e.length : e.at+e.length]
}

// fault names the field of a record that is wrong.
type fault uint8

const (
	sound fault = iota
	badTimestamp
	badOffset
	badKey
	badValue
	badHeaderCount
	badHeader
	badEnd
)

var faultNames = [...]string{"nothing", "timestamp delta", "offset delta", "key", "value", "header count",
	"header", "size"}

// cutBody finds the record that begins at i: its body and where the next one begins, or bad.
func cutBody(p []byte, i int) (body []byte, next int) {
	n, at := varint(p, i)
	if at > len(p) || n < 0 || int(n) > len(p)-at {
		return nil, bad
	}
	return p[at : at+int(n)], at + int(n)
}

// parse finds the parts of a record. The first byte, the record's attributes, has no meaning yet.
func (l *layout) parse(body []byte) fault {
	i := 1
	if l.timestampDelta, i = varlong(body, i); i > len(body) {
		return badTimestamp
	}
	if l.offsetDelta, i = varint(body, i); i > len(body) {
		return badOffset
	}
	if l.key, i = parseBytes(body, i); i > len(body) {
		return badKey
	}
	if l.value, i = parseBytes(body, i); i > len(body) {
		return badValue
	}
	if l.headers, i = varint(body, i); i > len(body) || l.headers < 0 {
		return badHeaderCount
	}
	l.headersAt = i
	if l.headers > 0 {
		return parseHeaders(body, i, l.headers)
	}
	if i != len(body) {
		return badEnd
	}
	return sound
}

func parseBytes(p []byte, i int) (extent, int) {
	n, at := varint(p, i)
	if n > 0 {
		return extent{at, int(n)}, at + int(n)
	}
	if n < -1 {
		return extent{}, bad
	}
	return extent{at, int(n)}, at
}

func parseHeaders(body []byte, i int, count int32) fault {
	if int(count) > len(body)-i { // each takes two bytes at least
		return badHeaderCount
	}
	for range count {
		var key extent
		key, i = parseBytes(body, i)
		if key.length < 0 {
			return badHeader
		}
		if _, i = parseBytes(body, i); i > len(body) {
			return badHeader
		}
	}
	if i != len(body) {
		return badEnd
	}
	return sound
}

func (f fault) errorAt(n int32, body []byte) *Error {
	return invalid("record %d of %d bytes: %s does not fit", n, len(body), faultNames[f])
}

func badSize(n int32, left int) *Error {
	return invalid("record %d: its size does not fit into the %d bytes that are left", n, left)
}
