package raft

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/seglog"
)

// State is where a replica is in its life.
type State uint8

// The states.
const (
	Loading State = iota // reads its files; requests are answered BROKER_NOT_AVAILABLE
	Running
	Closing // Close was called; a leader has resigned and says so
	Closed  // everything is on disk
	Failed  // a disk error, damaged files, or a contradiction: Err says which; the node must end
)

func (s State) String() string {
	return [...]string{"loading", "running", "closing", "closed", "failed"}[s]
}

// Replica is one replica of the quorum's partition.
type Replica struct {
	cfg   Config
	w     env.World
	rnd   env.Rand
	out   Out
	owner Owner

	state   State
	err     error
	now     env.Now // of the call that is being handled
	busy    bool
	changes int // counts the role's changes
	files   files
	outbox  []held

	role     Role
	election election
	version  uint64 // counts the election state's changes
	durable  uint64 // the version that is in quorum-state
	writing  bool   // of quorum-state
	timer    env.Instant
	tag      uint64
	peers    []peer // by voter

	votes      []ballot // by voter: of a nominee
	retries    int      // candidacies in a row
	backingOff bool
	lead       *leading
	resigning  string
	preferred  []env.NodeID // successors a resigned leader would like, the best first
	acked      []bool       // by voter: who knows of the resignation
	fetched    bool         // a follower's leader has answered a fetch
	fetching   *fetching    // a follower's snapshot on its way
	waiting    []waitingFetch

	log        *seglog.Log
	cut        bool       // the log is or was Loading: look at it anew when it is Ready
	install    bool       // a snapshot that is complete takes the place of the log
	leaderHigh env.Offset // the high watermark a leader has told
	start      env.Offset // the log's, as last seen Ready
	end        SnapshotID // the log's end and the epoch of its last record, as last seen Ready
	flushed    env.Offset // all below survives a power cut
	high       env.Offset // all below is committed, as far as this life of the replica knows
	tail       tail
	given      env.Offset // the owner has been told all below
	told       leaderTold
	loading    *loading
	snaps      []snapshot // ascending
	writer     *snapshotWriter
	asked      []asked // appends that wait for their commit
	closing    closing
}

// Open starts a replica from what is in its directory. Its State is Loading until the disk has answered. An error
// is a configuration no replica can run with.
func Open(w env.World, cfg Config, out Out, owner Owner, now env.Now) (*Replica, error) {
	cfg, err := cfg.checked()
	if err != nil {
		return nil, err
	}
	r := &Replica{cfg: cfg, w: w, rnd: w.Rand.Fork("raft"), out: out, owner: owner, now: now,
		election: election{leader: NoNode, voted: NoNode}, timer: env.Never,
		told: leaderTold{leader: NoNode, epoch: -1}}
	r.files = files{ops: seglog.NewOps(cfg.FileOwner), pending: map[env.OpID]then{}}
	r.peers = make([]peer, len(cfg.Voters))
	r.boot()
	return r, nil
}

// step runs f between the checks that every call needs, then does what became possible.
func (r *Replica) step(now env.Now, f func()) {
	if r.busy {
		panic("raft: a Replica was called from within Out or Owner; note what is wanted and call afterwards")
	}
	r.busy, r.now = true, now
	f()
	r.poll(now)
	r.busy = false
}

// Complete takes the outcome of a disk operation whose OpID has one of the replica's owners.
func (r *Replica) Complete(now env.Now, e env.Event) {
	r.step(now, func() {
		if r.log != nil && seglog.Owner(e.Op) == r.cfg.LogOwner {
			r.log.Complete(now, e)
			return
		}
		r.resume(e)
	})
}

// Tick does what is due.
func (r *Replica) Tick(now env.Now) {
	r.step(now, func() {
		if r.log != nil {
			r.log.Tick(now)
		}
	})
}

// HandleRequest takes one of the quorum's requests: Vote, BeginQuorumEpoch, EndQuorumEpoch, Fetch and FetchSnapshot
// of the metadata partition, DescribeQuorum. It keeps nothing of req.
func (r *Replica) HandleRequest(now env.Now, req kmsg.Request, t Ticket) {
	r.step(now, func() {
		if r.state != Running && !(r.state == Closing && r.role == Resigned) {
			r.reply(t, refusal(req, codeBrokerNotAvailable))
			return
		}
		r.handle(now, req, t)
	})
}

func (r *Replica) handle(now env.Now, req kmsg.Request, t Ticket) {
	switch q := req.(type) {
	case *kmsg.VoteRequest:
		r.reply(t, r.handleVote(now, q))
	case *kmsg.BeginQuorumEpochRequest:
		r.reply(t, r.handleBegin(now, q))
	case *kmsg.EndQuorumEpochRequest:
		r.reply(t, r.handleEnd(now, q))
	case *kmsg.FetchRequest:
		r.handleFetch(now, q, t)
	case *kmsg.FetchSnapshotRequest:
		r.handleFetchSnapshot(now, q, t)
	case *kmsg.DescribeQuorumRequest:
		r.reply(t, r.describe(now, q))
	default:
		panic(fmt.Sprintf("raft: a %T is no request of the quorum; the owner routed it wrong", req))
	}
}

// HandleResponse takes the outcome of a Send: the response, or the error that kept it from coming. What belongs to
// no request in flight is dropped. It keeps nothing of resp.
func (r *Replica) HandleResponse(now env.Now, tag uint64, resp kmsg.Response, err error) {
	r.step(now, func() {
		p := r.peerOf(tag)
		if p == nil || r.state != Running && r.state != Closing {
			return
		}
		p.tag = 0
		if err != nil {
			r.missed(now, p)
		}
		if err != nil || !r.handleResponse(now, p, resp) {
			p.backoff = now.Mono.Add(ms(r.cfg.RetryBackoffMs))
		}
	})
}

// missed takes a lost connection to the leader for a sign that it is gone: a follower that cannot reach it again soon
// asks for pre-votes, which those refuse who still can, and does not refuse its own.
func (r *Replica) missed(now env.Now, p *peer) {
	if r.role != Follower || !r.isVoter() || r.cfg.Voters[r.indexOfPeer(p)].ID != r.election.leader {
		return
	}
	r.fetched = false
	patience := max(r.cfg.ElectionTimeoutMs/10, 1)
	r.timer = min(r.timer, now.Mono.Add(ms(r.rnd.Between(patience, 2*patience))))
}

// handleResponse says false if the node should be left alone for a moment.
func (r *Replica) handleResponse(now env.Now, p *peer, resp kmsg.Response) bool {
	switch a := resp.(type) {
	case *kmsg.VoteResponse:
		return r.handleVoted(now, p, a)
	case *kmsg.BeginQuorumEpochResponse:
		return r.handleBegun(now, p, a)
	case *kmsg.EndQuorumEpochResponse:
		return r.handleEnded(now, p, a)
	case *kmsg.FetchResponse:
		return r.handleFetched(now, p, a)
	case *kmsg.FetchSnapshotResponse:
		return r.handleSnapshotPart(now, p, a)
	}
	return false
}

// pollRounds bounds how often the role may change in one step.
const pollRounds = 8

// poll does what became possible: what the log has finished, what timers ask for, what there is to send or tell.
func (r *Replica) poll(now env.Now) {
	if r.log != nil && r.state != Failed {
		r.pollLog(now)
	}
	if r.state == Running || r.state == Closing {
		for range pollRounds {
			changes := r.changes
			r.pollRole(now)
			if r.changes == changes {
				break
			}
		}
		r.pollWaiting(now)
		if r.state == Running {
			r.deliver(now)
			r.tellLeader(now)
		}
	}
	r.pollClosing(now)
	r.pollState()
}

func (r *Replica) pollRole(now env.Now) {
	if !r.logReady() {
		return // the log is being cut: no election, and nothing to fetch from
	}
	switch r.role {
	case Unattached:
		r.pollUnattached(now)
	case Prospective, Candidate:
		r.pollNominee(now)
	case Leader:
		r.pollLeader(now)
	case Follower:
		r.pollFollower(now)
	case Resigned:
		r.pollResigned(now)
	}
}

// Deadline is when Tick has something to do.
func (r *Replica) Deadline() env.Instant {
	if r.state == Failed || r.state == Closed {
		return env.Never
	}
	due := r.closing.due(r.now.Mono)
	if r.log != nil {
		due = min(due, r.log.Deadline())
	}
	if r.state == Running || r.state == Closing {
		due = min(due, r.roleDeadline(), r.waitingDeadline())
	}
	return due
}

// roleDeadline is the role's timer, or when a request can be sent again.
func (r *Replica) roleDeadline() env.Instant {
	if !r.logReady() {
		return env.Never
	}
	due := env.Never
	switch {
	case r.state != Running: // no timer changes the role any more
	case r.role == Leader:
		due = r.lead.deadline(r)
	default:
		due = r.timer
	}
	for i := range r.peers {
		due = min(due, r.peers[i].deadline(r.now.Mono))
	}
	return due
}

// fail ends the replica: its files or its peers contradict what it must be able to rely on.
func (r *Replica) fail(format string, args ...any) {
	if r.state == Failed {
		return
	}
	if len(args) > 0 {
		if err, ok := args[len(args)-1].(error); ok && errors.Is(err, env.ErrNoSpace) {
			format += "; make space on its disk and start the node again"
		}
	}
	r.state, r.err = Failed, fmt.Errorf("metadata quorum, node %d: "+format, append([]any{r.cfg.Node}, args...)...)
	r.outbox = nil
	r.w.Tell(env.GaveUp{Node: r.cfg.Node, Reason: r.err.Error()})
}

// note is a line for those who follow the run of a quorum.
func (r *Replica) note(format string, args ...any) {
	if r.w.Facts != nil {
		r.w.Facts.Tell(env.Logged{Level: env.Info, Logger: env.OfQuorum, Text: fmt.Sprintf("quorum: "+format, args...)})
	}
}

// complain is a line for the operator: a peer contradicts what this replica knows.
func (r *Replica) complain(format string, args ...any) {
	r.w.Tell(env.Logged{Level: env.Error, Logger: env.OfQuorum, Text: fmt.Sprintf("quorum: "+format, args...)})
}

// State says where the replica is in its life.
func (r *Replica) State() State { return r.state }

// Err says why the replica Failed.
func (r *Replica) Err() error { return r.err }

// Role is what the replica is in its epoch.
func (r *Replica) Role() Role { return r.role }

// Epoch is the newest epoch the replica knows.
func (r *Replica) Epoch() env.LeaderEpoch { return r.election.epoch }

// LeaderID is who leads the epoch, as far as this replica knows; NoNode if it does not.
func (r *Replica) LeaderID() env.NodeID {
	if r.role == Resigned {
		return NoNode
	}
	return r.election.leader
}

// HighWatermark is the end of what this replica knows to be committed.
func (r *Replica) HighWatermark() env.Offset { return r.high }

// LogStart and LogEnd bound what the log holds.
func (r *Replica) LogStart() env.Offset { return r.start }

// LogEnd is the next offset the log will take.
func (r *Replica) LogEnd() env.Offset { return r.end.End }

// Flushed is the end of what survives a power cut.
func (r *Replica) Flushed() env.Offset { return r.flushed }

// Voters are the quorum's members, sorted by id.
func (r *Replica) Voters() []Voter { return r.cfg.Voters }

// Snapshots are the snapshots in the directory, ascending.
func (r *Replica) Snapshots() []SnapshotID {
	ids := make([]SnapshotID, len(r.snaps))
	for i := range r.snaps {
		ids[i] = r.snaps[i].id
	}
	return ids
}
