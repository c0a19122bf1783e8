package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

var (
	uuids   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	objects = regexp.MustCompile(`@[0-9a-f]{6,8}\b`) // as Java prints them
)

// notCompared are fields in which two brokers differ because they serve different APIs.
var notCompared = map[string]bool{"ApiKeys": true, "FinalizedFeatures": true, "SupportedFeatures": true,
	"Version": true}

// learn remembers the names of topic ids.
func (s *side) learn(r kmsg.Response) {
	switch r := r.(type) {
	case *kmsg.MetadataResponse:
		for _, t := range r.Topics {
			if t.Topic != nil && t.TopicID != ([16]byte{}) {
				s.topics[t.TopicID] = *t.Topic
			}
		}
	case *kmsg.CreateTopicsResponse:
		for _, t := range r.Topics {
			if t.TopicID != ([16]byte{}) {
				s.topics[t.TopicID] = t.Topic
			}
		}
	}
}

// id is the id of a topic, or one that no topic has.
func (s *side) id(topic string) [16]byte {
	for id, t := range s.topics {
		if t == topic {
			return id
		}
	}
	id := [16]byte{0xee}
	copy(id[1:], topic)
	return id
}

// normal is a response as maps, lists and plain values, without what cannot be equal.
func (s *side) normal(v any) any { return s.walk("", reflect.ValueOf(v)) }

func (s *side) walk(field string, v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return s.walk(field, v.Elem())
	case reflect.Struct:
		if t, ok := v.Interface().(kmsg.Tags); ok {
			return tagsOf(t)
		}
		return s.fields(v)
	case reflect.Slice:
		return s.list(field, v)
	case reflect.Array:
		return s.topicID(v)
	case reflect.String:
		return s.text(field, v.String())
	case reflect.Bool:
		return v.Bool()
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return s.number(field, v.Type(), int64(v.Uint()))
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		return s.number(field, v.Type(), v.Int())
	case reflect.Float64:
		return v.Float()
	}
	panic(fmt.Sprintf("twin: a response has a field %s of kind %v; walk needs a case for it", field, v.Kind()))
}

func tagsOf(t kmsg.Tags) any {
	if t.Len() == 0 {
		return nil
	}
	m := map[string]any{}
	t.Each(func(k uint32, b []byte) { m[fmt.Sprint("tag", k)] = hex.EncodeToString(b) })
	return m
}

func (s *side) fields(v reflect.Value) any {
	m := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || notCompared[f.Name] {
			continue
		}
		if x := s.walk(f.Name, v.Field(i)); f.Name != "UnknownTags" || x != nil {
			m[f.Name] = x
		}
	}
	return m
}

func (s *side) list(field string, v reflect.Value) any {
	switch {
	case v.IsNil():
		return nil
	case v.Type().Elem().Kind() != reflect.Uint8:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = s.walk(field, v.Index(i))
		}
		return out
	case field == "RecordBatches":
		return s.batches(v.Bytes())
	}
	return "hex:" + hex.EncodeToString(v.Bytes())
}

func (s *side) topicID(v reflect.Value) any {
	var id [16]byte
	reflect.Copy(reflect.ValueOf(&id).Elem(), v)
	if id == ([16]byte{}) {
		return "zero id"
	}
	if t, ok := s.topics[id]; ok {
		return "<id of " + t + ">"
	}
	return "<id>"
}

func (s *side) text(field, x string) any {
	switch {
	case field == "Documentation" && x != "":
		return "<text>"
	case field == "ClusterID":
		return fmt.Sprintf("<cluster id of %d>", len(x))
	}
	x = uuids.ReplaceAllString(x, "<uuid>")
	x = strings.NewReplacer(s.dir, "<dir>", fmt.Sprint(s.port), "<port>", fmt.Sprint(s.controllerPort),
		"<controller's port>").Replace(x)
	for id, t := range s.topics {
		x = strings.ReplaceAll(x, base64.RawURLEncoding.EncodeToString(id[:]), "<id of "+t+">")
	}
	return objects.ReplaceAllString(x, "<object>")
}

// number hides what differs from run to run.
func (s *side) number(field string, kind reflect.Type, n int64) any {
	switch {
	case field == "Port" && n == int64(s.port):
		return "<port>"
	case field == "Port" && n == int64(s.controllerPort):
		return "<controller's port>"
	case field == "SessionID" && n != 0:
		return "<session>"
	case field == "ProducerID" && n >= 0:
		return s.producer(n)
	case (field == "BrokerEpoch" || field == "FinalizedFeaturesEpoch") && n > 0:
		return "<epoch>"
	case (field == "TotalBytes" || field == "UsableBytes") && n > 0:
		return "<bytes>"
	case strings.Contains(field, "Timestamp") || field == "LogAppendTime":
		return moment(n)
	}
	return n
}

// producer numbers producer ids in the order they are met.
func (s *side) producer(n int64) string {
	if _, ok := s.producers[n]; !ok {
		s.producers[n] = len(s.producers)
	}
	return fmt.Sprintf("<producer %d>", s.producers[n])
}

// moment is a time, unless it is about now.
func moment(millis int64) any {
	switch d := millis - time.Now().UnixMilli(); {
	case d > -600_000 && d < 600_000:
		return "<now>"
	case millis >= longAgo && millis < longAgo+60_000: // the conversations' own
		return fmt.Sprintf("<half an hour ago + %d>", millis-longAgo)
	}
	return millis
}

// hex is what came as bytes, without ports and cluster id.
func (s *side) hex(b []byte) string {
	b = bytes.ReplaceAll(b, binary.BigEndian.AppendUint32(nil, uint32(s.port)), []byte("PORT"))
	return hex.EncodeToString(b[:min(len(b), 64)])
}

// Positions in a record batch.
const (
	lengthAt   = 8
	epochAt    = 12
	magicAt    = 16
	attrsAt    = 21
	deltaAt    = 23
	baseTimeAt = 27
	maxTimeAt  = 35
	producerAt = 43
	pEpochAt   = 51
	sequenceAt = 53
	countAt    = 57
	recordsAt  = 61
)

// Attributes of a batch.
const (
	codecs        = 0x07
	deleteHorizon = 0x40
)

// batches is a fetched record set as a list of its batches.
func (s *side) batches(b []byte) any {
	var out []any
	for len(b) > 0 {
		if len(b) <= magicAt {
			return append(out, fmt.Sprintf("%d bytes more", len(b)))
		}
		size := lengthAt + 4 + int(int32(binary.BigEndian.Uint32(b[lengthAt:])))
		if size <= magicAt || size > len(b) || b[magicAt] != 2 {
			return append(out, fmt.Sprintf("%d bytes of a batch of %d", len(b), size))
		}
		out = append(out, s.batch(b[:size]))
		b = b[size:]
	}
	return out
}

func (s *side) batch(b []byte) any {
	at := binary.BigEndian
	m := map[string]any{"base": int64(at.Uint64(b)), "len": len(b), "epoch": int32(at.Uint32(b[epochAt:])),
		"attrs": int16(at.Uint16(b[attrsAt:])), "lastDelta": int32(at.Uint32(b[deltaAt:])),
		"baseTime": moment(int64(at.Uint64(b[baseTimeAt:]))), "maxTime": moment(int64(at.Uint64(b[maxTimeAt:]))),
		"producerEpoch": int16(at.Uint16(b[pEpochAt:])), "sequence": int32(at.Uint32(b[sequenceAt:])),
		"count": int32(at.Uint32(b[countAt:]))}
	if id := int64(at.Uint64(b[producerAt:])); id >= 0 {
		m["producer"] = s.producer(id)
	}
	switch attrs := at.Uint16(b[attrsAt:]); {
	case attrs&codecs != 0:
		delete(m, "len") // of data that another library has compressed
	case attrs&deleteHorizon != 0:
		delete(m, "baseTime") // a time of compaction, which the records' timestamps count from
		delete(m, "len")
	default:
		m["records"] = hex.EncodeToString(b[recordsAt:])
	}
	return m
}
