package host

import "sync/atomic"

// Stats counts system calls by kind, and what they did. It is what strace would say of the hot paths, for free.
type Stats struct {
	Messages  uint64 // frames handed to the node
	Locks     uint64 // times the node's lock was taken
	Reads     uint64 // read on sockets, those that found nothing included
	Writes    uint64 // sendmsg on sockets (write or writev where there is none)
	Sendfiles uint64 // sendfile, those that found the socket full included
	Preads    uint64
	Pwrites   uint64
	Syncs     uint64 // fdatasync and fsync; fewer than were asked for, where one served several
	SyncsDone uint64 // Synced events: what the syncs served
	Names     uint64 // open, rename, remove, list...
	Accepted  uint64
	Refused   uint64 // connections over the limit
	Hostile   uint64 // connections ended for their bytes or their slowness

	BytesIn, BytesOut     uint64 // sockets
	BytesRead             uint64 // files, by pread
	BytesWritten          uint64 // files
	BytesZeroCopy         uint64 // of BytesOut, those that sendfile took
	Connections, OpenFile int64  // now
	InBytes               int64  // request buffers in use now
}

type counters struct {
	messages, locks, reads, writes, sendfiles, preads, pwrites, syncs, syncsDone, names atomic.Uint64
	accepted, refused, hostile                                                          atomic.Uint64
	bytesIn, bytesOut, bytesRead, bytesWritten, bytesZeroCopy                           atomic.Uint64
	connections, openFiles                                                              atomic.Int64
}

// Stats returns the counts since the start.
func (h *Host) Stats() Stats {
	c := &h.stats
	return Stats{
		Messages: c.messages.Load(), Locks: c.locks.Load(), Reads: c.reads.Load(), Writes: c.writes.Load(),
		Sendfiles: c.sendfiles.Load(), Preads: c.preads.Load(), Pwrites: c.pwrites.Load(), Syncs: c.syncs.Load(),
		SyncsDone: c.syncsDone.Load(), Names: c.names.Load(),
		Accepted: c.accepted.Load(), Refused: c.refused.Load(), Hostile: c.hostile.Load(),
		BytesIn: c.bytesIn.Load(), BytesOut: c.bytesOut.Load(), BytesRead: c.bytesRead.Load(),
		BytesWritten: c.bytesWritten.Load(), BytesZeroCopy: c.bytesZeroCopy.Load(),
		Connections: c.connections.Load(), OpenFile: c.openFiles.Load(), InBytes: int64(h.inBytes()),
	}
}
