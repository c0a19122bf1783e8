package dump

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"gregor/cmd/internal/terminal"
	"gregor/core/kafka"
	"gregor/core/record"
)

// The sizes of entries.
const (
	indexEntry    = 8
	timeEntry     = 12
	txnEntry      = 34
	snapshotEntry = 46
)

// entries reads a file of fixed-size entries; each gets one, and stops the walk by returning false. What is left
// over at the end is returned.
func entries(f *source, from int64, size int, each func(n int64, entry []byte) bool) (rest int64, err error) {
	r := bufio.NewReaderSize(io.NewSectionReader(f, from, f.size-from), 64<<10)
	entry := make([]byte, size)
	for n := int64(0); n < (f.size-from)/int64(size); n++ {
		if _, err := io.ReadFull(r, entry); err != nil {
			return 0, err
		}
		if !each(n, entry) {
			return 0, nil
		}
	}
	return (f.size - from) % int64(size), nil
}

// usedEntries is how many entries of an index were written. Kafka makes the file of the active segment longer than
// it needs, and fills it with zeros; a zero before something else is an entry, and a wrong one.
func usedEntries(f *source, size int) (used int64, err error) {
	_, err = entries(f, 0, size, func(n int64, entry []byte) bool {
		if !allZero(entry) {
			used = n + 1
		}
		return true
	})
	if f.size/int64(size) == 1 {
		used = 1 // a file that was cut to its entries: this one is the base offset at position 0
	}
	return used, err
}

// indexEntries walks the entries that were written, and notes how many were not. What is left over at the end is
// returned.
func (d *dumper) indexEntries(f *source, size int, each func(n int64, entry []byte)) (rest int64, err error) {
	used, err := usedEntries(f, size)
	if err != nil {
		return 0, err
	}
	rest, err = entries(f, 0, size, func(n int64, entry []byte) bool {
		if n < used {
			each(n, entry)
		}
		return true
	})
	if unused := f.size/int64(size) - used; unused > 0 {
		d.note(f, "%s not used yet", terminal.Count(unused, "entry"))
	}
	return rest, err
}

// indexCheck is what an index should agree with: the segment's log.
type indexCheck struct {
	base int64
	log  *source // nil if it is not there
	walk *walk   // for the time index
	max  int64   // the largest timestamp the walk has met
	last int64   // last offset of the batch it is at; -1 before the first
	done bool

	budget int // batches that may be read besides those that entries point at

	prevOffset, prevPosition, prevTime int64
}

func newIndexCheck(path string) *indexCheck {
	name := segmentOf(path)
	c := &indexCheck{base: name.base, max: -1, last: -1, budget: 1 << 20, prevOffset: -1, prevPosition: -1, prevTime: -1}
	if log, err := openSource(name.sibling(".log")); err == nil {
		c.log, c.walk = log, newWalk(log, false)
	}
	return c
}

func (c *indexCheck) close() {
	if c.log != nil {
		c.log.Close()
	}
}

// position returns what is wrong with an entry of the offset index, or which batch it points at.
func (c *indexCheck) position(offset, pos int64) (b header, err error) {
	switch {
	case offset <= c.prevOffset && c.prevOffset >= 0, pos <= c.prevPosition && c.prevPosition >= 0:
		err = fmt.Errorf("offset %d at %d does not come after offset %d at %d", offset, pos, c.prevOffset, c.prevPosition)
	}
	c.prevOffset, c.prevPosition = offset, pos
	if err != nil || c.log == nil {
		return nil, err
	}
	b, size, err := c.header(pos)
	switch last := int64(b.last()); {
	case err != nil || last == offset:
		return b, err
	case last > offset:
		return b, fmt.Errorf("the batch at position %d ends with offset %d, not %d", pos, last, offset)
	}
	return b, c.later(pos, size, offset)
}

// later looks for the batch that ends with the offset behind the one an entry points at: Kafka's followers append
// several batches at once and enter the last offset with the first position. A lookup finds its way from there.
func (c *indexCheck) later(pos, size, offset int64) error {
	at := pos
	for ; c.budget > 0; c.budget-- {
		at += size
		b, n, err := c.header(at)
		switch {
		case err != nil, int64(b.last()) > offset:
			return fmt.Errorf("no batch from position %d on ends with offset %d", pos, offset)
		case int64(b.last()) == offset:
			return nil
		}
		size = n
	}
	return nil // an index of nothing but such entries: not worth more
}

// header reads the header of the batch at a position.
func (c *indexCheck) header(pos int64) (b header, size int64, err error) {
	b = make(header, record.HeaderSize)
	if n, _ := c.log.ReadAt(b, pos); n < record.HeaderSize {
		return nil, 0, fmt.Errorf("position %d is beyond the log's %d bytes", pos, c.log.size)
	}
	n, err := record.Peek(b)
	if err != nil {
		return nil, 0, fmt.Errorf("no batch begins at position %d", pos)
	}
	return b, int64(n), nil
}

// header is the beginning of a batch; nil if none could be read.
type header []byte

func (h header) last() kafka.Offset {
	if h == nil {
		return -1
	}
	return record.Batch(h).LastOffset()
}

// time returns what is wrong with an entry of the time index. Up to the batch that holds the offset, the entry's time
// must be the largest.
func (c *indexCheck) time(at, offset int64) error {
	if at <= c.prevTime && c.prevTime >= 0 || offset < c.prevOffset {
		return fmt.Errorf("time %d at offset %d does not come after %d at %d", at, offset, c.prevTime, c.prevOffset)
	}
	c.prevTime, c.prevOffset = at, offset
	if c.log == nil {
		return nil
	}
	for c.last < offset && !c.done {
		if c.walk.step() != nil {
			c.done = true
			break
		}
		c.max = max(c.max, int64(c.walk.b.MaxTimestamp()))
		c.last = int64(c.walk.b.LastOffset())
	}
	switch {
	case c.last < offset:
		return fmt.Errorf("offset %d is beyond the log, which ends with %d", offset, c.last)
	case at != c.max:
		return fmt.Errorf("the latest time up to offset %d is %s, not %s", offset, terminal.Time(c.max), terminal.Time(at))
	}
	return nil
}

func parseIndexEntry(base int64, e []byte) (offset, pos int64) {
	return base + int64(int32(binary.BigEndian.Uint32(e))), int64(int32(binary.BigEndian.Uint32(e[4:])))
}

func parseTimeEntry(base int64, e []byte) (at, offset int64) {
	return int64(binary.BigEndian.Uint64(e)), base + int64(int32(binary.BigEndian.Uint32(e[8:])))
}

func (d *dumper) index(f *source) error {
	c := newIndexCheck(f.path)
	defer c.close()
	rest, err := d.indexEntries(f, indexEntry, func(_ int64, e []byte) {
		offset, pos := parseIndexEntry(c.base, e)
		b, err := c.position(offset, pos)
		j := fields{{"kind", "index_entry"}, {"file", f.path}, {"offset", offset}, {"position", pos}}
		text := fmt.Sprintf("  offset %d  position %d", offset, pos)
		if b != nil && err == nil {
			text += fmt.Sprintf("  ok, batch %d..%d", record.Batch(b).BaseOffset(), b.last())
		}
		d.entry(f, j, text, err)
	})
	return d.left(f, rest, c.log == nil, err)
}

func (d *dumper) timeIndex(f *source) error {
	c := newIndexCheck(f.path)
	defer c.close()
	rest, err := d.indexEntries(f, timeEntry, func(_ int64, e []byte) {
		at, offset := parseTimeEntry(c.base, e)
		err := c.time(at, offset)
		d.entry(f, fields{{"kind", "time_index_entry"}, {"file", f.path}, {"timestamp", at}, {"offset", offset}},
			fmt.Sprintf("  %s  offset %d", terminal.Time(at), offset), err)
	})
	return d.left(f, rest, c.log == nil, err)
}

// entry prints an index entry, and what is wrong with it.
func (d *dumper) entry(f *source, object fields, text string, err error) {
	if d.JSON {
		d.object(append(object, field{"valid", err == nil}))
	} else {
		d.line("%s", text)
	}
	if err != nil {
		d.wrong(f.path, "%v", err)
	}
}

// left ends an index.
func (d *dumper) left(f *source, rest int64, alone bool, err error) error {
	if rest > 0 {
		d.wrong(f.path, "%d bytes at the end are no whole entry", rest)
	}
	if alone {
		d.note(f, "there is no .log beside it to compare with")
	}
	return err
}

func (d *dumper) txnIndex(f *source) error {
	last := int64(-1)
	rest, err := entries(f, 0, txnEntry, func(_ int64, e []byte) bool {
		be := binary.BigEndian
		version, producer := int16(be.Uint16(e)), int64(be.Uint64(e[2:]))
		first, end, stable := int64(be.Uint64(e[10:])), int64(be.Uint64(e[18:])), int64(be.Uint64(e[26:]))
		var err error
		switch {
		case version != 0:
			err = fmt.Errorf("version %d is not known", version)
		case first > end || end < last:
			err = fmt.Errorf("offsets %d to %d do not come after %d", first, end, last)
		}
		last = end
		d.entry(f, fields{{"kind", "aborted_transaction"}, {"file", f.path}, {"producer_id", producer},
			{"first_offset", first},
			{"last_offset", end}, {"last_stable_offset", stable}},
			fmt.Sprintf("  producer %d  aborted offsets %d..%d  last stable offset %d", producer, first, end, stable), err)
		return err == nil || version == 0
	})
	return d.left(f, rest, false, err)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// snapshot prints the producers' state: int16 version, uint32 CRC-32C of what follows it, int32 count, entries.
func (d *dumper) snapshot(f *source) error {
	head := make([]byte, 10)
	if _, err := f.ReadAt(head, 0); err != nil {
		d.wrong(f.path, "%d bytes are too few for a snapshot", f.size)
		return nil
	}
	be := binary.BigEndian
	if version := be.Uint16(head); version != 1 {
		d.wrong(f.path, "version %d is not known", version)
		return nil
	}
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(sum, io.NewSectionReader(f, 6, f.size-6)); err != nil {
		return err
	}
	count := int64(be.Uint32(head[6:]))
	if stored := be.Uint32(head[2:]); sum.Sum32() != stored {
		d.wrong(f.path, "the checksum is %08x, not the %08x it says", sum.Sum32(), stored)
	}
	if count*snapshotEntry != f.size-int64(len(head)) {
		d.wrong(f.path, "%d producers take %d bytes, but %d follow", count, count*snapshotEntry, f.size-int64(len(head)))
	}
	_, err := entries(f, int64(len(head)), snapshotEntry, func(_ int64, e []byte) bool {
		d.producer(f, e)
		return true
	})
	return err
}

func (d *dumper) producer(f *source, e []byte) {
	be := binary.BigEndian
	id, epoch, sequence := int64(be.Uint64(e)), int16(be.Uint16(e[8:])), int32(be.Uint32(e[10:]))
	offset, delta, at := int64(be.Uint64(e[14:])), int32(be.Uint32(e[22:])), int64(be.Uint64(e[26:]))
	coordinator, txn := int32(be.Uint32(e[34:])), int64(be.Uint64(e[38:]))
	if d.JSON {
		d.object(fields{{"kind", "producer"}, {"file", f.path}, {"producer_id", id}, {"producer_epoch", epoch},
			{"last_sequence", sequence}, {"last_offset", offset}, {"offset_delta", delta}, {"timestamp", at},
			{"coordinator_epoch", coordinator}, {"transaction_first_offset", txn}})
		return
	}
	open := ""
	if txn >= 0 {
		open = fmt.Sprintf("  transaction open since offset %d", txn)
	}
	d.line("  producer %d/%d  last sequence %d  last offset %d  %s%s", id, epoch, sequence, offset, terminal.Time(at),
		open)
}

// exists reports whether there is a file of that name.
func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
