package seglog

import (
	"fmt"
	"strconv"
	"strings"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// EpochStart is one line of leader-epoch-checkpoint: the first offset written under a leader epoch.
type EpochStart struct {
	Epoch kafka.LeaderEpoch
	Start kafka.Offset
}

// epochs is the leader epoch cache: entries rise in both fields. The file is replaced whole when one is added.
type epochs struct {
	dir     *directory
	entries []EpochStart
	unsafe  kafka.Offset // start of the first entry the file may lose, or allSafe
	busy    bool
	again   bool
}

const allSafe kafka.Offset = 1<<63 - 1

// note enters a batch's epoch if it is new, and reports whether it was. A batch that contradicts later entries removes
// them, as Kafka does.
func (x *epochs) note(epoch kafka.LeaderEpoch, start kafka.Offset) bool {
	if n := len(x.entries); epoch < 0 || n > 0 && x.entries[n-1].Epoch == epoch && x.entries[n-1].Start <= start {
		return false
	}
	x.assign(epoch, start)
	return true
}

// noteAndSave is note for a log that is Ready: while it is read the file is written once, at the end.
func (x *epochs) noteAndSave(epoch kafka.LeaderEpoch, start kafka.Offset) {
	if x.note(epoch, start) {
		x.save()
	}
}

func (x *epochs) assign(epoch kafka.LeaderEpoch, start kafka.Offset) {
	n := len(x.entries)
	for n > 0 && (x.entries[n-1].Epoch >= epoch || x.entries[n-1].Start >= start) {
		n--
	}
	if n > 0 {
		must.Above("seglog: leader epoch", epoch, "the one before it", x.entries[n-1].Epoch, x.dir.name,
			"did an epoch go back?")
		must.Above("seglog: start of a leader epoch", start, "that of the one before it", x.entries[n-1].Start, x.dir.name,
			"did the log end go back?")
	}
	x.entries = append(x.entries[:n], EpochStart{epoch, start})
	x.unsafe = min(x.unsafe, start)
}

// truncateEnd drops the epochs that begin at or above end.
func (x *epochs) truncateEnd(end kafka.Offset) (changed bool) {
	n := len(x.entries)
	for n > 0 && x.entries[n-1].Start >= end {
		n--
	}
	changed = n < len(x.entries)
	x.entries = x.entries[:n]
	return changed
}

// truncateStart moves the epoch that holds start there and drops those before it.
func (x *epochs) truncateStart(start kafka.Offset) (changed bool) {
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

// end returns the largest epoch known that is not above asked, and its end offset; that of the latest is the log end.
func (x *epochs) end(asked kafka.LeaderEpoch, logEnd kafka.Offset) (kafka.LeaderEpoch, kafka.Offset) {
	all := x.entries
	i := 0
	for i < len(all) && all[i].Epoch <= asked {
		i++
	}
	switch {
	case asked == kafka.NoEpoch:
		return kafka.NoEpoch, -1
	case i == len(all) && i > 0 && all[i-1].Epoch == asked:
		return asked, logEnd
	case i == len(all):
		return kafka.NoEpoch, -1
	case i == 0:
		return asked, all[0].Start
	}
	return all[i-1].Epoch, all[i].Start
}

// of returns the epoch under which offset was written, or NoEpoch.
func (x *epochs) of(offset kafka.Offset) kafka.LeaderEpoch {
	for i := len(x.entries) - 1; i >= 0; i-- {
		if x.entries[i].Start <= offset {
			return x.entries[i].Epoch
		}
	}
	return kafka.NoEpoch
}

// start returns where an epoch begins, -1 if that is not known.
func (x *epochs) start(epoch kafka.LeaderEpoch) kafka.Offset {
	for _, e := range x.entries {
		if e.Epoch == epoch {
			return e.Start
		}
	}
	return -1
}

// latest returns the last epoch, or NoEpoch.
func (x *epochs) latest() kafka.LeaderEpoch {
	if n := len(x.entries); n > 0 {
		return x.entries[n-1].Epoch
	}
	return kafka.NoEpoch
}

// reset forgets the entries, before they are read from the file.
func (x *epochs) reset() { *x = epochs{dir: x.dir, unsafe: allSafe} }

// save replaces the checkpoint file. While one replacement is under way the next one waits.
func (x *epochs) save() {
	if x.busy {
		x.again = true
		return
	}
	x.busy, x.again = true, false
	x.dir.replaceFile(epochsFile, x.encode(), func(env.Now) {
		x.dir.sync(func(now env.Now) {
			x.busy = false
			if x.again {
				x.save()
				return
			}
			x.unsafe = allSafe
		})
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
		e := EpochStart{kafka.LeaderEpoch(epoch), kafka.Offset(start)}
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
