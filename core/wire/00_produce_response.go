package wire

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// ProduceResponse answers a Produce. Its owner uses it again: see Reset.
type ProduceResponse struct {
	Topics         []ProduceResponseTopic
	ThrottleMillis int32
	Endpoints      []Endpoint // of the leaders named in CurrentLeader (KIP-951); v10+
}

// ProduceResponseTopic answers one topic, by name up to version 12, by id from 13 on.
type ProduceResponseTopic struct {
	Topic      string
	TopicID    kafka.UUID
	Partitions []ProduceResponsePartition
}

// ProduceResponsePartition answers one partition. With an error, the offsets and the time are -1.
type ProduceResponsePartition struct {
	Partition     kafka.PartitionID
	Err           kafka.ErrorCode
	BaseOffset    kafka.Offset
	LogAppendTime env.WallMillis // -1 unless the topic uses LogAppendTime
	LogStart      kafka.Offset   // v5+
	RecordErrors  []RecordError  // v8+
	ErrText       string         // v8+; "" is null
	CurrentLeader CurrentLeader  // v10+
}

// RecordError is why a record of the batch failed (KIP-467).
type RecordError struct {
	Index int32
	Text  string // "" is null
}

// CurrentLeader hints at where the partition's leader is (KIP-951); it is sent if Known.
type CurrentLeader struct {
	Known bool
	ID    kafka.NodeID // -1: none
	Epoch kafka.LeaderEpoch
}

// Endpoint is where a broker is reached (KIP-951).
type Endpoint struct {
	Node kafka.NodeID
	Host string
	Port int32
	Rack string // "" is null
}

// Reset empties the response and keeps its memory.
func (p *ProduceResponse) Reset() {
	*p = ProduceResponse{Topics: p.Topics[:0], Endpoints: p.Endpoints[:0]}
}

// AddTopic adds a topic and returns it, to be filled with AddPartition. It is valid until the next AddTopic.
func (p *ProduceResponse) AddTopic(name string, id kafka.UUID) *ProduceResponseTopic {
	p.Topics = extended(p.Topics)
	t := &p.Topics[len(p.Topics)-1]
	*t = ProduceResponseTopic{Topic: name, TopicID: id, Partitions: t.Partitions[:0]}
	return t
}

// AddPartition adds a partition that failed with err, offsets -1; the caller fills in what it knows better.
func (t *ProduceResponseTopic) AddPartition(id kafka.PartitionID, err kafka.ErrorCode) *ProduceResponsePartition {
	t.Partitions = extended(t.Partitions)
	p := &t.Partitions[len(t.Partitions)-1]
	*p = ProduceResponsePartition{Partition: id, Err: err, BaseOffset: -1, LogAppendTime: -1, LogStart: -1,
		RecordErrors: p.RecordErrors[:0]}
	return p
}

// Append appends the whole response frame: length prefix, header, body.
func (p *ProduceResponse) Append(dst []byte, version int16, correlationID int32) []byte {
	flexible := version >= produceAPI.FlexibleFrom
	start := len(dst)
	dst = appendResponseHeader(dst, flexible, correlationID)
	dst = appendLen(dst, flexible, len(p.Topics))
	for i := range p.Topics {
		dst = p.Topics[i].append(dst, version, flexible)
	}
	if version >= 1 {
		dst = appendInt32(dst, p.ThrottleMillis)
	}
	if flexible {
		dst = appendEndpointsTag(dst, version >= 10, p.Endpoints)
	}
	return endFrame(dst, start)
}

func (t *ProduceResponseTopic) append(dst []byte, version int16, flexible bool) []byte {
	dst = appendTopic(dst, flexible, version >= 13, t.Topic, t.TopicID)
	dst = appendLen(dst, flexible, len(t.Partitions))
	for i := range t.Partitions {
		dst = t.Partitions[i].append(dst, version, flexible)
	}
	return appendNoTags(dst, flexible)
}

func (p *ProduceResponsePartition) append(dst []byte, version int16, flexible bool) []byte {
	dst = appendInt32(dst, int32(p.Partition))
	dst = appendInt16(dst, int16(p.Err))
	dst = appendInt64(dst, int64(p.BaseOffset))
	if version >= 2 {
		dst = appendInt64(dst, int64(p.LogAppendTime))
	}
	if version >= 5 {
		dst = appendInt64(dst, int64(p.LogStart))
	}
	if version >= 8 {
		dst = p.appendErrors(dst, flexible)
	}
	switch {
	case version >= 10 && p.CurrentLeader.Known:
		return p.CurrentLeader.appendTag(append(dst, 1), 0)
	}
	return appendNoTags(dst, flexible)
}

func (p *ProduceResponsePartition) appendErrors(dst []byte, flexible bool) []byte {
	dst = appendLen(dst, flexible, len(p.RecordErrors))
	for _, e := range p.RecordErrors {
		dst = appendInt32(dst, e.Index)
		dst = appendStringOrNull(dst, flexible, e.Text)
		dst = appendNoTags(dst, flexible)
	}
	return appendStringOrNull(dst, flexible, p.ErrText)
}

// appendTag appends tag, size, leader id, leader epoch, no tags.
func (l CurrentLeader) appendTag(dst []byte, tag byte) []byte {
	dst = append(dst, tag, 4+4+1)
	dst = appendInt32(dst, int32(l.ID))
	dst = appendInt32(dst, int32(l.Epoch))
	return append(dst, 0)
}

// appendEndpointsTag ends a response with NodeEndpoints as tag 0, if the version has it and there are any.
func appendEndpointsTag(dst []byte, has bool, endpoints []Endpoint) []byte {
	if !has || len(endpoints) == 0 {
		return append(dst, 0)
	}
	dst = append(dst, 1, 0)
	dst = appendUvarint(dst, uint32(endpointsSize(endpoints)))
	dst = appendLen(dst, true, len(endpoints))
	for _, e := range endpoints {
		dst = appendInt32(dst, int32(e.Node))
		dst = appendString(dst, true, e.Host)
		dst = appendInt32(dst, e.Port)
		dst = appendStringOrNull(dst, true, e.Rack)
		dst = append(dst, 0)
	}
	return dst
}

func endpointsSize(endpoints []Endpoint) int {
	n := uvarintSize(len(endpoints) + 1)
	for _, e := range endpoints {
		n += 4 + stringSize(e.Host) + 4 + max(stringSize(e.Rack), 1) + 1
	}
	return n
}

// stringSize is what a compact string takes; "" takes 1, as null does.
func stringSize(s string) int { return uvarintSize(len(s)+1) + len(s) }

func uvarintSize(n int) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

func appendTopic(dst []byte, flexible, byID bool, name string, id kafka.UUID) []byte {
	if byID {
		return appendUUID(dst, id)
	}
	return appendString(dst, flexible, name)
}
