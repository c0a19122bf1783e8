package checkers

import (
	"cmp"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/internal/conversation"
)

// The stories of testdata are histories in a small language, each with what the checkers must find in it.
// README.md there describes it.
func TestStories(t *testing.T) {
	conversation.Files(t, "testdata/*.story", judgeFile)
}

// Every check that is registered has a story that makes it report, and no two properties have one name.
func TestEveryCheckReportsItsPlantedStory(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Findable() {
		require.False(t, seen[p.Name], "%s is registered twice", p.Name)
		seen[p.Name] = true
		t.Run(p.Name, func(t *testing.T) {
			require.NotEmpty(t, p.Text)
			lines, told := storyLines(p.Planted)
			got := judge(t, "planted "+p.Name, lines)
			if flag.Lookup("rewrite").Value.String() == "true" && !slices.Equal(told, got) {
				rewritePlanted(t, p.Planted, got)
				return
			}
			require.Equal(t, told, got, "the planted story of %s", p.Name)
		})
	}
}

// The checkers find nothing that has no name.
func requireNamed(t testing.TB, found []Finding) {
	for _, f := range found {
		require.True(t, slices.ContainsFunc(Findable(), func(p Property) bool {
			return p.Name == f.Check
		}), "%s is registered nowhere", f.Check)
	}
}

// storyLines divides a planted story into its facts and the findings after =>, whose lines may be continued by
// indented ones.
func storyLines(planted string) (facts, told []string) {
	for _, l := range strings.Split(strings.TrimSpace(planted), "\n") {
		l = strings.TrimPrefix(l, "\t\t")
		if finding, is := strings.CutPrefix(l, "=> "); is {
			told = append(told, finding)
		} else if more, is := strings.CutPrefix(l, "   "); is && len(told) > 0 {
			told[len(told)-1] += " " + more
		} else {
			facts = append(facts, l)
		}
	}
	return facts, told
}

// rewritePlanted puts other findings into a planted story, in the file that registers it.
func rewritePlanted(t *testing.T, planted string, got []string) {
	var told []string
	for _, g := range got {
		told = append(told, wrapped("=> "+g)...)
	}
	facts, _, _ := strings.Cut(planted, "\t\t=> ")
	now := strings.TrimRight(facts, "\t") + "\t\t" + strings.Join(told, "\n\t\t") + "\n\t"
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(text), planted) {
			require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), planted, now, 1)), 0o644))
		}
	}
}

// wrapped breaks a line so that it fits into a source file.
func wrapped(line string) (out []string) {
	const most = 96
	for _, w := range strings.Split(line, " ") {
		switch n := len(out); {
		case n == 0:
			out = []string{w}
		case len(out[n-1])+1+len(w) > most:
			out = append(out, "   "+w)
		default:
			out[n-1] += " " + w
		}
	}
	return out
}

func judgeFile(t *testing.T, text string) string {
	var told strings.Builder
	for i, part := range strings.Split(text, "\n== ") {
		if i == 0 {
			told.WriteString(strings.TrimSpace(part) + "\n")
			continue
		}
		title, body, _ := strings.Cut(part, "\n")
		lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(body), "\n"), func(l string) bool {
			return strings.HasPrefix(l, "=> ")
		})
		got := judge(t, title, lines)
		fmt.Fprintf(&told, "\n== %s\n%s\n=> %s\n", title, strings.TrimSpace(strings.Join(lines, "\n")),
			strings.Join(got, "\n=> "))
	}
	return told.String()
}

// judge runs every checker there is, and compares with the story's title: one that is not planted has no bug in it, a
// planted one has, and it is the one that the title names.
func judge(t *testing.T, title string, lines []string) []string {
	s := story{where: t.Name() + ": " + title, test: t, tp: kafka.TopicPartition{Topic: "t"}}
	for i, l := range lines {
		s.number = i + 1
		s.line(l)
	}
	v := NewInvariants()
	v.Configure(s.config)
	s.history.Explain = v.Explain
	var found []Finding
	faults := s.history.Faults
	for _, f := range s.history.Facts {
		for len(faults) > 0 && faults[0].Event < f.Event {
			v.Fault(faults[0])
			faults = faults[1:]
		}
		found = append(found, v.Observe(f)...)
	}
	for _, f := range faults {
		v.Fault(f)
	}
	found = append(found, v.Finish()...)
	found = append(found, Check(s.history, s.asked...)...)
	requireNamed(t, found)
	var out []string
	bugs := map[string]bool{}
	for _, f := range found {
		out = append(out, f.String())
		if f.Bug() {
			bugs[f.Check] = true
		}
	}
	out = append(out, s.graded(Deliveries(s.history))...)
	if s.health {
		out = append(out, "health: "+cmp.Or(v.Unhealthy(), "at rest"))
	}
	if check, planted := strings.CutPrefix(title, "planted "); planted {
		check, _, _ = strings.Cut(check, ":")
		require.True(t, bugs[check], "%s: no %s found, but %v", s.where, check, out)
	} else {
		require.Empty(t, bugs, "%s is said to be clean", s.where)
	}
	if len(out) == 0 {
		out = []string{"holds"}
	}
	return out
}

type story struct {
	where   string
	number  int
	test    testing.TB
	tp      kafka.TopicPartition
	history history.History
	config  Configuration
	asked   []string
	grades  bool
	health  bool
}

func (s *story) fail(format string, args ...any) {
	s.test.Helper()
	s.test.Fatalf("%s, line %d: %s", s.where, s.number, fmt.Sprintf(format, args...))
}

func (s *story) graded(ds []Delivery) []string {
	var out []string
	for _, d := range ds {
		if s.grades {
			out = append(out, fmt.Sprintf("%s %s: %s, %d records, lost %v, again %v", d.Group, d.TopicPartition, d.Grade(),
				d.Records, d.Lost, d.Redelivered))
		}
	}
	return out
}

// line reads "number who verb …", or a word about the whole run.
func (s *story) line(l string) {
	if l, _, _ = strings.Cut(l, "#"); strings.TrimSpace(l) == "" {
		return
	}
	w := strings.Fields(l)
	switch w[0] {
	case "log":
		s.log(w[1:])
		return
	case "drained":
		s.history.Drained = true
		return
	case "ask":
		s.asked = append(s.asked, w[1:]...)
		return
	case "grade":
		s.grades = true
		return
	case "health":
		s.health = true
		return
	case "config":
		s.configure(w[1:])
		return
	}
	event := s.num(w[0])
	if len(w) < 3 {
		s.fail("%q is too short", l)
	}
	for _, who := range strings.Split(w[1], ",") {
		s.statement(uint64(event), who, w[2], w[3:])
	}
}

// statement is a fact that one node emits, or a fault of it.
func (s *story) statement(event uint64, who, verb string, words []string) {
	a := args{story: s, words: words, who: who}
	a.takePartition()
	if kind, ok := map[string]history.FaultKind{"killed": history.Killed, "power-cut": history.PowerCut,
		"damaged": history.DiskDamage, "sync-failed": history.SyncFailed, "wiped": history.Wiped}[verb]; ok {
		s.history.Faults = append(s.history.Faults, history.Fault{Event: event, Node: who, Kind: kind})
		return
	}
	if verb == "cluster" {
		a.cluster(event)
		return
	}
	f := a.fact(verb)
	if len(a.words) > 0 {
		s.fail("%v left over", a.words)
	}
	s.tell(event, who, f)
}

func (s *story) tell(event uint64, who string, f env.Fact) {
	s.history.Facts = append(s.history.Facts, history.Stamped{Event: event, Node: who, Fact: f})
}

func (s *story) num(w string) int64 {
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil {
		s.fail("%q is no number", w)
	}
	return n
}

// log reads "log [partition] start..end [compacted] offset=value …".
func (s *story) log(w []string) {
	a := args{story: s, words: w}
	a.takePartition()
	from, to, _ := strings.Cut(a.next(), "..")
	l := history.FinalLog{TopicPartition: a.tp, Start: kafka.Offset(s.num(from)), End: kafka.Offset(s.num(to)),
		Compacted: a.flag("compacted")}
	for _, r := range a.records() {
		l.Entries = append(l.Entries, history.Entry{Offset: r.Offset, Key: r.Key, Value: r.Value})
	}
	s.history.Logs = append(s.history.Logs, l)
}

type args struct {
	*story
	words []string
	who   string
	tp    kafka.TopicPartition
}

// takePartition takes a word like orders-1; without one it is t-0.
func (a *args) takePartition() {
	a.tp = a.story.tp
	for i, w := range a.words {
		topic, n, ok := strings.Cut(w, "-")
		if id, err := strconv.Atoi(n); ok && err == nil && topic != "" && !strings.Contains(w, "=") {
			a.tp = kafka.TopicPartition{Topic: topic, Partition: kafka.PartitionID(id)}
			a.words = slices.Delete(slices.Clone(a.words), i, i+1)
			return
		}
	}
}

func (a *args) next() string {
	if len(a.words) == 0 {
		a.fail("a word is missing")
	}
	w := a.words[0]
	a.words = a.words[1:]
	return w
}

func (a *args) number() int64        { return a.num(a.next()) }
func (a *args) offset() kafka.Offset { return kafka.Offset(a.number()) }

func (a *args) flag(name string) bool {
	i := slices.Index(a.words, name)
	if i >= 0 {
		a.words = slices.Delete(slices.Clone(a.words), i, i+1)
	}
	return i >= 0
}

// named takes name=value, or gives otherwise.
func (a *args) named(name, otherwise string) string {
	for i, w := range a.words {
		if v, ok := strings.CutPrefix(w, name+"="); ok {
			a.words = slices.Delete(slices.Clone(a.words), i, i+1)
			return v
		}
	}
	return otherwise
}

func (a *args) records() []env.PolledRecord {
	var out []env.PolledRecord
	for len(a.words) > 0 {
		o, v, ok := strings.Cut(a.next(), "=")
		if !ok {
			a.fail("%q is no record", o)
		}
		key, value, keyed := strings.Cut(v, ":")
		if !keyed {
			key, value = "", v
		}
		out = append(out, env.PolledRecord{Offset: kafka.Offset(a.num(o)), Key: key, Value: value})
	}
	return out
}

func (a *args) rest() []string {
	w := a.words
	a.words = nil
	return w
}

func (a *args) parts() []kafka.TopicPartition {
	var out []kafka.TopicPartition
	for _, w := range a.rest() {
		b := args{story: a.story, words: []string{w}}
		b.takePartition()
		out = append(out, b.tp)
	}
	return out
}

var acksNames = map[string]kafka.Acks{"all": -1, "1": 1, "0": 0}

func (a *args) fact(verb string) env.Fact {
	switch verb {
	case "send":
		acks, ok := acksNames[a.named("acks", "all")]
		if !ok {
			a.fail("acks")
		}
		idem := !a.flag("plain")
		call := uint64(a.number())
		key, value, keyed := strings.Cut(a.next(), ":")
		if !keyed {
			key, value = "", key
		}
		return env.ProduceCalled{Client: a.who, Call: call, TopicPartition: a.tp, Key: key, Value: value, Acks: acks,
			Idempotent: idem}
	case "sent", "failed", "unsure":
		o := map[string]env.Outcome{"sent": env.OK, "failed": env.Failed, "unsure": env.Unknown}[verb]
		f := env.ProduceReturned{Client: a.who, TopicPartition: a.tp, Outcome: o,
			Attempts: int(a.num(a.named("attempts", "1"))), Offset: -1, Call: uint64(a.number())}
		if verb == "sent" && len(a.words) > 0 {
			f.Offset = a.offset()
		}
		return f
	case "poll":
		return env.PollCalled{Client: a.who, Call: uint64(a.number())}
	case "polled":
		return env.Polled{Client: a.who, From: kafka.Offset(a.num(a.named("from", "-1"))), TopicPartition: a.tp,
			Call: uint64(a.number()), Records: a.records()}
	case "processed":
		return env.Processed{Client: a.who, TopicPartition: a.tp, Group: a.next(), To: a.offset()}
	case "end?":
		return env.EndOffsetCalled{Client: a.who, TopicPartition: a.tp, Call: uint64(a.number())}
	case "end":
		return env.EndOffsetReturned{Client: a.who, TopicPartition: a.tp, Outcome: env.OK, Call: uint64(a.number()),
			Offset: a.offset()}
	}
	return a.groupFact(verb)
}

func (a *args) groupFact(verb string) env.Fact {
	switch verb {
	case "assigned", "revoked":
		a.words = append(a.words, a.tp.String())
		lost, g, m := a.flag("lost"), a.next(), a.next()
		gen := int32(a.number())
		if verb == "assigned" {
			return env.PartitionsAssigned{Client: a.who, Group: g, Member: m, Generation: gen, Partitions: a.parts()}
		}
		return env.PartitionsRevoked{Client: a.who, Group: g, Member: m, Generation: gen, Partitions: a.parts(), Lost: lost}
	case "commit":
		return env.CommitCalled{Client: a.who, Auto: a.flag("auto"), TopicPartition: a.tp, Call: uint64(a.number()),
			Group: a.next(), Offset: a.offset()}
	case "committed":
		return env.CommitReturned{Client: a.who, Call: uint64(a.number()), Outcome: env.OK}
	case "unsure-commit":
		return env.CommitReturned{Client: a.who, Call: uint64(a.number()), Outcome: env.Unknown}
	case "stored":
		return env.GroupOffsetCommitted{Group: a.next(), TopicPartition: a.tp, Offset: a.offset()}
	case "position":
		return env.PositionSet{Client: a.who, TopicPartition: a.tp, Offset: a.offset(), Reason: a.next()}
	case "crashed":
		return env.ClientCrashed{Client: a.who}
	case "closed":
		return env.ClientClosed{Client: a.who}
	case "rebalanced":
		return env.GroupRebalanced{Group: a.next(), Generation: int32(a.number()), Members: a.rest()}
	case "gone":
		return env.GroupMemberGone{Group: a.next(), Member: a.next()}
	}
	return a.brokerFact(verb)
}

func (a *args) brokerFact(verb string) env.Fact {
	switch verb {
	case "leads":
		return env.BecameLeader{TopicPartition: a.tp, Epoch: kafka.LeaderEpoch(a.number())}
	case "appended":
		return a.appended()
	case "high":
		f := env.HighWatermarkAdvanced{TopicPartition: a.tp, From: a.offset()}
		f.To = a.offset()
		return f
	case "flushed":
		return env.Flushed{TopicPartition: a.tp, To: a.offset()}
	case "start":
		return env.LogStartAdvanced{TopicPartition: a.tp, To: a.offset(), Reason: a.next()}
	case "cutting":
		return env.LogCutting{TopicPartition: a.tp, Anew: a.flag("anew"), To: a.offset()}
	case "truncated":
		return env.LogTruncated{TopicPartition: a.tp, To: a.offset(), Reason: "truncation"}
	case "recovered":
		f := env.LogRecovered{TopicPartition: a.tp, Clean: a.flag("clean"), Start: a.offset()}
		f.End = a.offset()
		copy(f.TopicID[:], a.named("topic", ""))
		return f
	case "fenced":
		return env.PartitionFenced{TopicPartition: a.tp, Reason: "EIO"}
	case "cleaning":
		return env.Cleaning{TopicPartition: a.tp, To: a.offset()}
	case "cleaned":
		f := env.Cleaned{TopicPartition: a.tp, From: a.offset(), To: a.offset()}
		f.Read, f.Kept = int(a.number()), int(a.number())
		return f
	case "dropped":
		f := env.DuplicateDropped{TopicPartition: a.tp, ProducerID: kafka.ProducerID(a.number())}
		f.BaseSequence, f.Base = kafka.Sequence(a.number()), a.offset()
		return f
	case "started":
		return env.Started{Node: a.id()}
	case "stopped":
		return env.Stopped{Node: a.id()}
	case "gave-up":
		return env.GaveUp{Node: a.id(), Reason: "EIO"}
	}
	return a.replicaFact(verb)
}

// appended reads "base..last [epoch=n] [pid=id/epoch/sequence] [crc=word]".
func (a *args) appended() env.Fact {
	f := env.Appended{TopicPartition: a.tp, Epoch: kafka.LeaderEpoch(a.num(a.named("epoch", "0"))), ProducerID: -1,
		ProducerEpoch: -1, BaseSequence: -1}
	if pid := a.named("pid", ""); pid != "" {
		p := strings.Split(pid, "/")
		f.ProducerID, f.ProducerEpoch, f.BaseSequence = kafka.ProducerID(a.num(p[0])), kafka.ProducerEpoch(a.num(p[1])),
			kafka.Sequence(a.num(p[2]))
	}
	f.CRC = crc32.ChecksumIEEE([]byte(a.named("crc", "")))
	from, to, _ := strings.Cut(a.next(), "..")
	f.Base = kafka.Offset(a.num(from))
	if f.Last = f.Base; to != "" {
		f.Last = kafka.Offset(a.num(to))
	}
	return f
}
