package wire

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// The bounds that limits.go promises, measured on frames made to cost as much as possible: each array of each
// API filled to the limit with the smallest elements there are, alone, below one parent, and below as many
// parents as fit; with strings of two bytes, which cost an allocation each; and with a tag for as many elements
// as tags are allowed. What one element costs at most:
const (
	kmsgBytesPerElement = 120 // by kmsg, its strings and nested arrays included
	handBytesPerElement = 144 // by our Produce and Fetch
	bytesPerTag         = 400 // by kmsg: a map
)

func TestHostileFramesCostWhatIsPromised(t *testing.T) {
	lim := Limits{Elements: 2000, Tags: 100}.withDefaults()
	var worst, worstByHand string
	var most, mostByHand int
	for _, a := range apis {
		byHand := a.body == nil
		for _, v := range []int16{a.Served, a.Max} {
			for name, frame := range hostileFrames(a, v, &lim) {
				got := bytesToDecode(t, frame, lim)
				per := kmsgBytesPerElement
				if byHand {
					per = handBytesPerElement
				}
				bound := per*lim.Elements + bytesPerTag*lim.Tags + 2*len(frame) + 16<<10 // the Request itself
				note(&most, &worst, !byHand, got, fmt.Sprintf("%s v%d, %s, %d bytes: %d an element", a.Name, v, name, len(frame), got/lim.Elements))
				note(&mostByHand, &worstByHand, byHand, got, fmt.Sprintf("%s v%d, %s, %d bytes: %d an element", a.Name, v, name, len(frame), got/lim.Elements))
				if got > bound {
					t.Errorf("%s v%d, %s: a frame of %d bytes allocates %d, %d an element and more than the %d promised",
						a.Name, v, name, len(frame), got, got/lim.Elements, bound)
				}
			}
		}
	}
	t.Logf("worst by kmsg: %s", worst)
	t.Logf("worst by hand: %s", worstByHand)
}

func note(most *int, what *string, counts bool, got int, text string) {
	if counts && got > *most {
		*most, *what = got, text
	}
}

// bytesToDecode is what decoding the frame allocates, whether it succeeds or not.
func bytesToDecode(t *testing.T, frame []byte, lim Limits) int {
	p := New(lim)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := p.Decode(frame, nil)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatalf("the hostile frame is no good: %v", err)
	}
	return int(after.TotalAlloc - before.TotalAlloc)
}

// hostileFrames makes the frames. Arrays are named by the order in which they come.
func hostileFrames(a *API, v int16, lim *Limits) map[string][]byte {
	body := a.body
	switch a {
	case &produceAPI:
		body = produceShape
	case &fetchAPI:
		body = fetchShape
	}
	frames := map[string][]byte{}
	for target := range arraysOf(body, v) {
		for _, tags := range []int{0, lim.Tags} {
			h := hostile{version: v, flexible: a.Flexible(v), text: "ab", tags: tags, target: target}
			name := fmt.Sprintf("array %d with %d tags", target, tags)
			h.parents, h.children = 1, lim.Elements-10
			frames[name+" below one parent"] = h.frame(a, body)
			h.parents, h.children = lim.Elements/(depthOf(body, v)+1), 1
			frames[name+" below many parents"] = h.frame(a, body)
		}
	}
	return frames
}

var produceShape = newShape(`
	transactionalID ?string
	acks int16
	timeout int32
	topics []struct {
		name string 0-12
		id uuid 13+
		partitions []struct {
			partition int32
			records ?bytes
		}
	}
`)

var fetchShape = newShape(`
	replica int32 0-14
	wait int32
	min int32
	max int32
	isolation int8
	session int32 7+
	epoch int32 7+
	topics []struct {
		name string 0-12
		id uuid 13+
		partitions []struct {
			partition int32
			leaderEpoch int32 9+
			offset int64
			fetchedEpoch int32 12+
			logStart int64 5+
			maxBytes int32
		}
	}
	forgotten []struct 7+ {
		name string 0-12
		id uuid 13+
		partitions []int32
	}
	rack string 11+
`)

func (f *field) in(v int16) bool { return v >= f.min && v <= f.max }

// arraysOf counts the arrays of a shape, nested ones included.
func arraysOf(s shape, v int16) int {
	n := 0
	for i := range s {
		if f := &s[i]; f.in(v) {
			if f.kind == array {
				n++
			}
			n += arraysOf(f.fields, v)
		}
	}
	return n
}

func depthOf(s shape, v int16) int {
	deepest := 0
	for i := range s {
		if f := &s[i]; f.in(v) && f.kind == array {
			deepest = max(deepest, 1+depthOf(f.fields, v))
		}
	}
	return deepest
}

// hostile writes one body. The target array and its ancestors have elements, all others are empty.
type hostile struct {
	version           int16
	flexible          bool
	text              string
	tags              int
	target            int
	parents, children int
	seen              int
	out               []byte
}

func (h hostile) frame(a *API, body shape) []byte {
	req := kmsg.RequestForKey(a.Key)
	req.SetVersion(h.version)
	head := appendNoTags(appendString(appendInt32(appendInt16(appendInt16([]byte{0, 0, 0, 0}, a.Key), h.version), 1), false, "c"), h.flexible)
	h.out = head
	h.structure(body, true)
	return endFrame(h.out, 0)
}

// structure writes a structure. live: it is on the way to the target.
func (h *hostile) structure(s shape, live bool) {
	for i := range s {
		if f := &s[i]; f.in(h.version) {
			h.field(f, live)
		}
	}
	h.tagSection()
}

func (h *hostile) tagSection() {
	switch {
	case !h.flexible:
	case h.tags > 0:
		h.tags--
		h.out = append(h.out, 1, 100, 0)
	default:
		h.out = append(h.out, 0)
	}
}

func (h *hostile) field(f *field, live bool) {
	switch {
	case f.kind == array:
		h.array(f, live)
	case f.kind == structure && f.nullable:
		h.out = append(h.out, 0xff)
	default:
		h.scalar(f.kind, f.nullable)
	}
}

func (h *hostile) scalar(k kind, nullable bool) {
	switch k {
	case text:
		h.out = appendString(h.out, h.flexible, h.text)
	case blob:
		h.out = appendLen(h.out, h.flexible, 0)
	default:
		h.out = append(h.out, make([]byte, k.fixedSize())...)
	}
}

func (h *hostile) array(f *field, live bool) {
	self := h.seen
	last := self + arraysOf(f.fields, h.version)
	h.seen++
	n := 0
	switch {
	case live && self == h.target:
		n = h.children
		if h.children == 1 && self == 0 && last == 0 {
			n = h.parents
		}
	case live && self < h.target && h.target <= last:
		n = h.parents
	}
	h.elements(f, n, self, last)
}

func (h *hostile) elements(f *field, n, self, last int) {
	outer := h.parents
	h.out = appendLen(h.out, h.flexible, n)
	h.parents = 1 // only the outermost parent is many
	for range n {
		h.seen = self + 1
		if f.elem == structure {
			h.structure(f.fields, true)
		} else {
			h.scalar(f.elem, false)
		}
	}
	h.parents = outer
	h.seen = last + 1
}

// A count that nothing backs costs nothing, however large it is and whatever API it comes in.
func TestUnbackedCountsAllocateNothing(t *testing.T) {
	for _, a := range apis {
		for v := a.Served; v <= a.Max; v++ {
			good := hostile{version: v, flexible: a.Flexible(v), target: -1}
			body := a.body
			if a == &produceAPI {
				body = produceShape
			} else if a == &fetchAPI {
				body = fetchShape
			}
			frame := good.frame(a, body)
			for at := 13; at+4 <= len(frame); at++ {
				bad := append([]byte{}, frame...)
				copy(bad[at:], []byte{0x05, 0xf5, 0xe1, 0x00}) // 100 million, and as a varint 5
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				New(Limits{}).Decode(bad, nil)
				runtime.ReadMemStats(&after)
				if got := after.TotalAlloc - before.TotalAlloc; got > 32<<10 {
					t.Errorf("%s v%d with 100 million at byte %d allocates %d bytes", a.Name, v, at, got)
				}
			}
		}
	}
}
