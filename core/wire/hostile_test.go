package wire

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// The bounds that limits.go promises, measured on frames made to cost as much as possible: each array of each
// API filled to the limit with small elements below one parent, or each outermost array filled with elements
// that have one element in every array of theirs; with strings of two bytes, which cost an allocation each, and
// with a tag for as many elements as tags are allowed. What one element costs at most:
const (
	kmsgBytesPerElement = 120 // by kmsg, its strings and nested arrays included
	handBytesPerElement = 144 // by our Produce and Fetch
	bytesPerTag         = 400 // by kmsg: a map
)

func TestHostileFramesCostWhatIsPromised(t *testing.T) {
	lim := Limits{Elements: 2000, Tags: 100}.withDefaults()
	for _, a := range APIs() {
		per := kmsgBytesPerElement
		if a.body == nil {
			per = handBytesPerElement
		}
		worst, most := "", 0
		for _, v := range []int16{a.Served, a.Max} {
			for name, frame := range hostileFrames(a, v, &lim) {
				got := bytesToDecode(t, frame, lim)
				text := fmt.Sprintf("%s v%d, %s: a frame of %d bytes allocates %d, %d an element", a.Name, v, name, len(frame), got,
					got/lim.Elements)
				if got > most {
					most, worst = got, text
				}
				// 16 KiB: the Request itself
				if bound := per*lim.Elements + bytesPerTag*lim.Tags + 2*len(frame) + 16<<10; got > bound {
					t.Errorf("%s: more than the %d promised", text, bound)
				}
			}
		}
		t.Log(worst)
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
	case produceAPI:
		body = produceShape
	case fetchAPI:
		body = fetchShape
	}
	frames := map[string][]byte{}
	for target := range arraysOf(body, v) {
		for _, tags := range []int{0, lim.Tags} {
			h := hostile{version: v, flexible: a.Flexible(v), text: "ab", tags: tags, target: target}
			name := fmt.Sprintf("array %d with %d tags", target, tags)
			h.parents, h.children = 1, lim.Elements-10
			frames[name+" below one parent"] = h.frame(a, body)
			h.parents, h.children, h.spread = 0, lim.Elements-10, true
			frames[name+" and one in every array below"] = h.frame(a, body)
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

// hostile writes one body. Without spread, the target array has children and its ancestors one element each;
// with spread, the target's elements have one element in each of their arrays. All other arrays are empty.
type hostile struct {
	version           int16
	flexible          bool
	text              string
	tags              int
	target            int
	parents, children int
	spread            bool
	inside            int // the last array below the target
	seen              int
	out               []byte
}

func (h hostile) frame(a *API, body shape) []byte {
	req := kmsg.RequestForKey(a.Key)
	req.SetVersion(h.version)
	head := appendNoTags(appendString(appendInt32(appendInt16(appendInt16([]byte{0, 0, 0, 0}, a.Key), h.version), 1),
		false, "c"), h.flexible)
	h.out = head
	h.structure(body)
	return endFrame(h.out, 0)
}

func (h *hostile) structure(s shape) {
	var tagged []*field
	for i := range s {
		switch f := &s[i]; {
		case f.tagged && f.kind == array:
			tagged = append(tagged, f)
		case f.inOrder(h.version):
			h.field(f)
		}
	}
	if h.flexible {
		h.tagSection(tagged)
	}
}

// tagSection writes the tagged arrays, and an unknown tag while there are tags left.
func (h *hostile) tagSection(tagged []*field) {
	unknown := h.tags > 0
	if !unknown {
		h.out = append(h.out, byte(len(tagged)))
	} else {
		h.tags--
		h.out = append(h.out, byte(len(tagged)+1))
	}
	for _, f := range tagged {
		h.tags = max(h.tags-1, 0)
		before := h.out
		h.out = nil
		h.field(f)
		h.out = append(appendUvarint(appendUvarint(before, f.tag), uint32(len(h.out))), h.out...)
	}
	if unknown {
		h.out = append(h.out, 100, 0)
	}
}

func (h *hostile) field(f *field) {
	switch {
	case f.kind == array:
		h.array(f)
	case f.kind == structure && f.nullable:
		h.out = append(h.out, 0xff)
	case f.kind == structure:
		h.structure(f.fields)
	default:
		h.scalar(f.kind)
	}
}

func (h *hostile) scalar(k kind) {
	switch k {
	case text:
		h.out = appendString(h.out, h.flexible, h.text)
	case blob:
		h.out = appendLen(h.out, h.flexible, 0)
	default:
		h.out = append(h.out, make([]byte, k.fixedSize())...)
	}
}

func (h *hostile) array(f *field) {
	self, below := h.seen, arraysOf(f.fields, h.version)
	n := h.count(self, below)
	h.out = appendLen(h.out, h.flexible, n)
	for range n {
		h.seen = self + 1
		if f.elem == structure {
			h.structure(f.fields)
		} else {
			h.scalar(f.elem)
		}
	}
	h.seen = self + below + 1
}

// count is how many elements the array numbered self has, with that many arrays below.
func (h *hostile) count(self, below int) int {
	switch {
	case self == h.target && h.spread:
		h.inside = self + below
		return h.children / (1 + below)
	case self == h.target:
		return h.children
	case h.spread && self > h.target && self <= h.inside:
		return 1
	case self < h.target && h.target <= self+below:
		return h.parents
	}
	return 0
}

// A count that nothing backs costs nothing, however large it is and whatever API it comes in.
func TestUnbackedCountsAllocateNothing(t *testing.T) {
	for _, a := range APIs() {
		for v := a.Served; v <= a.Max; v++ {
			good := hostile{version: v, flexible: a.Flexible(v), target: -1}
			body := a.body
			if a == produceAPI {
				body = produceShape
			} else if a == fetchAPI {
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

// Nor does a count in a tag, not even one that kmsg would take for its tag's size: it makes room for an element a
// byte, whatever an element takes.
func TestUnbackedCountsInTagsAllocateNothing(t *testing.T) {
	const size = 64 << 10
	for _, tag := range []uint32{0, 1} {
		body := kmsg.NewPtrBrokerHeartbeatRequest()
		body.Version = 2
		head := body.AppendTo(nil)
		count := appendUvarint(nil, size-3)
		section := append(appendUvarint(appendUvarint([]byte{1}, tag), size), count...)
		section = append(section, make([]byte, size-len(count))...)
		frame := bodyFrame(brokerHeartbeatAPI.Key, 2, append(head[:len(head)-1], section...))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := New(Limits{}).Decode(frame, nil)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; err == nil || got > 32<<10 {
			t.Errorf("tag %d with an array of %d directories in %d bytes: %v, allocates %d bytes", tag, size-4, size, err, got)
		}
	}
}
