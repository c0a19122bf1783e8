package raft

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/disksim"
)

// TestConversations runs the files in testdata: lines that begin with "> " are done to the quorum, the lines below
// each are what came of it. Every law is checked after every event.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			got := converse(t, string(raw))
			if *rewrite {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			require.Equal(t, string(raw), got)
		})
	}
}

// talk is one conversation.
type talk struct {
	t    *testing.T
	c    *cluster
	out  strings.Builder
	all  bool // show fetches too
	args map[string]string
}

func converse(t *testing.T, script string) string {
	k := &talk{t: t}
	for line := range strings.Lines(script) {
		line = strings.TrimRight(line, "\n")
		said, ok := strings.CutPrefix(line, "> ")
		if !ok {
			if line == "" || strings.HasPrefix(line, "#") {
				k.out.WriteString(line + "\n")
			}
			continue
		}
		k.out.WriteString(line + "\n")
		k.say(strings.Fields(said))
		if k.c.laws.broken != nil {
			fmt.Fprintf(&k.out, "BROKEN %s: %s\n", k.c.laws.broken.law, k.c.laws.broken.text)
			break
		}
	}
	return k.out.String()
}

func (k *talk) say(words []string) {
	if words[0] == "quiet" {
		k.c.trace = nil
		k.say(words[1:])
		k.c.trace = k.note
		return
	}
	k.args = map[string]string{}
	var rest []string
	for _, w := range words[1:] {
		if name, value, ok := strings.Cut(w, "="); ok {
			k.args[name] = value
		} else {
			rest = append(rest, w)
		}
	}
	do, ok := commands[words[0]]
	if !ok {
		k.t.Fatalf("what is %q?", words[0])
	}
	do(k, rest)
}

func (k *talk) number(name string, otherwise int) int {
	if v, ok := k.args[name]; ok {
		n, err := strconv.Atoi(v)
		require.NoError(k.t, err)
		return n
	}
	return otherwise
}

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
		out = append(out, k.c.node(env.NodeID(n)))
	}
	if len(rest) == 0 {
		return k.c.nodes
	}
	return out
}

// note writes what is told down, but for what would drown it.
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
	k.out.WriteString("  " + line + "\n")
}

var commands map[string]func(k *talk, rest []string)

func init() {
	commands = map[string]func(k *talk, rest []string){
		"quorum": func(k *talk, rest []string) {
			o := disksim.Options{LatencyNanos: 100_000, SyncNanos: int64(k.number("sync-ms", 1)) * 1_000_000}
			k.c = newCluster(uint64(k.number("seed", 1)), k.number("voters", 3), k.number("observers", 0),
				k.args["dirs"] == "yes", o)
			k.c.net.least, k.c.net.most = time.Millisecond, time.Millisecond
			k.c.cfg.SegmentBytes = int64(k.number("segment.bytes", 1<<20))
			k.c.cfg.MaxRetentionBytes = int64(k.number("retention.bytes", 1<<30))
			k.c.cfg.MaxPartBytes = k.number("part.bytes", 1<<20)
			k.c.trace = k.note
			k.c.laws.ignore = k.args["may"]
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
		"hold": func(k *talk, rest []string) { k.c.net.hold = true },
		"deliver": func(k *talk, rest []string) {
			held := k.c.held
			k.c.held = nil
			for _, f := range held {
				f()
			}
			k.c.run(20 * time.Millisecond)
		},
		"drop":     func(k *talk, rest []string) { k.c.held = nil },
		"release":  func(k *talk, rest []string) { k.c.net.hold = false; k.say([]string{"deliver"}) },
		"campaign": func(k *talk, rest []string) { k.campaign(rest) },
		"cut": func(k *talk, rest []string) {
			for _, w := range rest {
				var a, b env.NodeID
				_, err := fmt.Sscanf(w, "%d>%d", &a, &b)
				require.NoError(k.t, err)
				k.c.blocked[[2]env.NodeID{a, b}] = true
			}
		},
		"isolate": func(k *talk, rest []string) {
			for _, m := range k.nodes(rest) {
				for _, o := range k.c.nodes {
					k.c.blocked[[2]env.NodeID{m.id, o.id}], k.c.blocked[[2]env.NodeID{o.id, m.id}] = true, true
				}
			}
		},
		"heal": func(k *talk, rest []string) { clear(k.c.blocked) },
		"append": func(k *talk, rest []string) {
			for range k.number("n", 1) {
				if err := k.nodes(rest)[0].append(uint64(k.c.steps), k.number("size", 20)); err != nil {
					fmt.Fprintf(&k.out, "  error: %v\n", err)
				}
			}
		},
		"snapshot": func(k *talk, rest []string) {
			if err := k.nodes(rest)[0].snapshot(k.number("records", 3)); err != nil {
				fmt.Fprintf(&k.out, "  error: %v\n", err)
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
		"fetches": func(k *talk, rest []string) { k.all = rest[0] == "on" },
		"status":  func(k *talk, rest []string) { k.status(rest) },
		"told":    func(k *talk, rest []string) { k.told(rest) },
		"file": func(k *talk, rest []string) {
			raw, err := k.nodes(rest[:1])[0].disk.ReadFile(k.c.cfg.Dir + "/" + rest[1])
			if err != nil {
				raw = []byte("there is none")
			}
			fmt.Fprintf(&k.out, "  %s\n", raw)
		},
		"files": func(k *talk, rest []string) {
			for _, f := range k.nodes(rest)[0].disk.Files() {
				fmt.Fprintf(&k.out, "  %s %d\n", f.Path, f.Size)
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
			fmt.Fprintf(&k.out, "  node %d: down\n", m.id)
			continue
		}
		r := m.r
		fmt.Fprintf(&k.out,
			"  node %d: %v %v epoch %d leader %d log [%d, %d) last epoch %d, flushed %d, high %d; owner at %d, leader %d in epoch %d",
			m.id, r.life.state, r.at.role, r.Epoch(), r.LeaderID(), r.log.start, r.log.end.End, r.log.end.Epoch, r.log.flushed, r.log.high, m.owner.next, m.owner.leader, m.owner.epoch)
		for _, id := range r.Snapshots() {
			fmt.Fprintf(&k.out, ", snapshot %v", id)
		}
		if r.life.err != nil {
			fmt.Fprintf(&k.out, ", %v", r.life.err)
		}
		k.out.WriteString("\n")
	}
}

// told is what became of the owner's appends.
func (k *talk) told(rest []string) {
	for _, m := range k.nodes(rest) {
		for _, s := range m.owner.tokens {
			_, s, _ = strings.Cut(s, ": ")
			fmt.Fprintf(&k.out, "  node %d: %s\n", m.id, s)
		}
		m.owner.tokens = nil
	}
}

func (k *talk) describe(rest []string) {
	m := k.nodes(rest)[0]
	req := kmsg.NewPtrDescribeQuorumRequest()
	req.Version = 2
	t := kmsg.NewDescribeQuorumRequestTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.DescribeQuorumRequestTopicPartition{kmsg.NewDescribeQuorumRequestTopicPartition()}
	req.Topics = append(req.Topics, t)
	a := m.r.member.describe(m.clock(), req)
	p := &a.Topics[0].Partitions[0]
	fmt.Fprintf(&k.out, "  error=%d leader=%d epoch=%d hw=%d\n", p.ErrorCode, p.LeaderID, p.LeaderEpoch, p.HighWatermark)
	show := func(kind string, states []kmsg.DescribeQuorumResponseTopicPartitionReplicaState) {
		for _, s := range states {
			fmt.Fprintf(&k.out, "  %s %d end=%d fetched %d ms ago, caught up %d ms ago\n", kind, s.ReplicaID, s.LogEndOffset,
				int64(m.clock().Wall)-s.LastFetchTimestamp, int64(m.clock().Wall)-s.LastCaughtUpTimestamp)
		}
	}
	show("voter", p.CurrentVoters)
	show("observer", p.Observers)
	for _, n := range a.Nodes {
		fmt.Fprintf(&k.out, "  node %d %s %s:%d\n", n.NodeID, n.Listeners[0].Name, n.Listeners[0].Host, n.Listeners[0].Port)
	}
}
