package replica

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"
)

// Answer handles the response to the request of that token. The records in it lie in buf, which is released here; the
// logs hold it for as long as they write. buf may be nil if the bytes stay unchanged.
func (f *Fetcher) Answer(now env.Now, token uint64, resp kmsg.Response, buf *env.Buffer) {
	defer buf.Release()
	if !f.asking || token != f.token {
		return
	}
	f.asking = false
	usable := false
	switch resp := resp.(type) {
	case *kmsg.FetchResponse:
		usable = f.fetched(now, resp, buf)
	case *kmsg.ListOffsetsResponse:
		usable = f.listed(now, resp)
	}
	if !usable { // or a source that answers nothing would be asked without end
		f.after = now.Mono.Add(f.cfg.Backoff)
	}
}

// Failed ends the request of that token, which will not be answered. Whether the source has handled it is unknown: the
// next fetch begins another session.
func (f *Fetcher) Failed(now env.Now, token uint64) {
	if !f.asking || token != f.token {
		return
	}
	f.asking = false
	f.session.end()
	f.after = now.Mono.Add(f.cfg.Backoff)
}

// fetched handles the response to a fetch, and reports whether the source may be asked again at once. In a session the
// partitions that are not in it are answered, too: there is nothing new.
func (f *Fetcher) fetched(now env.Now, resp *kmsg.FetchResponse, buf *env.Buffer) (usable bool) {
	wasFull := f.session.isFull()
	if code := kafka.ErrorCode(resp.ErrorCode); code != kafka.None {
		f.session.refused(code)
		return isAboutSession(code) && !wasFull
	}
	delivered := f.deliver(now, resp, buf)
	f.session.answered(resp.SessionID)
	if wasFull && delivered < f.named {
		f.session.end() // the source has not recognized the partitions
	}
	return delivered > 0 || !wasFull
}

// deliver hands every replica its part of the response, and returns to how many. Where a full fetch begins the next
// time follows from which replicas got records: neither the bound on partitions nor that on bytes starves a partition.
// In a session the source sees to that.
func (f *Fetcher) deliver(now env.Now, resp *kmsg.FetchResponse, buf *env.Buffer) (delivered int) {
	f.first = f.stopped
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			s := f.index[spotKey{t.TopicID, kafka.PartitionID(p.Partition)}]
			if s == nil || !s.member || s.answered == f.token {
				continue
			}
			s.answered = f.token
			delivered++
			if len(p.RecordBatches) > 0 {
				f.first = s.place + 1
			}
			taken := s.r.Fetched(now, Fetched{AskedEpoch: s.said.epoch, AskedOffset: s.said.offset,
				Code:          kafka.ErrorCode(p.ErrorCode),
				HighWatermark: kafka.Offset(p.HighWatermark), LogStart: kafka.Offset(p.LogStartOffset), Diverging: divergingOf(p),
				Records: p.RecordBatches, Buffer: buf})
			s.vain = !taken && p.ErrorCode == 0 // after an error a source sends everything once more
			s.touch()
		}
	}
	return delivered
}

// divergingOf is the diverging epoch of an answer: one that is not sent reads as -1.
func divergingOf(p *kmsg.FetchResponseTopicPartition) wire.EpochEnd {
	d := &p.DivergingEpoch
	return wire.EpochEnd{Known: d.Epoch >= 0 && d.EndOffset >= 0, Epoch: kafka.LeaderEpoch(d.Epoch),
		End: kafka.Offset(d.EndOffset)}
}

// listed handles the response to lookups, and reports whether it was one.
func (f *Fetcher) listed(now env.Now, resp *kmsg.ListOffsetsResponse) (usable bool) {
	byName := map[kafka.TopicPartition]*spot{}
	for _, s := range f.look {
		if !s.gone && s.askedAt == f.token {
			byName[s.r.p.tp] = s
		}
	}
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			s := byName[kafka.TopicPartition{Topic: t.Topic, Partition: kafka.PartitionID(p.Partition)}]
			if s == nil || s.askedAt != f.token {
				continue
			}
			usable = true
			s.askedAt, s.answered = 0, f.token
			s.r.Listed(now, s.epoch, s.asked, kafka.ErrorCode(p.ErrorCode), kafka.Offset(p.Offset))
		}
	}
	return usable
}
