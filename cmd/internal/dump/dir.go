package dump

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gregor/cmd/internal/terminal"
	"gregor/core/config"
	"gregor/core/record"
)

// directory sums up a data directory, or one partition's.
func (d *dumper) directory(path string) error {
	list, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	var partitions []string
	for _, e := range list {
		if _, _, ok := PartitionOf(e.Name()); ok && e.IsDir() {
			partitions = append(partitions, e.Name())
		}
	}
	switch segments := segmentsIn(path, list); {
	case len(segments) > 0:
		d.partition(path, segments)
	case len(partitions) > 0 || exists(filepath.Join(path, "meta.properties")):
		return d.dataDirectory(path, partitions)
	default:
		return fmt.Errorf("%s holds neither partitions nor segments", path)
	}
	return nil
}

// segmentsIn lists the segments of a partition that count: not those that are being made or removed.
func segmentsIn(path string, list []os.DirEntry) []segmentName {
	var out []segmentName
	for _, e := range list {
		s := segmentOf(filepath.Join(path, e.Name()))
		if s.kind == ".log" && s.stage == "" && e.Type().IsRegular() {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b segmentName) int { return cmp.Compare(a.base, b.base) })
	return out
}

// summary is what is known of a segment, or of all of a partition.
type summary struct {
	reach
	name     string
	segments int
	size     int64 // of the logs
	indexes  int64 // entries checked
	torn     int64 // bytes after the last whole batch
}

func (s *summary) fields(kind, path string, problems int) fields {
	return fields{{"kind", kind}, {"file", path}, {"segments", s.segments}, {"batches", s.batches}, {"records", s.records},
		{"start_offset", s.first}, {"end_offset", s.next}, {"size", s.size}, {"gaps", s.gaps}, {"index_entries", s.indexes},
		{"min_timestamp", s.minTime}, {"max_timestamp", s.maxTime}, {"torn_bytes", s.torn}, {"problems", problems}}
}

// row is the summary for a person; count is of segments, or of the index entries of one.
func (s *summary) row(count int64, problems int) []any {
	wrong := terminal.Cell{Text: fmt.Sprint(problems), Style: terminal.Plain}
	if problems > 0 {
		wrong.Style = terminal.Red
	}
	times := terminal.Time(s.minTime)
	if s.maxTime != s.minTime {
		times += ".." + terminal.Time(s.maxTime)
	}
	return []any{s.name, count, s.batches, s.records, terminal.Number(s.first), terminal.Number(s.next),
		terminal.Size(s.size), s.gaps, times, wrong}
}

var summaryHead = []string{"", "SEGMENTS", "BATCHES", "RECORDS", "START", "END", "SIZE", "GAPS", "TIMES", "WRONG"}

// partition sums up the segments of one partition.
func (d *dumper) partition(path string, segments []segmentName) {
	t := terminal.Table{Head: slices.Clone(summaryHead)}
	t.Head[0], t.Head[1] = "SEGMENT", "INDEX ENTRIES"
	notes := d.quietly(func() {
		prev := int64(-1)
		for _, name := range segments {
			before := d.problems
			s := d.segment(name, prev)
			prev = max(prev, s.next)
			t.Add(s.row(s.indexes, d.problems-before)...)
			if d.JSON {
				d.object(s.fields("segment", name.sibling(".log"), d.problems-before))
			}
		}
		d.checkpointsIn(path)
	})
	if d.JSON {
		return
	}
	d.line("%s", terminal.Bold.Paint(terminal.Printable(path), d.coloured))
	t.Write(d.out)
	d.append(notes)
}

// quietly collects what is printed meanwhile, so that it can follow a table. JSON has no tables and is printed at
// once.
func (d *dumper) quietly(work func()) []byte {
	if d.JSON {
		work()
		return nil
	}
	var notes bytes.Buffer
	out := d.out
	d.out = bufio.NewWriter(&notes)
	work()
	_ = d.out.Flush() // into memory
	d.out = out
	return notes.Bytes()
}

func (d *dumper) append(notes []byte) {
	if _, err := d.out.Write(notes); d.err == nil {
		d.err = err
	}
}

// segment reads a segment's batch headers, or with --check all of it, and its indexes; prev is where the segment
// before it ended.
func (d *dumper) segment(name segmentName, prev int64) *summary {
	path := name.sibling(".log")
	s := &summary{reach: newReach(), name: fmt.Sprintf("%020d", name.base), segments: 1}
	f, err := openSource(path)
	if err != nil {
		d.wrong(path, "%v", err)
		return s
	}
	defer f.Close()
	s.size = f.size
	d.walkSegment(f, s)
	if prev >= 0 {
		s.gaps += max(name.base-prev, 0)
	}
	switch {
	case prev > name.base:
		d.wrong(path, "%s: it begins with offset %d, but the segment before it goes on to %d", path, name.base, prev-1)
	case s.first >= 0 && s.first < name.base:
		d.wrong(path, "%s: its first offset is %d", path, s.first)
	}
	s.gaps += max(s.first-name.base, 0)
	if s.first < 0 {
		s.first, s.next = name.base, name.base
	}
	s.indexes = d.indexesOf(name)
	return s
}

func (d *dumper) walkSegment(f *source, s *summary) {
	w := newWalk(f, d.Check)
	for {
		err := w.step()
		switch {
		case err == io.EOF, err == errPreallocated:
			return
		case err != nil:
			s.torn = f.size - w.pos
			d.wrong(f.path, "%s: position %d: %v", f.path, w.pos, err)
			return
		}
		if err := s.add(w.b, w.next); err != nil {
			d.wrong(f.path, "%s: position %d: %v", f.path, w.pos, err)
		}
		if d.Check && w.all {
			if err := record.ValidateStored(w.b); err != nil {
				d.wrong(f.path, "%s: position %d: %v", f.path, w.pos, err)
			}
		}
	}
}

// indexesOf checks every entry of a segment's indexes, and reports the first that is wrong in each.
func (d *dumper) indexesOf(name segmentName) int64 {
	total := int64(0)
	for _, x := range []struct {
		kind string
		size int
	}{{".index", indexEntry}, {".timeindex", timeEntry}} {
		path := name.sibling(x.kind)
		f, err := openSource(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue // a broker rebuilds it
		case err != nil:
			d.wrong(path, "%v", err)
			continue
		}
		n, bad, first := checkIndex(f, x.kind, x.size)
		f.Close()
		total += n
		if bad > 0 {
			d.wrong(path, "%s: %d of %s wrong; the first: %v", path, bad, terminal.Count(n, "entry"), first)
		}
	}
	return total
}

// checkIndex counts an index's entries and those that are wrong.
func checkIndex(f *source, kind string, size int) (n, bad int64, first error) {
	c := newIndexCheck(f.path)
	defer c.close()
	used, err := usedEntries(f, size)
	if err != nil {
		return 0, 1, err
	}
	rest, err := entries(f, 0, size, func(i int64, e []byte) bool {
		if i == used {
			return false
		}
		var wrong error
		if kind == ".index" {
			_, wrong = c.position(parseIndexEntry(c.base, e))
		} else {
			wrong = c.time(parseTimeEntry(c.base, e))
		}
		n++
		if wrong != nil {
			bad++
			first = orFirst(first, fmt.Errorf("entry %d: %w", i, wrong))
		}
		return true
	})
	if rest > 0 {
		bad++
		first = orFirst(first, fmt.Errorf("%d bytes at the end are no whole entry", rest))
	}
	if err != nil {
		bad++
		first = orFirst(first, err)
	}
	return n, bad, first
}

func orFirst(first, next error) error {
	if first != nil {
		return first
	}
	return next
}

// checkpointsIn checks the small files of a directory without printing them.
func (d *dumper) checkpointsIn(path string) {
	for _, name := range []string{"leader-epoch-checkpoint", "recovery-point-offset-checkpoint",
		"replication-offset-checkpoint", "log-start-offset-checkpoint", "cleaner-offset-checkpoint"} {
		file := filepath.Join(path, name)
		if !exists(file) {
			continue
		}
		f, err := openSource(file)
		if err == nil {
			err = checkpoint(f, func(words []string) error {
				if name != "leader-epoch-checkpoint" && len(words) == 3 {
					words = words[1:]
				}
				_, err := numbers(words)
				if err == nil && len(words) != 2 {
					err = errors.New("it has too few or too many words")
				}
				return err
			})
			f.Close()
		}
		if err != nil {
			d.wrong(file, "%s: %v", file, err)
		}
	}
}

// dataDirectory sums up a broker's directory, a line for each partition.
func (d *dumper) dataDirectory(path string, partitions []string) error {
	if !d.JSON {
		d.line("%s  %s", terminal.Bold.Paint(terminal.Printable(path), d.coloured), identity(path))
	}
	t := terminal.Table{Head: slices.Clone(summaryHead)}
	t.Head[0] = "PARTITION"
	slices.SortFunc(partitions, compareDirs)
	notes := d.quietly(func() {
		d.checkpointsIn(path)
		for _, name := range partitions {
			before := d.problems
			s := d.wholePartition(filepath.Join(path, name), name)
			t.Add(s.row(int64(s.segments), d.problems-before)...)
			if d.JSON {
				d.object(s.fields("partition", filepath.Join(path, name), d.problems-before))
			}
		}
	})
	if !d.JSON {
		t.Write(d.out)
		d.append(notes)
	}
	return nil
}

func compareDirs(a, b string) int {
	topicA, idA, _ := PartitionOf(a)
	topicB, idB, _ := PartitionOf(b)
	return cmp.Or(cmp.Compare(topicA, topicB), cmp.Compare(idA, idB), cmp.Compare(a, b))
}

func (d *dumper) wholePartition(path, name string) *summary {
	sum := &summary{reach: newReach(), name: name}
	list, err := os.ReadDir(path)
	if err != nil {
		d.wrong(path, "%v", err)
		return sum
	}
	prev := int64(-1)
	for _, segment := range segmentsIn(path, list) {
		s := d.segment(segment, prev)
		prev = max(prev, s.next)
		sum.join(s)
	}
	d.checkpointsIn(path)
	return sum
}

// join adds the partition's next segment.
func (s *summary) join(o *summary) {
	s.segments, s.batches, s.records = s.segments+1, s.batches+o.batches, s.records+o.records
	s.size, s.gaps, s.indexes, s.torn = s.size+o.size, s.gaps+o.gaps, s.indexes+o.indexes, s.torn+o.torn
	if s.first < 0 {
		s.first = o.first
	}
	s.next, s.maxTime = max(s.next, o.next), max(s.maxTime, o.maxTime)
	if o.minTime >= 0 && (s.minTime < 0 || o.minTime < s.minTime) {
		s.minTime = o.minTime
	}
}

// identity says whose directory it is and how it was left.
func identity(path string) string {
	var parts []string
	if f, err := openSource(filepath.Join(path, "meta.properties")); err == nil {
		text, err := f.text()
		f.Close()
		all, err2 := config.ParseProperties("meta.properties", text)
		if errors.Join(err, err2) != nil {
			parts = append(parts, "meta.properties cannot be read")
		}
		for _, e := range all {
			if e.Name == "node.id" || e.Name == "cluster.id" {
				parts = append(parts, strings.TrimSuffix(e.Name, ".id")+" "+terminal.Printable(e.Value))
			}
		}
	}
	if exists(filepath.Join(path, ".kafka_cleanshutdown")) {
		parts = append(parts, "shut down cleanly")
	} else {
		parts = append(parts, "in use, or not shut down cleanly")
	}
	return strings.Join(parts, ", ")
}
