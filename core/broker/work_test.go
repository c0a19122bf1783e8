package broker_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/broker"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"
	"gregor/disksim"
)

// Whatever array of whatever API a request fills, no step of the broker does more work than it may (world.step checks
// that after every step), the request is answered or its connection closed, and the next client is served.
func TestNoRequestTakesMoreThanItsShareOfAStep(t *testing.T) {
	t.Parallel()
	for _, api := range wire.APIs() {
		t.Run(api.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1, disksim.Options{})
			w.deaf = true // a controller probes a broker whose heartbeats end
			w.boot()
			w.run()
			for _, version := range [...]int16{max(api.Min, api.Served), api.Max} {
				for at := range arraysOf(reflect.TypeOf(kmsg.RequestForKey(api.Key)).Elem()) {
					for _, n := range [...]int{broker.WholeMax - 1000, broker.WholeMax + 1000} {
						w.large(t, api, version, at, n)
					}
				}
			}
			t.Logf("at most %d units a step", w.worked)
		})
	}
}

// large sends a request with n elements in one of its arrays, and a Metadata afterwards.
func (w *world) large(t *testing.T, api *wire.API, version int16, at, n int) {
	r := kmsg.RequestForKey(api.Key)
	r.SetVersion(min(version, r.MaxVersion()))
	z := filler{at: at, n: n}
	z.fill(reflect.ValueOf(r).Elem())
	p := w.connect()
	p.ask(r)
	w.run()
	waits := api.Key == int16(kmsg.JoinGroup) // for other members, at most as long as it says
	if !p.gone && len(p.said) > 0 && !waits {
		t.Fatalf("%s v%d with %d elements in array %d was not answered", api.Name, version, n, at)
	}
	p.gone = true
	other := w.connect()
	require.NotNil(t, other.call(metadataRequest(nil)), "another client after %s", api.Name)
	other.gone = true
	w.run()
}

// arraysOf yields the number of each array of structures or strings in a request, nested ones included.
func arraysOf(r reflect.Type) func(yield func(int) bool) {
	n := countArrays(r)
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func countArrays(t reflect.Type) (n int) {
	switch t.Kind() {
	case reflect.Pointer:
		return countArrays(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && f.Name != "UnknownTags" {
				n += countArrays(f.Type)
			}
		}
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			n = 1 + countArrays(t.Elem())
		}
	}
	return n
}

// filler fills every array with one element, and the at-th with n.
type filler struct{ at, n, seen, strings int }

func (z *filler) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String: // all different, so that nothing is left out as named twice
		z.strings++
		v.SetString(fmt.Sprintf("t%d", z.strings))
	case reflect.Int32:
		z.strings++
		v.SetInt(int64(z.strings))
	case reflect.Pointer:
		if v.Type().Elem().Kind() == reflect.String {
			v.Set(reflect.New(v.Type().Elem()))
			z.fill(v.Elem())
		}
	case reflect.Slice:
		z.fillSlice(v)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "UnknownTags" && f.Name != "Version" {
				z.fill(v.Field(i))
			}
		}
	}
}

func (z *filler) fillSlice(v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return
	}
	n := 1
	if z.seen == z.at {
		n = z.n
	}
	z.seen++
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	first := z.seen
	for i := range n {
		z.seen = first // the arrays of each element are the same ones
		z.fill(v.Index(i))
	}
	if n == 0 {
		z.seen = first
	}
}

func metadataRequest(topics []string) *kmsg.MetadataRequest {
	r := kmsg.NewPtrMetadataRequest()
	r.SetVersion(12)
	if topics != nil {
		r.Topics = []kmsg.MetadataRequestTopic{}
	}
	for _, name := range topics {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = &name
		r.Topics = append(r.Topics, t)
	}
	return r
}

// A client that names very many topics is answered about each of them, in their order, while others are served.
func TestALargeMetadataIsAnsweredInParts(t *testing.T) {
	t.Parallel()
	const names = 100_000
	w := newWorld(t, 1, disksim.Options{})
	w.boot()
	w.run()
	topics := make([]string, names)
	for i := range topics {
		topics[i] = fmt.Sprintf("x%d", i)
	}
	large, small := w.connect(), w.connect()
	large.ask(metadataRequest(topics))
	small.ask(metadataRequest(topics[:1]))
	large.deliver(large.out[0])
	small.deliver(small.out[0])
	require.Equal(t, 1, w.live, "its buffer counts as taken until it is answered")
	require.Len(t, w.sent, 1)
	require.Equal(t, small.id, w.sent[0].conn, "the small request is answered while the large one is under way")
	large.out, small.out = nil, nil
	w.run()
	require.Len(t, large.answers, 1)
	got := large.answers[0].resp.(*kmsg.MetadataResponse)
	require.Len(t, got.Topics, names)
	for i, topic := range got.Topics {
		require.Equal(t, topics[i], *topic.Topic)
		require.Equal(t, int16(kafka.UnknownTopicOrPartition), topic.ErrorCode)
	}
	require.Len(t, got.Brokers, 1)
	require.Zero(t, w.live)
}

// Nothing more is done for a large request when its client has gone.
func TestALargeRequestEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, disksim.Options{})
	w.boot()
	w.run()
	p := w.connect()
	p.ask(metadataRequest(make([]string, 100_000)))
	for len(p.out) > 0 {
		w.once()
	}
	w.step(env.Event{Kind: env.Closed, Conn: p.id})
	delete(w.conns, p.id)
	w.step(env.Event{Kind: env.Tick})
	require.Zero(t, w.broker.Busy().Slots)
}
