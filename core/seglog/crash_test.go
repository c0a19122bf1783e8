package seglog

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/disksim"
)

// model is what the log must hold, as far as the test can know.
type model struct {
	w       *world
	t       *rapid.T
	batches []record.Batch // everything appended and not known to be lost
	flushed kafka.Offset
	next    map[kafka.ProducerID]kafka.Sequence
	epoch   kafka.LeaderEpoch
	start   kafka.Offset // nothing from here on was deleted
}

func (m *model) append() {
	b := record.NewBuilder(record.Options{})
	o := record.Options{Codec: rapid.SampledFrom([]record.Codec{record.None, record.None, record.LZ4}).Draw(m.t, "codec")}
	n := rapid.IntRange(1, 4).Draw(m.t, "records")
	if id := kafka.ProducerID(rapid.IntRange(-1, 2).Draw(m.t, "producer")); id >= 0 {
		o.HasProducer, o.ProducerID, o.BaseSequence = true, id, m.next[id]
		m.next[id] = record.AddSequence(m.next[id], int32(n))
	}
	b.Reset(o)
	size := rapid.IntRange(0, 120).Draw(m.t, "size")
	for i := range n {
		b.Add(m.w.clock().Wall, fmt.Appendf(nil, "k%d", i), make([]byte, size))
	}
	batch := b.Build()
	if rapid.IntRange(0, 9).Draw(m.t, "new epoch") == 0 {
		m.epoch++
	}
	_, err := m.w.log.Append(m.w.clock(), Append{Batch: batch, Epoch: m.epoch})
	if err != nil {
		m.t.Fatalf("append: %v", err)
	}
	m.batches = append(m.batches, batch)
}

// truncate truncates the log, perhaps with a crash in the middle of it.
func (m *model) truncate() {
	w := m.w
	if rapid.Bool().Draw(m.t, "settled") {
		w.settle()
	}
	to := kafka.Offset(rapid.Int64Range(int64(w.log.LogStart()), int64(w.log.EndOffset())).Draw(m.t, "to"))
	w.saved.RecoveryPoint = min(w.saved.RecoveryPoint, m.boundary(to))
	flushed := w.log.Flushed()
	w.log.Truncate(w.clock(), to)
	if n := rapid.IntRange(0, 20).Draw(m.t, "crash after"); n < 15 {
		for range n {
			w.step()
		}
		m.restart(rapid.Bool().Draw(m.t, "cut"), min(flushed, m.boundary(to)))
		return
	}
	w.settle()
	end := w.log.EndOffset()
	if want := max(m.boundary(to), w.log.LogStart()); end != want && to != end {
		m.t.Fatalf("truncated to %d the log ends at %d, not %d", to, end, want)
	}
	m.cutTo(end)
	m.check()
}

// deleted reports whether all that a producer sent is below the log start.
func (m *model) deleted(id kafka.ProducerID) bool {
	for _, b := range m.batches {
		if b.ProducerID() == id && b.NextOffset() > m.w.log.LogStart() {
			return false
		}
	}
	return true
}

// boundary is the end of the last batch that ends at or below to.
func (m *model) boundary(to kafka.Offset) kafka.Offset {
	end := kafka.Offset(0)
	for _, b := range m.batches {
		if b.NextOffset() <= to {
			end = b.NextOffset()
		}
	}
	return end
}

// crash ends the incarnation, and the next one must hold a prefix that has everything it must.
func (m *model) crash(cut bool) {
	w := m.w
	must := w.log.Flushed()
	if !cut {
		must = w.log.Written()
	}
	m.restart(cut, must)
}

func (m *model) restart(cut bool, must kafka.Offset) {
	w := m.w
	if cut {
		w.disk.PowerCut()
	} else {
		w.disk.Crash()
	}
	w.log = nil
	w.open()
	w.settle()
	if w.log.State() != Ready {
		m.t.Fatalf("after the crash: %v, %v", w.log.State(), w.log.Err())
	}
	end := w.log.EndOffset()
	if end < must {
		m.t.Fatalf("the log ends at %d, %d was safe", end, must)
	}
	m.cutTo(end)
	m.check()
}

func (m *model) cutTo(end kafka.Offset) {
	for n := len(m.batches); n > 0 && m.batches[n-1].NextOffset() > end; n-- {
		m.batches = m.batches[:n-1]
	}
	m.next = map[kafka.ProducerID]kafka.Sequence{}
	m.epoch = 0
	for _, b := range m.batches {
		if b.ProducerID() >= 0 {
			m.next[b.ProducerID()] = record.AddSequence(b.LastSequence(), 1)
		}
		m.epoch = max(m.epoch, b.LeaderEpoch())
	}
}

// check compares the log with the model: bytes, producers, epochs.
func (m *model) check() {
	if m.w.log.LogStart() > m.start {
		m.t.Fatalf("the log starts at %d, deleted was only below %d", m.w.log.LogStart(), m.start)
	}
	var want []byte
	for _, b := range m.batches {
		if b.NextOffset() <= m.w.log.LogStart() {
			continue
		}
		want = append(want, b...)
	}
	if got := m.w.everything(); !bytes.Equal(got, want) {
		m.t.Fatalf("the log holds %d bytes, not the %d that were appended", len(got), len(want))
	}
	for id, next := range m.next {
		p := m.w.log.prods.find(id)
		if m.deleted(id) {
			if m.next[id] = 0; p != nil { // it may be remembered from a snapshot, or restart at 0
				m.next[id] = record.AddSequence(p.lastSequence(), 1)
			}
			continue
		}
		if p == nil || record.AddSequence(p.lastSequence(), 1) != next {
			m.t.Fatalf("producer %d is at %+v, expected sequence %d next", id, p, next)
		}
	}
	last := kafka.LeaderEpoch(-1)
	for _, b := range m.batches {
		if b.BaseOffset() < m.w.log.LogStart() {
			last = b.LeaderEpoch()
			continue
		}
		if e := b.LeaderEpoch(); e != last {
			before := m.w.log.EpochAt(b.BaseOffset() - 1)
			if at := m.w.log.EpochAt(b.BaseOffset()); at != e || before != last && b.BaseOffset() > m.w.log.LogStart() {
				m.t.Fatalf("epoch %d begins at %d, which differs from %v", e, b.BaseOffset(), m.w.log.epochs.entries)
			}
			last = e
		}
	}
}

// checkRecoveryPoint looks at the files that recovery does not question below the recovery point: the indexes of
// sealed segments must be whole and synced, and every epoch must be in its file.
func (m *model) checkRecoveryPoint() {
	l, point := m.w.log, m.w.log.RecoveryPoint()
	unsynced := map[string]int{}
	for _, f := range m.w.disk.Files() {
		unsynced[f.Path] = f.Unsynced
	}
	for i, seg := range l.ext.segments[:len(l.ext.segments)-1] {
		if l.ext.endOf(i) > point {
			break
		}
		for kind, want := range map[string][]byte{indexSuffix: seg.index.encode(0), timeIndexSuffix: seg.times.encode(0)} {
			path := l.dir.path(seg.name(kind))
			raw, err := m.w.disk.ReadFile(path)
			if err != nil || unsynced[path] > 0 || !seg.absent && !bytes.Equal(raw, want) {
				m.t.Fatalf("recovery point %d: %s has %d unsynced changes, %x, not %x, %v", point, path, unsynced[path], raw, want,
					err)
			}
		}
	}
	raw, _ := m.w.disk.ReadFile(l.dir.path(epochsFile))
	saved, _ := decodeEpochs(raw)
	for _, e := range l.epochs.entries {
		if e.Start < point && e.Start > l.LogStart() && !slices.Contains(saved, e) {
			m.t.Fatalf("recovery point %d: epoch %v is not among %v", point, e, saved)
		}
	}
}

// TestWhatIsFlushedSurvives: any interleaving of appends, flushes, rolls, crashes and power cuts leaves a prefix
// that has everything flushed, and its producers and epochs with it.
func TestWhatIsFlushedSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, rapid.Uint64().Draw(t, "seed"),
			disksim.Options{LatencyNanos: 1000, JitterNanos: 50_000, SyncNanos: 100_000})
		w.cfg.SegmentBytes = rapid.Int64Range(600, 8000).Draw(t, "segment.bytes")
		w.cfg.IndexIntervalBytes = rapid.Int64Range(0, 1000).Draw(t, "index.interval.bytes")
		if rapid.Bool().Draw(t, "durable") {
			w.cfg.FlushMessages = rapid.Int64Range(1, 20).Draw(t, "flush.messages")
		}
		w.open()
		w.ready()
		m := &model{w: w, t: t, next: map[kafka.ProducerID]kafka.Sequence{}}
		t.Repeat(map[string]func(*rapid.T){
			"append":  func(*rapid.T) { m.append() },
			"appends": func(*rapid.T) { m.append(); m.append(); m.append(); m.append() },
			"events": func(t *rapid.T) {
				for range rapid.IntRange(1, 8).Draw(t, "n") {
					w.step()
				}
			},
			"flush":      func(*rapid.T) { w.log.Flush(w.clock()) },
			"sleep":      func(*rapid.T) { w.sleep(2 * time.Second) },
			"checkpoint": func(*rapid.T) { w.checkpoint() },
			"truncate":   func(*rapid.T) { m.truncate() },
			"delete": func(t *rapid.T) {
				w.log.SetHighWatermark(w.log.Stable())
				to := kafka.Offset(rapid.Int64Range(0, int64(w.log.HighWatermark())).Draw(t, "before"))
				if err := w.log.DeleteRecords(w.clock(), to); err != nil {
					t.Fatal(err)
				}
				m.start = max(m.start, to)
				w.sleep(time.Duration(rapid.IntRange(0, 2).Draw(t, "minutes")) * time.Minute)
			},
			"power cut": func(*rapid.T) { m.crash(true) },
			"crash":     func(*rapid.T) { m.crash(false) },
			"shutdown": func(*rapid.T) {
				w.settle()
				end := w.log.EndOffset()
				w.shutdown()
				w.open()
				w.ready()
				if w.log.EndOffset() != end || w.log.Flushed() != end {
					t.Fatalf("a clean log ended at %d, now at %d, flushed %d", end, w.log.EndOffset(), w.log.Flushed())
				}
				m.check()
			},
			"": func(t *rapid.T) {
				l := w.log
				if l.State() != Ready {
					t.Fatalf("the log is %v: %v", l.State(), l.Err())
				}
				if l.Stable() > l.Written() || l.Flushed() > l.Written() || l.Written() > l.EndOffset() {
					t.Fatalf("stable %d, flushed %d, written %d, end %d", l.Stable(), l.Flushed(), l.Written(), l.EndOffset())
				}
				m.checkRecoveryPoint()
				if l.cfg.FlushMessages == 1 && l.Stable() > l.Flushed() {
					t.Fatalf("stable %d above flushed %d with flush.messages=1", l.Stable(), l.Flushed())
				}
			},
		})
	})
}
