package replica

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/wire"
)

// Answer takes the response to the request of that token. The records in it lie in buf, which is released here; the
// logs hold it for as long as they write. buf may be nil if the bytes stay unchanged.
func (f *Fetcher) Answer(now env.Now, token uint64, resp kmsg.Response, buf *env.Buffer) {
	defer buf.Release()
	if !f.asking || token != f.token {
		return
	}
	f.asking = false
	heard := 0
	switch resp := resp.(type) {
	case *kmsg.FetchResponse:
		if resp.ErrorCode == 0 {
			heard = f.fetched(now, resp, buf)
			f.rotate()
		}
	case *kmsg.ListOffsetsResponse:
		heard = f.listed(now, resp)
	}
	f.forget()
	if heard == 0 { // or a source that answers nothing would be asked without end
		f.after = now.Mono.Add(f.cfg.Backoff)
	}
}

// Failed says that the request of that token will not be answered.
func (f *Fetcher) Failed(now env.Now, token uint64) {
	if !f.asking || token != f.token {
		return
	}
	f.asking = false
	f.forget()
	f.after = now.Mono.Add(f.cfg.Backoff)
}

// forget ends the request for all it asked for.
func (f *Fetcher) forget() {
	for _, s := range f.spots {
		s.asked, s.served = false, false
	}
}

// spotOf is the spot a partition of an answer belongs to, if it was asked for and has not been answered yet.
func (f *Fetcher) spotOf(key spotKey) *spot {
	s := f.index[key]
	if s == nil || !s.asked {
		return nil
	}
	s.asked = false
	return s
}

func (f *Fetcher) fetched(now env.Now, resp *kmsg.FetchResponse, buf *env.Buffer) (heard int) {
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			s := f.spotOf(spotKey{t.TopicID, env.PartitionID(p.Partition)})
			if s == nil || s.looked != askNothing {
				continue
			}
			heard++
			s.served = len(p.RecordBatches) > 0
			s.r.Fetched(now, Fetched{AskedEpoch: s.epoch, AskedOffset: s.offset, Code: wire.ErrorCode(p.ErrorCode),
				HighWatermark: env.Offset(p.HighWatermark), LogStart: env.Offset(p.LogStartOffset), Diverging: divergingOf(p),
				Records: p.RecordBatches, Buffer: buf})
		}
	}
	return heard
}

// divergingOf is the diverging epoch of an answer: one that is not sent reads as -1.
func divergingOf(p *kmsg.FetchResponseTopicPartition) wire.EpochEnd {
	d := &p.DivergingEpoch
	return wire.EpochEnd{Known: d.Epoch >= 0 && d.EndOffset >= 0, Epoch: env.LeaderEpoch(d.Epoch), End: env.Offset(d.EndOffset)}
}

func (f *Fetcher) listed(now env.Now, resp *kmsg.ListOffsetsResponse) (heard int) {
	byName := map[env.TopicPartition]*spot{}
	for _, s := range f.spots {
		if s.asked && s.looked != askNothing {
			byName[s.r.tp] = s
		}
	}
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			s := byName[env.TopicPartition{Topic: t.Topic, Partition: env.PartitionID(p.Partition)}]
			if s == nil || !s.asked {
				continue
			}
			heard++
			s.asked = false
			s.r.Listed(now, s.epoch, s.looked, wire.ErrorCode(p.ErrorCode), env.Offset(p.Offset))
		}
	}
	return heard
}

// rotate puts those it did not come to first, then those that got nothing, then those that got records: neither the
// bound on partitions nor that on bytes starves anybody.
func (f *Fetcher) rotate() {
	slices.SortStableFunc(f.spots, func(a, b *spot) int { return f.rank(a) - f.rank(b) })
}

func (f *Fetcher) rank(s *spot) int {
	switch {
	case s.served:
		return 2
	case s.turn == f.token:
		return 1
	}
	return 0
}
