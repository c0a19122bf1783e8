package host

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

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

// register exports the counts to Prometheus. Collecting reads them; the hot paths do not know.
func (h *Host) register(r prometheus.Registerer) error {
	c := &h.stats
	for _, m := range []struct {
		name, help string
		v          *atomic.Uint64
	}{
		{"messages_total", "Frames handed to the node.", &c.messages},
		{"lock_takes_total", "Times the node's lock was taken.", &c.locks},
		{"socket_reads_total", "Read system calls on sockets.", &c.reads},
		{"socket_writes_total", "Write system calls on sockets.", &c.writes},
		{"socket_sendfiles_total", "Sendfile system calls.", &c.sendfiles},
		{"file_reads_total", "Read system calls on files.", &c.preads},
		{"file_writes_total", "Write system calls on files.", &c.pwrites},
		{"file_syncs_total", "Sync system calls.", &c.syncs},
		{"file_syncs_served_total", "Syncs the node asked for that are done.", &c.syncsDone},
		{"connections_accepted_total", "Connections accepted.", &c.accepted},
		{"connections_refused_total", "Connections over the limit.", &c.refused},
		{"connections_hostile_total", "Connections ended for their bytes or their slowness.", &c.hostile},
		{"socket_in_bytes_total", "Bytes received.", &c.bytesIn},
		{"socket_out_bytes_total", "Bytes sent.", &c.bytesOut},
		{"socket_zero_copy_bytes_total", "Bytes sent without entering memory.", &c.bytesZeroCopy},
		{"file_in_bytes_total", "Bytes read from files into memory.", &c.bytesRead},
		{"file_out_bytes_total", "Bytes written to files.", &c.bytesWritten},
	} {
		if err := r.Register(prometheus.NewCounterFunc(
			prometheus.CounterOpts{Namespace: "gregor", Subsystem: "host", Name: m.name, Help: m.help},
			func() float64 { return float64(m.v.Load()) })); err != nil {
			return err
		}
	}
	return h.registerGauges(r)
}

func (h *Host) registerGauges(r prometheus.Registerer) error {
	for _, m := range []struct {
		name, help string
		v          func() float64
	}{
		{"connections", "Open connections.", func() float64 { return float64(h.stats.connections.Load()) }},
		{"open_files", "Files the node holds open.", func() float64 { return float64(h.stats.openFiles.Load()) }},
		{"request_bytes", "Request buffers in use.", func() float64 { return float64(h.inBytes()) }},
	} {
		if err := r.Register(prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Namespace: "gregor", Subsystem: "host", Name: m.name, Help: m.help}, m.v)); err != nil {
			return err
		}
	}
	return nil
}
