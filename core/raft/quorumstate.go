package raft

import (
	"encoding/json"
	"fmt"

	"gregor/core/env"
)

// stateV0 and stateV1 are Kafka's two forms of quorum-state: with voters known by their ids, and by their disks.
type (
	stateV0 struct {
		ClusterID     string       `json:"clusterId"`
		LeaderID      int32        `json:"leaderId"`
		LeaderEpoch   int32        `json:"leaderEpoch"`
		VotedID       int32        `json:"votedId"`
		AppliedOffset int64        `json:"appliedOffset"`
		CurrentVoters []stateVoter `json:"currentVoters"`
		DataVersion   int16        `json:"data_version"`
	}
	stateVoter struct {
		VoterID int32 `json:"voterId"`
	}
	stateV1 struct {
		LeaderID         int32  `json:"leaderId"`
		LeaderEpoch      int32  `json:"leaderEpoch"`
		VotedID          int32  `json:"votedId"`
		VotedDirectoryID string `json:"votedDirectoryId"`
		DataVersion      int16  `json:"data_version"`
	}
)

// encodeState is the content of quorum-state.
func (r *Replica) encodeState() []byte {
	e := &r.election
	var v any
	if r.cfg.Voters[0].Directory != (env.UUID{}) {
		v = stateV1{int32(e.leader), int32(e.epoch), int32(e.voted), e.votedDir.String(), 1}
	} else {
		s := stateV0{LeaderID: int32(e.leader), LeaderEpoch: int32(e.epoch), VotedID: int32(e.voted)}
		for i := range r.cfg.Voters {
			s.CurrentVoters = append(s.CurrentVoters, stateVoter{int32(r.cfg.Voters[i].ID)})
		}
		v = s
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("raft: %+v does not become JSON: %v", v, err))
	}
	return raw
}

// decodeState reads quorum-state.
func decodeState(raw []byte) (election, error) {
	var v struct {
		stateV1
		DataVersion *int16 `json:"data_version"`
	}
	v.LeaderID, v.LeaderEpoch, v.VotedID = -1, -1, -1
	if err := json.Unmarshal(raw, &v); err != nil {
		return election{}, err
	}
	if v.DataVersion == nil || *v.DataVersion < 0 || *v.DataVersion > 1 {
		return election{}, fmt.Errorf("data_version is neither 0 nor 1")
	}
	e := election{epoch: env.LeaderEpoch(v.LeaderEpoch), leader: env.NodeID(v.LeaderID), voted: env.NodeID(v.VotedID)}
	if v.VotedDirectoryID != "" {
		dir, err := env.ParseUUID(v.VotedDirectoryID)
		if err != nil {
			return election{}, err
		}
		e.votedDir = dir
	}
	if e.epoch < 0 || e.leader < NoNode || e.voted < NoNode {
		return election{}, fmt.Errorf("epoch %d, leader %d, vote %d", e.epoch, e.leader, e.voted)
	}
	return e, nil
}

// persist has the election state written when the step is over. What is put out from now on waits for it.
func (r *Replica) persist() { r.version++ }

// pollState writes the election state if it is not in its file yet.
func (r *Replica) pollState() {
	if r.version > r.durable && !r.writing && r.state != Failed {
		r.writeState()
	}
}

// writeState replaces quorum-state so that a crash leaves the old or the new one.
func (r *Replica) writeState() {
	r.writing = true
	version, content := r.version, r.encodeState()
	what, name := "write of "+stateFile, r.path(stateFile+partSuffix)
	r.w.Disk.Open(r.must(what, func(opened env.Event) {
		r.w.Disk.WriteAt(r.must(what, func(env.Event) {
			r.w.Disk.Sync(r.must(what, func(env.Event) {
				r.closeFile(opened.File)
				r.publish(stateFile, func() { r.wroteState(version) })
			}), opened.File)
		}), opened.File, 0, content)
	}), name, env.CreateOrTrim)
}

func (r *Replica) wroteState(version uint64) {
	r.writing, r.durable = false, version
	r.release(r.now)
}

// maxStateBytes bounds quorum-state, which has some hundred bytes.
const maxStateBytes = 1 << 16

// readState reads quorum-state, and opens the log.
func (r *Replica) readState(exists bool) {
	if !exists && r.isVoter() && r.cfg.Committed > 0 {
		r.fail("%s is missing, and all below %d was committed: %s", stateFile, r.cfg.Committed, r.cfg.Lost)
		return
	}
	if !exists {
		r.openLog()
		return
	}
	what := "read of " + stateFile
	r.w.Disk.Open(r.must(what, func(opened env.Event) {
		r.w.Disk.ReadAt(r.must(what, func(e env.Event) {
			state, err := decodeState(e.Bytes)
			e.Buffer.Release()
			r.closeFile(opened.File)
			if err != nil {
				r.fail("%s is damaged: %v", stateFile, err)
				return
			}
			r.election = state
			r.openLog()
		}), opened.File, 0, maxStateBytes)
	}), r.path(stateFile), env.MustExist)
}
