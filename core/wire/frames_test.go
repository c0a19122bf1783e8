package wire

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"gregor/internal/conversation"
)

// testdata/frames.txt shows what every frame becomes.
func TestFrames(t *testing.T) {
	conversation.Files(t, "testdata/frames.txt", playFrames)
}

func playFrames(t *testing.T, text string) string {
	p := New(Limits{FrameBytes: 1000, RequestBytes: 600, Elements: 40, Tags: 5})
	cases := strings.Split(strings.TrimSpace(text), "\n\n")
	for i, c := range cases {
		if !strings.HasPrefix(c, "#") {
			cases[i] = frameCase(t, p, c)
		}
	}
	return strings.Join(cases, "\n\n") + "\n"
}

// frameCase returns the case with what really comes out.
func frameCase(t *testing.T, p *Protocol, c string) string {
	lines := strings.Split(c, "\n")
	if len(lines) != 3 {
		t.Fatalf("%q is no case of name, bytes and outcome", c)
	}
	frame, err := hex.DecodeString(strings.ReplaceAll(lines[1], " ", ""))
	if err != nil {
		t.Fatalf("%s: %v", lines[0], err)
	}
	lines[2] = strings.TrimSpace("=> " + outcome(p, frame))
	return strings.Join(lines, "\n")
}

func outcome(p *Protocol, frame []byte) string {
	n, err := p.FrameSize(frame)
	switch {
	case err != nil:
		return "FrameSize: " + err.Error()
	case n != len(frame):
		return fmt.Sprintf("a frame of %d bytes, of which %d came", n, len(frame))
	}
	msg, err := p.Decode(frame, nil)
	if err != nil {
		return err.Error()
	}
	q := msg.(*Request)
	return q.String() + describe(q)
}

func describe(q *Request) string {
	switch {
	case q.Unsupported:
		return ": unsupported"
	case q.Produce != nil:
		return describeProduce(q.Produce)
	case q.Fetch != nil:
		return fmt.Sprintf(": replica %d wait %d ms bytes %d-%d session %d/%d topics %d", q.Fetch.Replica,
			q.Fetch.MaxWaitMillis,
			q.Fetch.MinBytes, q.Fetch.MaxBytes, q.Fetch.SessionID, q.Fetch.SessionEpoch, len(q.Fetch.Topics))
	}
	return fmt.Sprintf(": %T % x", q.Body, q.Body.AppendTo(nil))
}

func describeProduce(p *Produce) string {
	s := fmt.Sprintf(": transactional %v %q acks %d timeout %d ms", p.Transactional, p.TransactionalID, p.Acks,
		p.TimeoutMillis)
	for _, topic := range p.Topics {
		for _, q := range topic.Partitions {
			s += fmt.Sprintf(" %s-%d: %s %s", topic.Topic, q.Partition, q.Err, q.ErrText)
		}
	}
	return s
}
