package checkers

import (
	"reflect"
	"strings"

	"gregor/core/env"
)

// facts lists the facts that a history file can hold, under the names they have there: those that some check asks for.
var facts = []struct {
	name string
	fact env.Fact
}{
	{"produce_called", env.ProduceCalled{}},
	{"produce_returned", env.ProduceReturned{}},
	{"poll_called", env.PollCalled{}},
	{"polled", env.Polled{}},
	{"processed", env.Processed{}},
	{"end_offset_called", env.EndOffsetCalled{}},
	{"end_offset_returned", env.EndOffsetReturned{}},
	{"partitions_assigned", env.PartitionsAssigned{}},
	{"partitions_revoked", env.PartitionsRevoked{}},
	{"commit_called", env.CommitCalled{}},
	{"commit_returned", env.CommitReturned{}},
	{"position_set", env.PositionSet{}},
	{"admin_returned", env.AdminReturned{}},
	{"client_crashed", env.ClientCrashed{}},
	{"client_closed", env.ClientClosed{}},

	{"became_leader", env.BecameLeader{}},
	{"became_follower", env.BecameFollower{}},
	{"isr_proposed", env.IsrProposed{}},
	{"isr_changed", env.IsrChanged{}},
	{"epoch_begun", env.EpochBegun{}},
	{"follower_heard", env.FollowerHeard{}},
	{"replica_dropped", env.ReplicaDropped{}},
	{"records_deleted", env.RecordsDeleted{}},
	{"appended", env.Appended{}},
	{"high_watermark_advanced", env.HighWatermarkAdvanced{}},
	{"flushed", env.Flushed{}},
	{"log_start_advanced", env.LogStartAdvanced{}},
	{"log_cutting", env.LogCutting{}},
	{"log_truncated", env.LogTruncated{}},
	{"log_recovered", env.LogRecovered{}},
	{"partition_fenced", env.PartitionFenced{}},
	{"cleaning", env.Cleaning{}},
	{"cleaned", env.Cleaned{}},
	{"duplicate_dropped", env.DuplicateDropped{}},
	{"group_rebalanced", env.GroupRebalanced{}},
	{"group_member_gone", env.GroupMemberGone{}},
	{"group_offset_committed", env.GroupOffsetCommitted{}},
	{"started", env.Started{}},
	{"stopped", env.Stopped{}},
	{"gave_up", env.GaveUp{}},

	{"registered", env.Registered{}},
	{"active_controller", env.ActiveController{}},
	{"controller_resigned", env.ControllerResigned{}},
	{"broker_standing", env.BrokerStanding{}},
	{"partition_changed", env.PartitionChanged{}},
	{"metadata_applied", env.MetadataApplied{}},
	{"became_quorum_leader", env.BecameQuorumLeader{}},
	{"quorum_resigned", env.QuorumResigned{}},
	{"quorum_voted", env.QuorumVoted{}},
	{"quorum_high_watermark", env.QuorumHighWatermark{}},
	{"quorum_appended", env.QuorumAppended{}},
	{"quorum_flushed", env.QuorumFlushed{}},
	{"quorum_cutting", env.QuorumCutting{}},
	{"quorum_truncated", env.QuorumTruncated{}},
	{"quorum_snapshotted", env.QuorumSnapshotted{}},
}

// form is how a fact is written.
type form struct {
	name   string
	typ    reflect.Type
	fields string // the names of its fields in a line
	moves  []move
}

// move takes a field of a fact into a field of a line, and back.
type move struct {
	from []int // the field's index path in the fact
	to   int   // its index in formatLine
	way  way
}

// way is how a value is changed on the way.
type way uint8

const (
	convert   way = iota // integers, strings, booleans, and lists of the same type
	byName               // an Outcome
	byText               // a UUID, as text; none: ""
	asRecords            // lists whose types differ in their tags
	asPartitions
)

// formsByType and formsByName are what facts come to.
var formsByType, formsByName = func() (map[reflect.Type]*form, map[string]*form) {
	byType, byName := map[reflect.Type]*form{}, map[string]*form{}
	for _, f := range facts {
		fm := &form{name: f.name, typ: reflect.TypeOf(f.fact)}
		fm.add(fm.typ, nil)
		byType[fm.typ], byName[fm.name] = fm, fm
	}
	return byType, byName
}()

// renamed are fields of facts that have another name in a line, where two facts mean different things by one.
func renamed(t reflect.Type, field reflect.StructField) string {
	switch {
	case field.Name == "Node":
		return "ID"
	case field.Name == "At":
		return "MetadataOffset"
	case field.Name == "Leader" && field.Type.Kind() == reflect.String:
		return "LeaderMember"
	}
	return field.Name
}

// add lists the fields of a fact's type, those of what it embeds as its own.
func (fm *form) add(t reflect.Type, path []int) {
	for i := range t.NumField() {
		field, at := t.Field(i), append(path[:len(path):len(path)], i)
		if field.Anonymous {
			fm.add(field.Type, at)
			continue
		}
		to, ok := reflect.TypeFor[formatLine]().FieldByName(renamed(t, field))
		if !ok {
			panic("checkers: formatLine has no field for " + t.String() + "." + field.Name)
		}
		fm.moves = append(fm.moves, move{at, to.Index[0], wayOf(field.Type)})
		fm.fields = strings.TrimSpace(fm.fields + " " + fieldNames[to.Index[0]])
	}
}

func wayOf(t reflect.Type) way {
	switch t {
	case reflect.TypeFor[env.Outcome]():
		return byName
	case reflect.TypeFor[env.UUID]():
		return byText
	case reflect.TypeFor[[]env.PolledRecord]():
		return asRecords
	case reflect.TypeFor[[]env.TopicPartition]():
		return asPartitions
	}
	return convert
}

// write puts a fact into a line.
func (fm *form) write(fact env.Fact, l *formatLine) {
	l.Fact = fm.name
	from, to := reflect.ValueOf(fact), reflect.ValueOf(l).Elem()
	for _, m := range fm.moves {
		value, into := from.FieldByIndex(m.from), to.Field(m.to)
		switch m.way {
		case convert:
			into.Set(value.Convert(into.Type()))
		case byName:
			l.Outcome = env.Outcome(value.Uint()).String()
		case byText:
			if id := value.Interface().(env.UUID); id != (env.UUID{}) {
				into.SetString(id.String())
			}
		case asRecords:
			l.Records = formatRecords(value.Interface().([]env.PolledRecord))
		case asPartitions:
			l.Partitions = formatPartitions(value.Interface().([]env.TopicPartition))
		}
	}
}

// read makes the fact that a line says.
func (fm *form) read(l *formatLine) env.Fact {
	from, to := reflect.ValueOf(l).Elem(), reflect.New(fm.typ).Elem()
	for _, m := range fm.moves {
		value, into := from.Field(m.to), to.FieldByIndex(m.from)
		switch m.way {
		case convert:
			into.Set(value.Convert(into.Type()))
		case byName:
			into.SetUint(uint64(outcomeOf(l.Outcome)))
		case byText:
			id, _ := env.ParseUUID(l.TopicID) // wrong has looked; none is no id
			into.Set(reflect.ValueOf(id))
		case asRecords:
			into.Set(reflect.ValueOf(l.polled()))
		case asPartitions:
			into.Set(reflect.ValueOf(l.partitions()))
		}
	}
	return to.Interface().(env.Fact)
}
