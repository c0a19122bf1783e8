package sim

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"gregor/core/env"
	"gregor/core/env/contract"
	"gregor/core/kafka"
	"gregor/netsim"
)

// TestEveryFieldOfAFactIsSummed changes one field after the other.
func TestEveryFieldOfAFactIsSummed(t *testing.T) {
	seen := map[uint64]string{}
	note := func(sum uint64, what string) {
		if other, taken := seen[sum]; taken {
			t.Errorf("%s and %s have the same sum", what, other)
		}
		seen[sum] = what
	}
	for _, f := range env.EveryFact() {
		kind := reflect.TypeOf(f)
		note(sumOf(f), kind.Name())
		v := reflect.New(kind).Elem()
		eachField(v, kind.Name(), func(path string) {
			note(sumOf(v.Interface().(env.Fact)), path)
		})
	}
}

// A fact's line is for a person: whatever the fact carries, the line is short.
func TestFactsAreShortLines(t *testing.T) {
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).Name != "Topic" { // which Kafka bounds
					fill(v.Field(i))
				}
			}
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 100, 100))
			for i := range v.Len() {
				fill(v.Index(i))
			}
		case reflect.String:
			v.SetString(strings.Repeat("x", 2000))
		}
	}
	for _, f := range env.EveryFact() {
		v := reflect.New(reflect.TypeOf(f)).Elem()
		fill(v)
		line := v.Interface().(env.Fact).Line(func(kafka.NodeID) string { return "b1" })
		most := 500
		if _, gaveUp := f.(env.GaveUp); gaveUp { // the last that an operator reads of a node
			most = 1100
		}
		if line == "" || len(line) > most || strings.Contains(line, "\n") {
			t.Errorf("%T is a line of %d bytes: %q", f, len(line), line)
		}
	}
}

// eachField sets one field of a value to something, calls check, and sets it back, field by field, also in structs
// and in the only element of slices.
func eachField(v reflect.Value, path string, check func(path string)) {
	set := func(to reflect.Value) {
		old := reflect.ValueOf(v.Interface())
		v.Set(to)
		check(path)
		v.Set(old)
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			eachField(v.Field(i), path+"."+v.Type().Field(i).Name, check)
		}
	case reflect.Slice:
		old := reflect.ValueOf(v.Interface())
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		check(path + "[0]")
		eachField(v.Index(0), path+"[0]", check)
		v.Set(old)
	case reflect.Array:
		for _, i := range []int{0, v.Len() - 1} {
			eachField(v.Index(i), path+"["+strconv.Itoa(i)+"]", check)
		}
	case reflect.String:
		for _, text := range []string{"a", "b", "\x00", "12345678", "123456789", strings.Repeat("x", 300),
			strings.Repeat("x", 299) + "y"} {
			set(reflect.ValueOf(text).Convert(v.Type()))
		}
	case reflect.Bool:
		set(reflect.ValueOf(true))
	default:
		for _, n := range []int{1, 2, 100} {
			set(reflect.ValueOf(n).Convert(v.Type()))
		}
	}
}

// gossip is a pinger that emits a fact about the outside world, and does nothing else with it.
type gossip struct{ pinger }

func (g *gossip) Step(now env.Now, e env.Event) {
	g.pinger.Step(now, e)
	if e.Kind == env.Message && g.got == 20 {
		g.w.Emit(env.Rolled{TopicPartition: kafka.TopicPartition{Topic: "t"}, Base: kafka.Offset(leak)})
	}
}

// TestFactsAreInTheHash has two runs differ in nothing but a fact.
func TestFactsAreInTheHash(t *testing.T) {
	run := func(value byte) *World {
		leak = value
		w := New(Options{Seed: 1, Trace: TraceAll, Network: netsim.Options{Link: netsim.Link{LatencyNanos: 1000}}})
		w.AddNode("pong", Spec{New: newPonger, Protocol: contract.Frames, Addr: "pong:1"})
		w.AddNode("gossip", Spec{Protocol: contract.Frames,
			New: func(e env.World) env.Node { return &gossip{pinger{w: e, to: "pong:1", retry: env.Never}} }})
		if err := w.Run(10_000_000); err != nil {
			t.Fatal(err)
		}
		return w
	}
	a, b := run(7), run(8)
	if a.Event() != b.Event() {
		t.Fatalf("%d and %d events: the runs should differ in a fact only", a.Event(), b.Event())
	}
	if a.Hash() == b.Hash() {
		t.Fatal("two runs that differ in a fact have the same hash")
	}
	d := Diverge(a.Trace(), b.Trace())
	if d == nil || d.A == nil || d.A.Fact == nil || d.B.Fact == nil {
		t.Fatalf("the fact is not found: %v", d)
	}
	if text := d.String(); !strings.Contains(text, "Base=7") || !strings.Contains(text, "Base=8") {
		t.Errorf("the divergence does not show both facts:\n%s", text)
	}
}

func BenchmarkFactSum(b *testing.B) {
	tp := kafka.TopicPartition{Topic: "orders", Partition: 3}
	facts := []env.Fact{
		env.ProduceCalled{Client: "p1", Call: 77, TopicPartition: tp, Key: "k1", Value: "p1-1234567", Acks: -1,
			Idempotent: true},
		env.Appended{TopicPartition: tp, Base: 5, Last: 9, ProducerID: 4, CRC: 0xabcdef},
		env.HighWatermarkAdvanced{TopicPartition: tp, From: 5, To: 9},
		env.Polled{Client: "c1", Call: 7, TopicPartition: tp, From: 3,
			Records: []env.PolledRecord{{Offset: 3, Key: "k1", Value: "p1-1234567"}}},
	}
	i := 0
	for b.Loop() {
		sumOf(facts[i&3])
		i++
	}
}
