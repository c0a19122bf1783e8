package replica

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gregor/core/kafka"
	"gregor/core/mutants"
	"gregor/core/seglog"
)

var links = []string{"1>2", "2>1", "1>3", "3>1", "2>3", "3>2", "1>c", "2>c", "3>c", "c>1", "c>2", "c>3", "d>1",
	"d>2", "d>3"}

// TestLaws has anything happen to three replicas: messages held, delivered late, and lost, processes that crash,
// empty disks, elections at any time. The laws hold after every step; and when all is well again every replica is
// back in sync, and every append that waited is answered.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { chaos(t) })
}

func chaos(t *rapid.T) []string {
	s := newStage(t)
	s.minISR = rapid.IntRange(1, 2).Draw(t, "min.insync.replicas")
	for _, m := range s.nodes {
		m.boot()
	}
	s.ctl.elect(1)
	s.run()
	for range rapid.IntRange(5, 60).Draw(t, "actions") {
		s.happen(t)
		if len(s.laws.bad) > 0 && mutants.On() == (mutants.Set{}) {
			t.Fatalf("%s\n%s", s.laws.bad[0], story(s))
		}
	}
	if mutants.On() == (mutants.Set{}) {
		s.recover(t)
	}
	return s.laws.bad
}

func story(s *stage) string {
	out := ""
	for _, line := range s.told[max(0, len(s.told)-150):] {
		out += line + "\n"
	}
	return out
}

// happen does one thing, if it can be done just now.
func (s *stage) happen(t *rapid.T) {
	m := s.node(kafka.NodeID(rapid.IntRange(1, 3).Draw(t, "broker")))
	what := rapid.SampledFrom([]string{"produce", "produce", "produce", "poll", "sleep", "hold", "release", "let",
		"let", "drop",
		"crash", "boot", "boot", "wipe", "re-add", "fence", "unfence", "elect", "elect", "checkpoint", "push"}).Draw(t,
		"what")
	isr := s.ctl.state.ISR
	s.say("> %s %d", what, m.id)
	switch what {
	case "produce":
		if l := s.ctl.state.Leader; l != kafka.NoNode && s.node(l).live {
			m = s.node(l)
		}
		if m.live {
			m.produce(rapid.SampledFrom([]kafka.Acks{kafka.AcksAll, kafka.AcksAll, kafka.AcksLeader}).Draw(t, "acks"))
		}
	case "poll":
		for _, m := range s.nodes {
			if m.live {
				m.retryParked(true)
			}
		}
	case "sleep":
		s.sleep(time.Duration(rapid.SampledFrom([]int{1, 2, 11}).Draw(t, "seconds")) * time.Second)
	case "hold":
		link := rapid.SampledFrom(links).Draw(t, "link")
		s.holds[link] = true
		s.say("  %s", link)
	case "release", "let", "drop":
		s.letGo(t, what)
	case "crash":
		if m.live {
			m.crash()
		}
	case "boot":
		if !m.live {
			m.boot()
		}
	case "wipe": // the controller notices, and another replica has all of it
		if len(isr) > 1 || !slices.Contains(isr, m.id) {
			m.crash()
			m.disk.Wipe()
			m.mirror, m.saved = nil, seglog.Recovery{}
			s.ctl.leaveISR(m.id)
			s.ctl.brokers[m.id] = broker{epoch: s.ctl.brokers[m.id].epoch, fenced: true}
		}
	case "re-add": // with a new leader epoch, as when the replicas change
		if l := s.ctl.state.Leader; m.live && len(isr) > 1 && l != kafka.NoNode && l != m.id {
			m.crash()
			m.disk.Wipe()
			m.mirror, m.saved, m.stays = nil, seglog.Recovery{}, true
			s.ctl.leaveISR(m.id)
			m.boot()
			if slices.Contains(s.ctl.state.ISR, l) {
				s.ctl.elect(l)
			}
		}
	case "fence":
		s.ctl.brokers[m.id] = broker{epoch: s.ctl.brokers[m.id].epoch, fenced: true}
		s.ctl.leaveISR(m.id)
		s.ctl.push()
	case "unfence":
		if m.live {
			s.ctl.brokers[m.id] = broker{epoch: s.ctl.brokers[m.id].epoch}
			s.ctl.push()
		}
	case "elect":
		if m.live && slices.Contains(isr, m.id) && !s.ctl.brokers[m.id].fenced {
			s.ctl.elect(m.id)
		}
	case "checkpoint":
		if m.steady() {
			m.checkpoint()
		}
	case "push":
		s.ctl.push()
	}
	s.run()
}

// letGo releases what is held on a link, or one message of it, or loses it all.
func (s *stage) letGo(t *rapid.T, what string) {
	if len(s.held) == 0 {
		return
	}
	link := s.held[rapid.IntRange(0, len(s.held)-1).Draw(t, "held")].link
	s.say("  %s", link)
	switch what {
	case "release":
		delete(s.holds, link)
		s.release(link, len(s.held))
	case "let":
		s.release(link, 1)
	default:
		if link[0] != 'd' { // a checkpoint is late, but never lost
			s.drop(link)
		}
	}
}

// recover ends all trouble, and expects everything to be well within a minute.
func (s *stage) recover(t *rapid.T) {
	clear(s.holds)
	for _, link := range links {
		s.release(link, len(s.held))
	}
	s.run()
	for _, m := range s.nodes {
		if !m.live {
			m.boot()
		}
		s.ctl.brokers[m.id] = broker{epoch: s.ctl.brokers[m.id].epoch}
	}
	s.run()
	s.ctl.elect(s.ctl.state.ISR[0])
	s.run()
	for range 30 {
		s.sleep(2 * time.Second)
		for _, m := range s.nodes {
			m.retryParked(true)
		}
		s.run()
	}
	if len(s.laws.bad) > 0 {
		t.Fatalf("%s\n%s", s.laws.bad[0], story(s))
	}
	s.show()
	end := s.nodes[0].log.EndOffset()
	for _, m := range s.nodes {
		if m.log.EndOffset() != end || m.log.HighWatermark() != end || len(m.r.ISR()) != 3 || m.r.Waiting() > 0 ||
			m.r.leading.proposal.open() {
			t.Fatalf("a minute after the end of all trouble broker %d is not well\n%s", m.id, story(s))
		}
	}
	for name, offset := range s.laws.safe {
		for _, m := range s.nodes {
			if e, ok := m.at(offset); !ok || s.laws.names[e.crc] != name {
				t.Fatalf("%s was acknowledged at offset %d, and %d does not have it\n%s", name, offset, m.id, story(s))
			}
		}
	}
}
