package replication

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/peer"
	"gregor/core/replica"
)

// Partition is a partition of this broker's that has a replica.
type Partition interface {
	Replica() *replica.Replica
	// Touch settles the partition at the end of the step.
	Touch()
	// Following is what the partition's replica keeps here.
	Following() *Following
	// Bind keeps checkpoints within the bounds of a truncation until it has been made.
	Bind(replica.CutBounds)
	// Truncate makes the truncation.
	Truncate(now env.Now, b replica.CutBounds)
}

// Partitions finds the partitions of this broker.
type Partitions interface {
	Replicated(tp kafka.TopicPartition) (Partition, bool)
}

// Checkpoints are those on disk: no log is truncated while one of them says more of it.
type Checkpoints interface {
	Within(tp kafka.TopicPartition, point, start kafka.Offset) bool
	OnceCheckpointed(now env.Now, then func(env.Now))
}

// Node is what the replicas ask of their broker.
type Node interface {
	// Address is where other brokers reach a registered broker, "" if that is not known.
	Address(id kafka.NodeID) string
	// AskController sends a request to the active controller.
	AskController(now env.Now, req *kmsg.AlterPartitionRequest, then func(env.Now, kmsg.Response, error))
	// ImageEnd is the end of the metadata that the image holds.
	ImageEnd() kafka.Offset
}

// Following is the part of a partition that is kept here.
type Following struct {
	fetcher           *fetcher // the replica is followed with; nil: none
	ThrottledLeader   bool     // while a follower is not in sync
	ThrottledFollower bool     // while this replica is not in sync
}

// Replicas joins the replicas of a broker to what they ask for: the controller, the checkpoints, other brokers.
// It is their replica.Out and replica.Brokers, and the replica.Sender of their fetchers.
type Replicas struct {
	Config replica.Config // of each replica
	Quotas Quotas

	image       *metadata.Image
	partitions  Partitions
	checkpoints Checkpoints
	node        Node
	alarms      *alarm.Heap
	peers       *peer.Pool
	fetch       replica.FetcherConfig
	timeout     time.Duration // replica.socket.timeout.ms

	now      env.Now // of the settling under way
	alters   []alter // wanted, and not sent
	altering bool    // a request is under way: there is one at a time, as in Kafka
	fetchers []*fetcher
	touched  []*fetcher // to be settled
	spare    []*fetcher // the slice of the round before, to be filled again
	cuts     []truncation
}

// New returns the replicas of a broker that has none. timeout is replica.socket.timeout.ms.
func New(c replica.Config, f replica.FetcherConfig, timeout time.Duration, image *metadata.Image, alarms *alarm.Heap,
	peers *peer.Pool, p Partitions,
	checkpoints Checkpoints, node Node) *Replicas {
	r := &Replicas{Config: c, fetch: f, timeout: timeout, image: image, alarms: alarms, peers: peers, partitions: p,
		checkpoints: checkpoints, node: node,
		Quotas: NewQuotas()}
	r.Config.Brokers, r.Config.Out = r, r
	return r
}

// find finds the partition that a replica belongs to; false if it has another one by now, or none.
func (r *Replicas) find(rep *replica.Replica) (Partition, bool) {
	p, ok := r.partitions.Replicated(rep.Partition())
	return p, ok && p.Replica() == rep
}

// alter is a proposal of a replica's.
type alter struct {
	replica  *replica.Replica
	proposal replica.Proposal
}

// truncation is one that waits for its checkpoint.
type truncation struct {
	replica *replica.Replica
	bounds  replica.CutBounds
}

// fetcher is one source's fetcher, and its place among the deadlines.
type fetcher struct {
	*replica.Fetcher
	replicas *Replicas
	alarm    alarm.Alarm
	touched  bool
	addr     string       // of the source
	addrAt   kafka.Offset // of the metadata it was taken from
}

// Broker is replica.Brokers': the epoch of a broker, and whether it may be in an in-sync set.
func (r *Replicas) Broker(id kafka.NodeID) (kafka.BrokerEpoch, bool) {
	b, ok := r.image.Broker(id)
	if !ok {
		return -1, false
	}
	return b.Epoch, !b.Fenced && !b.InControlledShutdown
}

// Alter is replica.Out's: the proposal goes to the controller with the next request. It takes the place of an older
// one of the same replica: the response distinguishes them by nothing but the partition.
func (r *Replicas) Alter(rep *replica.Replica, p replica.Proposal) {
	if i := slices.IndexFunc(r.alters, func(a alter) bool { return a.replica == rep }); i >= 0 {
		r.alters[i].proposal = p
		return
	}
	r.alters = append(r.alters, alter{rep, p})
}

// Truncating is replica.Out's: the truncation is made when the checkpoint on disk allows it.
func (r *Replicas) Truncating(rep *replica.Replica, b replica.CutBounds) {
	r.cuts = append(r.cuts, truncation{rep, b})
}

// Follow is replica.Out's: the replica changes its fetcher.
func (r *Replicas) Follow(rep *replica.Replica, leader kafka.NodeID) {
	p, ok := r.find(rep)
	if !ok {
		return
	}
	f := p.Following()
	if f.fetcher == nil || f.fetcher.Source() != leader {
		r.Leave(p)
	}
	if leader != kafka.NoNode {
		f.fetcher = r.of(leader)
		f.fetcher.Add(rep)
		f.fetcher.touch()
	}
}

// of finds or creates the fetcher of a source. There are as many as there have been brokers.
func (r *Replicas) of(source kafka.NodeID) *fetcher {
	i := slices.IndexFunc(r.fetchers, func(f *fetcher) bool { return f.Source() == source })
	if i >= 0 {
		return r.fetchers[i]
	}
	f := &fetcher{replicas: r, Fetcher: replica.NewFetcher(&r.fetch, &r.Config, source, r)}
	f.alarm = alarm.For(f)
	r.fetchers = append(r.fetchers, f)
	return f
}

// Leave takes a partition's replica out of its fetcher.
func (r *Replicas) Leave(p Partition) {
	if f := p.Following(); f.fetcher != nil {
		f.fetcher.Remove(p.Replica())
		f.fetcher.touch()
		f.fetcher = nil
	}
}

// Touch has the fetcher of a partition's replica look whether there is something to fetch.
func (f *Following) Touch() {
	if f.fetcher != nil {
		f.fetcher.touch()
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
	if at := f.replicas.node.ImageEnd(); f.addr == "" || f.addrAt != at {
		f.addr, f.addrAt = f.replicas.node.Address(f.Source()), at
	}
	return f.addr
}

// SettleFetchers sends the requests that the touched fetchers are ready for; a broker that stops fetches nothing more.
func (r *Replicas) SettleFetchers(now env.Now, stops bool) {
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
func (r *Replicas) Send(f *replica.Fetcher, token uint64, req kmsg.Request) {
	own := r.of(f.Source())
	r.peers.Send(r.now, peer.Key{Node: f.Source(), Lane: peer.FetchLane}, own.address(), req, r.timeout,
		func(now env.Now, a peer.Result) {
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
func (r *Replicas) touchFollowers(f *fetcher) {
	f.EachAnswered(func(rep *replica.Replica) {
		if p, ok := r.find(rep); ok {
			p.Touch()
		}
	})
}

// Unsettled is how many fetchers have something to send.
func (r *Replicas) Unsettled() int { return len(r.touched) }

// Due reports whether Settle has something to do.
func (r *Replicas) Due() bool { return len(r.cuts) > 0 || len(r.alters) > 0 && !r.altering }

// Settle sends proposals and truncates.
func (r *Replicas) Settle(now env.Now) {
	for len(r.cuts) > 0 {
		c := r.cuts[0]
		r.cuts = r.cuts[1:]
		r.truncate(now, c)
	}
	if len(r.alters) > 0 && !r.altering {
		r.sendAlters(now)
	}
}

// truncate makes a truncation when the checkpoints on disk are within its bounds.
func (r *Replicas) truncate(now env.Now, c truncation) {
	p, ok := r.find(c.replica)
	if !ok {
		return
	}
	p.Bind(c.bounds)
	if r.checkpoints.Within(c.replica.Partition(), c.bounds.RecoveryPoint, c.bounds.LogStart) {
		p.Truncate(now, c.bounds)
		return
	}
	r.checkpoints.OnceCheckpointed(now, func(now env.Now) { p.Truncate(now, c.bounds) })
}

// altersPerRequest bounds the proposals in one request.
const altersPerRequest = 1000

func (r *Replicas) sendAlters(now env.Now) {
	n := min(len(r.alters), altersPerRequest)
	sent := slices.Clone(r.alters[:n])
	r.alters = slices.Clone(r.alters[n:])
	req := kmsg.NewPtrAlterPartitionRequest()
	req.Version, req.BrokerID, req.BrokerEpoch = 3, int32(r.Config.Node), int64(r.Config.Epoch)
	for i := range sent {
		sent[i].proposal.AppendTo(req)
	}
	r.altering = true
	r.node.AskController(now, req, func(now env.Now, resp kmsg.Response, err error) {
		r.altering = false
		answer, _ := resp.(*kmsg.AlterPartitionResponse)
		for _, a := range sent {
			r.altered(now, a, answer)
		}
	})
}

// altered reports to a replica the outcome of its proposal; nil is no response at all.
func (r *Replicas) altered(now env.Now, a alter, resp *kmsg.AlterPartitionResponse) {
	if p, ok := r.find(a.replica); ok {
		a.replica.Altered(now, a.proposal.Seq, outcomeOf(a.proposal, resp))
		p.Touch()
	}
}

// outcomeOf finds a proposal's part of a response.
func outcomeOf(p replica.Proposal, resp *kmsg.AlterPartitionResponse) replica.Altered {
	switch {
	case resp == nil:
		return replica.Altered{Code: kafka.RequestTimedOut}
	case resp.ErrorCode != 0:
		return replica.Altered{Code: kafka.ErrorCode(resp.ErrorCode)}
	}
	for i := range resp.Topics {
		for j := range resp.Topics[i].Partitions {
			if a := &resp.Topics[i].Partitions[j]; resp.Topics[i].TopidID == p.TopicID && a.Partition == int32(p.Partition) {
				return replica.Altered{Code: kafka.ErrorCode(a.ErrorCode), LeaderEpoch: kafka.LeaderEpoch(a.LeaderEpoch),
					PartitionEpoch: replica.PartitionEpoch(a.PartitionEpoch), ISR: nodeIDs(a.ISR)}
			}
		}
	}
	return replica.Altered{Code: kafka.RequestTimedOut}
}

func nodeIDs(ids []int32) []kafka.NodeID {
	out := make([]kafka.NodeID, len(ids))
	for i, id := range ids {
		out[i] = kafka.NodeID(id)
	}
	return out
}
