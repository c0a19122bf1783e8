package dump

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"gregor/cmd/internal/terminal"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// batchMax bounds the batches that are read whole. A broker takes none that is larger.
const batchMax = 128 << 20

// walk goes through the batches of a log file.
type walk struct {
	r     *bufio.Reader
	size  int64 // of the file
	whole bool  // read the records, not only the headers
	buf   []byte

	pos  int64        // of the current batch
	next int64        // where the one after it begins
	b    record.Batch // the current one; only its header if the records were not asked for or are too many
	all  bool         // b is whole
}

func newWalk(f *source, whole bool) *walk {
	return &walk{r: bufio.NewReaderSize(io.NewSectionReader(f, 0, f.size), 256<<10), size: f.size, whole: whole}
}

// errPreallocated ends a log whose rest is zeros: room that was asked of the file system in advance.
var errPreallocated = errors.New("the rest is zeros")

// step goes to the next batch: io.EOF after the last one, errPreallocated before zeros, or what is wrong.
func (w *walk) step() error {
	w.pos = w.next
	left := w.size - w.pos
	if left == 0 {
		return io.EOF
	}
	header, err := w.r.Peek(int(min(left, record.HeaderSize)))
	if err != nil && len(header) == 0 {
		return fmt.Errorf("cannot be read: %w", err)
	}
	if len(header) >= lengthEnd && allZero(header) {
		return w.zeros()
	}
	size, err := record.Peek(header)
	switch {
	case errors.Is(err, record.ErrShort), err == nil && int64(size) > left:
		return fmt.Errorf("%d bytes that are no whole batch: a write that was cut short, or goes on now", left)
	case err != nil:
		return err
	}
	w.next = w.pos + int64(size)
	w.all = w.whole && size <= batchMax
	if !w.all {
		w.buf = append(w.buf[:0], header...)
		w.b = record.Batch(w.buf)
		_, err = w.r.Discard(size)
		return err
	}
	if cap(w.buf) < size {
		w.buf = make([]byte, size)
	}
	w.b = record.Batch(w.buf[:size])
	_, err = io.ReadFull(w.r, w.b)
	return err
}

// lengthEnd is where a batch's length ends: no batch has only zeros up to there.
const lengthEnd = 12

// zeros distinguishes preallocated room from a hole.
func (w *walk) zeros() error {
	for at := w.pos; ; at++ {
		b, err := w.r.ReadByte()
		switch {
		case err == io.EOF:
			return errPreallocated
		case err != nil:
			return fmt.Errorf("cannot be read: %w", err)
		case b != 0:
			return fmt.Errorf("zeros up to position %d, and then something: a hole", at)
		}
	}
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

// reach is what a log file holds.
type reach struct {
	batches, records int64
	first, next      int64 // offsets; first is -1 if there is no batch
	minTime, maxTime int64 // of batches, -1 if none has a time
	gaps             int64 // offsets missing between batches
	end              int64 // position of the end of the last whole batch
}

func newReach() reach { return reach{first: -1, next: -1, minTime: -1, maxTime: -1} }

// add accounts for a batch, and returns what is wrong with its offsets.
func (s *reach) add(b record.Batch, end int64) error {
	base, next := int64(b.BaseOffset()), int64(b.NextOffset())
	var err error
	switch {
	case base < 0 || next <= base:
		err = fmt.Errorf("offsets %d to %d make no sense", base, next-1)
	case s.next >= 0 && base < s.next:
		err = fmt.Errorf("offset %d comes after %d", base, s.next-1)
	}
	if s.first < 0 {
		s.first = base
	} else {
		s.gaps += max(base-s.next, 0)
	}
	s.next, s.end = max(s.next, next), end
	s.batches++
	s.records += int64(max(b.Count(), 0))
	if t := int64(b.BaseTimestamp()); t >= 0 && !b.Attributes().HasDeleteHorizon() && (s.minTime < 0 || t < s.minTime) {
		s.minTime = t
	}
	s.maxTime = max(s.maxTime, int64(b.MaxTimestamp()))
	return err
}

// log prints the batches of a file.
func (d *dumper) log(f *source) error {
	w, s := newWalk(f, true), newReach()
	topic := d.As
	if topic == "" {
		topic = topicOfPath(f.path)
	}
	var scratch record.Scratch
	for {
		err := w.step()
		if err == io.EOF {
			break
		}
		if err == errPreallocated {
			d.note(f, "%d bytes of zeros follow: room asked for in advance", f.size-w.pos)
			break
		}
		if err != nil {
			d.wrong(f.path, "position %d: %v", w.pos, err)
			break
		}
		d.batch(f, w)
		if err := s.add(w.b, w.next); err != nil {
			d.wrong(f.path, "position %d: %v", w.pos, err)
		}
		if d.Records && w.all {
			d.recordsOf(f, w, topic, &scratch)
			scratch.Trim(1 << 20)
		}
	}
	if base := segmentOf(f.path).base; s.first >= 0 && s.first < base {
		d.wrong(f.path, "the first offset is %d, below the %d the file is named after", s.first, base)
	}
	if !d.JSON {
		d.line("%s with %s, offsets %s, whole up to byte %d", terminal.Count(s.batches, "batch"),
			terminal.Count(s.records, "record"), s.span(), s.end)
	}
	return nil
}

func (s *reach) span() string {
	if s.first < 0 {
		return "none"
	}
	return fmt.Sprintf("%d to %d", s.first, s.next-1)
}

func (d *dumper) note(f *source, format string, args ...any) {
	if d.JSON {
		d.object(fields{{"kind", "note"}, {"file", f.path}, {"text", fmt.Sprintf(format, args...)}})
		return
	}
	d.line(format, args...)
}

// batch prints one batch.
func (d *dumper) batch(f *source, w *walk) {
	b, a := w.b, w.b.Attributes()
	state := "not read"
	if w.all {
		state = "ok"
		if err := record.ValidateStored(b); err != nil {
			state = err.Error()
		}
	}
	if d.JSON {
		d.object(fields{{"kind", "batch"}, {"file", f.path}, {"position", w.pos}, {"size", w.next - w.pos},
			{"base_offset", int64(b.BaseOffset())}, {"last_offset", int64(b.LastOffset())}, {"count", b.Count()},
			{"leader_epoch", int32(b.LeaderEpoch())}, {"producer_id", int64(b.ProducerID())},
			{"producer_epoch", int16(b.ProducerEpoch())}, {"base_sequence", int32(b.BaseSequence())},
			{"last_sequence", int32(b.LastSequence())}, {"codec", codecName(a)}, {"transactional", a.IsTransactional()},
			{"control", a.IsControl()}, {"log_append_time", a.LogAppendTime()}, {"delete_horizon", a.HasDeleteHorizon()},
			{"base_timestamp", int64(b.BaseTimestamp())}, {"max_timestamp", int64(b.MaxTimestamp())},
			{"crc", b.CRC()}, {"valid", state == "ok"}})
	} else {
		d.line("  @%-9d offsets %d..%d  %s  %d B  epoch %d  %s%s  %s  crc %08x %s", w.pos, b.BaseOffset(), b.LastOffset(),
			terminal.Count(b.Count(), "record"), w.next-w.pos, b.LeaderEpoch(), codecName(a), batchFlags(b), batchTimes(b),
			b.CRC(), state)
	}
	if w.all && state != "ok" {
		d.wrong(f.path, "position %d: %s", w.pos, state)
	}
}

func codecName(a record.Attributes) string {
	if !a.Codec().Known() {
		return fmt.Sprintf("codec %d", a.Codec())
	}
	return a.Codec().String()
}

// batchFlags is what is special about a batch.
func batchFlags(b record.Batch) string {
	a, text := b.Attributes(), ""
	if b.ProducerID() >= 0 {
		text += fmt.Sprintf("  producer %d/%d seq %d..%d", b.ProducerID(), b.ProducerEpoch(), b.BaseSequence(),
			b.LastSequence())
	}
	for _, f := range []struct {
		on   bool
		name string
	}{{a.IsTransactional(), "transactional"}, {a.IsControl(), "control"}, {a.LogAppendTime(), "log append time"}} {
		if f.on {
			text += "  " + f.name
		}
	}
	if at, ok := b.DeleteHorizon(); ok {
		text += "  delete horizon " + terminal.Time(int64(at))
	}
	return text
}

func batchTimes(b record.Batch) string {
	from, to := terminal.Time(int64(b.BaseTimestamp())), terminal.Time(int64(b.MaxTimestamp()))
	if from == to || b.Attributes().HasDeleteHorizon() {
		return to
	}
	return from + ".." + to
}

// recordsOf prints a batch's records.
func (d *dumper) recordsOf(f *source, w *walk, topic string, scratch *record.Scratch) {
	control := w.b.Attributes().IsControl()
	it := w.b.Records(scratch, record.Limits{MaxUncompressed: record.MostUncompressed})
	for r, ok := it.Next(); ok; r, ok = it.Next() {
		decoded, err := d.decode(topic, control, r)
		if d.JSON {
			d.object(recordFields(f, it.Offset(r), it.Timestamp(r), r, decoded, err))
		} else {
			d.recordLine(it.Offset(r), it.Timestamp(r), r, decoded)
		}
		if err != nil {
			d.wrong(f.path, "offset %d: %v", it.Offset(r), err)
		}
	}
	if err := it.Err(); err != nil {
		d.wrong(f.path, "position %d: %v", w.pos, err)
	}
}

func (d *dumper) recordLine(offset kafka.Offset, at env.WallMillis, r record.Record, decoded fields) {
	if decoded != nil {
		d.line("      %d  %s  %s", offset, terminal.Time(int64(at)), decoded)
		return
	}
	text := ""
	for _, h := range r.Headers {
		text += "  " + terminal.Printable(h.Key) + "=" + terminal.Bytes(h.Value)
	}
	d.line("      %d  %s  %s  %s%s", offset, terminal.Time(int64(at)), terminal.Bytes(r.Key), terminal.Bytes(r.Value),
		text)
}

func recordFields(f *source, offset kafka.Offset, at env.WallMillis, r record.Record, decoded fields,
	err error) fields {
	j := fields{{"kind", "record"}, {"file", f.path}, {"offset", int64(offset)}, {"timestamp", int64(at)}}
	if decoded != nil && err == nil {
		return append(j, field{"decoded", decoded})
	}
	j = append(j, bytesFields("key", r.Key)...)
	j = append(j, bytesFields("value", r.Value)...)
	headers := []terminal.Header{}
	for _, h := range r.Headers {
		x := terminal.Header{Key: h.Key}
		x.Value, x.ValueBase64 = terminal.TextOrBytes(h.Value)
		headers = append(headers, x)
	}
	return append(j, field{"headers", headers})
}

// bytesFields is a key or value as gregor consume --json writes it.
func bytesFields(name string, b []byte) fields {
	text, raw := terminal.TextOrBytes(b)
	if raw != nil {
		return fields{{name, nil}, {name + "_base64", raw}}
	}
	return fields{{name, text}}
}
