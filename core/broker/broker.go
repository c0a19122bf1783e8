package broker

import (
	"fmt"

	"gregor/core/active"
	"gregor/core/alarm"
	"gregor/core/config"
	"gregor/core/delta"
	"gregor/core/describe"
	"gregor/core/endpoint"
	"gregor/core/env"
	"gregor/core/fetchsession"
	"gregor/core/forward"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/logdir"
	"gregor/core/metadata"
	"gregor/core/metalog"
	"gregor/core/outcome"
	"gregor/core/peer"
	"gregor/core/placement"
	"gregor/core/producerid"
	"gregor/core/registration"
	"gregor/core/replication"
	"gregor/core/seglog"
	"gregor/core/settings"
)

// Broker is one node of a cluster: a broker, a controller, or both (process.roles). It implements [env.Node].
//
//tidy:size the node that composes all parts; its bounds are 30 fields and 80 methods
type Broker struct {
	world  env.World
	log    log
	config *config.Broker
	id     kafka.NodeID
	roles  roles
	phase  phase
	step   step

	endpoints endpoint.Set

	metalog      *metalog.Log
	control      *active.Controller
	router       *forward.Router            // of requests to the active controller, wherever that is
	registration *registration.Registration // of a broker
	peers        *peer.Pool
	cluster      describe.Cluster // the image and the logs, for answers about them
	delta        *delta.Tracker
	outcomes     *outcome.Waits

	inbox    *inbox.Inbox
	handlers handlers

	dir       *logdir.Dir // the node's data directory
	logs      logs
	placed    *placement.Placement
	replicas  *replication.Replicas
	fetching  fetching
	producing producing

	deadlines alarm.Heap

	creating *outcome.Creations

	coordinators coordinators
	loggers      describe.Loggers
	shutdown     shutdown
	producerIDs  *producerid.Block
}

// step is the Step under way, or the last one.
type step struct {
	now   env.Now
	again bool // there is more to do at once: Deadline is now
}

// roles are the parts of process.roles.
type roles struct{ broker, controller bool }

// phase is where a broker is in its life.
type phase uint8

const (
	booting  phase = iota // reading its disk, and not let in by the controller yet
	serving               // answering requests
	stopping              // writing its disk clean
	ended                 // stopped, or given up
)

// New returns a node over a world. bound is where each of the configured listeners is reached as "host:port", in their
// order: what is advertised where the configuration leaves host or port open.
func New(w env.World, c *config.Broker, bound ...string) (*Broker, error) {
	b := &Broker{world: w, config: c, id: kafka.NodeID(c.NodeID()),
		logs: logs{byName: map[kafka.TopicPartition]*partition{}, byOwner: make([]*partition, ownersReserved)}}
	b.cluster = describe.Cluster{Image: metadata.New(), Self: b.id, Local: &b.logs}
	b.logs.cluster = &b.cluster
	b.roles = roles{c.Roles().Broker, c.Roles().Controller}
	b.log = log{&b.world}
	b.inbox = inbox.New(&b.world, (*server)(b))
	b.handlers = b.handle()
	var err error
	if b.endpoints, err = endpoint.New(c, bound); err != nil {
		return nil, err
	}
	voters, err := settings.Voters(c, b.endpoints.Controller.Host, b.endpoints.Controller.Port)
	if err != nil {
		return nil, err
	}
	clientID := fmt.Sprintf("gregor-%d", b.id)
	uuids := w.Rand.Fork("uuids")
	b.registration = registration.New(&b.deadlines, b.log, (*registrant)(b), settings.Registration(c, b.endpoints.Brokers),
		uuids.UUID())
	b.dir = logdir.New(w.Disk, &b.deadlines, b.log, (*dirNode)(b), settings.Directory(c), uuids)
	b.loggers.Root = w.LogLevel
	b.peers = peer.NewPool(w.Network, &b.deadlines, b.log, clientID, w.Rand.Fork("peers"))
	b.delta = delta.New(b.cluster.Image, b.id, (*deltaNode)(b), b.world.Facts)
	b.control = active.New(&b.world, b.id, &b.deadlines, b.peers, (*controlNode)(b), b.cluster.Image,
		c.Millis("broker.session.timeout.ms"))
	b.metalog = metalog.New(&b.deadlines, b.peers, (*metalogNode)(b), b.cluster.Image, b.delta,
		settings.Metalog(c, voters))
	b.placed = placement.New(&b.cluster, b.dir, &b.logs, (*placementHost)(b))
	own, fetchers := settings.Replicas(c)
	b.replicas = replication.New(own, fetchers, c.Millis("replica.socket.timeout.ms"), b.cluster.Image, &b.deadlines,
		b.peers, &b.logs, b.dir, (*replicated)(b))
	b.fetching = fetching{cluster: &b.cluster, logs: &b.logs, replicas: b.replicas, alarms: &b.deadlines,
		work:     b.inbox.Work(),
		maxBytes: c.Int("fetch.max.bytes"), byRack: c.Text("replica.selector.class") == config.RackAwareSelector,
		rack: settings.Rack(c),
		sessions: fetchsession.New(c.Int("max.incremental.fetch.session.cache.slots"), w.Rand.Fork("fetch sessions"),
			newFetchPart)}
	b.producing = producing{world: &b.world, cluster: &b.cluster, logs: &b.logs, alarms: &b.deadlines}
	b.outcomes = outcome.New(&b.deadlines, &b.cluster, (*outcomeLocal)(b))
	b.router = forward.New(b.id, b.control, b.metalog, b.peers, &b.deadlines, c.Millis("request.timeout.ms"), func() bool {
		return b.phase == serving
	})
	b.creating = outcome.NewCreations(b.router, b.outcomes, clientID, b.specifyInternalTopic)
	b.producerIDs = producerid.New((*producerIDSource)(b))
	b.coordinate()
	return b, nil
}

// Step applies one event.
func (b *Broker) Step(now env.Now, e env.Event) {
	b.step.now, b.fetching.now, b.step.again = now, now, false
	b.inbox.Work().Reset()
	switch {
	case b.phase == ended:
		e.Buffer.Release()
		return
	case e.Kind.IsDisk():
		b.diskOutcome(now, e)
	default:
		b.happened(now, e)
	}
	b.settle(now)
	if b.deadlines.Next() > now.Mono {
		return
	}
	b.wakeDue(now)
	b.settle(now)
}

// wakesSpare is how many more wakes there may be at one instant than alarms: some have to wait for another round.
const wakesSpare = 1000

// wakeDue wakes whose alarms have come.
func (b *Broker) wakeDue(now env.Now) {
	left := 2*b.deadlines.Len() + wakesSpare
	for w, ok := b.deadlines.Due(now.Mono); ok; w, ok = b.deadlines.Due(now.Mono) {
		if left--; left < 0 {
			panic(fmt.Sprintf("broker: %T is woken again and again at %d; does its deadline stay in the past?", w, now.Mono))
		}
		w.Wake(now)
	}
}

func (b *Broker) happened(now env.Now, e env.Event) {
	switch e.Kind {
	case env.Boot:
		b.dir.Start(b.dirRead)
	case env.Shutdown:
		b.stop(now)
	case env.Accepted:
		b.inbox.Accepted(e, b.endpoints.Name(e.Listener), b.endpoints.Serves(e.Listener))
	case env.Dialed:
		b.peers.Dialed(now, e)
	case env.Message:
		if !b.peers.Message(now, e) {
			b.inbox.Message(now, e)
		}
	case env.Sent:
		b.inbox.Sent(e)
	case env.Closed:
		if !b.peers.Closed(now, e) {
			b.inbox.Closed(now, e)
		}
	case env.Tick:
	default:
		panic(fmt.Sprintf("broker: event %v, which no node is sent; a new kind?", e.Kind))
	}
}

// diskOutcome gives a disk outcome to the log that asked for it, or to the broker's own files.
func (b *Broker) diskOutcome(now env.Now, e env.Event) {
	owner := seglog.Owner(e.Op)
	switch owner {
	case filesOwner:
		b.dir.Complete(now, e)
		return
	case quorumLogOwner, quorumFilesOwner:
		b.metalog.Complete(now, e)
		return
	}
	p := b.logs.byOwner[owner]
	if p == nil { // of a log that was deleted; owners are never given again
		b.dir.Drop(e)
		return
	}
	p.log.Complete(now, e)
	p.touch()
}

// settleRoundsMax bounds how often one step goes around: an answer may append, an append may touch a log. Each
// round finishes something that was waiting, so the bound is never met by a sound broker.
const settleRoundsMax = 1000

// settle finishes the step: what the quorum has reported, decisions, touched logs and what they ask for, fetches to be
// tried again, groups, requests that waited for their turn, calls that failed.
func (b *Broker) settle(now env.Now) {
	b.step.again = b.coordinators.set.Settle(now) || b.step.again
	for round := 0; b.phase != ended && b.unsettled(); round++ {
		if round > settleRoundsMax {
			panic(fmt.Sprintf("broker: a step does not settle: %d logs, %d fetches, %d connections and parted requests, %d group appends, %d failed calls, %d reports of the quorum, %d fetchers after %d rounds; do two of them wake each other?",
				len(b.logs.touched), len(b.fetching.retries), b.inbox.Unsettled(), b.coordinators.set.Unsettled(),
				b.peers.Unsettled(), b.metalog.Unsettled(), b.replicas.Unsettled(), round))
		}
		b.peers.Settle(now)
		b.metalog.Settle(now)
		b.control.Settle(now)
		b.logs.settle(now)
		b.replicas.Settle(now)
		b.replicas.SettleFetchers(now, b.phase == stopping)
		b.fetching.retry(now)
		b.step.again = b.coordinators.set.Settle(now) || b.step.again
		b.inbox.Settle(now)
	}
	b.step.again = b.step.again || b.postponed()
	b.placed.OpenMore()
	b.deadlines.Set(&b.coordinators.alarm, b.coordinators.set.Deadline())
	b.outcomes.Check(now)
	b.proceed(now)
}

func (b *Broker) unsettled() bool {
	return len(b.logs.touched) > 0 || b.postponed() && !b.inbox.Work().Spent() || b.coordinators.set.Unsettled() > 0 ||
		b.peers.Unsettled() > 0 ||
		b.metalog.Unsettled() > 0 || b.replicas.Unsettled() > 0 || b.replicas.Due() || b.control.Unsettled()
}

// postponed reports whether something waits that a Step begins only as long as its work is not spent.
func (b *Broker) postponed() bool {
	return len(b.fetching.retries) > 0 || b.inbox.Unsettled() > 0
}

// Deadline is when the broker wants to be woken.
func (b *Broker) Deadline() env.Instant {
	switch {
	case b.phase == ended:
		return env.Never
	case b.step.again:
		return b.step.now.Mono
	}
	return b.deadlines.Next()
}

// giveUp ends the broker: it cannot go on.
func (b *Broker) giveUp(format string, args ...any) {
	b.phase = ended
	b.metalog.Stop()
	b.world.Emit(env.GaveUp{Node: b.id, Reason: fmt.Sprintf(format, args...)})
}
