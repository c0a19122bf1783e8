package raft

import (
	"encoding/json"
	"fmt"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
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

// encodeState returns the content of quorum-state.
func encodeState(voters []Voter, e election) []byte {
	var v any
	if voters[0].Directory != (kafka.UUID{}) {
		v = stateV1{int32(e.leader), int32(e.epoch), int32(e.voted), e.votedDir.String(), 1}
	} else {
		s := stateV0{LeaderID: int32(e.leader), LeaderEpoch: int32(e.epoch), VotedID: int32(e.voted)}
		for i := range voters {
			s.CurrentVoters = append(s.CurrentVoters, stateVoter{int32(voters[i].ID)})
		}
		v = s
	}
	raw, err := json.Marshal(v)
	if err != nil {
		must.Fail("raft: %+v does not become JSON: %v; was a field added that JSON has no form for?", v, err)
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
	e := election{epoch: kafka.LeaderEpoch(v.LeaderEpoch), leader: kafka.NodeID(v.LeaderID),
		voted: kafka.NodeID(v.VotedID)}
	if v.VotedDirectoryID != "" {
		dir, err := kafka.ParseUUID(v.VotedDirectoryID)
		if err != nil {
			return election{}, err
		}
		e.votedDir = dir
	}
	if e.epoch < 0 || e.leader < kafka.NoNode || e.voted < kafka.NoNode {
		return election{}, fmt.Errorf("epoch %d, leader %d, vote %d", e.epoch, e.leader, e.voted)
	}
	return e, nil
}

// stateFile writes the election state into quorum-state, one version at a time, and lets out what waits for it.
type stateFile struct {
	cfg     *Config
	life    *life
	at      *standing
	dir     *directory
	out     *outbox
	writing bool
}

// poll writes the election state if it is not in its file yet.
func (s *stateFile) poll() {
	if s.out.version > s.out.durable && !s.writing && s.life.state != Failed {
		s.write()
	}
}

// write replaces quorum-state so that a crash leaves the old or the new one.
func (s *stateFile) write() {
	s.writing = true
	version, content := s.out.version, encodeState(s.cfg.Voters, s.at.election)
	what, disk := "write of "+stateFileName, s.dir.disk()
	s.dir.open(stateFileName+partSuffix, env.CreateOrTrim, s.dir.must(what, func(opened env.Event) {
		disk.WriteAt(s.dir.must(what, func(env.Event) {
			disk.Sync(s.dir.must(what, func(env.Event) {
				s.dir.close(opened.File)
				s.dir.publish(stateFileName, func() { s.wrote(version) })
			}), opened.File)
		}), opened.File, 0, content)
	}))
}

func (s *stateFile) wrote(version uint64) {
	s.writing = false
	s.out.saved(version)
}

// maxStateBytes bounds quorum-state, which has some hundred bytes.
const maxStateBytes = 1 << 16

// read reads quorum-state; without the file, nothing was ever decided.
func (s *stateFile) read(exists bool, done func(election)) {
	if !exists && s.cfg.isVoter() && s.cfg.Committed > 0 {
		s.life.fail("%s is missing, and all below %d was committed: %s", stateFileName, s.cfg.Committed, s.cfg.Lost)
		return
	}
	if !exists {
		done(s.at.election)
		return
	}
	what := "read of " + stateFileName
	s.dir.open(stateFileName, env.MustExist, s.dir.must(what, func(opened env.Event) {
		s.dir.disk().ReadAt(s.dir.must(what, func(e env.Event) {
			state, err := decodeState(e.Bytes)
			e.Buffer.Release()
			s.dir.close(opened.File)
			if err != nil {
				s.life.fail("%s is damaged: %v", stateFileName, err)
				return
			}
			done(state)
		}), opened.File, 0, maxStateBytes)
	}))
}
