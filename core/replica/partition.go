package replica

import (
	"fmt"
	"slices"

	"gregor/core/env"
	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/seglog"
)

// partition is what both roles share: the log, and the partition in the metadata.
type partition struct {
	cfg     *Config
	w       env.World
	tp      kafka.TopicPartition
	topicID kafka.UUID
	log     *seglog.Log
	minISR  int // min.insync.replicas

	role           Role
	epoch          kafka.LeaderEpoch
	partitionEpoch PartitionEpoch
	leader         kafka.NodeID
	replicas       []kafka.NodeID
	isr            []kafka.NodeID // as committed by the controller
}

func (p *partition) logf(level env.LogLevel, format string, args ...any) {
	p.w.Emit(env.Logged{Level: level, Logger: env.OfReplicas, Text: p.tp.String() + ": " + fmt.Sprintf(format, args...)})
}

// adopt remembers what the metadata says.
func (p *partition) adopt(s State) {
	must.AtLeast("replica: new leader epoch", s.LeaderEpoch, "leader epoch", p.epoch, p,
		"was older metadata applied?")
	p.leader, p.epoch, p.partitionEpoch = s.Leader, s.LeaderEpoch, s.PartitionEpoch
	p.replicas, p.isr = slices.Clone(s.Replicas), slices.Clone(s.ISR)
}

// String returns the partition's name.
func (p *partition) String() string { return p.tp.String() }

// emitISR emits the sets that a leader has from now on.
func (p *partition) emitISR() {
	if !slices.Contains(p.isr, p.cfg.Node) {
		must.Fail("replica: broker %d leads %s in epoch %d, and the ISR is %v; "+
			"did the controller commit a set without the leader?", p.cfg.Node, p.tp, p.epoch, p.isr)
	}
	if p.w.Facts != nil {
		p.w.Facts.Emit(env.IsrChanged{TopicPartition: p.tp, Epoch: p.epoch, PartitionEpoch: int32(p.partitionEpoch),
			ISR: slices.Clone(p.isr)})
	}
}

// stable is the end of what this replica alone may vouch for.
func (p *partition) stable() kafka.Offset {
	switch {
	case mutants.Enabled && mutants.On().AckBeforeWrite:
		return p.log.EndOffset()
	case mutants.Enabled && mutants.On().AckBeforeFlush:
		return p.log.Written()
	}
	return p.log.Stable()
}

// raiseHighWatermark moves the high watermark forward within the log.
func (p *partition) raiseHighWatermark(to kafka.Offset) {
	from, end := p.log.HighWatermark(), p.log.EndOffset()
	if !mutants.Enabled { // with R13 planted the checkers have to find it by themselves
		must.AtLeast("replica: log end", end, "high watermark", from, p, "did a truncation leave the high watermark behind?")
	}
	must.AtLeast("replica: high watermark", from, "log start", p.log.LogStart(), p, "was more deleted than is committed?")
	to = min(to, end)
	if to <= from {
		return
	}
	p.log.SetHighWatermark(to)
	if p.w.Facts != nil {
		p.w.Facts.Emit(env.HighWatermarkAdvanced{TopicPartition: p.tp, From: from, To: to})
	}
}

// effectiveMinISR is min.insync.replicas for the replicas that there are.
func (p *partition) effectiveMinISR() int { return insync.Min(p.minISR, len(p.replicas)) }

func (p *partition) isUnderMinISR() bool { return len(p.isr) < p.effectiveMinISR() }
