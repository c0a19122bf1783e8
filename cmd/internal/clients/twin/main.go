package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// conversation is held once for each version of its key, or once if it has none.
type conversation struct {
	name string
	key  int16 // -1: none
	hold func(s *side, topic string)
}

var conversations []conversation

// conv registers a conversation.
func conv(name string, key int16, hold func(s *side, topic string)) conversation {
	c := conversation{name, key, hold}
	conversations = append(conversations, c)
	return c
}

// versionRange is what both brokers advertise of an API.
type versionRange struct{ first, last int16 }

type ranges map[int16]versionRange

func main() {
	var o options
	flag.StringVar(&o.jars, "jars", "", "the `directory` of Kafka's jars")
	flag.StringVar(&o.gregor, "gregor", "", "the gregor `binary`")
	flag.StringVar(&o.kafkaAt, "kafka", "", "`host:port` of a Kafka that runs, in place of --jars")
	flag.StringVar(&o.otherAt, "other", "", "`host:port` of the broker to compare it with, in place of --gregor")
	run := flag.String("run", "", "only conversations whose name matches this `expression`")
	flag.BoolVar(&o.max, "max", false, "only the highest version of each API")
	flag.BoolVar(&o.verbose, "v", false, "print every response")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	ok, err := compareBrokers(ctx, o, *run)
	if err != nil {
		fmt.Fprintln(os.Stderr, "twin:", err)
		os.Exit(64)
	}
	if !ok {
		os.Exit(1)
	}
}

type options struct {
	jars, gregor     string
	kafkaAt, otherAt string
	max, verbose     bool
	run              *regexp.Regexp // nil: all
}

func compareBrokers(ctx context.Context, o options, run string) (ok bool, err error) {
	if run != "" {
		if o.run, err = regexp.Compile(run); err != nil {
			return false, fmt.Errorf("--run %q: %w", run, err)
		}
	}
	list, err := parsePermitted(differencesText)
	if err != nil {
		return false, err
	}
	pair, err := startPair(o)
	if err != nil {
		return false, err
	}
	defer pair.stop()
	defer context.AfterFunc(ctx, func() { // no process outlives this one
		pair.stop()
		os.Exit(130)
	})()
	t := &table{options: o, pair: pair, tag: fmt.Sprintf("%05d", time.Now().Unix()%100000), list: list,
		asked: map[int16]int{}}
	if err := t.negotiate(); err != nil {
		return false, err
	}
	t.holdAll()
	return t.report(os.Stdout), nil
}

// table is where the conversations are held.
type table struct {
	options
	pair        *pair
	tag         string // of this run, in the names of topics
	versions    ranges
	list        []*permitted
	differences []*difference
	asked       map[int16]int // requests compared, by key
	compared    int
	equal       int
}

// negotiate finds the versions that both brokers advertise.
func (t *table) negotiate() error {
	kafka, err := advertised(t.pair.kafka)
	if err != nil {
		return err
	}
	gregor, err := advertised(t.pair.gregor)
	if err != nil {
		return err
	}
	t.versions = ranges{}
	for key, g := range gregor {
		known := kmsg.RequestForKey(key)
		if k, ok := kafka[key]; ok && known != nil {
			t.versions[key] = versionRange{max(k.first, g.first), min(k.last, g.last, known.MaxVersion())}
		}
	}
	return nil
}

func advertised(b broker) (ranges, error) {
	s := newSide(b, nil)
	defer s.close()
	r := doAs[*kmsg.ApiVersionsResponse](s, "versions", 3, av())
	if len(r.ApiKeys) == 0 {
		return nil, fmt.Errorf("%s does not answer ApiVersions: %s", b.addr, s.out[0].status)
	}
	m := ranges{}
	for _, k := range r.ApiKeys {
		m[k.ApiKey] = versionRange{k.MinVersion, k.MaxVersion}
	}
	return m, nil
}

func (t *table) holdAll() {
	for i := range conversations {
		if c := &conversations[i]; t.run == nil || t.run.MatchString(c.name) {
			t.holdVersions(c)
		}
	}
}

func (t *table) holdVersions(c *conversation) {
	if c.key < 0 {
		t.hold(c, -1)
		return
	}
	at, ok := t.versions[c.key]
	if !ok {
		t.differ(c, &difference{label: "API", path: kmsg.NameForKey(c.key), kafka: "served", gregor: "not served"})
		return
	}
	if t.max {
		at.first = at.last
	}
	for v := at.first; v <= at.last; v++ {
		t.hold(c, v)
	}
}

// hold holds one conversation with both brokers at the same time.
func (t *table) hold(c *conversation, version int16) {
	topic := fmt.Sprintf("%s-%s", c.name, t.tag)
	if version >= 0 {
		topic = fmt.Sprintf("%s-v%d", topic, version)
	}
	topic = strings.ReplaceAll(topic, " ", "_")
	sides := [2]*side{newSide(t.pair.kafka, t.versions), newSide(t.pair.gregor, t.versions)}
	var both sync.WaitGroup
	for _, s := range sides {
		if version >= 0 {
			s.forced[c.key] = version
		}
		both.Go(func() { s.hold(c, topic) })
	}
	both.Wait()
	t.compare(c, sides[0].out, sides[1].out)
}

// hold holds a conversation with one broker. One that cannot go on ends with a note.
func (s *side) hold(c *conversation, topic string) {
	defer s.close()
	defer func() {
		if e := recover(); e != nil {
			s.note("the conversation broke off", fmt.Sprint(e))
		}
	}()
	c.hold(s, topic)
}

func (t *table) compare(c *conversation, kafka, gregor []*outcome) {
	if len(kafka) != len(gregor) {
		t.differ(c, &difference{label: "number of steps", kafka: fmt.Sprint(len(kafka)), gregor: fmt.Sprint(len(gregor))})
	}
	for i := range min(len(kafka), len(gregor)) {
		t.compareOutcomes(c, kafka[i], gregor[i])
	}
}

func (t *table) compareOutcomes(c *conversation, k, g *outcome) {
	before := len(t.differences)
	at := func(path, a, b string) {
		if !strings.HasSuffix(path, "ErrorMessage") && !strings.HasSuffix(path, "ErrMsg") {
			t.differ(c, &difference{label: k.label, path: path, version: k.version, kafka: a, gregor: b})
		}
	}
	switch {
	case k.label != g.label:
		at("label", k.label, g.label)
	case k.status != g.status:
		at("status", k.status+" "+codes(k.tree), g.status+" "+codes(g.tree))
	default:
		compare("", k.tree, g.tree, at)
	}
	t.compared++
	t.asked[k.key]++
	if len(t.differences) == before {
		t.equal++
	}
	if t.verbose {
		fmt.Printf("%s / %s  key %d v%d\n  K %s %v %s\n  G %s %v %s\n", c.name, k.label, k.key, k.version,
			k.status, k.took.Round(time.Millisecond), asJSON(k.tree), g.status, g.took.Round(time.Millisecond), asJSON(g.tree))
	}
}

func (t *table) differ(c *conversation, d *difference) {
	d.conversation = c.name
	for _, s := range []*string{&d.path, &d.kafka, &d.gregor} {
		*s = strings.ReplaceAll(*s, t.tag, "N")
	}
	t.differences = append(t.differences, d)
}

// codes are the error codes of a response, for a difference in status.
func codes(tree any) string {
	var found []string
	collect(tree, &found)
	return strings.Join(found, ",")
}

func collect(v any, found *[]string) {
	switch x := v.(type) {
	case map[string]any:
		if code, ok := x["ErrorCode"]; ok {
			*found = append(*found, fmt.Sprint(code))
		}
		for _, name := range sortedKeys(x) {
			collect(x[name], found)
		}
	case []any:
		for _, e := range x {
			collect(e, found)
		}
	}
}
