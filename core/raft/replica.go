package raft

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/record"
	"gregor/core/seglog"
)

// Replica is one replica of the quorum's partition. Its parts own what they name; it calls them in order.
//
//	owner ─ request, response, tick ─▶ Replica ─▶ member (roles) ─▶ peers ──▶ outbox ──▶ Out, Owner
//	disk  ─ outcome ─▶ metadataLog, directory       │  candidacy, leading, resignation, download, fetches
//	                     │  snapshots                └▶ standing (role, epoch, leader) ─▶ stateFile
//	                     └▶ delivery, appends ─▶ Owner
type Replica struct {
	cfg       Config
	life      life
	busy      bool
	at        standing
	out       outbox
	dir       directory
	state     stateFile
	log       metadataLog
	snapshots snapshots
	member    member
	appends   appends
	delivery  delivery
	closing   closing
}

// Open starts a replica from what is in its directory. Its State is Loading until the disk has answered. An error
// is a configuration no replica can run with.
func Open(w env.World, cfg Config, out Out, owner Owner, now env.Now) (*Replica, error) {
	cfg, err := cfg.checked()
	if err != nil {
		return nil, err
	}
	r := &Replica{cfg: cfg, life: life{node: cfg.Node, world: w, now: now}}
	r.connect(w.Rand.Fork("raft"), out, owner)
	r.boot()
	return r, nil
}

// connect makes the parts and gives each the others that it uses.
func (r *Replica) connect(rnd env.Rand, out Out, owner Owner) {
	cfg, life, at, o, dir, log, snaps := &r.cfg, &r.life, &r.at, &r.out, &r.dir, &r.log, &r.snapshots
	*at = standing{cfg: cfg, life: life, election: election{leader: kafka.NoNode, voted: kafka.NoNode}}
	*o = outbox{life: life, out: out, owner: owner, leads: &r.member}
	*dir = directory{life: life, name: cfg.Dir, ops: seglog.NewOps(cfg.FileOwner), pending: map[env.OpID]then{}}
	*log = metadataLog{cfg: cfg, life: life, at: at, out: o, snapshots: snaps}
	*snaps = snapshots{cfg: cfg, life: life, dir: dir, log: log}
	r.state = stateFile{cfg: cfg, life: life, at: at, dir: dir, out: o}
	r.appends = appends{life: life, owner: owner}
	r.delivery = delivery{life: life, dir: dir, out: o, owner: owner, log: log, snapshots: snaps,
		leader: leaderChange{leader: kafka.NoNode, epoch: -1}}
	r.member = member{cfg: cfg, life: life, at: at, out: o, log: log, appends: &r.appends,
		peers:    &peers{cfg: cfg, out: o, list: make([]peer, len(cfg.Voters))},
		download: &download{life: life, dir: dir, snapshots: snaps, log: log},
		fetches:  &fetches{at: at, out: o, log: log},
		parts:    &partServer{cfg: cfg, at: at, out: o, dir: dir, snapshots: snaps},
		election: candidacy{cfg: cfg}, timer: timer{cfg: cfg, rnd: rnd, due: env.Never}}
}

// step runs f between the checks that every call needs, then does what became possible.
func (r *Replica) step(now env.Now, f func()) {
	if r.busy {
		must.Fail("raft: node %d was called from within Out or Owner; did its owner not wait for the return?", r.cfg.Node)
	}
	r.busy, r.life.now = true, now
	f()
	r.poll(now)
	r.busy = false
}

// Complete handles the outcome of a disk operation whose OpID has one of the replica's owners.
func (r *Replica) Complete(now env.Now, e env.Event) {
	r.step(now, func() {
		if r.log.isOpen() && seglog.Owner(e.Op) == r.cfg.LogOwner {
			r.log.log.Complete(now, e)
			return
		}
		r.dir.resume(e)
	})
}

// Tick does what is due.
func (r *Replica) Tick(now env.Now) {
	r.step(now, func() {
		if r.log.isOpen() {
			r.log.log.Tick(now)
		}
	})
}

// HandleRequest handles one of the quorum's requests: Vote, BeginQuorumEpoch, EndQuorumEpoch, Fetch and FetchSnapshot
// of the metadata partition, DescribeQuorum. It keeps nothing of req.
func (r *Replica) HandleRequest(now env.Now, req kmsg.Request, t Ticket) {
	r.step(now, func() {
		if r.life.state != Running && !(r.life.state == Closing && r.at.role == Resigned) {
			r.out.reply(t, refusal(req, kafka.BrokerNotAvailable))
			return
		}
		r.member.handle(now, req, t)
	})
}

// HandleResponse handles the outcome of a Send: the response, or the error that kept it from coming. A response to no
// request in flight is dropped. It keeps nothing of resp.
func (r *Replica) HandleResponse(now env.Now, tag uint64, resp kmsg.Response, err error) {
	r.step(now, func() {
		if !r.life.isActive() {
			return
		}
		if i, ok := r.member.peers.answered(tag); ok {
			r.member.handleResponse(now, i, resp, err)
		}
	})
}

// poll does what became possible: what the log has finished, what timers are due, what there is to send and to report.
func (r *Replica) poll(now env.Now) {
	if r.log.isOpen() && r.life.state != Failed {
		r.pollLog(now)
	}
	if r.life.isActive() {
		r.member.poll(now)
		if r.life.state == Running {
			r.deliver(now)
		}
	}
	r.pollClosing(now)
	r.state.poll()
}

// pollLog looks at how far the log has come. When all of it is flushed after a start, the replica takes its role.
func (r *Replica) pollLog(now env.Now) {
	p := r.log.poll()
	switch {
	case !p.ready:
		return
	case r.life.state == Loading && r.log.isFlushed():
		r.life.state = Running
		r.delivery.start()
		r.member.start(now)
	default:
		r.member.handleLog(now, p)
	}
	r.log.followHigh()
}

// deliver hands the owner what is committed, and then the leader. Of its own leadership it learns when it has
// everything that was committed before: it may then decide on what it knows.
func (r *Replica) deliver(now env.Now) {
	if r.delivery.poll(now) {
		r.appends.complete(r.delivery.given, r.log.high)
	}
	is := leaderChange{r.at.leader(), r.at.election.epoch}
	if is.leader == r.cfg.Node && !r.member.hasDelivered(r.delivery.given) {
		is.leader = kafka.NoNode
	}
	r.delivery.report(is)
}

// Deadline is when Tick has something to do.
func (r *Replica) Deadline() env.Instant {
	if r.life.state == Failed || r.life.state == Closed {
		return env.Never
	}
	due := r.closing.due(r.life.now.Mono)
	if r.log.isOpen() {
		due = min(due, r.log.log.Deadline())
	}
	if r.life.isActive() {
		due = min(due, r.member.deadline())
	}
	return due
}

// Append appends the owner's batches to the log, if this node leads epoch: as one write, in order, with offsets and
// epoch stamped in. The batches are the replica's from then on. The error is NOT_CONTROLLER's code if it does not
// lead that epoch (any more, or yet). The outcome is reported once with Owner.HandleAppended, after this call.
func (r *Replica) Append(now env.Now, epoch kafka.LeaderEpoch, batches []record.Batch, token uint64) (
	base, last kafka.Offset, err *seglog.Error) {
	r.step(now, func() {
		switch {
		case !r.member.leads(epoch):
			err = &seglog.Error{Code: kafka.NotController,
				Text: fmt.Sprintf("node %d does not lead epoch %d", r.cfg.Node, epoch)}
		case len(batches) == 0 || len(r.appends.list) >= maxAppends:
			err = &seglog.Error{Code: kafka.UnknownServerError,
				Text: fmt.Sprintf("%d batches, %d appends wait", len(batches), len(r.appends.list))}
		default:
			var res seglog.AppendResult
			if res, err = r.log.append(now, epoch, batches); err == nil {
				base, last = res.Base, res.Last
				r.appends.add(token, last)
			}
		}
	})
	return base, last, err
}

// Resign ends the leadership of epoch, if the node has it.
func (r *Replica) Resign(now env.Now, epoch kafka.LeaderEpoch) {
	r.step(now, func() {
		if r.life.state == Running && r.at.role == Leader && r.at.election.epoch == epoch && !r.cfg.isAlone() {
			r.member.becomeResigned(now, "the node asked for it")
		}
	})
}

// CreateSnapshot writes a snapshot of everything that has been committed to the owner. next returns the values of its
// records, one after the other, over many steps: what they are made from must not change meanwhile. timestamp is that
// of the last record contained. When the snapshot is durable the log below it may be deleted.
func (r *Replica) CreateSnapshot(now env.Now, timestamp env.WallMillis,
	next func() (value []byte, ok bool)) (id SnapshotID, err error) {
	r.step(now, func() {
		given := r.delivery.given
		switch latest := r.snapshots.latest(); {
		case r.life.state != Running || !r.log.isReady() || r.delivery.loading:
			err = fmt.Errorf("a snapshot cannot be taken while the replica is %v and its log is busy", r.life.state)
		case r.snapshots.writer != nil:
			err = fmt.Errorf("snapshot %v is being written", r.snapshots.writer.id)
		case given <= latest.End:
			err = fmt.Errorf("nothing was committed since snapshot %v", latest)
		default:
			id = SnapshotID{given, r.log.log.EpochAt(given - 1)}
			r.snapshots.write(id, now, timestamp, next)
		}
	})
	return id, err
}

// State returns where the replica is in its life.
func (r *Replica) State() State { return r.life.state }

// Err returns why the replica Failed.
func (r *Replica) Err() error { return r.life.err }

// Role returns what the replica is in its epoch.
func (r *Replica) Role() Role { return r.at.role }

// Epoch returns the newest epoch the replica knows.
func (r *Replica) Epoch() kafka.LeaderEpoch { return r.at.election.epoch }

// LeaderID returns the leader of the epoch, as far as this replica knows; NoNode if it does not.
func (r *Replica) LeaderID() kafka.NodeID { return r.at.leader() }

// HighWatermark returns the end of what this replica knows to be committed.
func (r *Replica) HighWatermark() kafka.Offset { return r.log.high }

// LogStart and LogEnd bound what the log holds.
func (r *Replica) LogStart() kafka.Offset { return r.log.start }

// LogEnd returns the offset of the next record.
func (r *Replica) LogEnd() kafka.Offset { return r.log.end.End }

// Flushed returns the end of what survives a power cut.
func (r *Replica) Flushed() kafka.Offset { return r.log.flushed }

// Snapshots returns the snapshots in the directory, ascending.
func (r *Replica) Snapshots() []SnapshotID { return r.snapshots.ids() }
