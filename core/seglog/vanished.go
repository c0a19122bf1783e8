package seglog

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gregor/core/env"
	"gregor/core/kafka"
)

// vanishedShown is how many vanished segments are named in a line.
const vanishedShown = 5

// missVanished warns of segments whose .log file is gone: of those that an index is left of, and of those at the
// beginning of a log that was closed cleanly and whose leader epochs begin earlier. A crash in the middle of a deletion
// leaves the same below the first segment, and in the middle of compaction anywhere: that is no loss.
func (ld *loader) missVanished() {
	bases := slices.Clone(ld.bases)
	slices.Sort(bases)
	var missing []string
	for _, base := range ld.leftovers() {
		if _, found := slices.BinarySearch(bases, base); !found && ld.shouldBe(base, bases) {
			missing = append(missing, logName(base))
		}
	}
	switch {
	case len(missing) > 0:
		shown := strings.Join(missing[:min(len(missing), vanishedShown)], ", ")
		if len(missing) > vanishedShown {
			shown += fmt.Sprintf(" and %d more", len(missing)-vanishedShown)
		}
		ld.vanished(shown)
	case ld.known.Clean && len(bases) > 0 && ld.began() < bases[0]:
		ld.vanished(fmt.Sprintf("those of offsets %d to %d", ld.began(), bases[0]-1))
	}
}

// vanished reports segments that are missing; an operator may have a copy.
func (ld *loader) vanished(what string) {
	text := fmt.Sprintf("%s: segments have vanished, and their records with them: %s; "+
		"restore the files while the broker is stopped, if there is a copy", ld.ext.tp, what)
	ld.w.Emit(env.Logged{Level: env.Error, Text: text})
}

// began is where the log began when it was closed, as far as leader-epoch-checkpoint shows.
func (ld *loader) began() kafka.Offset {
	if first := ld.epochs.entries; len(first) > 0 {
		return max(first[0].Start, ld.known.LogStart)
	}
	return math.MaxInt64
}

// leftovers lists the offsets at which segments began that an index is left of, ascending.
func (ld *loader) leftovers() []kafka.Offset {
	var all []kafka.Offset
	for _, name := range slices.Sorted(maps.Keys(ld.indexFiles)) {
		base, _, _, _ := parseName(name)
		all = append(all, base)
	}
	return slices.Compact(all)
}

// shouldBe reports whether a segment that began at base should be there.
func (ld *loader) shouldBe(base kafka.Offset, bases []kafka.Offset) bool {
	rec := ld.known
	switch {
	case rec.Clean:
		return base >= rec.LogStart
	}
	return !ld.cfg.CleanupCompact && len(bases) > 0 && base > bases[0] && base < rec.RecoveryPoint
}
