package wire

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

// splitRequests are the requests that Split cuts.
func splitRequests() (all []kmsg.Request) {
	for _, a := range APIs() {
		if r := kmsg.RequestForKey(a.Key); Split(r, 1) != nil {
			all = append(all, r)
		}
	}
	return all
}

// A request cut into parts asks for the same, in the same order, and no part is much larger than it may be.
func TestPartsOfARequestAskForTheSame(t *testing.T) {
	require.Len(t, splitRequests(), 10)
	for _, sample := range splitRequests() {
		t.Run(kmsg.NameForKey(sample.Key()), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				api := Lookup(sample.Key())
				r := kmsg.RequestForKey(sample.Key())
				fill(t, reflect.ValueOf(r).Elem())
				r.SetVersion(int16(rapid.IntRange(int(api.Min), int(min(api.Max, r.MaxVersion()))).Draw(t, "version")))
				next, elements := Split(r, rapid.IntRange(1, 5).Draw(t, "most")), []string(nil)
				for part := next(); part != nil; part = next() {
					require.Equal(t, r.GetVersion(), part.GetVersion())
					elements = append(elements, elementsOf(part)...)
				}
				require.Equal(t, elementsOf(r), elements)
				require.Nil(t, next(), "asked again after the end")
			})
		})
	}
}

// elementsOf names everything that a request asks for: each element of its list, or each partition of a topic.
func elementsOf(r kmsg.Request) (all []string) {
	switch r := r.(type) {
	case *kmsg.MetadataRequest:
		return texts1(r.Topics)
	case *kmsg.FindCoordinatorRequest:
		return texts1(r.CoordinatorKeys)
	case *kmsg.DescribeGroupsRequest:
		return texts1(r.Groups)
	case *kmsg.DeleteGroupsRequest:
		return texts1(r.Groups)
	case *kmsg.DescribeConfigsRequest:
		return texts1(r.Resources)
	case *kmsg.OffsetFetchRequest:
		if r.Version >= 8 {
			return texts1(r.Groups)
		}
		return texts2(r.Topics, func(t kmsg.OffsetFetchRequestTopic) (string, []int32) { return t.Topic, t.Partitions })
	case *kmsg.ListOffsetsRequest:
		return texts2(r.Topics, func(t kmsg.ListOffsetsRequestTopic) (string, []kmsg.ListOffsetsRequestTopicPartition) {
			return t.Topic, t.Partitions
		})
	case *kmsg.OffsetForLeaderEpochRequest:
		return texts2(r.Topics, func(t kmsg.OffsetForLeaderEpochRequestTopic) (string,
			[]kmsg.OffsetForLeaderEpochRequestTopicPartition) {
			return t.Topic, t.Partitions
		})
	case *kmsg.DeleteRecordsRequest:
		return texts2(r.Topics, func(t kmsg.DeleteRecordsRequestTopic) (string, []kmsg.DeleteRecordsRequestTopicPartition) {
			return t.Topic, t.Partitions
		})
	case *kmsg.DescribeProducersRequest:
		return texts2(r.Topics, func(t kmsg.DescribeProducersRequestTopic) (string, []int32) { return t.Topic, t.Partitions })
	}
	panic("Split cuts a request that elementsOf does not know: add it here and to listOf")
}

func texts1[T any](list []T) (all []string) {
	for _, e := range list {
		all = append(all, text1(e))
	}
	return all
}

func texts2[T, E any](topics []T, of func(T) (string, []E)) (all []string) {
	for _, topic := range topics {
		name, partitions := of(topic)
		for _, p := range partitions {
			all = append(all, name+" "+text1(p))
		}
		if len(partitions) == 0 {
			all = append(all, name)
		}
	}
	return all
}

func text1(v any) string { return fmt.Sprintf("%#v", v) }

// Responses that are joined decode as one response with the elements of all of them.
func TestJoinedResponsesAreOne(t *testing.T) {
	for _, sample := range splitRequests() {
		t.Run(kmsg.NameForKey(sample.Key()), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				api := Lookup(sample.Key())
				version := int16(rapid.IntRange(int(api.Min), int(min(api.Max, sample.MaxVersion()))).Draw(t, "version"))
				if sample.Key() == int16(kmsg.FindCoordinator) {
					version = max(version, 4) // before that it asks for one
				}
				var j Joined
				whole := sample.ResponseKind()
				whole.SetVersion(version)
				for range rapid.IntRange(1, 3).Draw(t, "parts") {
					part := sample.ResponseKind()
					fill(t, reflect.ValueOf(part).Elem())
					part.SetVersion(version)
					j.Add(7, part)
					appendList(whole, part)
				}
				var frame []byte
				for _, piece := range j.Frame() {
					frame = append(frame, piece...)
				}
				got, err := DecodeResponse(frame, sample.Key(), version)
				require.NoError(t, err)
				want := sample.ResponseKind()
				want.SetVersion(version)
				require.NoError(t, want.ReadFrom(whole.AppendTo(nil)))
				require.Equal(t, listField(want).Interface(), listField(got).Interface())
			})
		})
	}
}

// appendList adds the list of one response to that of another, and takes all its other fields.
func appendList(whole, part kmsg.Response) {
	all := reflect.AppendSlice(listField(whole), listField(part))
	reflect.ValueOf(whole).Elem().Set(reflect.ValueOf(part).Elem())
	listField(whole).Set(all)
}

// listField is the array of a response that its API's row names.
func listField(r kmsg.Response) reflect.Value {
	return reflect.ValueOf(Lookup(r.Key()).parts.list(r)).Field(0).Elem()
}
