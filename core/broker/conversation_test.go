package broker_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gregor/core/broker"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"
	"gregor/disksim"
	"gregor/internal/conversation"
)

// TestConversations plays the files of testdata. A line is a command; what came of it stands below it, indented.
// testdata/README describes the commands.
func TestConversations(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", play)
}

// talk is one conversation.
type talk struct {
	*world
	names    []string         // of clients, in the order they connected
	peers    map[string]*peer // the clients
	ids      map[string]kafka.UUID
	topics   map[kafka.UUID]string // what a topic is called here: orders, and orders#2 when it was made again
	sessions map[int32]int         // fetch sessions by their order
	shown    int                   // facts already shown
	logs     bool                  // lines that others cause are shown
	out      strings.Builder
	arg      map[string]string
	bare     []string
	words    []string // of the whole command
}

func play(t *testing.T, text string) string {
	k := &talk{world: newWorld(t, 42, disksim.Options{CapacityBytes: 1 << 30}), peers: map[string]*peer{},
		ids:    map[string]kafka.UUID{},
		topics: map[kafka.UUID]string{}, sessions: map[int32]int{}}
	return conversation.Play(t, text, k.respond)
}

// respond carries a command out and returns what came of it.
func (k *talk) respond(c *conversation.Command) string {
	k.out.Reset()
	k.do(strings.Fields(c.Text))
	k.print()
	return k.out.String()
}

func (k *talk) say(format string, args ...any) {
	k.out.WriteString(k.named(fmt.Sprintf(format, args...)) + "\n")
}

// named writes topic ids as names.
func (k *talk) named(s string) string {
	for id, name := range k.topics {
		s = strings.ReplaceAll(s, id.String(), "id("+name+")")
	}
	return s
}

// do carries a command out: of the world, or of a client.
func (k *talk) do(words []string) {
	k.arg, k.bare, k.words = map[string]string{}, nil, words
	p := k.peers[words[0]]
	command := words[0]
	if p != nil {
		command, words = words[1], words[1:]
	}
	for _, w := range words[1:] {
		if name, value, ok := strings.Cut(w, "="); ok && !strings.Contains(name, ":") {
			k.arg[name] = value
		} else {
			k.bare = append(k.bare, w)
		}
	}
	switch {
	case p != nil && requests[command] != nil:
		req := requests[command](k)
		if v, ok := k.arg["v"]; ok {
			req.SetVersion(int16(k.number("v", 0)))
			_ = v
		} else if req.GetVersion() < 0 {
			req.SetVersion(min(req.MaxVersion(), wire.Lookup(req.Key()).Max))
		}
		p.ask(req)
	case p != nil && clientCommands[command] != nil:
		clientCommands[command](k, p)
	case p == nil && commands[command] != nil:
		commands[command](k)
	default:
		k.say("no such command, or client: %s", strings.Join(words, " "))
	}
	k.run()
}

// print shows what came: answers client by client, then facts.
func (k *talk) print() {
	for _, name := range slices.Clone(k.names) {
		p := k.peers[name]
		for i, a := range p.answers {
			if n := len(p.answers); n > 8 && i >= 2 && i < n-1 {
				if i == 2 {
					k.say("… %d more like it", n-3)
				}
				continue
			}
			k.say("%s %s", name, k.show(a.resp))
		}
		p.answers = nil
		if p.gone {
			k.say("%s closed", name)
			k.names = slices.DeleteFunc(k.names, func(n string) bool { return n == name })
			delete(k.peers, name)
		}
	}
	for _, f := range k.facts[min(k.shown, len(k.facts)):] {
		switch f := f.(type) {
		case env.Logged:
			k.log(f)
		case env.GaveUp:
			k.say("GaveUp Node=%d Reason=%s", f.Node, shortened(f.Reason))
		case env.PartitionFenced:
			k.say("PartitionFenced %v Reason=%s", f.TopicPartition, shortened(f.Reason))
		case env.Started, env.Stopped:
			k.say("%s", env.Describe(f))
		}
	}
	k.shown = len(k.facts)
}

// log shows a line of the log.
func (k *talk) log(l env.Logged) {
	switch {
	case l.Level == env.Info && strings.HasPrefix(l.Text, "quorum: "): // core/raft has conversations of its own
	case l.About == "":
		k.say("Logged Level=%v Text=%s", l.Level, shortened(l.Text))
	case k.logs:
		k.say("log of %s, level %v: %s", l.About, l.Level, l.Text)
	}
}

// shortened is a text with its random ids, and no more of it than a line holds.
func shortened(text string) string {
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return hexes.ReplaceAllString(text, "HEX")
}

// commands are about the broker's machine.
var commands = map[string]func(k *talk){
	// config name=value …: of the next start
	"config": func(k *talk) {
		for _, name := range slices.Sorted(maps.Keys(k.arg)) {
			k.config = append(k.config, config.Entry{Name: name, Value: k.arg[name]})
		}
	},
	"log": func(k *talk) { k.logs = true },
	"boot": func(k *talk) {
		if k.broker != nil {
			k.t.Fatalf("boot, but the broker runs")
		}
		k.boot()
	},
	"crash": func(k *talk) { k.crash() },
	"shutdown": func(k *talk) {
		if k.broker == nil {
			k.say("it is down")
			return
		}
		k.step(env.Event{Kind: env.Shutdown})
		k.sleep(50 * time.Millisecond) // it asks the controller to be let go, and asks once more
	},
	"power-cut": func(k *talk) { // loses=all or loses=nothing, or what the seed decides
		o := k.disk.Options()
		o.PowerCut = map[string]disksim.Loss{"": disksim.SeedDecides, "all": disksim.LosesUnsynced,
			"nothing": disksim.KeepsUnsynced}[k.arg["loses"]]
		k.disk.SetOptions(o)
		k.powerCut()
	},
	"connect": func(k *talk) {
		for _, name := range k.bare {
			if k.broker == nil || k.peers[name] != nil {
				k.t.Fatalf("%s connects, but it is connected already, or no broker listens", name)
			}
			k.names = append(k.names, name)
			k.peers[name] = k.connect()
		}
	},
	"tick": func(k *talk) { k.sleep(k.duration(k.bare[0])) },
	// disk fail-writes 1, fail-syncs 1, fail-reads 1, stall 2s, latency 10ms, capacity 1 (0: endless)
	"disk": func(k *talk) {
		n, _ := strconv.Atoi(k.bare[1])
		switch k.bare[0] {
		case "fail-writes":
			k.disk.FailWrites(n)
		case "fail-syncs":
			k.disk.FailSyncs(n)
		case "fail-reads":
			k.disk.FailReads(n)
		case "stall":
			k.disk.Stall(k.duration(k.bare[1]))
		case "capacity":
			o := k.disk.Options()
			o.CapacityBytes = int64(n)
			k.disk.SetOptions(o)
		case "latency":
			o := k.disk.Options()
			o.LatencyNanos = int64(k.duration(k.bare[1]))
			k.disk.SetOptions(o)
		default:
			k.t.Fatalf("the disk cannot %s", k.bare[0])
		}
	},
	// rot file position: flips a bit
	"rot": func(k *talk) {
		at, _ := strconv.Atoi(k.bare[1])
		if !k.disk.Rot(k.bare[0], env.Position(at), 3) {
			k.t.Fatalf("there is no byte %d in %s", at, k.bare[0])
		}
	},
	// write file text: puts a file on the disk, \n for line ends
	"write": func(k *talk) {
		if err := k.disk.WriteFile(k.words[1], []byte(strings.ReplaceAll(strings.Join(k.words[2:], " "), `\n`,
			"\n"))); err != nil {
			k.t.Fatalf("%v", err)
		}
	},
	"cat": func(k *talk) {
		text, err := k.disk.ReadFile(k.bare[0])
		if err != nil {
			k.say("%v", err)
			return
		}
		for line := range strings.Lines(string(text)) {
			k.say("| %s", strings.TrimRight(line, "\n"))
		}
	},
	// dirs: the directories of partitions
	"dirs": func(k *talk) {
		var dirs []string
		for _, f := range k.disk.Files() {
			if dir, _, ok := strings.Cut(f.Path, "/"); ok && !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
		for _, d := range dirs {
			if n := len(d); n > 100 {
				d = fmt.Sprintf("%.5s…%s [%d]", d, d[n-8:], n)
			}
			k.say("%s", hexes.ReplaceAllString(d, "HEX"))
		}
	},
	// busy: what the broker holds for its clients
	"busy": func(k *talk) {
		if k.broker == nil {
			k.t.Fatalf("the broker is down")
		}
		k.say("%s", showBusy(k.broker.Busy(), k.live))
	},
}

func showBusy(b broker.Busy, buffers int) string {
	out := fmt.Sprintf("%d connections", b.Connections)
	for _, n := range []struct {
		n    int
		what string
	}{{b.Slots, "slots"}, {buffers, "buffers"}, {b.Sends, "sends"}, {b.Readers, "readers"}, {b.Acks, "acks"},
		{b.Lookups, "lookups"},
		{b.Fetches, "fetches with a deadline"}, {b.Produces, "produces with a deadline"}, {b.Changes, "changes"},
		{b.Sessions, "sessions"}, {b.SessionPartitions, "session partitions"}} {
		if n.n != 0 {
			out += fmt.Sprintf(", %d %s", n.n, n.what)
		}
	}
	return out
}

// clientCommands are what a client does besides asking.
var clientCommands = map[string]func(k *talk, p *peer){
	"close": func(k *talk, p *peer) { p.gone = true },
	"slow":  func(k *talk, p *peer) { p.slow = true }, // it reads no more answers
	"fast":  func(k *talk, p *peer) { p.slow = false },
	"status": func(k *talk, p *peer) {
		k.say("paused=%v, %d frames held back, %d answers outstanding", p.paused, len(p.out), len(p.said))
	},
	// many N request …: the same request N times at once
	"many": func(k *talk, p *peer) {
		n, _ := strconv.Atoi(k.bare[0])
		make := requests[k.bare[1]]
		k.bare = k.bare[2:]
		bare := slices.Clone(k.bare)
		for range n {
			k.bare = slices.Clone(bare)
			req := make(k)
			if req.GetVersion() < 0 {
				req.SetVersion(min(req.MaxVersion(), wire.Lookup(req.Key()).Max))
			}
			p.ask(req)
		}
	},
}

func (k *talk) str(name, otherwise string) string {
	if v, ok := k.arg[name]; ok {
		return v
	}
	return otherwise
}

func (k *talk) number(name string, otherwise int64) int64 {
	n, err := strconv.ParseInt(k.str(name, strconv.FormatInt(otherwise, 10)), 10, 64)
	if err != nil {
		k.t.Fatalf("%s: %v", name, err)
	}
	return n
}

func (k *talk) duration(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		k.t.Fatalf("%v", err)
	}
	return d
}

func (k *talk) millis(name, otherwise string) int32 {
	return int32(k.duration(k.str(name, otherwise)) / time.Millisecond)
}

// partition reads topic-0.
func (k *talk) partition(s string) (string, int32) {
	i := strings.LastIndexByte(s, '-')
	n, err := strconv.ParseInt(s[i+1:], 10, 32)
	if i < 0 || err != nil {
		k.t.Fatalf("%q is not topic-partition", s)
	}
	return s[:i], int32(n)
}
