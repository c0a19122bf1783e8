package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// place is somewhere in a partition, as a person names it.
type place struct {
	kind placeKind
	n    int64 // the offset, the number of records from the end, or the timestamp in milliseconds
}

type placeKind uint8

const (
	earliest placeKind = iota
	latest
	atOffset
	beforeEnd
	atTime
)

// placeHelp is what a place may be, for the help of flags.
const placeHelp = `earliest, latest, an offset (120), -N for the last N, a time in UTC (2026-05-01T12:00, with Z or +02:00
if you like), a time ago (-90s, -1h30m), or @MILLISECONDS since 1970`

var timeForms = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.999", "2006-01-02T15:04",
	"2006-01-02 15:04:05.999", "2006-01-02 15:04", "2006-01-02"}

// parsePlace reads a place; now is what times ago count from.
func parsePlace(text string, now time.Time) (place, error) {
	switch text {
	case "earliest", "beginning", "start":
		return place{kind: earliest}, nil
	case "latest", "end", "now":
		return place{kind: latest}, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return place{atOffset, n}, nil
	} else if err == nil {
		return place{beforeEnd, -n}, nil
	}
	if rest, ok := strings.CutPrefix(text, "@"); ok {
		if n, err := strconv.ParseInt(rest, 10, 64); err == nil && n >= 0 {
			return place{atTime, n}, nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d < 0 {
		return place{atTime, now.Add(d).UnixMilli()}, nil
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, text); err == nil && t.UnixMilli() >= 0 {
			return place{atTime, t.UnixMilli()}, nil
		}
	}
	return place{}, fmt.Errorf("%q is no place in a partition; it takes %s", text,
		strings.ReplaceAll(placeHelp, "\n", " "))
}

// partition names one partition.
type partition struct {
	topic string
	id    int32
}

func (p partition) String() string { return fmt.Sprintf("%s-%d", p.topic, p.id) }

func comparePartitions(a, b partition) int {
	return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.id, b.id))
}

func sortedPartitions[V any](m map[partition]V) []partition {
	list := make([]partition, 0, len(m))
	for p := range m {
		list = append(list, p)
	}
	slices.SortFunc(list, comparePartitions)
	return list
}

// bounds are where a partition begins and ends.
type bounds struct{ start, end int64 }

func (b bounds) clamp(offset int64) int64 { return min(max(offset, b.start), b.end) }

// offsetOf is what a broker says about one partition.
type offsetOf struct {
	offset int64
	err    error
}

// The timestamps that stand for the ends of a partition.
const (
	startOfPartition = -2
	endOfPartition   = -1
)

// listOffsets asks the partitions' leaders where a time is. A partition has its answer or its error.
func (s *session) listOffsets(ctx context.Context, at int64, committed bool,
	partitions []partition) map[partition]offsetOf {
	req := listOffsetsRequest(at, partitions)
	if committed {
		req.IsolationLevel = 1
	}
	all := make(map[partition]offsetOf, len(partitions))
	for _, p := range partitions {
		all[p] = offsetOf{-1, fmt.Errorf("%s: the cluster says nothing about it", p)}
	}
	for _, shard := range s.client.RequestSharded(ctx, req) {
		noteOffsets(all, shard)
	}
	return all
}

func listOffsetsRequest(at int64, partitions []partition) *kmsg.ListOffsetsRequest {
	req := kmsg.NewPtrListOffsetsRequest()
	for _, p := range partitions {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != p.topic {
			t := kmsg.NewListOffsetsRequestTopic()
			t.Topic = p.topic
			req.Topics = append(req.Topics, t)
		}
		q := kmsg.NewListOffsetsRequestTopicPartition()
		q.Partition, q.Timestamp = p.id, at
		t := &req.Topics[len(req.Topics)-1]
		t.Partitions = append(t.Partitions, q)
	}
	return req
}

// noteOffsets takes one broker's answer in.
func noteOffsets(all map[partition]offsetOf, shard kgo.ResponseShard) {
	if asked, ok := shard.Req.(*kmsg.ListOffsetsRequest); ok && shard.Err != nil {
		for _, t := range asked.Topics {
			for _, p := range t.Partitions {
				all[partition{t.Topic, p.Partition}] = offsetOf{-1, fmt.Errorf("%s-%d: %w", t.Topic, p.Partition, shard.Err)}
			}
		}
		return
	}
	if answer, ok := shard.Resp.(*kmsg.ListOffsetsResponse); ok {
		noteListed(all, answer)
	}
}

func noteListed(all map[partition]offsetOf, answer *kmsg.ListOffsetsResponse) {
	for _, t := range answer.Topics {
		for _, p := range t.Partitions {
			o := offsetOf{offset: p.Offset}
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				o = offsetOf{-1, fmt.Errorf("%s-%d: %w", t.Topic, p.Partition, err)}
			}
			all[partition{t.Topic, p.Partition}] = o
		}
	}
}

// boundsOf asks for the beginning and the end of partitions. committed asks for the end that read_committed
// consumers see.
func (s *session) boundsOf(ctx context.Context, committed bool, partitions []partition) (map[partition]bounds, error) {
	starts := s.listOffsets(ctx, startOfPartition, committed, partitions)
	ends := s.listOffsets(ctx, endOfPartition, committed, partitions)
	all := make(map[partition]bounds, len(partitions))
	for _, p := range partitions {
		if err := cmp.Or(starts[p].err, ends[p].err); err != nil {
			return nil, err
		}
		all[p] = bounds{starts[p].offset, ends[p].offset}
	}
	return all, nil
}

func topicsOf(partitions []partition) []string {
	var topics []string
	for _, p := range partitions {
		if !slices.Contains(topics, p.topic) {
			topics = append(topics, p.topic)
		}
	}
	return topics
}

// resolve finds the offset a place has in each partition. What lies outside of a partition becomes its nearest end.
func (s *session) resolve(ctx context.Context, at place, all map[partition]bounds) (map[partition]int64, error) {
	found := make(map[partition]int64, len(all))
	var times map[partition]offsetOf
	if at.kind == atTime {
		times = s.listOffsets(ctx, at.n, false, sortedPartitions(all))
	}
	for p, b := range all {
		switch at.kind {
		case earliest:
			found[p] = b.start
		case latest:
			found[p] = b.end
		case atOffset:
			found[p] = b.clamp(at.n)
		case beforeEnd:
			found[p] = b.clamp(b.end - at.n)
		case atTime:
			if times[p].err != nil {
				return nil, times[p].err
			}
			if found[p] = b.clamp(times[p].offset); times[p].offset < 0 {
				found[p] = b.end // nothing is as young as that
			}
		}
	}
	return found, nil
}

// partitionsOf lists the partitions of topics; one that does not exist is an error that says so.
func (s *session) partitionsOf(ctx context.Context, topics []string) ([]partition, error) {
	details, err := s.topics(ctx, topics)
	if err != nil {
		return nil, err
	}
	var all []partition
	for _, t := range details {
		for _, p := range t.Partitions.Sorted() {
			all = append(all, partition{t.Topic, p.Partition})
		}
	}
	return all, nil
}
