package seglog

import (
	"strings"
	"testing"

	"gregor/core/kafka"
	"gregor/disksim"
)

// TestRecordsAreNamed: wherever a power cut comes, also while the log is deleted, a directory of the partition's name
// that has records in it names their topic. Else the next topic of the name would take them for its own.
func TestRecordsAreNamed(t *testing.T) {
	records := 0
	for _, begin := range []struct {
		what string
		do   func(w *world)
	}{
		{"a new log", func(w *world) {}},
		{"what a power cut left of partition.metadata", func(w *world) {
			w.put(metadataFile, []byte("version: 0\ntopic_id: AAA"))
		}},
		{"a deletion", func(w *world) {
			w.open()
			w.ready()
			w.append(batchOf(1, 100, w.clock().Wall))
			w.log.Flush(w.clock())
			w.settle()
			w.log.Delete(w.clock())
		}},
	} {
		for seed := range uint64(3000) {
			w := newWorld(t, seed, disksim.Options{LatencyNanos: 1000, JitterNanos: 1000})
			w.cfg.FileDeleteDelayMs, w.saved.TopicID = 0, kafka.UUID{7}
			if begin.do(w); w.log == nil {
				w.open()
			}
			for n := range seed % 40 {
				if w.log.Tick(w.clock()); !w.step() {
					break
				}
				if w.log.State() == Ready && n%3 == 0 {
					w.append(batchOf(1, 100, w.clock().Wall))
				}
			}
			w.disk.PowerCut()
			if held(w) {
				records++
				if text, err := w.disk.ReadFile("t-0/" + metadataFile); err != nil ||
					!strings.Contains(string(text), kafka.UUID{7}.String()) {
					t.Errorf("%s, seed %d: there are records, and partition.metadata holds %q, %v", begin.what, seed, text, err)
				}
			}
		}
	}
	if records == 0 {
		t.Error("no power cut left any records")
	}
}

// held reports whether the partition's directory has records in it.
func held(w *world) bool {
	for _, f := range w.disk.Files() {
		if strings.HasPrefix(f.Path, "t-0/") && strings.HasSuffix(f.Path, logSuffix) && f.Size > 0 {
			return true
		}
	}
	return false
}
