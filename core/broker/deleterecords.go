package broker

import (
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/kafka"
)

// deletion is a DeleteRecords request until it is answered (KIP-107). The leader's logs move their starts at once; what
// is gone stays gone after a crash because their starts go into a checkpoint before the answer, and after a failover
// because the answer waits for every replica that is alive.
type deletion struct {
	logs  *logs
	facts env.Facts // nil: no observer
	resp  *kmsg.DeleteRecordsResponse
	spots []deletionSpot // what is waited for, in this order
}

// deletionSpot is a partition whose replicas have not all said by now that their logs begin at to.
type deletionSpot struct {
	part *partition
	to   kafka.Offset
	out  *kmsg.DeleteRecordsResponseTopicPartition
}

func (b *Broker) deleteRecords(now env.Now, q *inbox.Request, r *kmsg.DeleteRecordsRequest) {
	d := &deletion{logs: &b.logs, facts: b.world.Facts, resp: r.ResponseKind().(*kmsg.DeleteRecordsResponse)}
	for _, t := range r.Topics {
		out := kmsg.NewDeleteRecordsResponseTopic()
		out.Topic, out.Partitions = t.Topic, make([]kmsg.DeleteRecordsResponseTopicPartition, len(t.Partitions))
		for i, p := range t.Partitions {
			out.Partitions[i].Default()
			d.add(now, t.Topic, p, &out.Partitions[i])
		}
		d.resp.Topics = append(d.resp.Topics, out)
	}
	until := now.Mono.Add(time.Duration(max(r.TimeoutMillis, 0)) * time.Millisecond)
	b.dir.Checkpoint(now, func(now env.Now, err error) {
		if err != nil {
			d.fail()
		}
		b.outcomes.Await(now, until, d.isEverywhere, func(env.Now) {
			d.giveUp()
			q.Reply(d.resp)
		})
	})
}

// add moves one partition's log start, or notes why not.
func (d *deletion) add(now env.Now, topic string, ask kmsg.DeleteRecordsRequestTopicPartition,
	out *kmsg.DeleteRecordsResponseTopicPartition) {
	out.Partition, out.LowWatermark = ask.Partition, -1
	p, code := d.logs.led(kafka.TopicPartition{Topic: topic, Partition: kafka.PartitionID(ask.Partition)})
	switch {
	case code == kafka.UnknownTopicOrPartition:
	case kafka.IsInternalTopic(topic):
		code = kafka.InvalidTopicException
	case code == kafka.None:
		code = p.deleteBefore(now, kafka.Offset(ask.Offset))
	}
	if out.ErrorCode = int16(code); code != kafka.None {
		return
	}
	p.deletions++
	d.spots = append(d.spots, deletionSpot{part: p, to: p.log.LogStart(), out: out})
}

// deleteBefore moves the log start; -1 means the high watermark. A topic that is only compacted keeps its records:
// their keys are what its readers count on.
func (p *partition) deleteBefore(now env.Now, to kafka.Offset) kafka.ErrorCode {
	if !p.config.Has("delete") {
		return kafka.PolicyViolation
	}
	p.touch()
	if err := p.log.DeleteRecords(now, to); err != nil {
		return kafka.ErrorCode(err.Code)
	}
	return kafka.None
}

// isEverywhere fills in what has become known, and reports whether that is everything.
func (d *deletion) isEverywhere() bool {
	for len(d.spots) > 0 {
		at := &d.spots[0]
		code, low := at.part.usable(), kafka.Offset(-1)
		if code == kafka.None {
			if low = at.part.replica.LowWatermark(); low < at.to {
				return false
			}
			d.emit(at)
		}
		d.end(code, low)
	}
	return true
}

// giveUp answers for what is still waited for: the leader has it, and the others will.
func (d *deletion) giveUp() {
	for len(d.spots) > 0 {
		d.end(kafka.RequestTimedOut, d.spots[0].part.replica.LowWatermark())
	}
}

// fail answers that the checkpoint could not be written: after a crash the records would be there again.
func (d *deletion) fail() {
	for len(d.spots) > 0 {
		d.end(kafka.KafkaStorageError, -1)
	}
}

// end takes the first partition out.
func (d *deletion) end(code kafka.ErrorCode, low kafka.Offset) {
	at := &d.spots[0]
	at.out.ErrorCode, at.out.LowWatermark = int16(code), int64(low)
	at.part.deletions--
	d.spots = d.spots[1:]
}

func (d *deletion) emit(at *deletionSpot) {
	if d.facts != nil {
		d.facts.Emit(env.RecordsDeleted{TopicPartition: at.part.TopicPartition, To: at.to,
			Replicas: at.part.replica.Alive()})
	}
}
