package broker

import (
	"fmt"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/group"
	"gregor/core/metadata"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// Broker is one Kafka broker. It implements [env.Node].
type Broker struct {
	world  env.World
	config *config.Broker
	id     env.NodeID
	phase  phase
	now    env.Now // of the step under way
	again  bool    // there is more to do at once: Deadline is now

	advertised endpoint
	limits     limits
	uuids      env.Rand
	clusterID  string
	dirID      env.UUID
	epoch      env.BrokerEpoch
	image      *metadata.Image

	conns map[env.ConnID]*connection
	slots slotTable
	sends sends
	arena arena

	files files
	parts map[env.TopicPartition]*partition
	logs  []*partition // by owner; nil where a partition is gone. Zero is the broker's own files.

	touched   []*partition
	spare     []*partition // touched of the round before
	retries   []*fetch
	deadlines deadlines

	freeProduces  []*produce
	fetchResponse wire.FetchResponse
	sessions      sessions
	scratch       record.Scratch

	boot     boot
	changes  changes
	groups   *groups
	shutdown shutdown
	checkpoints
	producerIDs
}

// phase is where a broker is in its life.
type phase uint8

const (
	booting  phase = iota // reading its disk
	serving               // answering requests
	stopping              // writing its disk clean
	ended                 // stopped, or given up
)

// endpoint is where clients are told to connect.
type endpoint struct {
	host string
	port int32
}

// limits are configuration values looked at on every request.
type limits struct {
	fetchMaxBytes int
	autoCreate    bool
}

// New makes a broker over a world. advertised is the "host:port" clients are told, where the configuration
// does not say.
func New(w env.World, c *config.Broker, advertised string) (*Broker, error) {
	b := &Broker{world: w, config: c, id: env.NodeID(c.NodeID()), image: metadata.New(),
		conns: map[env.ConnID]*connection{}, parts: map[env.TopicPartition]*partition{}, logs: make([]*partition, 1)}
	if err := b.advertise(advertised); err != nil {
		return nil, err
	}
	b.files = files{disk: w.Disk, jobs: map[env.OpID]job{}}
	b.uuids = w.Rand.Fork("uuids")
	b.readLimits()
	b.sessions = sessions{byID: map[int32]*fetchSession{}, rand: w.Rand.Fork("fetch sessions"),
		max: c.Int("max.incremental.fetch.session.cache.slots")}
	b.groups = &groups{broker: b, builder: record.NewBuilder(record.Options{}), wakeAt: env.Never}
	b.groups.coordinator = group.New(b.groupConfig(), w.Rand.Fork("groups"), &b.world, b.groups)
	b.changes.broker = b
	return b, nil
}

func (b *Broker) serving() bool { return b.phase == serving }

// Step applies one event.
func (b *Broker) Step(now env.Now, e env.Event) {
	b.now, b.again = now, false
	switch {
	case b.phase == ended:
		e.Buffer.Release()
		return
	case e.Kind.IsDisk():
		b.diskOutcome(now, e)
	default:
		b.happened(now, e)
	}
	for w := b.deadlines.due(now.Mono); w != nil; w = b.deadlines.due(now.Mono) {
		w.wake(now)
	}
	b.settle(now)
}

func (b *Broker) happened(now env.Now, e env.Event) {
	switch e.Kind {
	case env.Boot:
		b.begin(now)
	case env.Shutdown:
		b.stop(now)
	case env.Accepted:
		b.accepted(e)
	case env.Message:
		b.message(now, e)
	case env.Sent:
		b.sent(e)
	case env.Closed:
		b.closed(e)
	case env.Tick:
	default:
		panic(fmt.Sprintf("broker: event %v, but a broker dials nobody; delivered to the wrong node?", e.Kind))
	}
}

// diskOutcome gives a disk outcome to the log that asked for it, or to the broker's own files.
func (b *Broker) diskOutcome(now env.Now, e env.Event) {
	owner := seglog.Owner(e.Op)
	if owner == 0 {
		b.files.complete(now, e)
		return
	}
	p := b.logs[owner]
	if p == nil { // of a log that was deleted; owners are never given again
		e.Buffer.Release()
		return
	}
	p.log.Complete(now, e)
	p.touch()
}

// settleRoundsMax bounds how often one step goes around: an answer may append, an append may touch a log. Each
// round finishes something that was waiting, so the bound is never met by a sound broker.
const settleRoundsMax = 1000

// settle finishes the step: touched logs, fetches to be tried again, the next metadata change.
func (b *Broker) settle(now env.Now) {
	for round := 0; len(b.touched) > 0 || len(b.retries) > 0 || len(b.groups.failed) > 0; round++ {
		if round > settleRoundsMax {
			panic(fmt.Sprintf("broker: a step does not settle: %d logs, %d fetches, %d group appends after %d rounds; do two of them wake each other?",
				len(b.touched), len(b.retries), len(b.groups.failed), round))
		}
		touched := b.touched
		b.touched = b.spare[:0]
		for _, p := range touched {
			p.settle(now)
		}
		b.spare = touched
		retries := b.retries
		b.retries = nil
		for _, f := range retries {
			if !f.done {
				f.try(now)
			}
		}
		if retries != nil {
			b.retries = append(retries[:0], b.retries...)
		}
		b.groups.settle(now)
	}
	b.groups.settle(now)
	b.changes.next(now)
	b.groups.schedule()
	b.proceed(now)
}

// Deadline is when the broker wants to be woken.
func (b *Broker) Deadline() env.Instant {
	if b.again {
		return b.now.Mono
	}
	return b.deadlines.next()
}

func (b *Broker) warn(format string, args ...any) {
	b.world.Tell(env.Logged{Level: env.Warn, Text: fmt.Sprintf(format, args...)})
}

// giveUp ends the broker: it cannot go on.
func (b *Broker) giveUp(format string, args ...any) {
	b.phase = ended
	b.world.Tell(env.GaveUp{Node: b.id, Reason: fmt.Sprintf(format, args...)})
}
