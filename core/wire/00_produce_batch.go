package wire

import (
	"errors"
	"fmt"

	"gregor/core/record"
)

// keptPlain is the decompression buffer a pooled Request may keep.
const keptPlain = 1 << 20

// validate judges every partition's records. It runs on the connection's goroutine, and is where a produce
// request's CPU time goes.
func (q *Request) validate(lim *Limits) {
	v := batchValidator{version: q.Version, scratch: &q.scratch, batchBytes: lim.BatchBytes, plainLeft: lim.PlainBytes}
	for i := range q.produce.Topics {
		partitions := q.produce.Topics[i].Partitions
		for j := range partitions {
			v.judge(&partitions[j])
		}
	}
	q.scratch.Trim(keptPlain)
}

// batchValidator checks batches one after the other with one scratch. plainLeft is how many bytes the compressed
// batches of this frame may still become: a frame of many small bombs must not cost minutes.
type batchValidator struct {
	version    int16
	scratch    *record.Scratch
	batchBytes int
	plainLeft  int
	refused    int
}

// textsPerFrame is how many refused partitions are told in words; the rest of a hostile million gets a code only.
const textsPerFrame = 100

func (v *batchValidator) judge(p *ProducePartition) {
	batch, code, text := theBatch(v.version, p.Records)
	if code != None {
		v.refuse(p, code, text)
		return
	}
	summary, err := v.validate(batch)
	if err != nil {
		v.refuse(p, codeOf(err), err.Error())
		return
	}
	batch.SetMaxTimestamp(summary.MaxTimestamp) // Kafka corrects a wrong one rather than refuse the batch
	p.Batch, p.Summary = batch, summary
}

func (v *batchValidator) refuse(p *ProducePartition, code ErrorCode, text string) {
	p.Err = code
	if v.refused < textsPerFrame {
		p.ErrText = text
	}
	v.refused++
}

func (v *batchValidator) validate(b record.Batch) (record.Summary, error) {
	if b.Attributes().Codec() == record.None {
		return v.scratch.Validate(b, record.Limits{MaxUncompressed: len(b)})
	}
	limit := min(v.batchBytes, v.plainLeft)
	if limit <= 0 {
		return record.Summary{}, &record.Error{Code: record.CodeMessageTooLarge,
			Text: "the compressed batches before this one have used up what one request may decompress to"}
	}
	summary, err := v.scratch.Validate(b, record.Limits{MaxUncompressed: limit})
	if err == nil {
		limit = summary.UncompressedSize
	}
	v.plainLeft -= limit
	return summary, err
}

// codeOf is the Kafka error code in an error of package record.
func codeOf(err error) ErrorCode {
	var e *record.Error
	if errors.As(err, &e) {
		return ErrorCode(e.Code)
	}
	return CorruptMessage
}

// A record set's beginning as Kafka looks at it: magic lies at the same place in all formats, and the smallest
// message of magic 0 has 26 bytes.
const (
	upToMagic    = 17
	leastMessage = 26
)

// theBatch finds the one batch that a partition may bring, with Kafka's answers to everything else. Bytes after
// it that are no whole batch are dropped, as Kafka does.
func theBatch(version int16, records []byte) (record.Batch, ErrorCode, string) {
	if version < produceAPI.Served {
		return nil, UnsupportedVersion, "produce before version 3 writes a message format that is no longer kept"
	}
	size, code := cutMessage(records)
	switch {
	case code != None:
		return nil, code, "what comes as records is none"
	case size == 0:
		return nil, InvalidRecord, "a produce must bring one whole record batch for a partition"
	case records[16] != record.Magic:
		return nil, InvalidRecord, fmt.Sprintf("a produce must bring a record batch of magic 2; magic %d came", records[16])
	case size < record.HeaderSize:
		return nil, CorruptMessage, fmt.Sprintf("a record batch of %d bytes is shorter than its header", size)
	}
	if next, code := cutMessage(records[size:]); next != 0 || code != None {
		return nil, orInvalid(code), "a produce must bring one record batch for a partition; more came"
	}
	batch := record.Batch(records[:size:size])
	code, text := checkHeader(version, batch)
	return batch, code, text
}

func orInvalid(code ErrorCode) ErrorCode {
	if code == None {
		return InvalidRecord
	}
	return code
}

// cutMessage is the size of the message or batch, of any format, that begins with b; zero if b is too short to
// hold it.
func cutMessage(b []byte) (int, ErrorCode) {
	if len(b) < upToMagic {
		return 0, None
	}
	size := int64(int32(be32(b[8:]))) + 12
	switch {
	case size < leastMessage || b[16] > record.Magic:
		return 0, CorruptMessage
	case size > int64(len(b)):
		return 0, None
	}
	return int(size), None
}

// checkHeader refuses what only a produce request may not bring.
func checkHeader(version int16, b record.Batch) (ErrorCode, string) {
	switch {
	case version < 7 && b.Attributes().Codec() == record.Zstd:
		return UnsupportedCompressionType, fmt.Sprintf("zstd needs produce v7, this is v%d", version)
	case b.BaseOffset() != 0:
		return InvalidRecord, fmt.Sprintf("the base offset of a produced batch must be 0, it is %d", b.BaseOffset())
	}
	return None, ""
}
