package registration

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/logdir"
	"gregor/core/metadata"
	"gregor/core/wire"
)

// Node is the broker that is registered.
type Node interface {
	// Ask sends a request to the active controller, wherever that is, and calls then once.
	Ask(now env.Now, req kmsg.Request, timeout time.Duration, then func(env.Now, kmsg.Response, error))
	// Progress is the end of the metadata that the broker has applied, and whether it has opened every log it is to have.
	Progress() (applied kafka.Offset, loaded bool)
	// Registered handles that the broker has an epoch.
	Registered(now env.Now)
	// Unfenced handles that the controller counts on the broker. It is called with every heartbeat that says so.
	Unfenced(now env.Now)
	// Left handles that the broker need not be awaited any more: it may stop.
	Left(now env.Now)
	// GiveUp ends the broker, for a reason that its operator can do something about.
	GiveUp(format string, args ...any)
}

// Log is where what an operator should know is logged.
type Log interface {
	Warn(format string, args ...any)
}

// Config is what the configuration says of a broker and of its registration.
type Config struct {
	Node               kafka.NodeID
	Rack               *string
	Endpoints          []metadata.Endpoint
	Features           []wire.Feature // supported levels, and what an operator reads of them
	FeaturesText       string
	SessionTimeout     time.Duration // broker.session.timeout.ms
	HeartbeatInterval  time.Duration // broker.heartbeat.interval.ms
	RegistrationMax    time.Duration // initial.broker.registration.timeout.ms
	ControlledShutdown bool          // controlled.shutdown.enable
}

// Directory is what the data directory says of the broker.
type Directory struct {
	ClusterID     string
	ID            kafka.UUID
	PreviousEpoch kafka.BrokerEpoch // of the life before, if that ended with a clean shutdown; else -1
}

// Registration is a broker's registration.
type Registration struct {
	node        Node
	log         Log
	alarms      *alarm.Heap
	config      Config
	dir         Directory
	incarnation kafka.UUID

	stage   stage
	epoch   kafka.BrokerEpoch // zero until the controller has given one
	fenced  bool              // as the controller said last
	asking  bool              // a request is under way
	unready bool              // the last heartbeat said that logs are being opened still
	refusal kafka.ErrorCode   // the controller's last answer to a registration
	// when a registration that is refused as a duplicate is refused for good; zero while none is
	duplicateBy env.Instant
	alarm       alarm.Alarm // of the next request
	registerBy  env.Instant // once in its life; zero until it first asks
	leaveBy     env.Instant
}

type stage uint8

const (
	unregistered stage = iota
	registered         // heartbeats go out
	leaving            // and ask to be let go
	left               // the controller has let it go, or does not answer
)

// New returns the registration of a broker that has not been registered yet. incarnation is the id of this life.
func New(alarms *alarm.Heap, log Log, node Node, c Config, incarnation kafka.UUID) *Registration {
	l := &Registration{alarms: alarms, log: log, node: node, config: c, incarnation: incarnation}
	l.alarm = alarm.For(l)
	return l
}

// Start begins to register, when the data directory has been read.
func (l *Registration) Start(now env.Now, d Directory) {
	l.dir = d
	l.Hurry(now)
}

// Epoch is the broker epoch that the controller has given; zero if it has not.
func (l *Registration) Epoch() kafka.BrokerEpoch { return l.epoch }

// IsRegistered reports whether the controller has registered the broker in this life, and still knows it.
func (l *Registration) IsRegistered() bool { return l.stage != unregistered }

// Pauses: after a request that failed, and between heartbeats while a broker comes up or leaves. A broker that leaves
// waits at most leaveMax for the controller to let it go, or silentMax after a request that no controller answered, as
// when all nodes are stopped at once: longer than another controller needs to be elected.
const (
	retryPause = 100 * time.Millisecond
	hurryPause = 20 * time.Millisecond
	leaveMax   = 10 * time.Second
	silentMax  = 3 * time.Second
)

// again sends the next request after a pause.
func (l *Registration) again(now env.Now, after time.Duration) {
	l.alarms.Set(&l.alarm, now.Mono.Add(after))
}

// Wake sends what is due.
func (l *Registration) Wake(now env.Now) {
	switch {
	case l.asking || l.stage == left:
	case l.stage == unregistered:
		l.register(now)
	default:
		l.heartbeat(now)
	}
}

// Hurry sends the next request at once: something has changed that the controller waits for.
func (l *Registration) Hurry(now env.Now) {
	if l.stage != left && !l.asking {
		l.again(now, 0)
	}
}

func (l *Registration) register(now env.Now) {
	patience := l.config.RegistrationMax
	if l.registerBy == 0 {
		l.registerBy = now.Mono.Add(patience)
	}
	if l.epoch == 0 && now.Mono >= l.registerBy {
		l.node.GiveUp("no controller has registered this broker within initial.broker.registration.timeout.ms=%d: %s",
			patience.Milliseconds(), l.unregisteredBecause())
		return
	}
	l.asking = true
	l.node.Ask(now, l.request(), l.config.SessionTimeout, l.registrationAnswered)
}

func (l *Registration) request() *kmsg.BrokerRegistrationRequest {
	req := kmsg.NewPtrBrokerRegistrationRequest()
	req.Version = 4
	req.BrokerID, req.ClusterID, req.IncarnationID = int32(l.config.Node), l.dir.ClusterID, l.incarnation
	req.Rack, req.PreviousBrokerEpoch = l.config.Rack, int64(l.dir.PreviousEpoch)
	req.LogDirs = [][16]byte{l.dir.ID}
	for _, e := range l.config.Endpoints {
		listener := kmsg.NewBrokerRegistrationRequestListener()
		listener.Name, listener.Host, listener.Port, listener.SecurityProtocol = e.Name, e.Host, e.Port, e.SecurityProtocol
		req.Listeners = append(req.Listeners, listener)
	}
	for _, f := range l.config.Features {
		feature := kmsg.NewBrokerRegistrationRequestFeature()
		feature.Name, feature.MinSupportedVersion, feature.MaxSupportedVersion = f.Name, f.Min, f.Max
		req.Features = append(req.Features, feature)
	}
	return req
}

func (l *Registration) registrationAnswered(now env.Now, r kmsg.Response, err error) {
	l.asking = false
	resp, ok := r.(*kmsg.BrokerRegistrationResponse)
	if err != nil || !ok {
		l.again(now, retryPause)
		return
	}
	code := kafka.ErrorCode(resp.ErrorCode)
	if l.refusal = code; code != kafka.DuplicateBrokerRegistration {
		l.duplicateBy = 0
	}
	switch code {
	case kafka.None:
		l.epoch = kafka.BrokerEpoch(resp.BrokerEpoch)
		l.stage, l.fenced = registered, true
		l.node.Registered(now)
		l.again(now, 0)
	case kafka.InconsistentClusterID:
		l.node.GiveUp("the controller refuses this broker, whose cluster.id is %q: %v; start it with the --data directory of its cluster, or mend controller.quorum.voters", l.dir.ClusterID, code)
	case kafka.UnsupportedVersion:
		l.node.GiveUp("the controller refuses this broker: %v: the cluster has finalized a feature at a level that this broker does not support (%s)", code, l.config.FeaturesText)
	case kafka.InvalidRegistration:
		l.node.GiveUp("the controller refuses this broker: %v: directory.id=%v of its %s is registered by another broker; was the directory copied?", code, l.dir.ID, logdir.MetaPropertiesFile)
	case kafka.DuplicateBrokerRegistration:
		l.duplicate(now)
	default: // the node is no longer the active controller
		l.again(now, retryPause)
	}
}

// unregisteredBecause is the likely cause that no controller has registered this broker.
func (l *Registration) unregisteredBecause() string {
	switch l.refusal {
	case kafka.None:
		return "is a majority of controller.quorum.voters up?"
	case kafka.DuplicateBrokerRegistration:
		return fmt.Sprintf("another process with node.id=%d is alive; stop one of the two, or give it another node.id",
			l.config.Node)
	}
	return fmt.Sprintf("the last one answered %v", l.refusal)
}

// duplicate waits while another incarnation counts as alive. This broker's own earlier life does for one session at
// most; what lives on after two is another process.
func (l *Registration) duplicate(now env.Now) {
	if l.duplicateBy == 0 {
		l.duplicateBy = now.Mono.Add(2 * l.config.SessionTimeout)
	}
	if l.epoch != 0 && now.Mono >= l.duplicateBy {
		l.node.GiveUp("another process has registered with node.id=%d and is alive; stop one of the two, or give it another node.id", l.config.Node)
		return
	}
	l.again(now, retryPause)
}

func (l *Registration) heartbeat(now env.Now) {
	if l.stage == leaving && now.Mono >= l.leaveBy {
		l.log.Warn("no controller lets this broker go; it goes without")
		l.leave(now)
		return
	}
	applied, loaded := l.node.Progress()
	req := kmsg.NewPtrBrokerHeartbeatRequest()
	req.Version = 1
	req.BrokerID, req.BrokerEpoch, req.CurrentMetadataOffset = int32(l.config.Node), int64(l.epoch), int64(applied-1)
	l.asking, l.unready = true, !loaded
	// an unfenced broker opens logs all the time
	req.WantFence, req.WantShutdown = l.fenced && l.unready, l.stage == leaving
	l.node.Ask(now, req, l.config.SessionTimeout/2, l.heartbeatAnswered)
}

func (l *Registration) heartbeatAnswered(now env.Now, r kmsg.Response, err error) {
	l.asking = false
	resp, ok := r.(*kmsg.BrokerHeartbeatResponse)
	if err != nil || !ok {
		l.leaveBy = min(l.leaveBy, now.Mono.Add(silentMax))
		l.again(now, retryPause)
		return
	}
	switch code := kafka.ErrorCode(resp.ErrorCode); {
	case code == kafka.StaleBrokerEpoch && l.stage == leaving:
		l.leave(now)
	case code == kafka.StaleBrokerEpoch:
		l.reregister(now)
	case code != kafka.None:
		l.again(now, retryPause)
	case resp.ShouldShutdown && l.stage == leaving:
		l.leave(now)
	default:
		l.fenced = resp.IsFenced
		if !l.fenced {
			l.node.Unfenced(now)
		}
		l.again(now, l.pause())
	}
}

// reregister registers a broker that the controller does not know by its epoch any more: it was unregistered, or a
// registration came later: one that an earlier life sent and the network held back, or one of another process with this
// node.id. Of two processes the one that is unfenced first keeps the id, and the other one is refused as a duplicate.
// Kafka's broker goes on with heartbeats that fail, fenced for ever.
func (l *Registration) reregister(now env.Now) {
	l.log.Warn("the controller does not know broker %d in epoch %d any more: it was unregistered, or another process has registered with this node.id; registering again", l.config.Node, l.epoch)
	l.stage, l.fenced = unregistered, true
	l.again(now, 0)
}

// pause is the time between heartbeats: short while the controller is to change something.
func (l *Registration) pause() time.Duration {
	_, loaded := l.node.Progress()
	switch {
	case l.fenced && l.unready && loaded:
		return 0
	case l.fenced || l.stage == leaving:
		return hurryPause
	}
	return l.config.HeartbeatInterval
}

// AskToLeave begins a controlled shutdown: leaderships move away before the broker goes, unless
// controlled.shutdown.enable is false.
func (l *Registration) AskToLeave(now env.Now) {
	if l.stage == unregistered || !l.config.ControlledShutdown {
		l.leave(now)
		return
	}
	if l.stage == registered {
		l.stage, l.leaveBy = leaving, now.Mono.Add(leaveMax)
		l.Hurry(now)
	}
}

// leave ends the registration: the broker may stop.
func (l *Registration) leave(now env.Now) {
	l.stage = left
	l.alarms.Clear(&l.alarm)
	l.node.Left(now)
}
