package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/record"
)

// pollFollower pulls: the next batches when all before are flushed, or the next part of a snapshot.
func (r *Replica) pollFollower(now env.Now) {
	r.unwant()
	leader := r.indexOf(r.election.leader)
	switch {
	case r.state != Running:
	case now.Mono >= r.timer && r.isVoter():
		r.becomeProspective(now)
	case now.Mono >= r.timer:
		r.becomeUnattached(now, r.election.epoch)
	case r.fetching == nil && r.flushed < r.end.End:
	case r.fetching != nil && !r.fetching.isReady():
	case r.ready(now, leader):
		r.pull(now, leader)
	case !r.isVoter() && r.peers[leader].backoff > now.Mono:
		r.askAround(now) // it refuses, or is not there; the others may know another
	}
}

func (r *Replica) pull(now env.Now, leader int) {
	if r.fetching != nil {
		r.send(now, leader, r.snapshotRequest())
		return
	}
	r.send(now, leader, r.fetchRequest())
}

// askAround asks any voter for the log: who does not lead says who does.
func (r *Replica) askAround(now env.Now) {
	if r.state != Running || r.flushed < r.end.End {
		return
	}
	var ready []int
	for i := range r.peers {
		if r.peers[i].tag != 0 && now.Mono < r.peers[i].due {
			r.peers[i].wanted = true
			return // one question at a time
		}
		if r.cfg.Voters[i].ID != r.cfg.Node && r.ready(now, i) {
			ready = append(ready, i)
		}
	}
	if len(ready) > 0 {
		r.send(now, ready[r.rnd.IntN(len(ready))], r.fetchRequest())
	}
}

// handleFetched takes what the leader has sent.
func (r *Replica) handleFetched(now env.Now, p *peer, a *kmsg.FetchResponse) bool {
	if a.ErrorCode != 0 || len(a.Topics) != 1 || len(a.Topics[0].Partitions) != 1 {
		return false
	}
	i, part := r.indexOfPeer(p), &a.Topics[0].Partitions[0]
	done, ok := r.follows(now, part.ErrorCode, part.CurrentLeader.LeaderID, part.CurrentLeader.LeaderEpoch)
	switch {
	case done:
		return ok
	case part.ErrorCode != 0 || !r.logReady():
		return false
	case r.role != Follower || r.cfg.Voters[i].ID != r.election.leader:
		return true
	}
	r.fetched = true
	r.timer = r.fetchTimeout(now)
	switch {
	case part.DivergingEpoch.Epoch >= 0:
		return r.diverge(now, SnapshotID{env.Offset(part.DivergingEpoch.EndOffset), env.LeaderEpoch(part.DivergingEpoch.Epoch)})
	case part.SnapshotID.EndOffset >= 0 && part.SnapshotID.Epoch >= 0:
		r.fetchSnapshot(SnapshotID{env.Offset(part.SnapshotID.EndOffset), env.LeaderEpoch(part.SnapshotID.Epoch)})
		return true
	}
	if !r.appendAsFollower(now, part.RecordBatches) {
		return false
	}
	r.leaderHigh = max(r.leaderHigh, env.Offset(part.HighWatermark))
	r.raiseHigh(now, min(r.leaderHigh, r.flushed))
	return true
}

// diverge cuts the log where the leader says that theirs part, or before.
func (r *Replica) diverge(now env.Now, at SnapshotID) bool {
	to := at.End
	if own := r.endOfEpoch(at.Epoch); own.Epoch != at.Epoch {
		to = own.End
	} else {
		to = min(to, own.End)
	}
	if !r.mayEndAt(to) {
		r.fail("leader %d of epoch %d asks for a truncation to %d (its epoch %d ends at %d), and all below %d is committed",
			r.election.leader, r.election.epoch, to, at.Epoch, at.End, r.high)
		return false
	}
	if to >= r.end.End {
		r.complain("leader %d says the logs part at %v, but this one ends at %v", r.election.leader, at, r.end)
		return false
	}
	r.cutLog(max(to, r.start))
	return true
}

// snapshotRequest asks for the next part of the snapshot.
func (r *Replica) snapshotRequest() *kmsg.FetchSnapshotRequest {
	f := r.fetching
	req := kmsg.NewPtrFetchSnapshotRequest()
	req.Version = 1
	req.ClusterID = r.clusterID()
	req.ReplicaID, req.MaxBytes = int32(r.cfg.Node), int32(r.cfg.MaxPartBytes)
	p := kmsg.NewFetchSnapshotRequestTopicPartition()
	p.CurrentLeaderEpoch = int32(r.election.epoch)
	p.SnapshotID.EndOffset, p.SnapshotID.Epoch = int64(f.id.End), int32(f.id.Epoch)
	p.Position = int64(f.pos)
	p.ReplicaDirectoryID = r.cfg.Directory
	t := kmsg.NewFetchSnapshotRequestTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.FetchSnapshotRequestTopicPartition{p}
	req.Topics = []kmsg.FetchSnapshotRequestTopic{t}
	return req
}

// fetching is a snapshot that comes in parts from the leader.
type fetching struct {
	id   SnapshotID
	file env.FileID
	pos  env.Position
	busy bool // a part is being written
}

func (f *fetching) isReady() bool { return f.file != 0 && !f.busy }

// fetchSnapshot begins to fetch a snapshot; one that is here already only has to take the log's place.
func (r *Replica) fetchSnapshot(id SnapshotID) {
	switch {
	case r.fetching != nil || r.install:
		return
	case id.End < r.high || id.End <= r.latest().End && id != r.latest():
		r.complain("leader %d offers snapshot %v, and all below %d is here", r.election.leader, id, r.high)
		return
	case id == r.latest():
		r.installSnapshot(id)
		return
	}
	f := &fetching{id: id}
	r.fetching = f
	name := checkpointName(id) + partSuffix
	r.w.Disk.Open(r.must("creation of "+name, func(e env.Event) {
		if r.fetching != f {
			r.closeFile(e.File)
			return
		}
		f.file = e.File
	}), r.path(name), env.CreateOrTrim)
}

// dropFetching gives a snapshot up: another leader may have another one.
func (r *Replica) dropFetching() {
	if f := r.fetching; f != nil && !f.busy {
		r.closeFile(f.file)
	}
	r.fetching = nil
}

// handleSnapshotPart writes the next part of the snapshot.
func (r *Replica) handleSnapshotPart(now env.Now, p *peer, a *kmsg.FetchSnapshotResponse) bool {
	if a.ErrorCode != 0 || len(a.Topics) != 1 || len(a.Topics[0].Partitions) != 1 {
		return false
	}
	i, part := r.indexOfPeer(p), &a.Topics[0].Partitions[0]
	done, ok := r.follows(now, part.ErrorCode, part.CurrentLeader.LeaderID, part.CurrentLeader.LeaderEpoch)
	switch {
	case done:
		return ok
	case r.role != Follower || r.cfg.Voters[i].ID != r.election.leader || r.fetching == nil || !r.fetching.isReady():
		return true
	}
	r.fetched = true
	r.timer = r.fetchTimeout(now)
	f := r.fetching
	got := SnapshotID{env.Offset(part.SnapshotID.EndOffset), env.LeaderEpoch(part.SnapshotID.Epoch)}
	size := env.Position(part.Size)
	if part.ErrorCode != 0 || got != f.id || env.Position(part.Position) != f.pos || len(part.Bytes) == 0 ||
		size > maxSnapshot || f.pos+env.Position(len(part.Bytes)) > size {
		r.dropFetching()
		return part.ErrorCode == codeSnapshotNotFound
	}
	r.writePart(f, append([]byte(nil), part.Bytes...), size)
	return true
}

// maxSnapshot bounds a snapshot's size in bytes.
const maxSnapshot = 1 << 34

func (r *Replica) writePart(f *fetching, part []byte, size env.Position) {
	f.busy = true
	name := checkpointName(f.id) + partSuffix
	r.w.Disk.WriteAt(r.must("write of "+name, func(env.Event) {
		f.busy = false
		f.pos += env.Position(len(part))
		switch {
		case r.fetching != f:
			r.closeFile(f.file)
		case f.pos == size:
			r.finishFetching(f)
		}
	}), f.file, f.pos, part)
}

// finishFetching checks the whole snapshot, and makes it durable before the log makes way.
func (r *Replica) finishFetching(f *fetching) {
	r.fetching, r.install = nil, true
	name := checkpointName(f.id)
	sawFooter := false
	s := &batchReader{r: r, file: f.file, size: f.pos}
	s.visit = func(b record.Batch) { sawFooter = isFooter(b) }
	s.done = func(err error) {
		if err != nil || !sawFooter {
			r.complain("snapshot %v came damaged: %v", f.id, err)
			r.closeFile(f.file)
			r.install = false
			return
		}
		r.w.Disk.Sync(r.must("sync of "+name, func(env.Event) {
			r.closeFile(f.file)
			r.publish(name, func() {
				r.addSnapshot(snapshot{id: f.id, size: f.pos})
				r.installSnapshot(f.id)
			})
		}), f.file)
	}
	s.read()
}

// installSnapshot empties the log, which goes on where the snapshot ends. The high watermark follows when the log has
// been emptied: until then it would cover records of an older epoch that the log still holds.
func (r *Replica) installSnapshot(id SnapshotID) {
	r.install = false
	r.emptyLog(id.End)
}
