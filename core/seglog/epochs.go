package seglog

import (
	"fmt"
	"strconv"
	"strings"

	"gregor/core/env"
)

// EpochStart is one line of leader-epoch-checkpoint: the first offset written under a leader epoch.
type EpochStart struct {
	Epoch env.LeaderEpoch
	Start env.Offset
}

// epochs is the leader epoch cache: entries rise in both fields. The file is replaced whole when one is added.
type epochs struct {
	entries []EpochStart
	unsafe  env.Offset // start of the first entry the file may lose, or allSafe
	busy    bool
	again   bool
}

const allSafe env.Offset = 1<<63 - 1

// noteEpoch enters a batch's epoch if it is new. A batch that contradicts later entries removes them, as Kafka
// does.
func (l *Log) noteEpoch(epoch env.LeaderEpoch, start env.Offset) {
	x := &l.epochs
	if n := len(x.entries); epoch < 0 || n > 0 && x.entries[n-1].Epoch == epoch && x.entries[n-1].Start <= start {
		return
	}
	x.assign(epoch, start)
	if l.state == Ready {
		l.saveEpochs()
	}
}

func (x *epochs) assign(epoch env.LeaderEpoch, start env.Offset) {
	n := len(x.entries)
	for n > 0 && (x.entries[n-1].Epoch >= epoch || x.entries[n-1].Start >= start) {
		n--
	}
	x.entries = append(x.entries[:n], EpochStart{epoch, start})
	x.unsafe = min(x.unsafe, start)
}

// truncateEnd drops the epochs that begin at or above end.
func (x *epochs) truncateEnd(end env.Offset) (changed bool) {
	n := len(x.entries)
	for n > 0 && x.entries[n-1].Start >= end {
		n--
	}
	changed = n < len(x.entries)
	x.entries = x.entries[:n]
	return changed
}

// truncateStart moves the epoch that holds start there and drops those before it.
func (x *epochs) truncateStart(start env.Offset) (changed bool) {
	i := 0
	for i < len(x.entries) && x.entries[i].Start <= start {
		i++
	}
	if i == 0 || i == 1 && x.entries[0].Start == start {
		return false
	}
	x.entries = x.entries[i-1:]
	x.entries[0].Start = start
	return true
}

// EpochEnd answers OffsetForLeaderEpoch: the largest epoch known that is not above asked, and where it ends.
// NoEpoch and -1 mean that nothing can be said.
func (l *Log) EpochEnd(asked env.LeaderEpoch) (env.LeaderEpoch, env.Offset) {
	all := l.epochs.entries
	i := 0
	for i < len(all) && all[i].Epoch <= asked {
		i++
	}
	switch {
	case asked == env.NoEpoch:
		return env.NoEpoch, -1
	case i == len(all) && i > 0 && all[i-1].Epoch == asked:
		return asked, l.end
	case i == len(all):
		return env.NoEpoch, -1
	case i == 0:
		return asked, all[0].Start
	}
	return all[i-1].Epoch, all[i].Start
}

// EpochAt is the leader epoch under which offset was written, or NoEpoch.
func (l *Log) EpochAt(offset env.Offset) env.LeaderEpoch {
	all := l.epochs.entries
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Start <= offset {
			return all[i].Epoch
		}
	}
	return env.NoEpoch
}

// EpochStart is where a leader epoch begins, -1 if that is not known.
func (l *Log) EpochStart(epoch env.LeaderEpoch) env.Offset {
	for _, e := range l.epochs.entries {
		if e.Epoch == epoch {
			return e.Start
		}
	}
	return -1
}

// LatestEpoch is the last leader epoch that wrote to the log, or NoEpoch.
func (l *Log) LatestEpoch() env.LeaderEpoch {
	if n := len(l.epochs.entries); n > 0 {
		return l.epochs.entries[n-1].Epoch
	}
	return env.NoEpoch
}

// saveEpochs replaces the checkpoint file. While one replacement is under way the next one waits.
func (l *Log) saveEpochs() {
	x := &l.epochs
	if x.busy {
		x.again = true
		return
	}
	x.busy, x.again = true, false
	l.replaceFile(epochsFile, x.encode(), func(env.Now) {
		l.w.Disk.SyncDir(l.must("sync of the directory", func(now env.Now, e env.Event) {
			x.busy = false
			if x.again {
				l.saveEpochs()
				return
			}
			x.unsafe = allSafe
		}), l.dir)
	})
}

func (x *epochs) encode() []byte {
	out := fmt.Appendf(nil, "0\n%d\n", len(x.entries))
	for _, e := range x.entries {
		out = fmt.Appendf(out, "%d %d\n", e.Epoch, e.Start)
	}
	return out
}

// decodeEpochs reads a checkpoint file; ok is false if it is not one.
func decodeEpochs(raw []byte) (entries []EpochStart, ok bool) {
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	if len(lines) < 2 || lines[0] != "0" || lines[1] != strconv.Itoa(len(lines)-2) {
		return nil, false
	}
	for _, line := range lines[2:] {
		a, b, _ := strings.Cut(line, " ")
		epoch, err1 := strconv.ParseInt(a, 10, 32)
		start, err2 := strconv.ParseInt(b, 10, 64)
		e := EpochStart{env.LeaderEpoch(epoch), env.Offset(start)}
		if err1 != nil || err2 != nil || epoch < 0 || start < 0 {
			return nil, false
		}
		if n := len(entries); n > 0 && (entries[n-1].Epoch >= e.Epoch || entries[n-1].Start > e.Start) {
			return nil, false
		}
		entries = append(entries, e)
	}
	return entries, true
}
