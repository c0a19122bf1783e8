package scenarios

import (
	"fmt"
	"reflect"
	"strconv"

	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/core/wire"
	"gregor/netsim"
	"gregor/sim"
)

// Field is a part of a message that was taken apart: a value, or fields of its own.
type Field struct {
	Name   string  `json:"name"`
	Value  string  `json:"value,omitempty"`
	Fields []Field `json:"fields,omitempty"`
}

// Inspection is a message under way, taken apart.
type Inspection struct {
	MessageView
	Client string  `json:"client,omitempty"` // the client id of a request
	Frame  []byte  `json:"frame"`            // its bytes, the length first; of a long one the first
	Fields []Field `json:"fields"`
	Error  string  `json:"error,omitempty"` // why there are no fields
}

// The bounds of an inspection: bytes, fields, and elements of one list.
const (
	frameShown  = 2048
	fieldsMax   = 500
	elementsMax = 30
)

// Inspect takes apart a message under way, by its index in [View].Messages.
func (s *Session) Inspect(message int) (Inspection, error) {
	if s.run == nil || s.run.sim == nil {
		return Inspection{}, fmt.Errorf("only a simulated run has messages to look into")
	}
	all := s.run.sim.Look().Messages
	if message < 0 || message >= len(all) {
		return Inspection{}, fmt.Errorf("there is no message %d: %d are under way", message, len(all))
	}
	m := all[message]
	i := Inspection{MessageView: messageView(s.run.sim, m), Frame: m.Frame[:min(len(m.Frame), frameShown)]}
	body, client, err := decoded(m, i.Label)
	if err != nil {
		i.Error = err.Error()
		return i, nil
	}
	i.Client = client
	t := taking{left: fieldsMax}
	i.Fields = t.fields(reflect.ValueOf(body))
	return i, nil
}

func messageView(w *sim.World, m netsim.Message) MessageView {
	v := MessageView{From: m.From, To: m.To, Conn: m.Conn, Label: w.LabelOf(m), Place: m.Place, Bytes: len(m.Frame),
		Cause: m.Cause}
	if m.Place == netsim.Flying {
		v.InMicros = m.At.Sub(w.Now()).Microseconds()
	}
	return v
}

// decoded is the body of a message, and the client id of a request.
func decoded(m netsim.Message, l sim.Label) (body any, client string, err error) {
	if l.Response {
		if l.API < 0 {
			return nil, "", fmt.Errorf("its request is not known any more")
		}
		body, err = wire.DecodeResponse(m.Frame, l.API, l.Version)
		return body, "", err
	}
	got, err := wire.New(wire.Limits{}).Decode(m.Frame, nil)
	if err != nil {
		return nil, "", err
	}
	q := got.(*wire.Request)
	switch {
	case q.Produce != nil:
		body = q.Produce
	case q.Fetch != nil:
		body = q.Fetch
	default:
		body = q.Body
	}
	return body, q.ClientID, nil
}

// taking takes a value apart, as far as there are fields left.
type taking struct{ left int }

// unshown are fields that kmsg adds to what is in a message.
var unshown = map[string]bool{"Version": true, "UnknownTags": true}

func (t *taking) fields(v reflect.Value) (all []Field) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if t.left <= 0 || !f.IsExported() || unshown[f.Name] {
			continue
		}
		if f.Anonymous {
			all = append(all, t.fields(v.Field(i))...)
			continue
		}
		all = append(all, t.field(f.Name, v.Field(i)))
	}
	return all
}

func (t *taking) field(name string, v reflect.Value) Field {
	t.left--
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return Field{Name: name, Value: "null"}
		}
		v = v.Elem()
	}
	switch {
	case v.Type() == reflect.TypeFor[[]byte]() && (name == "Records" || name == "RecordBatches"):
		return Field{Name: name, Value: fmt.Sprintf("%d bytes", v.Len()), Fields: batchFields(v.Bytes())}
	case v.Type() == reflect.TypeFor[[16]byte]():
		return Field{Name: name, Value: kafka.UUID(v.Interface().([16]byte)).String()}
	case v.Type() == reflect.TypeFor[[]byte]():
		return Field{Name: name, Value: fmt.Sprintf("%d bytes %q", v.Len(), v.Bytes()[:min(v.Len(), elementsMax)])}
	case v.Kind() == reflect.Struct:
		return Field{Name: name, Fields: t.fields(v)}
	case v.Kind() == reflect.Slice:
		return t.list(name, v)
	}
	return Field{Name: name, Value: fmt.Sprint(v.Interface())}
}

func (t *taking) list(name string, v reflect.Value) Field {
	f := Field{Name: name, Value: fmt.Sprintf("%d", v.Len())}
	for i := range min(v.Len(), elementsMax) {
		if t.left <= 0 {
			break
		}
		f.Fields = append(f.Fields, t.field(strconv.Itoa(i), v.Index(i)))
	}
	return f
}

// batchFields describes record batches, as far as they are whole.
func batchFields(b []byte) (all []Field) {
	split := record.Split(b)
	for batch, ok := split.Next(); ok && len(all) < elementsMax; batch, ok = split.Next() {
		text := fmt.Sprintf("offsets %d to %d, leader epoch %d, CRC %08x", batch.BaseOffset(), batch.LastOffset(),
			batch.LeaderEpoch(), batch.CRC())
		if batch.ProducerID() >= 0 {
			text += fmt.Sprintf(", producer %d epoch %d sequence %d", batch.ProducerID(), batch.ProducerEpoch(),
				batch.BaseSequence())
		}
		all = append(all, Field{Name: fmt.Sprintf("batch of %d", batch.Count()), Value: text, Fields: records(batch)})
	}
	return all
}

// records are the first ones of a batch that is not compressed.
func records(batch record.Batch) (all []Field) {
	if batch.Attributes().Codec() != record.None {
		return nil
	}
	it := batch.Records(new(record.Scratch), record.Limits{})
	for r, ok := it.Next(); ok && len(all) < elementsMax; r, ok = it.Next() {
		all = append(all, Field{Name: fmt.Sprint(it.Offset(r)), Value: fmt.Sprintf("key %s value %s", quoted(r.Key),
			quoted(r.Value))})
	}
	return all
}

func quoted(b []byte) string {
	if b == nil {
		return "null"
	}
	return fmt.Sprintf("%q", b[:min(len(b), elementsMax)])
}
