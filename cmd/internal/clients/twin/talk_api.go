package main

import (
	"encoding/binary"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func av() *kmsg.ApiVersionsRequest {
	r := kmsg.NewPtrApiVersionsRequest()
	r.ClientSoftwareName, r.ClientSoftwareVersion = "twin", "1.0"
	return r
}

func header(key, ver int16, corr int32, client string, rest ...byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(key))
	b = binary.BigEndian.AppendUint16(b, uint16(ver))
	b = binary.BigEndian.AppendUint32(b, uint32(corr))
	b = binary.BigEndian.AppendUint16(b, uint16(len(client)))
	b = append(b, client...)
	return append(b, rest...)
}

var _ = conv("apiversions", 18, func(s *side, t string) {
	do[*kmsg.ApiVersionsResponse](s, "table", av())
	r := av()
	r.ClientSoftwareName = "in valid"
	do[*kmsg.ApiVersionsResponse](s, "invalid name", r)
	r = av()
	r.ClientSoftwareName = ""
	do[*kmsg.ApiVersionsResponse](s, "empty name", r)
	r = av()
	r.ClientSoftwareVersion = "-1"
	do[*kmsg.ApiVersionsResponse](s, "invalid version", r)
	r = av()
	r.ClientSoftwareVersion = ""
	do[*kmsg.ApiVersionsResponse](s, "empty version", r)
	do[*kmsg.ApiVersionsResponse](s, "table again", av())
})

var _ = conv("apiversions-unknown", -1, func(s *side, t string) {
	s.raw("v99", header(18, 99, 5, "c", 0, 3, 'a', 'b', 2, 'c', 0), true)
	s.raw("v-1", header(18, -1, 5, "c"), true)
	s.raw("v5", header(18, 5, 5, "c", 0, 3, 'a', 'b', 2, 'c', 0, 0, 0, 0, 0, 0), true)
	s.raw("v3 truncated", header(18, 3, 5, "c", 0, 30, 'a', 'b'), true)
	s.raw("v0 with rest", header(18, 0, 5, "c", 1, 2, 3), true)
})

var _ = conv("malformed", -1, func(s *side, t string) {
	s.raw("length 0", []byte{0, 0, 0, 0}, false)
	s.raw("length -1", []byte{255, 255, 255, 255}, false)
	s.raw("length 3", []byte{0, 0, 0, 3, 0, 3, 0}, false)
	s.raw("length too large", []byte{0x7f, 0xff, 0xff, 0xff, 0, 3}, false)
	s.raw("length just over socket.request.max.bytes", []byte{0x06, 0x40, 0, 1, 0, 3}, false)
	s.raw("http", []byte("GET / HTTP/1.0\r\n\r\n"), false)
	s.raw("unknown key 999", header(999, 0, 5, "c"), true)
	s.raw("unknown key -1", header(-1, 0, 5, "c"), true)
	s.raw("key 4 (LeaderAndIsr, removed)", header(4, 0, 5, "c"), true)
	s.raw("key 7 (ControlledShutdown, removed)", header(7, 3, 5, "c"), true)
	s.raw("metadata v99", header(3, 99, 5, "c"), true)
	s.raw("metadata v-1", header(3, -1, 5, "c"), true)
	s.raw("metadata v0 empty body", header(3, 0, 5, "c"), true)
	s.raw("metadata v1 truncated", header(3, 1, 5, "c", 0, 0, 0, 1, 0, 9, 'a'), true)
	s.raw("metadata v1 huge array", header(3, 1, 5, "c", 0x7f, 0xff, 0xff, 0xff), true)
	s.raw("metadata v1 negative array -2", header(3, 1, 5, "c", 0xff, 0xff, 0xff, 0xfe), true)
	s.raw("metadata v1 rest bytes", header(3, 1, 5, "c", 0, 0, 0, 0, 9, 9, 9, 9), true)
	s.raw("metadata v1 string of -1", header(3, 1, 5, "c", 0, 0, 0, 1, 0xff, 0xff), true)
	s.raw("metadata v9 unknown tags", append(header(3, 9, 5, "c", 1, 50, 2, 1, 2), 1, 0, 0, 0, 1, 60, 1, 7), true)
	s.raw("null client id", []byte{0, 18, 0, 0, 0, 0, 0, 5, 255, 255}, true)
	s.raw("client id truncated", []byte{0, 18, 0, 0, 0, 0, 0, 5, 0, 50, 'a'}, true)
	s.raw("client id length -2", []byte{0, 18, 0, 0, 0, 0, 0, 5, 255, 254}, true)
	s.raw("fetch v3 (removed)", header(1, 3, 5, "c"), true)
	s.raw("produce v0", header(0, 0, 5, "c", 0, 1, 0, 0, 0, 1, 0, 0, 0, 0), true)
	s.raw("produce v2 empty", header(0, 2, 5, "c", 0, 1, 0, 0, 0, 1, 0, 0, 0, 0), true)
	s.raw("produce v99", header(0, 99, 5, "c"), true)
	s.raw("heartbeat v0 bad utf8", header(12, 0, 5, "c", 0, 2, 0xff, 0xfe, 0, 0, 0, 1, 0, 0), true)
	s.raw("joingroup v0 null string", header(11, 0, 5, "c", 255, 255), true)
	for _, k := range []int16{5, 6, 17, 24, 25, 26, 27, 28, 29, 30, 31, 34, 36, 38, 39, 40, 41, 48, 49, 50, 51, 52, 53, 54,
		56, 58, 59, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89,
		90, 91, 92, 93} {
		s.raw("key "+string(rune('0'+k/10))+string(rune('0'+k%10))+" v0 empty body", header(k, 0, 5, "c"), true)
	}
})

var _ = conv("pipelined", -1, func(s *side, t string) {
	// several requests at once on one connection: answers in order
	c := s.conn("main")
	var b []byte
	for i := int32(0); i < 20; i++ {
		var r kmsg.Request = av()
		r.SetVersion(3)
		if i%3 == 1 {
			m := kmsg.NewPtrMetadataRequest()
			m.Topics = nil
			m.SetVersion(9)
			r = m
		}
		b = append(b, frame(r, 100+i, "p")...)
	}
	c.Write(b)
	var got []int
	for range 20 {
		x, err := readFrame(c, s.patience)
		if err != nil {
			break
		}
		got = append(got, int(binary.BigEndian.Uint32(x)))
	}
	s.note("order", got)
})
