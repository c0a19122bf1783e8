package broker

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/logdir"
	"gregor/core/peer"
	"gregor/core/replica"
	"gregor/core/wire"
)

// replicas joins the replicas of this broker to what they ask for: the controller, the checkpoints, other brokers.
// It is their replica.Out and replica.Brokers, and the replica.Sender of their fetchers.
type replicas struct {
	self      env.NodeID
	cluster   *describe.Cluster
	logs      *logs
	dir       *logdir.Dir
	alarms    *alarm.Heap
	peers     *peer.Pool
	throttles throttles
	upward    upward

	config   replica.Config
	fetch    replica.FetcherConfig
	timeouts timeouts
	now      env.Now // of the settling under way
	alters   []alter // wanted, and not sent
	altering bool    // a request is under way: there is one at a time, as in Kafka
	fetchers []*fetcher
	touched  []*fetcher // to be settled
	spare    []*fetcher // the slice of the round before, to be filled again
	cuts     []cutWanted
}

// upward is what replicas ask of their broker.
type upward interface {
	// brokerAddress is where other brokers reach a registered broker, "" if that is not known.
	brokerAddress(id env.NodeID) string
	// askController sends a request to the active controller.
	askController(now env.Now, req *kmsg.AlterPartitionRequest, then func(env.Now, kmsg.Response, error))
	// imageEnd is the end of the metadata that the image holds.
	imageEnd() env.Offset
}

// timeouts are those of requests for replicas.
type timeouts struct{ socket time.Duration } // replica.socket.timeout.ms

// alter is a proposal of a replica's.
type alter struct {
	replica  *replica.Replica
	proposal replica.Proposal
}

// cutWanted is a truncation that waits for its checkpoint.
type cutWanted struct {
	replica *replica.Replica
	bounds  replica.CutBounds
}

// fetcher is one source's fetcher, and its place among the deadlines.
type fetcher struct {
	*replica.Fetcher
	replicas *replicas
	alarm    alarm.Alarm
	touched  bool
	addr     string     // of the source
	addrAt   env.Offset // of the metadata it was taken from
}

// Broker is replica.Brokers': the epoch of a broker, and whether it may be in an in-sync set.
func (r *replicas) Broker(id env.NodeID) (env.BrokerEpoch, bool) {
	b, ok := r.cluster.Image.Broker(id)
	if !ok {
		return -1, false
	}
	return b.Epoch, !b.Fenced && !b.InControlledShutdown
}

// Alter is replica.Out's: the proposal goes to the controller with the next request. It takes the place of an older
// one of the same replica: the response tells them apart by nothing but the partition.
func (r *replicas) Alter(rep *replica.Replica, p replica.Proposal) {
	if i := slices.IndexFunc(r.alters, func(a alter) bool { return a.replica == rep }); i >= 0 {
		r.alters[i].proposal = p
		return
	}
	r.alters = append(r.alters, alter{rep, p})
}

// Truncating is replica.Out's: the cut is made when the checkpoint on disk allows it.
func (r *replicas) Truncating(rep *replica.Replica, b replica.CutBounds) {
	r.cuts = append(r.cuts, cutWanted{rep, b})
}

// Follow is replica.Out's: the replica changes its fetcher.
func (r *replicas) Follow(rep *replica.Replica, leader env.NodeID) {
	p := r.logs.byName[rep.Partition()]
	if p == nil || p.replica != rep {
		return
	}
	if p.fetcher == nil || p.fetcher.Source() != leader {
		r.leave(p)
	}
	if leader != replica.NoNode {
		p.fetcher = r.of(leader)
		p.fetcher.Add(rep)
		p.fetcher.touch()
	}
}

// of finds or makes the fetcher of a source. There are as many as there have been brokers.
func (r *replicas) of(source env.NodeID) *fetcher {
	i := slices.IndexFunc(r.fetchers, func(f *fetcher) bool { return f.Source() == source })
	if i >= 0 {
		return r.fetchers[i]
	}
	f := &fetcher{replicas: r, Fetcher: replica.NewFetcher(&r.fetch, &r.config, source, r)}
	f.alarm = alarm.For(f)
	r.fetchers = append(r.fetchers, f)
	return f
}

// leave takes a partition's replica out of its fetcher.
func (r *replicas) leave(p *partition) {
	if p.fetcher != nil {
		p.fetcher.Remove(p.replica)
		p.fetcher.touch()
		p.fetcher = nil
	}
}

func (f *fetcher) touch() {
	if !f.touched {
		f.touched = true
		f.replicas.touched = append(f.replicas.touched, f)
	}
}

func (f *fetcher) Wake(env.Now) { f.touch() }

// address is where the source listens. It changes with the metadata only.
func (f *fetcher) address() string {
	if at := f.replicas.upward.imageEnd(); f.addr == "" || f.addrAt != at {
		f.addr, f.addrAt = f.replicas.upward.brokerAddress(f.Source()), at
	}
	return f.addr
}

// settleFetchers sends the requests that the touched fetchers are ready for; a broker that stops fetches nothing more.
func (r *replicas) settleFetchers(now env.Now, stops bool) {
	r.now = now
	touched := r.touched
	r.touched = r.spare[:0]
	for i, f := range touched {
		f.touched = false
		if !stops {
			f.Settle(now)
			r.alarms.Set(&f.alarm, f.Deadline())
		}
		touched[i] = nil
	}
	r.spare = touched
}

// Send is replica.Sender's.
func (r *replicas) Send(f *replica.Fetcher, token uint64, req kmsg.Request) {
	own := r.of(f.Source())
	r.peers.Send(r.now, peer.Key{Node: f.Source(), Lane: peer.FetchLane}, own.address(), req, r.timeouts.socket, func(now env.Now, a peer.Result) {
		if a.Err != nil {
			f.Failed(now, token)
		} else {
			r.countFetched(now, a.Response)
			f.Answer(now, token, a.Response, a.Buffer)
		}
		r.touchFollowers(own)
		own.touch()
	})
}

// touchFollowers settles the partitions that a response may have changed.
func (r *replicas) touchFollowers(f *fetcher) {
	f.Heard(func(rep *replica.Replica) {
		if p := r.logs.byName[rep.Partition()]; p != nil && p.replica == rep {
			p.touch()
		}
	})
}

// due reports whether settle has something to do.
func (r *replicas) due() bool { return len(r.cuts) > 0 || len(r.alters) > 0 && !r.altering }

// settle sends proposals and makes cuts.
func (r *replicas) settle(now env.Now) {
	for len(r.cuts) > 0 {
		c := r.cuts[0]
		r.cuts = r.cuts[1:]
		r.cut(now, c)
	}
	if len(r.alters) > 0 && !r.altering {
		r.sendAlters(now)
	}
}

// cut makes a truncation when the checkpoints on disk are within its bounds.
func (r *replicas) cut(now env.Now, c cutWanted) {
	p := r.logs.byName[c.replica.Partition()]
	if p == nil || p.replica != c.replica {
		return
	}
	p.bind(c.bounds)
	if r.dir.Within(p.TopicPartition, c.bounds.RecoveryPoint, c.bounds.LogStart) {
		p.cutNow(now, c.bounds)
		return
	}
	r.dir.OnceCheckpointed(now, func(now env.Now) { p.cutNow(now, c.bounds) })
}

func (p *partition) cutNow(now env.Now, bounds replica.CutBounds) {
	p.cuts--
	if !p.deleting {
		p.replica.Truncate(now, bounds)
		p.touch()
	}
}

// altersPerRequest bounds the proposals in one request.
const altersPerRequest = 1000

func (r *replicas) sendAlters(now env.Now) {
	n := min(len(r.alters), altersPerRequest)
	sent := slices.Clone(r.alters[:n])
	r.alters = slices.Clone(r.alters[n:])
	req := kmsg.NewPtrAlterPartitionRequest()
	req.Version, req.BrokerID, req.BrokerEpoch = 3, int32(r.self), int64(r.config.Epoch)
	for i := range sent {
		sent[i].proposal.AppendTo(req)
	}
	r.altering = true
	r.upward.askController(now, req, func(now env.Now, resp kmsg.Response, err error) {
		r.altering = false
		answer, _ := resp.(*kmsg.AlterPartitionResponse)
		for _, a := range sent {
			r.altered(now, a, answer)
		}
	})
}

// altered reports to a replica the outcome of its proposal; nil is no response at all.
func (r *replicas) altered(now env.Now, a alter, resp *kmsg.AlterPartitionResponse) {
	p := r.logs.byName[a.proposal.TopicPartition]
	if p == nil || p.replica != a.replica {
		return
	}
	a.replica.Altered(now, a.proposal.Seq, outcomeOf(a.proposal, resp))
	p.touch()
}

// outcomeOf finds a proposal's part of an answer.
func outcomeOf(p replica.Proposal, resp *kmsg.AlterPartitionResponse) replica.Altered {
	switch {
	case resp == nil:
		return replica.Altered{Code: wire.RequestTimedOut}
	case resp.ErrorCode != 0:
		return replica.Altered{Code: wire.ErrorCode(resp.ErrorCode)}
	}
	for i := range resp.Topics {
		for j := range resp.Topics[i].Partitions {
			if a := &resp.Topics[i].Partitions[j]; resp.Topics[i].TopidID == p.TopicID && a.Partition == int32(p.Partition) {
				return replica.Altered{Code: wire.ErrorCode(a.ErrorCode), LeaderEpoch: env.LeaderEpoch(a.LeaderEpoch),
					PartitionEpoch: replica.PartitionEpoch(a.PartitionEpoch), ISR: nodeIDs(a.ISR)}
			}
		}
	}
	return replica.Altered{Code: wire.RequestTimedOut}
}

func nodeIDs(ids []int32) []env.NodeID {
	out := make([]env.NodeID, len(ids))
	for i, id := range ids {
		out[i] = env.NodeID(id)
	}
	return out
}
