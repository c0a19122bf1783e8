package bench

import (
	"encoding/binary"
	"fmt"
	"time"

	"gregor/core/record"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// batchHeader is the length of a record batch's header, in bytes.
const batchHeader = 61

// batch encodes a record batch of exactly total bytes, its records' values recordBytes long except for the last.
func batch(total, recordBytes int) (b []byte, records int, err error) {
	var body []byte
	for {
		room := total - batchHeader - len(body)
		whole := appendRecord(nil, records, recordBytes)
		if len(whole) == room {
			body = append(body, whole...)
			records++
			break
		}
		if len(whole)+overhead(records+1) > room {
			last, ok := fitRecord(records, room)
			if !ok {
				return nil, 0, fmt.Errorf("bench: no batch of records of %d bytes is %d bytes long", recordBytes, total)
			}
			body = append(body, last...)
			records++
			break
		}
		body = append(body, whole...)
		records++
	}
	now := time.Now().UnixMilli()
	rb := kmsg.RecordBatch{Length: int32(total - 12), PartitionLeaderEpoch: -1, Magic: 2,
		LastOffsetDelta: int32(records - 1),
		FirstTimestamp:  now, MaxTimestamp: now, ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1,
		NumRecords: int32(records), Records: body}
	b = rb.AppendTo(nil)
	binary.BigEndian.PutUint32(b[17:], record.CRC(b[21:]))
	return b, records, nil
}

// overhead is the length of the shortest record that may follow.
func overhead(index int) int { return len(appendRecord(nil, index, 0)) }

func appendRecord(dst []byte, index, valueBytes int) []byte {
	value := make([]byte, valueBytes)
	for i := range value {
		value[i] = byte(i*13 + index)
	}
	r := kmsg.Record{OffsetDelta: int32(index), Value: value}
	head := len(r.AppendTo(nil)) - 1 // the length is one byte so far
	r.Length = int32(head)
	return r.AppendTo(dst)
}

// fitRecord finds the record that is exactly room bytes long. There is none for a few lengths, where the length's
// own varint grows.
func fitRecord(index, room int) ([]byte, bool) {
	for n := max(0, room-24); n <= room; n++ {
		if r := appendRecord(nil, index, n); len(r) == room {
			return r, true
		}
	}
	return nil, false
}
