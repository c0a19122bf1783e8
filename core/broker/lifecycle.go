package broker

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/logdir"
	"gregor/core/wire"
)

// lifecycle is a broker's standing with the controller: registered, fenced until it has caught up and opened its
// logs, in service, leaving (KIP-631).
type lifecycle struct {
	broker      *Broker
	stage       lifeStage
	incarnation env.UUID
	fenced      bool           // as the controller said last
	asking      bool           // a request is under way
	unready     bool           // the last heartbeat said that logs are being opened still
	refusal     wire.ErrorCode // the controller's last answer to a registration
	duplicateBy env.Instant    // when a registration that is refused as a duplicate is refused for good; zero while none is
	alarm       alarm.Alarm    // of the next request
	registerBy  env.Instant    // once in its life; zero until it first asks
	leaveBy     env.Instant
}

type lifeStage uint8

const (
	unregistered lifeStage = iota
	registered             // heartbeats go out
	leaving                // and ask to be let go
	left                   // the controller has let it go, or nobody answers
)

// Pauses of the lifecycle: after a request that failed, while a broker comes up or leaves, and at most until it goes
// without leave: where nobody answers sooner, as when all nodes are stopped at once, but later than another controller
// needs to take over.
const (
	lifeRetry  = 100 * time.Millisecond
	lifeHurry  = 20 * time.Millisecond
	leaveMax   = 10 * time.Second
	unheardMax = 3 * time.Second
)

// again has the next request go out after a pause.
func (l *lifecycle) again(now env.Now, after time.Duration) {
	l.broker.deadlines.Set(&l.alarm, now.Mono.Add(after))
}

// wake sends what is due.
func (l *lifecycle) Wake(now env.Now) {
	switch {
	case l.asking || l.stage == left:
	case l.stage == unregistered:
		l.register(now)
	default:
		l.heartbeat(now)
	}
}

// hurry has the next request go out at once: something has changed that the controller waits for.
func (l *lifecycle) hurry(now env.Now) {
	if l.stage != left && l.broker.roles.broker && !l.asking {
		l.again(now, 0)
	}
}

func (l *lifecycle) register(now env.Now) {
	b := l.broker
	patience := b.config.Millis("initial.broker.registration.timeout.ms")
	if l.registerBy == 0 {
		l.registerBy = now.Mono.Add(patience)
	}
	if b.epoch == 0 && now.Mono >= l.registerBy {
		b.giveUp("no controller has registered this broker within initial.broker.registration.timeout.ms=%d: %s", patience.Milliseconds(), l.unregisteredBecause())
		return
	}
	req := kmsg.NewPtrBrokerRegistrationRequest()
	req.Version = 4
	req.BrokerID, req.ClusterID, req.IncarnationID = int32(b.id), b.dir.ClusterID(), l.incarnation
	req.Rack, req.PreviousBrokerEpoch = rackOf(b.config), int64(b.dir.PreviousEpoch())
	req.LogDirs = [][16]byte{b.dir.ID()}
	for _, e := range b.endpoints.Brokers {
		listener := kmsg.NewBrokerRegistrationRequestListener()
		listener.Name, listener.Host, listener.Port, listener.SecurityProtocol = e.Name, e.Host, e.Port, e.SecurityProtocol
		req.Listeners = append(req.Listeners, listener)
	}
	for _, f := range describe.SupportedFeatures() {
		feature := kmsg.NewBrokerRegistrationRequestFeature()
		feature.Name, feature.MinSupportedVersion, feature.MaxSupportedVersion = f.Name, f.Min, f.Max
		req.Features = append(req.Features, feature)
	}
	l.asking = true
	b.toController(now, req, b.sessionTimeout(), l.registrationAnswered)
}

func (l *lifecycle) registrationAnswered(now env.Now, r kmsg.Response, err error) {
	b := l.broker
	l.asking = false
	resp, ok := r.(*kmsg.BrokerRegistrationResponse)
	if err != nil || !ok {
		l.again(now, lifeRetry)
		return
	}
	code := wire.ErrorCode(resp.ErrorCode)
	if l.refusal = code; code != wire.DuplicateBrokerRegistration {
		l.duplicateBy = 0
	}
	switch code {
	case wire.None:
		again := b.epoch != 0
		b.epoch = env.BrokerEpoch(resp.BrokerEpoch)
		b.replicaConfig.Epoch = b.epoch
		l.stage, l.fenced = registered, true
		b.world.Tell(env.Registered{Node: b.id, Epoch: b.epoch, Again: again})
		b.published(now)
		l.again(now, 0)
	case wire.InconsistentClusterID:
		b.giveUp("the controller refuses this broker, whose cluster.id is %q: %v; start it with the --data directory of its cluster, or mend controller.quorum.voters", b.dir.ClusterID(), code)
	case wire.UnsupportedVersion:
		b.giveUp("the controller refuses this broker: %v: the cluster has finalized a feature at a level that this broker does not support (%s)", code, describe.SupportedText())
	case wire.InvalidRegistration:
		b.giveUp("the controller refuses this broker: %v: directory.id=%v of its %s is registered by another broker; was the directory copied?", code, b.dir.ID(), logdir.MetaPropertiesFile)
	case wire.DuplicateBrokerRegistration:
		l.duplicate(now)
	default: // this controller leads no more
		l.again(now, lifeRetry)
	}
}

// unregisteredBecause is the likely cause that no controller has registered this broker.
func (l *lifecycle) unregisteredBecause() string {
	switch l.refusal {
	case wire.None:
		return "is a majority of controller.quorum.voters up?"
	case wire.DuplicateBrokerRegistration:
		return fmt.Sprintf("another process with node.id=%d is alive; stop one of the two, or give it another node.id", l.broker.id)
	}
	return fmt.Sprintf("the last one answered %v", l.refusal)
}

// duplicate waits while another incarnation counts as alive. This broker's own earlier life does for one session at most;
// what lives on after two is another process.
func (l *lifecycle) duplicate(now env.Now) {
	b := l.broker
	if l.duplicateBy == 0 {
		l.duplicateBy = now.Mono.Add(2 * b.sessionTimeout())
	}
	if b.epoch != 0 && now.Mono >= l.duplicateBy {
		b.giveUp("another process has registered with node.id=%d and is alive; stop one of the two, or give it another node.id", b.id)
		return
	}
	l.again(now, lifeRetry)
}

func (l *lifecycle) heartbeat(now env.Now) {
	b := l.broker
	if l.stage == leaving && now.Mono >= l.leaveBy {
		b.log.Warn("no controller lets this broker go; it goes without")
		l.leave(now)
		return
	}
	req := kmsg.NewPtrBrokerHeartbeatRequest()
	req.Version = 1
	req.BrokerID, req.BrokerEpoch, req.CurrentMetadataOffset = int32(b.id), int64(b.epoch), int64(b.applied-1)
	l.asking, l.unready = true, !b.loaded()
	req.WantFence, req.WantShutdown = l.fenced && l.unready, l.stage == leaving // who is in service opens logs all the time
	b.toController(now, req, b.sessionTimeout()/2, l.heartbeatAnswered)
}

func (l *lifecycle) heartbeatAnswered(now env.Now, r kmsg.Response, err error) {
	b := l.broker
	l.asking = false
	resp, ok := r.(*kmsg.BrokerHeartbeatResponse)
	if err != nil || !ok {
		l.leaveBy = min(l.leaveBy, now.Mono.Add(unheardMax))
		l.again(now, lifeRetry)
		return
	}
	switch code := wire.ErrorCode(resp.ErrorCode); {
	case code == wire.StaleBrokerEpoch && l.stage == leaving:
		l.leave(now)
	case code == wire.StaleBrokerEpoch:
		l.reregister(now)
	case code != wire.None:
		l.again(now, lifeRetry)
	case resp.ShouldShutdown && l.stage == leaving:
		l.leave(now)
	default:
		l.fenced = resp.IsFenced
		if b.phase == booting && !l.fenced {
			b.serve(now)
		}
		l.again(now, l.pause())
	}
}

// reregister registers a broker that the controller does not know by its epoch any more: it was unregistered, or a
// registration came later: one that an earlier life sent and the network held back, or one of another process with this
// node.id. Of two processes the one that is unfenced first keeps the id, and the other one is refused as a duplicate.
// Kafka's broker goes on with heartbeats that fail, fenced for ever.
func (l *lifecycle) reregister(now env.Now) {
	b := l.broker
	b.log.Warn("the controller does not know broker %d in epoch %d any more: it was unregistered, or another process has registered with this node.id; registering again", b.id, b.epoch)
	l.stage, l.fenced = unregistered, true
	l.again(now, 0)
}

// pause is the time between heartbeats: short while the controller is to change something.
func (l *lifecycle) pause() time.Duration {
	switch {
	case l.fenced && l.unready && l.broker.loaded():
		return 0
	case l.fenced || l.stage == leaving:
		return lifeHurry
	}
	return l.broker.config.Millis("broker.heartbeat.interval.ms")
}

// askToLeave begins a controlled shutdown: leaderships move away before the broker goes, unless
// controlled.shutdown.enable is false.
func (l *lifecycle) askToLeave(now env.Now) {
	if l.stage == unregistered || !l.broker.config.Bool("controlled.shutdown.enable") {
		l.leave(now)
		return
	}
	if l.stage == registered {
		l.stage, l.leaveBy = leaving, now.Mono.Add(leaveMax)
		l.hurry(now)
	}
}

// leave ends the lifecycle: nobody minds any more if the broker stops.
func (l *lifecycle) leave(now env.Now) {
	l.stage = left
	l.broker.deadlines.Clear(&l.alarm)
	l.broker.stopServing(now)
}

func (b *Broker) sessionTimeout() time.Duration { return b.config.Millis("broker.session.timeout.ms") }
