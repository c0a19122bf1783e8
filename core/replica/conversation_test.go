package replica

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/seglog"
	"gregor/core/wire"
	"gregor/internal/conversation"
)

// TestConversations plays the files in testdata. A line "# mutant: NAME" names the planted bug that the file is about,
// and the next line what that breaks: TestWithout plays the file with it.
func TestConversations(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", func(t *testing.T, text string) string {
		got, broken := play(t, text)
		require.Empty(t, broken, "a law is broken with every protection on")
		return got
	})
}

// play plays a text and returns it with its responses, and the laws it broke.
func play(t *testing.T, text string) (played string, broken []string) {
	s := newStage(t)
	played = conversation.Play(t, text, func(c *conversation.Command) string {
		s.told = nil
		s.do(t, c)
		return strings.Join(s.told, "\n")
	})
	return played, s.laws.bad
}

// brief is a fact with its fields, but for the partition.
func brief(f env.Fact) string {
	v := reflect.ValueOf(f)
	out := v.Type().Name()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; name != "TopicPartition" && name != "Logger" && name != "About" {
			out += fmt.Sprintf(" %s=%v", name, v.Field(i))
		}
	}
	return out
}

func (s *stage) number(word string) kafka.NodeID {
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > 3 {
		s.t.Fatalf("there is no broker %q", word)
	}
	return kafka.NodeID(n)
}

func list(word string) (out []kafka.NodeID) {
	for _, w := range strings.Split(word, ",") {
		n, err := strconv.Atoi(w)
		if err != nil {
			panic(err)
		}
		out = append(out, kafka.NodeID(n))
	}
	return out
}

// do carries out one line, and lets everything come to rest.
func (s *stage) do(t *testing.T, c *conversation.Command) {
	words := append([]string{c.Name}, c.Words...)
	switch c.Name {
	case "boot":
		for _, w := range words[1:] {
			s.node(s.number(w)).boot()
		}
	case "min.insync.replicas":
		s.minISR = int(s.number(words[1]))
		for _, m := range s.nodes {
			if m.live {
				m.r.SetMinISR(s.minISR)
			}
		}
	case "produce": // produce 1 all [times]
		acks, times := kafka.AcksAll, 1
		if words[2] == "1" {
			acks = kafka.AcksLeader
		}
		if len(words) > 3 {
			times, _ = strconv.Atoi(words[3])
		}
		for range times {
			s.node(s.number(words[1])).produce(acks)
		}
	case "elect":
		s.ctl.elect(s.number(words[1]))
	case "elect-quietly": // the brokers learn of it with the next metadata
		s.ctl.state.Leader = s.number(words[1])
		s.ctl.state.LeaderEpoch++
		s.ctl.state.PartitionEpoch++
	case "isr":
		s.ctl.state.ISR = list(words[1])
		s.ctl.state.PartitionEpoch++
		if slices.Contains(s.ctl.state.ISR, s.ctl.state.Leader) { // else a controller elects another one at once
			s.ctl.push()
		}
	case "fence":
		id := s.number(words[1])
		s.ctl.brokers[id] = broker{epoch: s.ctl.brokers[id].epoch, fenced: true}
		s.ctl.leaveISR(id)
		s.ctl.push()
	case "unfence":
		id := s.number(words[1])
		s.ctl.brokers[id] = broker{epoch: s.ctl.brokers[id].epoch}
		s.ctl.push()
	case "push":
		s.ctl.push()
	case "crash":
		s.node(s.number(words[1])).crash()
	case "power-cut": // power-cut 1 keep
		m := s.node(s.number(words[1]))
		m.crash()
		keep, _ := strconv.Atoi(words[2])
		m.keep = kafka.Offset(keep)
		if keep < len(s.laws.truth) {
			s.laws.excuse() // more than replication survives, if the broker stays in the in-sync set
		}
	case "wipe":
		m := s.node(s.number(words[1]))
		m.crash()
		m.disk.Wipe()
		m.mirror, m.wiped, m.saved = nil, true, seglog.Recovery{}
	case "re-add": // the replica is taken from the broker and given to it again, empty
		m := s.node(s.number(words[1]))
		m.crash()
		m.disk.Wipe()
		m.mirror, m.saved, m.stays = nil, seglog.Recovery{}, true
		s.ctl.leaveISR(m.id)
		m.boot()
	case "checkpoint":
		s.node(s.number(words[1])).checkpoint()
	case "hold":
		s.holds[words[1]] = true
	case "release":
		delete(s.holds, words[1])
		s.release(words[1], 1000)
	case "let": // let one message through
		s.release(words[1], 1)
	case "drop":
		delete(s.holds, words[1])
		s.drop(words[1])
	case "show-fetches": // on a link and back
		for _, link := range words[1:] {
			s.shows[link] = true
		}
	case "forget-sessions": // as a source does that has too many
		s.node(s.number(words[1])).sessions = nil
	case "lose": // what is held is lost, and more is held
		s.drop(words[1])
	case "cut":
		for _, link := range words[1:] {
			s.cuts[link] = true
		}
	case "heal":
		clear(s.cuts)
	case "poll": // the fetches that wait have waited long enough
		for _, m := range s.nodes {
			if m.live {
				m.retryParked(true)
			}
		}
	case "sleep":
		d, err := time.ParseDuration(words[1])
		require.NoError(t, err)
		s.sleep(d)
	case "delete-records":
		m := s.node(s.number(words[1]))
		before, _ := strconv.Atoi(words[2])
		if err := m.log.DeleteRecords(s.clock(), kafka.Offset(before)); err != nil {
			s.say("%v", err)
		}
	case "list":
		s.list(s.number(words[1]))
	case "read":
		from, _ := strconv.Atoi(words[2])
		s.read(s.number(words[1]), kafka.Offset(from))
	case "epoch-end":
		asked, _ := strconv.Atoi(words[2])
		end, code := s.node(s.number(words[1])).r.EpochEnd(kafka.NoEpoch, kafka.LeaderEpoch(asked))
		s.say("%v epoch %d ends at %d", code, end.Epoch, end.End)
	case "show":
	default:
		c.Fatalf("unknown command")
	}
	s.run()
	if c.Name == "show" {
		s.show()
	}
}

func (s *stage) list(id kafka.NodeID) {
	p := kmsg.NewListOffsetsRequestTopicPartition()
	p.Timestamp, p.CurrentLeaderEpoch = -1, -1
	out := s.node(id).list(kafka.NoNode, p)
	s.say("%v end offset %d", kafka.ErrorCode(out.ErrorCode), out.Offset)
}

// read is a consumer that may read from any replica.
func (s *stage) read(id kafka.NodeID, from kafka.Offset) {
	m := s.node(id)
	ask := FetchAsk{Replica: kafka.NoNode, ReplicaEpoch: -1, AnyReplica: true, MaxBytes: 1 << 20, MinOneBatch: true,
		Ask: wire.FetchPartition{CurrentLeaderEpoch: -1, LastFetchedEpoch: -1, FetchOffset: from, MaxBytes: 1 << 20}}
	a := m.r.Fetch(s.clock(), ask)
	for a.Pending {
		m.idle()
		a = m.r.Fetch(s.clock(), ask)
	}
	text := ""
	for _, e := range m.mirror {
		if e.offset >= from && e.offset < a.HighWatermark && a.Read.Bytes > 0 {
			text += " " + s.laws.names[e.crc]
		}
	}
	m.log.Unpin(a.Read.Pin)
	s.say("%v up to %d:%s", a.Code, a.HighWatermark, text)
}

// show prints what every broker holds.
func (s *stage) show() {
	for _, m := range s.nodes {
		if !m.live {
			s.say("%d: down", m.id)
			continue
		}
		text := ""
		for _, e := range m.mirror {
			text += fmt.Sprintf(" %s@%d", s.laws.names[e.crc], e.epoch)
		}
		if m.r.Role() == Following && m.r.Leader() != kafka.NoNode {
			text += fmt.Sprintf(" (last fetched epoch %d)", m.r.following.lastFetched)
		}
		s.say("%d: %s epoch %d isr %v [%d, %d) high watermark %d:%s", m.id, m.r.Role(), m.r.Epoch(), m.r.ISR(),
			m.log.LogStart(), m.log.EndOffset(), m.log.HighWatermark(), text)
	}
}
