package registration_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/registration"
)

// bench is a broker, and a controller that a test answers for.
type bench struct {
	alarms alarm.Heap
	reg    *registration.Registration
	now    env.Now
	asked  kmsg.Request
	then   func(env.Now, kmsg.Response, error)
	loaded bool
	did    []string
}

func (b *bench) Ask(_ env.Now, req kmsg.Request, _ time.Duration, then func(env.Now, kmsg.Response, error)) {
	b.asked, b.then = req, then
}
func (b *bench) Progress() (kafka.Offset, bool) { return 100, b.loaded }
func (b *bench) Registered(env.Now)             { b.did = append(b.did, "registered") }
func (b *bench) Unfenced(env.Now)               { b.did = append(b.did, "unfenced") }
func (b *bench) Left(env.Now)                   { b.did = append(b.did, "left") }
func (b *bench) GiveUp(format string, args ...any) {
	b.did = append(b.did, "gave up: "+fmt.Sprintf(format, args...))
}
func (b *bench) Warn(string, ...any) {}

func newBench() *bench {
	b := &bench{loaded: true}
	b.reg = registration.New(&b.alarms, b, b, registration.Config{Node: 1, SessionTimeout: 9 * time.Second,
		HeartbeatInterval: 2 * time.Second,
		RegistrationMax:   time.Minute, ControlledShutdown: true}, kafka.UUID{1})
	b.reg.Start(b.now, registration.Directory{ClusterID: "c", PreviousEpoch: -1})
	b.pass(0)
	return b
}

func (b *bench) pass(d time.Duration) {
	b.now.Mono = b.now.Mono.Add(d)
	for w, ok := b.alarms.Due(b.now.Mono); ok; w, ok = b.alarms.Due(b.now.Mono) {
		w.Wake(b.now)
	}
}

// answer completes the request under way, and lets the next one go out.
func (b *bench) answer(r kmsg.Response, err error) {
	then := b.then
	b.asked, b.then = nil, nil
	then(b.now, r, err)
	b.pass(0)
}

func (b *bench) register(code kafka.ErrorCode, epoch int64) {
	r := kmsg.NewPtrBrokerRegistrationResponse()
	r.ErrorCode, r.BrokerEpoch = int16(code), epoch
	b.answer(r, nil)
}

func (b *bench) heartbeat(code kafka.ErrorCode, fenced, shutdown bool) {
	r := kmsg.NewPtrBrokerHeartbeatResponse()
	r.ErrorCode, r.IsFenced, r.ShouldShutdown = int16(code), fenced, shutdown
	b.answer(r, nil)
}

func (b *bench) want(t *testing.T, did ...string) {
	t.Helper()
	if !slices.Equal(b.did, did) {
		t.Errorf("the broker did %q, want %q", b.did, did)
	}
	b.did = nil
}

func TestABrokerAsksToBeUnfencedWhenItsLogsAreOpen(t *testing.T) {
	b := newBench()
	b.loaded = false
	b.register(kafka.None, 50)
	if h := b.asked.(*kmsg.BrokerHeartbeatRequest); !h.WantFence || h.BrokerEpoch != 50 || h.CurrentMetadataOffset != 99 {
		t.Errorf("the first heartbeat is %+v", h)
	}
	b.heartbeat(kafka.None, true, false)
	b.loaded = true
	b.reg.Hurry(b.now)
	b.pass(0)
	if h := b.asked.(*kmsg.BrokerHeartbeatRequest); h.WantFence {
		t.Error("a broker whose logs are open asks to stay fenced")
	}
	b.heartbeat(kafka.None, false, false)
	b.want(t, "registered", "unfenced")
	if b.asked != nil {
		t.Error("an unfenced broker does not wait for broker.heartbeat.interval.ms")
	}
	b.pass(2 * time.Second)
	if b.asked == nil {
		t.Error("no heartbeat after broker.heartbeat.interval.ms")
	}
}

func TestABrokerThatWasUnregisteredRegistersAgain(t *testing.T) {
	b := newBench()
	b.register(kafka.None, 50)
	b.heartbeat(kafka.StaleBrokerEpoch, false, false)
	if _, ok := b.asked.(*kmsg.BrokerRegistrationRequest); !ok || b.reg.IsRegistered() {
		t.Fatalf("after STALE_BROKER_EPOCH it sends %T", b.asked)
	}
	b.register(kafka.None, 70)
	b.want(t, "registered", "registered")
	if b.reg.Epoch() != 70 {
		t.Errorf("its epoch is %d, want 70", b.reg.Epoch())
	}
}

// An earlier life of the broker counts as alive for one session at most; what lives on after two is another process.
func TestADuplicateIsRefusedForGoodAfterTwoSessions(t *testing.T) {
	b := newBench()
	b.register(kafka.None, 50)
	b.heartbeat(kafka.StaleBrokerEpoch, false, false)
	b.did = nil
	for end := b.now.Mono.Add(18 * time.Second); b.now.Mono < end; {
		b.register(kafka.DuplicateBrokerRegistration, -1)
		b.want(t)
		b.pass(time.Second)
	}
	b.register(kafka.DuplicateBrokerRegistration, -1)
	if len(b.did) != 1 || !strings.Contains(b.did[0], "another process has registered with node.id=1") {
		t.Errorf("after two sessions the broker did %q", b.did)
	}
}

func TestNoControllerWithinTheTimeOfRegistrationEndsTheBroker(t *testing.T) {
	b := newBench()
	for range 600 { // every 100 ms
		b.answer(nil, errors.New("no controller is known"))
		b.want(t)
		b.pass(100 * time.Millisecond)
		if b.asked == nil {
			break
		}
	}
	if len(b.did) != 1 || !strings.Contains(b.did[0], "is a majority of controller.quorum.voters up?") {
		t.Errorf("after a minute the broker did %q", b.did)
	}
}

func TestABrokerLeavesWhenTheControllerLetsItGo(t *testing.T) {
	b := newBench()
	b.register(kafka.None, 50)
	b.heartbeat(kafka.None, false, false)
	b.did = nil
	b.reg.AskToLeave(b.now)
	b.pass(0)
	if h := b.asked.(*kmsg.BrokerHeartbeatRequest); !h.WantShutdown {
		t.Fatal("the heartbeat does not ask to leave")
	}
	b.heartbeat(kafka.None, false, false)
	b.want(t, "unfenced")
	b.pass(20 * time.Millisecond)
	b.heartbeat(kafka.None, true, true)
	b.want(t, "left")
	if b.alarms.Len() != 0 {
		t.Error("a broker that has left sets alarms")
	}
}

func TestABrokerLeavesWithoutAControllerThatAnswers(t *testing.T) {
	b := newBench()
	b.register(kafka.None, 50)
	b.heartbeat(kafka.None, false, false)
	b.did = nil
	b.reg.AskToLeave(b.now)
	b.pass(0)
	for range 31 { // 3 s, and one more
		if b.then == nil {
			break
		}
		b.answer(nil, errors.New("connection refused"))
		b.pass(100 * time.Millisecond)
	}
	b.want(t, "left")
}
