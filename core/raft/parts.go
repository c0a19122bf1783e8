package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// partServer answers FetchSnapshot with parts of the leader's snapshots.
type partServer struct {
	cfg       *Config
	at        *standing
	out       *outbox
	dir       *directory
	snapshots *snapshots
}

// serve reads a part of a snapshot and answers with it. A snapshot that is deleted meanwhile is answered as not found.
func (p *partServer) serve(req *kmsg.FetchSnapshotRequest, id SnapshotID, pos env.Position, t Ticket) {
	s := p.snapshots.find(id)
	head := kmsg.FetchSnapshotRequest{Version: req.Version, MaxBytes: req.MaxBytes} // the rest is the caller's
	if s.file != 0 {
		p.read(&head, s, pos, t)
		return
	}
	p.dir.open(checkpointName(id), env.MustExist, p.dir.op(func(e env.Event) {
		s := p.snapshots.find(id)
		switch {
		case e.Err != nil || s == nil:
			p.dir.close(e.File)
			p.refuse(&head, kafka.SnapshotNotFound, id, t)
			return
		case s.file != 0:
			p.dir.close(e.File)
		default:
			s.file = e.File
		}
		p.read(&head, s, pos, t)
	}))
}

func (p *partServer) read(req *kmsg.FetchSnapshotRequest, s *snapshot, pos env.Position, t Ticket) {
	id, size, epoch := s.id, s.size, p.at.election.epoch
	n := int(min(env.Position(max(min(int(req.MaxBytes), p.cfg.MaxPartBytes), 1)), size-pos))
	p.dir.disk().ReadAt(p.dir.op(func(e env.Event) {
		part := append([]byte(nil), e.Bytes...)
		e.Buffer.Release()
		code := p.at.leaderOnly(epoch)
		if code == kafka.None && (e.Err != nil || len(part) == 0) {
			code = kafka.SnapshotNotFound
		}
		if code != kafka.None {
			p.refuse(req, code, id, t)
			return
		}
		p.out.reply(t, snapshotResponse(p.at.known(), req, kafka.None, id, size, pos, part))
	}), s.file, pos, n)
}

func (p *partServer) refuse(req *kmsg.FetchSnapshotRequest, code kafka.ErrorCode, id SnapshotID, t Ticket) {
	p.out.reply(t, snapshotResponse(p.at.known(), req, code, id, 0, 0, nil))
}
