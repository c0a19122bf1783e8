package raft

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/disksim"
	"gregor/internal/conversation"
)

// TestConversations runs the files in testdata. Every law is checked after every event.
func TestConversations(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", func(t *testing.T, text string) string {
		k := &talk{t: t}
		return conversation.Play(t, text, k.respond)
	})
}

// talk is one conversation.
type talk struct {
	*conversation.Command
	t   *testing.T
	c   *cluster
	out strings.Builder
	all bool // show fetches too
}

// respond carries out a command and returns what came of it. A broken law ends the conversation.
func (k *talk) respond(c *conversation.Command) string {
	k.out.Reset()
	if k.c != nil && k.c.laws.broken != nil {
		return ""
	}
	if k.do(c); k.c.laws.broken != nil {
		fmt.Fprintf(&k.out, "BROKEN %s: %s\n", k.c.laws.broken.law, k.c.laws.broken.text)
	}
	return k.out.String()
}

func (k *talk) do(c *conversation.Command) {
	if c.Name == "quiet" {
		k.c.trace = nil
		k.do(c.Shift())
		k.c.trace = k.note
		return
	}
	k.Command = c
	do, ok := commands[c.Name]
	if !ok {
		c.Fatalf("unknown command")
	}
	do(k, c.Words)
}

// number is a number given as name=value.
func (k *talk) number(name string, otherwise int) int { return int(k.Int(name, int64(otherwise))) }

// nodes are those named, or all.
func (k *talk) nodes(rest []string) (out []*machine) {
	for _, w := range rest {
		if w == "leader" {
			require.NotNil(k.t, k.c.leader())
			out = append(out, k.c.leader())
			continue
		}
		n, err := strconv.Atoi(w)
		require.NoError(k.t, err)
		out = append(out, k.c.node(kafka.NodeID(n)))
	}
	if len(rest) == 0 {
		return k.c.nodes
	}
	return out
}

// note writes down what is traced, without what would hide the rest.
func (k *talk) note(line string) {
	for _, noise := range []string{"QuorumFlushed", "LogRecovered", ": Fetch ", "node 9"} {
		if strings.Contains(line, noise) && !k.all {
			return
		}
	}
	_, line, _ = strings.Cut(line, " ")
	line = strings.TrimSpace(line)
	line = strings.Replace(line, "Logged Level=0 Text=quorum: ", "is ", 1)
	if at := strings.Index(line, " CRC="); at >= 0 {
		line = line[:at]
	}
	k.out.WriteString(line + "\n")
}

var commands map[string]func(k *talk, rest []string)

func init() {
	commands = map[string]func(k *talk, rest []string){
		"quorum": func(k *talk, rest []string) {
			o := disksim.Options{LatencyNanos: 100_000, SyncNanos: int64(k.number("sync-ms", 1)) * 1_000_000}
			k.c = newCluster(uint64(k.number("seed", 1)), k.number("voters", 3), k.number("observers", 0),
				k.Args["dirs"] == "yes", o)
			k.c.net.least, k.c.net.most = time.Millisecond, time.Millisecond
			k.c.cfg.SegmentBytes = int64(k.number("segment.bytes", 1<<20))
			k.c.cfg.MaxRetentionBytes = int64(k.number("retention.bytes", 1<<30))
			k.c.cfg.MaxPartBytes = k.number("part.bytes", 1<<20)
			k.c.trace = k.note
			k.c.laws.ignore = k.Args["may"]
		},
		"start":     func(k *talk, rest []string) { each(k.nodes(rest), (*machine).start) },
		"crash":     func(k *talk, rest []string) { each(k.nodes(rest), func(m *machine) { m.stop(false) }) },
		"power-cut": func(k *talk, rest []string) { each(k.nodes(rest), func(m *machine) { m.stop(true) }) },
		"wipe": func(k *talk, rest []string) {
			for _, m := range k.nodes(rest) {
				m.stop(true)
				m.disk.Wipe()
				m.dir = k.c.rnd.UUID()
				k.c.laws.wiped(m)
			}
		},
		"run": func(k *talk, rest []string) {
			d, err := time.ParseDuration(rest[0])
			require.NoError(k.t, err)
			k.c.run(d)
		},
		"hold":     func(k *talk, rest []string) { k.c.net.hold = true },
		"deliver":  func(k *talk, rest []string) { k.deliver() },
		"drop":     func(k *talk, rest []string) { k.c.held = nil },
		"release":  func(k *talk, rest []string) { k.c.net.hold = false; k.deliver() },
		"campaign": func(k *talk, rest []string) { k.campaign(rest) },
		"cut": func(k *talk, rest []string) {
			for _, w := range rest {
				var a, b kafka.NodeID
				_, err := fmt.Sscanf(w, "%d>%d", &a, &b)
				require.NoError(k.t, err)
				k.c.blocked[[2]kafka.NodeID{a, b}] = true
			}
		},
		"isolate": func(k *talk, rest []string) {
			for _, m := range k.nodes(rest) {
				for _, o := range k.c.nodes {
					k.c.blocked[[2]kafka.NodeID{m.id, o.id}], k.c.blocked[[2]kafka.NodeID{o.id, m.id}] = true, true
				}
			}
		},
		"heal": func(k *talk, rest []string) { clear(k.c.blocked) },
		"append": func(k *talk, rest []string) {
			for range k.number("n", 1) {
				if err := k.nodes(rest)[0].append(uint64(k.c.steps), k.number("size", 20)); err != nil {
					fmt.Fprintf(&k.out, "error: %v\n", err)
				}
			}
		},
		"snapshot": func(k *talk, rest []string) {
			if err := k.nodes(rest)[0].snapshot(k.number("records", 3)); err != nil {
				fmt.Fprintf(&k.out, "error: %v\n", err)
			}
			k.c.run(20 * time.Millisecond)
		},
		"resign": func(k *talk, rest []string) {
			m := k.nodes(rest)[0]
			m.do(func(now env.Now) { m.r.Resign(now, m.r.Epoch()) })
		},
		"close": func(k *talk, rest []string) {
			m := k.nodes(rest)[0]
			m.do(func(now env.Now) { m.r.Close(now) })
		},
		"fetches":  func(k *talk, rest []string) { k.all = rest[0] == "on" },
		"status":   func(k *talk, rest []string) { k.status(rest) },
		"outcomes": func(k *talk, rest []string) { k.outcomes(rest) },
		"file": func(k *talk, rest []string) {
			raw, err := k.nodes(rest[:1])[0].disk.ReadFile(k.c.cfg.Dir + "/" + rest[1])
			if err != nil {
				raw = []byte("there is none")
			}
			fmt.Fprintf(&k.out, "%s\n", raw)
		},
		"files": func(k *talk, rest []string) {
			for _, f := range k.nodes(rest)[0].disk.Files() {
				fmt.Fprintf(&k.out, "%s %d\n", f.Path, f.Size)
			}
		},
		"write": func(k *talk, rest []string) {
			require.NoError(k.t, k.nodes(rest[:1])[0].disk.WriteFile(k.c.cfg.Dir+"/"+rest[1],
				[]byte(strings.Join(rest[2:], " "))))
		},
		"describe": func(k *talk, rest []string) { k.describe(rest) },
	}
}

func each(ms []*machine, f func(*machine)) {
	for _, m := range ms {
		f(m)
	}
}

// deliver lets go what the network holds.
func (k *talk) deliver() {
	held := k.c.held
	k.c.held = nil
	for _, f := range held {
		f()
	}
	k.c.run(20 * time.Millisecond)
}

func (k *talk) campaign(rest []string) {
	m := k.nodes(rest)[0]
	m.do(func(now env.Now) {
		m.r.member.timer.due = now.Mono
		m.r.Tick(now)
	})
	if !k.c.net.hold {
		k.c.run(30 * time.Millisecond)
	}
}

func (k *talk) status(rest []string) {
	for _, m := range k.nodes(rest) {
		if m.r == nil {
			fmt.Fprintf(&k.out, "node %d: down\n", m.id)
			continue
		}
		r := m.r
		fmt.Fprintf(&k.out,
			"node %d: %v %v epoch %d leader %d log [%d, %d) last epoch %d, flushed %d, high %d; owner at %d, leader %d in epoch %d",
			m.id, r.life.state, r.at.role, r.Epoch(), r.LeaderID(), r.log.start, r.log.end.End, r.log.end.Epoch, r.log.flushed,
			r.log.high, m.owner.next, m.owner.leader, m.owner.epoch)
		for _, id := range r.Snapshots() {
			fmt.Fprintf(&k.out, ", snapshot %v", id)
		}
		if r.life.err != nil {
			fmt.Fprintf(&k.out, ", %v", r.life.err)
		}
		k.out.WriteString("\n")
	}
}

// outcomes prints what became of the owner's appends.
func (k *talk) outcomes(rest []string) {
	for _, m := range k.nodes(rest) {
		for _, s := range m.owner.tokens {
			_, s, _ = strings.Cut(s, ": ")
			fmt.Fprintf(&k.out, "node %d: %s\n", m.id, s)
		}
		m.owner.tokens = nil
	}
}

func (k *talk) describe(rest []string) {
	m := k.nodes(rest)[0]
	req := kmsg.NewPtrDescribeQuorumRequest()
	req.Version = 2
	t := kmsg.NewDescribeQuorumRequestTopic()
	t.Topic = Partition.Topic
	t.Partitions = []kmsg.DescribeQuorumRequestTopicPartition{kmsg.NewDescribeQuorumRequestTopicPartition()}
	req.Topics = append(req.Topics, t)
	a := m.r.member.describe(m.clock(), req)
	p := &a.Topics[0].Partitions[0]
	fmt.Fprintf(&k.out, "error=%d leader=%d epoch=%d hw=%d\n", p.ErrorCode, p.LeaderID, p.LeaderEpoch, p.HighWatermark)
	show := func(kind string, states []kmsg.DescribeQuorumResponseTopicPartitionReplicaState) {
		for _, s := range states {
			fmt.Fprintf(&k.out, "%s %d end=%d fetched %d ms ago, caught up %d ms ago\n", kind, s.ReplicaID, s.LogEndOffset,
				int64(m.clock().Wall)-s.LastFetchTimestamp, int64(m.clock().Wall)-s.LastCaughtUpTimestamp)
		}
	}
	show("voter", p.CurrentVoters)
	show("observer", p.Observers)
	for _, n := range a.Nodes {
		fmt.Fprintf(&k.out, "node %d %s %s:%d\n", n.NodeID, n.Listeners[0].Name, n.Listeners[0].Host, n.Listeners[0].Port)
	}
}
