package sim

import (
	"encoding/binary"
	"fmt"

	"gregor/core/env"
	"gregor/core/view"
	"gregor/core/wire"
	"gregor/netsim"
)

// Label names a request or a response without looking into its body.
type Label struct {
	API         int16 `json:"api"`     // key; -1: not known
	Version     int16 `json:"version"` // -1: not known
	Correlation int32 `json:"correlation"`
	Response    bool  `json:"response"`
}

// String is "Fetch v17 request #33".
func (l Label) String() string {
	kind := "request"
	if l.Response {
		kind = "response"
	}
	if l.API < 0 {
		return fmt.Sprintf("%s #%d", kind, l.Correlation)
	}
	return fmt.Sprintf("%s v%d %s #%d", wire.Name(l.API), l.Version, kind, l.Correlation)
}

// requestHead is how many bytes of a request's frame name it: length, API key, version, correlation id.
const requestHead = 12

// LabelOf names a message under way.
func (w *World) LabelOf(m netsim.Message) Label {
	if m.Accepted {
		return requestLabel(m.Frame)
	}
	return w.responseLabel(w.node(m.To), m.Conn, m.Frame)
}

func requestLabel(frame []byte) Label {
	l := Label{API: -1, Version: -1}
	if len(frame) >= requestHead {
		l.API, l.Version = int16(binary.BigEndian.Uint16(frame[4:])), int16(binary.BigEndian.Uint16(frame[6:]))
		l.Correlation = int32(binary.BigEndian.Uint32(frame[8:]))
	}
	return l
}

// responseLabel asks the node that is to receive a response, before it does, which request it answers.
func (w *World) responseLabel(n *node, conn env.ConnID, frame []byte) Label {
	l := Label{API: -1, Version: -1, Response: true}
	var err error
	if l.Correlation, err = wire.CorrelationID(frame); err != nil {
		return l
	}
	if a, is := n.proc.(view.Asking); is && n.up {
		if key, version, ok := a.Asked(conn, l.Correlation); ok {
			l.API, l.Version = key, version
		}
	}
	return l
}

// labelOf names the message that a node is about to receive.
func (w *World) labelOf(n *node, e *env.Event) Label {
	switch m := e.Message.(type) {
	case *wire.Request:
		return Label{API: m.Key, Version: m.Version, Correlation: m.CorrelationID}
	case *wire.Frame:
		return w.responseLabel(n, e.Conn, m.Bytes)
	}
	return Label{API: -1, Version: -1}
}
