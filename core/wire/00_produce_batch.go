package wire

import (
	"errors"
	"fmt"

	"gregor/core/kafka"
	"gregor/core/record"
)

// validate judges every partition's records, but for what is compressed: that is left to Finish. It runs on the
// connection's goroutine, and is where a produce request's CPU time goes.
func (q *Request) validate(lim *Limits) {
	v := batchValidator{version: q.Version, limits: lim}
	for i := range q.produce.Topics {
		partitions := q.produce.Topics[i].Partitions
		for j := range partitions {
			v.judge(&partitions[j])
		}
	}
	q.unpack = unpacking{memory: v.memory, refused: v.refused, batchBytes: lim.BatchBytes, plainLeft: lim.PlainBytes}
}

// batchValidator checks batches one after the other.
type batchValidator struct {
	version int16
	limits  *Limits
	memory  int // the most that decompressing one of the batches takes
	refused int
}

// textsPerFrame is how many refused partitions get a text; the rest of a hostile million gets a code only.
const textsPerFrame = 100

func (v *batchValidator) judge(p *ProducePartition) {
	batch, code, text := theBatch(v.version, p.Records)
	if code != kafka.None {
		p.Malformed = true
		p.refuse(code, text, &v.refused)
		return
	}
	if batch.BaseOffset() != 0 {
		text := fmt.Sprintf("the base offset of a produced batch must be 0, it is %d", batch.BaseOffset())
		p.refuse(kafka.InvalidRecord, text, &v.refused)
		return
	}
	if batch.Attributes().Codec() != record.None {
		v.postpone(p, batch)
		return
	}
	summary, err := record.Validate(batch, record.Limits{MaxUncompressed: len(batch)})
	p.judged(batch, summary, err, &v.refused)
}

// postpone leaves a compressed batch to Finish if all is well with it so far.
func (v *batchValidator) postpone(p *ProducePartition, b record.Batch) {
	err := record.ValidateHeader(b, record.Limits{})
	if err == nil {
		err = v.affords(b)
	}
	if err != nil {
		p.judged(b, record.Summary{}, err, &v.refused)
		return
	}
	p.packed = b
	p.Err, p.ErrText = kafka.UnknownServerError, "the batch has not been decompressed" // until it is
}

// affords counts the memory that decompressing a batch takes.
func (v *batchValidator) affords(b record.Batch) error {
	need := record.Memory(b)
	if need > v.limits.BatchMemory {
		return &record.Error{Code: kafka.MessageTooLarge, Text: fmt.Sprintf(
			"%d bytes of %v take %d bytes of memory to decompress, more than the %d that one batch may; smaller blocks take less",
			len(b), b.Attributes().Codec(), need, v.limits.BatchMemory)}
	}
	v.memory = max(v.memory, need)
	return nil
}

// judged notes what came out of checking a batch.
func (p *ProducePartition) judged(b record.Batch, s record.Summary, err error, refused *int) {
	if err != nil {
		p.refuse(codeOf(err), err.Error(), refused)
		return
	}
	b.SetMaxTimestamp(s.MaxTimestamp) // Kafka corrects a wrong one rather than refuse the batch
	p.Batch, p.Summary, p.Err, p.ErrText = b, s, kafka.None, ""
}

func (p *ProducePartition) refuse(code kafka.ErrorCode, text string, refused *int) {
	p.Err, p.ErrText = code, ""
	if *refused < textsPerFrame {
		p.ErrText = text
	}
	*refused++
}

// codeOf is the Kafka error code in an error of package record.
func codeOf(err error) kafka.ErrorCode {
	var e *record.Error
	if errors.As(err, &e) {
		return kafka.ErrorCode(e.Code)
	}
	return kafka.CorruptMessage
}

// A record set's beginning as Kafka looks at it: magic lies at the same place in all formats, and the smallest
// message of magic 0 has 26 bytes.
const (
	upToMagic    = 17
	leastMessage = 26
)

// theBatch finds the one batch that a partition may bring, with Kafka's answers to everything else. Bytes after
// it that are no whole batch are dropped, as Kafka does.
func theBatch(version int16, records []byte) (record.Batch, kafka.ErrorCode, string) {
	if version < produceAPI.Served {
		return nil, kafka.UnsupportedVersion, "produce before version 3 writes a message format that is no longer kept"
	}
	size, code := cutMessage(records)
	switch {
	case code != kafka.None:
		return nil, code, "what comes as records is none"
	case size == 0:
		return nil, kafka.InvalidRecord, "a produce must bring one whole record batch for a partition"
	case records[16] != record.Magic:
		return nil, kafka.InvalidRecord, fmt.Sprintf("a produce must bring a record batch of magic 2; magic %d came", records[16])
	case size < record.HeaderSize:
		return nil, kafka.CorruptMessage, fmt.Sprintf("a record batch of %d bytes is shorter than its header", size)
	}
	if next, code := cutMessage(records[size:]); next != 0 || code != kafka.None {
		return nil, orInvalid(code), "a produce must bring one record batch for a partition; more came"
	}
	batch := record.Batch(records[:size:size])
	code, text := checkHeader(version, batch)
	return batch, code, text
}

func orInvalid(code kafka.ErrorCode) kafka.ErrorCode {
	if code == kafka.None {
		return kafka.InvalidRecord
	}
	return code
}

// cutMessage is the size of the message or batch, of any format, that begins with b; zero if b is too short to
// hold it.
func cutMessage(b []byte) (int, kafka.ErrorCode) {
	if len(b) < upToMagic {
		return 0, kafka.None
	}
	size := int64(int32(be32(b[8:]))) + 12
	switch {
	case size < leastMessage || b[16] > record.Magic:
		return 0, kafka.CorruptMessage
	case size > int64(len(b)):
		return 0, kafka.None
	}
	return int(size), kafka.None
}

// checkHeader refuses what only a produce request may not bring.
func checkHeader(version int16, b record.Batch) (kafka.ErrorCode, string) {
	if version < 7 && b.Attributes().Codec() == record.Zstd {
		return kafka.UnsupportedCompressionType, fmt.Sprintf("zstd needs produce v7, this is v%d", version)
	}
	return kafka.None, ""
}
