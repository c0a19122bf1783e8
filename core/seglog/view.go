package seglog

import "gregor/core/view"

// View returns the log as data.
func (l *Log) View() view.Log {
	v := view.Log{LogStart: l.ext.start, LastStableOffset: l.LastStableOffset(), HighWatermark: l.ext.high,
		LogEnd: l.ext.end, Written: l.ext.written, Flushed: l.flusher.flushed, Bytes: int64(l.ext.size)}
	for _, e := range l.epochs.entries {
		v.Epochs = append(v.Epochs, view.EpochStart(e))
	}
	for _, s := range l.ext.segments {
		v.Segments = append(v.Segments, view.Segment{Base: s.base, Bytes: int64(s.size)})
	}
	for _, p := range l.Producers() {
		v.Producers = append(v.Producers, view.ProducerState{ID: p.ID, Epoch: p.Epoch, LastSequence: p.LastSequence})
	}
	return v
}
