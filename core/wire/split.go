package wire

import "github.com/twmb/franz-go/pkg/kmsg"

// Split cuts a request into requests of the same API that ask for about most elements each, in the same order, and
// whose responses [Joined] makes one. It returns the next part at every call, and nil after the last. Nil in place of
// a function: such requests are answered as a whole, because what they ask for depends on one another.
//
// What the parts share is not copied. A topic whose partitions do not fit one part is named by several.
func Split(r kmsg.Request, most int) func() kmsg.Request {
	switch r := r.(type) {
	case *kmsg.MetadataRequest:
		return splitList(r, func(r *kmsg.MetadataRequest) *[]kmsg.MetadataRequestTopic { return &r.Topics }, most)
	case *kmsg.FindCoordinatorRequest:
		return splitList(r, func(r *kmsg.FindCoordinatorRequest) *[]string { return &r.CoordinatorKeys }, most)
	case *kmsg.DescribeGroupsRequest:
		return splitList(r, func(r *kmsg.DescribeGroupsRequest) *[]string { return &r.Groups }, most)
	case *kmsg.DeleteGroupsRequest:
		return splitList(r, func(r *kmsg.DeleteGroupsRequest) *[]string { return &r.Groups }, most)
	case *kmsg.DescribeConfigsRequest:
		return splitWeighed(r, func(r *kmsg.DescribeConfigsRequest) *[]kmsg.DescribeConfigsRequestResource {
			return &r.Resources
		},
			func(t *kmsg.DescribeConfigsRequestResource) int { return len(t.ConfigNames) + configsOfResource }, most)
	case *kmsg.OffsetFetchRequest:
		return splitOffsetFetch(r, most)
	case *kmsg.ListOffsetsRequest:
		return splitTopics(r, func(r *kmsg.ListOffsetsRequest) *[]kmsg.ListOffsetsRequestTopic { return &r.Topics },
			func(t *kmsg.ListOffsetsRequestTopic) *[]kmsg.ListOffsetsRequestTopicPartition { return &t.Partitions }, most)
	case *kmsg.OffsetForLeaderEpochRequest:
		return splitTopics(r, func(r *kmsg.OffsetForLeaderEpochRequest) *[]kmsg.OffsetForLeaderEpochRequestTopic {
			return &r.Topics
		},
			func(t *kmsg.OffsetForLeaderEpochRequestTopic) *[]kmsg.OffsetForLeaderEpochRequestTopicPartition {
				return &t.Partitions
			}, most)
	case *kmsg.DeleteRecordsRequest:
		return splitTopics(r, func(r *kmsg.DeleteRecordsRequest) *[]kmsg.DeleteRecordsRequestTopic { return &r.Topics },
			func(t *kmsg.DeleteRecordsRequestTopic) *[]kmsg.DeleteRecordsRequestTopicPartition {
				return &t.Partitions
			}, most)
	case *kmsg.DescribeProducersRequest:
		return splitTopics(r, func(r *kmsg.DescribeProducersRequest) *[]kmsg.DescribeProducersRequestTopic {
			return &r.Topics
		},
			func(t *kmsg.DescribeProducersRequestTopic) *[]int32 { return &t.Partitions }, most)
	}
	return nil
}

// configsOfResource is about how many configs a resource has: each is one line of the answer.
const configsOfResource = 100

// splitOffsetFetch cuts between groups, and before version 8, which asks for one, between its partitions. A group's
// offsets stay in one answer: a client that finds a group twice keeps the second.
func splitOffsetFetch(r *kmsg.OffsetFetchRequest, most int) func() kmsg.Request {
	if r.Version >= versionWithOffsetGroups {
		return splitWeighed(r, func(r *kmsg.OffsetFetchRequest) *[]kmsg.OffsetFetchRequestGroup {
			return &r.Groups
		}, weighGroup, most)
	}
	return splitTopics(r, func(r *kmsg.OffsetFetchRequest) *[]kmsg.OffsetFetchRequestTopic { return &r.Topics },
		func(t *kmsg.OffsetFetchRequestTopic) *[]int32 { return &t.Partitions }, most)
}

// versionWithOffsetGroups is the first OffsetFetch that asks for several groups.
const versionWithOffsetGroups = 8

func weighGroup(g *kmsg.OffsetFetchRequestGroup) int {
	n := len(g.Topics)
	for i := range g.Topics {
		n += len(g.Topics[i].Partitions)
	}
	return n
}

// request is a kmsg request that can be copied.
type request[R any] interface {
	*R
	kmsg.Request
}

// part is a copy of the request with another list.
func part[R any, P request[R], T any](r P, list func(P) *[]T, of []T) kmsg.Request {
	c := *r
	*list(&c) = of
	return P(&c)
}

// splitList cuts a list of elements that weigh the same.
func splitList[R any, P request[R], T any](r P, list func(P) *[]T, most int) func() kmsg.Request {
	return splitWeighed(r, list, func(*T) int { return 0 }, most)
}

// splitWeighed cuts a list between its elements, each of which counts one and what it holds. One that holds more than
// most is a part of its own.
func splitWeighed[R any, P request[R], T any](r P, list func(P) *[]T, holds func(*T) int,
	most int) func() kmsg.Request {
	left := *list(r)
	return func() kmsg.Request {
		n, room := 0, most
		for ; n < len(left); n++ {
			if room -= 1 + holds(&left[n]); room < 0 && n > 0 {
				break
			}
		}
		if n == 0 {
			return nil
		}
		of := left[:n:n]
		left = left[n:]
		return part(r, list, of)
	}
}

// splitTopics cuts a list of topics, and the partitions of a topic. A topic counts one, and each of its partitions.
func splitTopics[R any, P request[R], T, E any](r P, list func(P) *[]T, partitions func(*T) *[]E,
	most int) func() kmsg.Request {
	left, done := *list(r), 0 // partitions of the first that is left
	return func() kmsg.Request {
		var of []T
		for room := most; len(left) > 0 && (room > 1 || len(of) == 0); {
			t := left[0]
			all := *partitions(&t)
			n := min(len(all)-done, max(room-1, 1))
			*partitions(&t) = all[done : done+n : done+n]
			of = append(of, t)
			room -= 1 + n
			if done += n; done == len(all) {
				left, done = left[1:], 0
			}
		}
		if of == nil {
			return nil
		}
		return part(r, list, of)
	}
}
