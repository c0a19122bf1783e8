package record

import (
	"fmt"
	"math"

	"gregor/core/env"
	"gregor/core/kafka"
)

// Limits bound what one batch may cost.
type Limits struct {
	MaxUncompressed int   // bytes of records after decompression; 0: DefaultMaxUncompressed
	MaxRecords      int32 // 0: as many as fit
}

// DefaultMaxUncompressed is room for Kafka's default message.max.bytes compressed sixty-four to one: what a reader of
// stored batches unpacks in one go.
const DefaultMaxUncompressed = 64 << 20

// MostUncompressed is what a batch may become that a broker appends: deflate, which packs best of the usual codecs,
// makes at most 1032 bytes of one, and Kafka's default message.max.bytes is a MiB.
const MostUncompressed = 1100 << 20

func (l Limits) maxUncompressed() int {
	if l.MaxUncompressed <= 0 {
		return DefaultMaxUncompressed
	}
	return l.MaxUncompressed
}

// Summary is what Validate learnt on the way.
type Summary struct {
	Count                int32
	MaxTimestamp         env.WallMillis // of the records; the header's is not trusted
	MinTimestamp         env.WallMillis // the smallest that is not NoTimestamp; NoTimestamp if there is none
	OffsetOfMaxTimestamp int32          // delta of the first record that has MaxTimestamp
	NullKeys             bool           // some record has no key
	Codec                Codec
	UncompressedSize     int // bytes of records after decompression
}

// Validate checks a batch as a producer sent it: all of ValidateStored, and that the producer kept to what
// clients may write, and every record: structure, sizes, and offset deltas 0, 1, 2 and so on.
//
// A header whose max timestamp disagrees with the records is let through, as Kafka does: call
// [Batch.SetMaxTimestamp] with the summary's.
func Validate(b Batch, lim Limits) (Summary, error) {
	if err := ValidateHeader(b, lim); err != nil {
		return Summary{}, err
	}
	if b.Attributes().Codec() == None {
		return walkBatch(b, b[HeaderSize:], lim)
	}
	return new(Scratch).walkCompressed(b, lim)
}

// Validate is the function of that name, which uses s for compressed batches.
func (s *Scratch) Validate(b Batch, lim Limits) (Summary, error) {
	if err := ValidateHeader(b, lim); err != nil {
		return Summary{}, err
	}
	if b.Attributes().Codec() == None {
		return walkBatch(b, b[HeaderSize:], lim)
	}
	return s.walkCompressed(b, lim)
}

func (s *Scratch) walkCompressed(b Batch, lim Limits) (Summary, error) {
	err := s.Begin(b, lim)
	for done := false; !done && err == nil; {
		done, err = s.Continue(math.MaxInt)
	}
	if err != nil {
		return Summary{}, err
	}
	return s.Summary(), nil
}

// Begin begins to check the records of a compressed batch that ValidateHeader has passed. Continue does the work, in
// as many pieces as the caller likes; the batch and the scratch are its own until it is done.
func (s *Scratch) Begin(b Batch, lim Limits) error {
	s.walk = walkOf(b)
	return s.open(b, lim)
}

// Continue checks until about work bytes of records have been decompressed, and reports whether it is done. With an
// error it is. Summary has what was found out.
func (s *Scratch) Continue(work int) (done bool, err error) {
	done, err = s.walk.stream(&s.plain, work)
	if done || err != nil {
		s.walk.UncompressedSize = s.plain.total
		s.shut()
		return true, err
	}
	return false, nil
}

// Summary is what Continue has found out about a batch that it let through.
func (s *Scratch) Summary() Summary { return s.walk.Summary }

// Became is how many bytes of records the batch that Begin was given has become.
func (s *Scratch) Became() int { return max(s.walk.UncompressedSize, s.plain.total) }

// ValidateStored checks a batch of a log: magic, sizes, CRC, and that the counts do not contradict each
// other. Records are not looked at; compaction may have left gaps between them, or none at all.
func ValidateStored(b Batch) error {
	if err := validateSize(b); err != nil {
		return err
	}
	if got, want := b.ComputeCRC(), b.CRC(); got != want {
		return corrupt("the batch's CRC-32C is %08x, its header says %08x", got, want)
	}
	if b.BaseOffset() < 0 {
		return corrupt("base offset %d is negative", b.BaseOffset())
	}
	return validateCounts(b)
}

func validateSize(b Batch) error {
	size, err := Peek(b)
	if err == ErrShort || err == nil && size > len(b) {
		return corrupt("a batch of %d bytes came as %d", size, len(b))
	}
	if err != nil {
		return err
	}
	if size < len(b) {
		return corrupt("%d bytes follow a batch of %d", len(b)-size, size)
	}
	return nil
}

func validateCounts(b Batch) error {
	count, last := b.Count(), b.LastOffsetDelta()
	if last < 0 {
		return corrupt("last offset delta %d is negative", last)
	}
	if count < 0 || int64(count) > int64(last)+1 {
		return corrupt("record count %d is not between 0 and last offset delta %d plus one", count, last)
	}
	return nil
}

// ValidateHeader is the part of Validate that does not look at records: cheap things first.
func ValidateHeader(b Batch, lim Limits) error {
	if err := validateSize(b); err != nil {
		return err
	}
	if err := validateProducedCounts(b, lim); err != nil {
		return err
	}
	if err := validateProducer(b); err != nil {
		return err
	}
	if err := validateAttributes(b.Attributes()); err != nil {
		return err
	}
	if got, want := b.ComputeCRC(), b.CRC(); got != want {
		return corrupt("the batch's CRC-32C is %08x, its header says %08x", got, want)
	}
	return nil
}

func validateProducedCounts(b Batch, lim Limits) error {
	count, last := b.Count(), b.LastOffsetDelta()
	if count <= 0 {
		return invalid("record count %d is not positive", count)
	}
	if lim.MaxRecords > 0 && count > lim.MaxRecords {
		return tooLarge("record count %d is over the limit of %d", count, lim.MaxRecords)
	}
	if last != count-1 {
		return invalid("last offset delta %d is not record count %d minus one", last, count)
	}
	return nil
}

func validateProducer(b Batch) error {
	id, epoch, seq := b.ProducerID(), b.ProducerEpoch(), b.BaseSequence()
	if id < 0 {
		if b.Attributes().IsTransactional() {
			return invalid("the batch is transactional, but its producer id is %d", id)
		}
		return nil
	}
	if epoch < 0 {
		return &Error{Code: kafka.InvalidProducerEpoch, Text: fmt.Sprintf("producer id %d comes with producer epoch %d", id,
			epoch)}
	}
	if seq < 0 {
		return invalid("producer id %d comes with base sequence %d", id, seq)
	}
	return nil
}

func validateAttributes(a Attributes) error {
	switch {
	case !a.Codec().Known():
		return &Error{Code: kafka.UnsupportedCompressionType,
			Text: fmt.Sprintf("compression codec %d is unknown", int8(a.Codec()))}
	case a.IsControl():
		return invalid("clients must not write control records (attributes %#04x)", uint16(a))
	case a.HasDeleteHorizon():
		return invalid("clients must not set a delete horizon (attributes %#04x)", uint16(a))
	}
	return nil
}

// walkBatch checks the records that plain is made of.
func walkBatch(b Batch, plain []byte, lim Limits) (Summary, error) {
	if len(plain) > lim.maxUncompressed() {
		return Summary{}, overLimit(len(plain), lim)
	}
	w := walkOf(b)
	w.UncompressedSize = len(plain)
	if err := w.records(plain, b.Count()); err != nil {
		return Summary{}, err
	}
	return w.Summary, nil
}

func overLimit(size int, lim Limits) *Error {
	return tooLarge("%d bytes of records are over the limit of %d", size, lim.maxUncompressed())
}

func walkOf(b Batch) walk {
	return walk{base: b.BaseTimestamp(), Summary: Summary{Count: b.Count(), MaxTimestamp: NoTimestamp,
		MinTimestamp: NoTimestamp, Codec: b.Attributes().Codec()}}
}

type walk struct {
	Summary
	base env.WallMillis
	n    int32 // of stream: records walked over
}

func (w *walk) records(plain []byte, count int32) error {
	i := 0
	for n := range count {
		next := w.quick(plain, i, n)
		if next == bad {
			var err error
			if next, err = w.careful(plain, i, n); err != nil {
				return err
			}
		}
		i = next
	}
	if i != len(plain) {
		return trailing(len(plain)-i, count)
	}
	return nil
}

func trailing(left int, count int32) *Error {
	return invalid("%d bytes follow the last of %d records", left, count)
}

// stream walks over records as they are decompressed, until about work bytes of them more have been.
func (w *walk) stream(p *plain, work int) (done bool, err error) {
	for stop := p.total + min(work, p.limit); w.n < w.Count; {
		if next := w.quick(p.buf, p.at, w.n); next != bad {
			p.at = next
		} else if err := w.slow(p); err != nil {
			return true, p.orFailed(err)
		}
		if w.n++; p.total > stop {
			return false, nil
		}
	}
	if left := p.rest(); left > 0 {
		return true, trailing(left, w.Count)
	}
	return true, p.failed()
}

// slow walks over a record that lies across the window's end, or is not of the common kind.
func (w *walk) slow(p *plain) error {
	if !p.whole() {
		return w.long(p)
	}
	next, err := w.careful(p.buf, p.at, w.n)
	if err == nil {
		p.at = next
	}
	return err
}

// quick walks over the n-th record if it is one of the common kind: no headers, no long numbers, no fault.
// Whatever else it is, quick returns bad and careful decides.
func (w *walk) quick(p []byte, i int, n int32) (next int) {
	size, at := short(p, i)
	end := at + int(size>>1)
	if size&1 != 0 || end > len(p) {
		return bad
	}
	p = p[:end]
	time, at := short(p, at+1)
	delta, at := short(p, at)
	key, at := short(p, at)
	if key == null {
		w.NullKeys = true
	} else {
		at += int(key >> 1)
	}
	value, at := short(p, at)
	if value != null {
		at += int(value >> 1)
	}
	if at+1 != end || p[at] != 0 || delta != uint32(n)<<1 || negative(key) || negative(value) {
		return bad
	}
	w.note(w.base+env.WallMillis(int32(time>>1)^-int32(time&1)), n)
	return end
}

// null is a length of -1 as a zigzag number.
const null = 1

func negative(length uint32) bool { return length&1 != 0 && length != null }

// careful walks over the n-th record and names what is wrong with it.
func (w *walk) careful(plain []byte, i int, n int32) (next int, err error) {
	var l layout
	body, next := cutBody(plain, i)
	if next == bad {
		return 0, badSize(n, len(plain)-i)
	}
	if f := l.parse(body); f != sound {
		return 0, f.errorAt(n, body)
	}
	if l.offsetDelta != n {
		return 0, invalid("record %d: offset delta is %d", n, l.offsetDelta)
	}
	if l.key.length < 0 {
		w.NullKeys = true
	}
	w.note(w.base+env.WallMillis(l.timestampDelta), n)
	return next, nil
}

func (w *walk) note(t env.WallMillis, n int32) {
	if t > w.MaxTimestamp || n == 0 {
		w.MaxTimestamp, w.OffsetOfMaxTimestamp = t, n
	}
	if t != NoTimestamp && (t < w.MinTimestamp || w.MinTimestamp == NoTimestamp) {
		w.MinTimestamp = t
	}
}
