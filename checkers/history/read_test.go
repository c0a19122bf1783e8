package history

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/kafka"
)

func everyClientFact() History {
	tp := kafka.TopicPartition{Topic: "orders", Partition: 2}
	h := History{Drained: true,
		Faults: []Fault{{Event: 3, Node: "b0", Kind: PowerCut}, {Event: 90, Node: "b0", Kind: DiskDamage}},
		Logs: []FinalLog{{TopicPartition: tp, Start: 1, End: 9, Compacted: true,
			Entries: []Entry{{1, "k", "v"}, {5, "", "<ü>"}}}},
	}
	for i, f := range []env.Fact{
		env.ProduceCalled{Client: "p", Call: 1, TopicPartition: tp, Key: "k", Value: "v", Acks: -1, Idempotent: true},
		env.ProduceReturned{Client: "p", Call: 1, TopicPartition: tp, Outcome: env.OK, Offset: 1, Attempts: 3, Error: "e"},
		env.ProduceReturned{Client: "p", Call: 2, TopicPartition: tp, Outcome: env.Unknown, Offset: -1},
		env.PollCalled{Client: "c", Call: 7},
		env.Polled{Client: "c", Call: 7, TopicPartition: tp, From: 1,
			Records: []env.PolledRecord{{Offset: 1, Key: "k", Value: "v", Timestamp: 99}}},
		env.Processed{Client: "c", Group: "g", TopicPartition: tp, To: 2},
		env.EndOffsetCalled{Client: "c", Call: 8, TopicPartition: tp},
		env.EndOffsetReturned{Client: "c", Call: 8, TopicPartition: tp, Outcome: env.Failed, Offset: -1},
		env.PartitionsAssigned{Client: "c", Group: "g", Member: "m", Generation: 4, Partitions: []kafka.TopicPartition{tp}},
		env.PartitionsRevoked{Client: "c", Group: "g", Member: "m", Generation: 4, Partitions: []kafka.TopicPartition{tp},
			Lost: true},
		env.CommitCalled{Client: "c", Call: 9, Group: "g", Generation: 4, TopicPartition: tp, Offset: 2, Auto: true},
		env.CommitReturned{Client: "c", Call: 9, Outcome: env.OK, Error: "e"},
		env.PositionSet{Client: "c", TopicPartition: tp, Offset: 2, Reason: "seek"},
		env.AdminReturned{Client: "a", What: "CreateTopics", Error: "e"},
		env.ClientCrashed{Client: "c"},
		env.ClientClosed{Client: "p"},
	} {
		h.Facts = append(h.Facts, Stamped{Event: uint64(i / 2), At: env.Instant(i), Node: "n", Fact: f})
	}
	return h
}

// everyFact is a history with every fact that a file can hold, none of its fields zero.
func everyFact() History {
	h := everyClientFact()
	for _, f := range env.HistoryFacts() {
		v := reflect.New(reflect.TypeOf(f)).Elem()
		fill(v)
		h.Facts = append(h.Facts, Stamped{Event: 100, Node: "b1", Fact: v.Interface().(env.Fact)})
	}
	h.Faults = append(h.Faults, Fault{Event: 100, Node: "b1", Kind: Wiped})
	return h
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Array:
		fill(v.Index(3))
	case reflect.String:
		v.SetString("x<ü>")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(2)
	default:
		v.SetInt(1)
	}
}

// Everything that a client or a node can emit comes back as it was.
func TestFormatRoundTrip(t *testing.T) {
	h := everyFact()
	var out bytes.Buffer
	require.NoError(t, Write(&out, h))
	back, err := Read(&out)
	require.NoError(t, err)
	require.Equal(t, h, back)
}

func TestWriteLeavesOut(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, Write(&out, History{Facts: []Stamped{{Event: 1, Fact: env.Logged{Text: "hello"}}}}))
	require.Empty(t, out.String())
	require.Error(t, Write(&out, History{Facts: []Stamped{{Fact: env.ProduceCalled{Client: "c", Value: "\xff"}}}}))
	require.Error(t, Write(&out, History{Facts: []Stamped{{Fact: env.GroupRebalanced{Members: []string{"\xff"}}}}}))
	require.Error(t, Write(&out, History{Logs: []FinalLog{{Entries: []Entry{{Value: "\xff"}}}}}))
}

func TestReadRefuses(t *testing.T) {
	tooLong := strings.Repeat(" ", MaxLine+1)
	for line, want := range map[string]string{
		`nonsense`:                  `line 1: it is no JSON object: invalid character 'o' in literal null (expecting 'u')`,
		`[]`:                        `line 1: field "" cannot be a array`,
		`{}`:                        `line 1: field "fact": "" is no fact that a history can hold`,
		`{"fact":"x"}`:              `line 1: field "fact": "x" is no fact that a history can hold`,
		`{"event":-1}`:              `line 1: field "event" cannot be a number -1`,
		`{"evnt":1}`:                `line 1: field "evnt" is unknown`,
		`{"fact":7}`:                `line 1: field "fact" cannot be a number`,
		`{"fact":"d"} {}`:           `line 1: something follows the object`,
		`{"fact":"client_crashed"}`: `line 1: field "client" is missing`,
		`{"fact":"client_crashed","client":"c","offset":5}`:                                               `line 1: field "offset" does not belong to a client_crashed`,
		`{"fact":"produce_called","client":"c"}`:                                                          `line 1: field "topic" is missing`,
		`{"fact":"produce_called","client":"c","topic":"t","partition":-1}`:                               `line 1: field "partition" is negative`,
		`{"fact":"produce_called","client":"c","topic":"t","acks":2}`:                                     `line 1: field "acks" is none of -1, 0 and 1`,
		`{"fact":"produce_called","client":"c","topic":"t","acks":99999}`:                                 `line 1: field "acks" cannot be a number 99999`,
		`{"fact":"produce_returned","client":"c","topic":"t"}`:                                            `line 1: field "outcome" is none of ok, failed and unknown`,
		`{"fact":"polled","client":"c","topic":"t","records":[{"offset":-3,"value":""}]}`:                 `line 1: field "records" do not rise by offset from 0 on`,
		`{"fact":"polled","client":"c","topic":"t","records":[{"offset":"3"}]}`:                           `line 1: field "records.offset" cannot be a string`,
		`{"fact":"mishap","kind":"earthquake"}`:                                                           `line 1: field "kind" is none of kill, power cut, disk damage, failed sync and emptied disk`,
		`{"fact":"final_log","topic":"t","end":2,"records":[{"offset":1},{"offset":0}]}`:                  `line 1: field "records" do not rise by offset from 0 on`,
		`{"fact":"appended","topic":"t","base":-1}`:                                                       `line 1: field "base" is negative`,
		`{"fact":"appended","topic":"t","base":5,"last":4}`:                                               `line 1: field "last" is before base`,
		`{"fact":"quorum_appended","last":9223372036854775807}`:                                           `line 1: field "last" is beyond every offset`,
		`{"fact":"partition_changed","topic":"t","topic_id":"x"}`:                                         `line 1: field "topic_id" is not a topic id`,
		`{"fact":"final_log","topic":"t","start":3,"end":2}`:                                              `line 1: field "end" is before start`,
		"{\"fact\":\"drained\",\"event\":5}\n\n{\"fact\":\"client_closed\",\"client\":\"c\",\"event\":4}": `line 3: field "event" falls from 5 to 4`,
		tooLong: fmt.Sprintf("a line is longer than %d bytes", MaxLine),
	} {
		_, err := Read(strings.NewReader(line))
		require.EqualError(t, err, want, "%.80s", line)
	}
}
