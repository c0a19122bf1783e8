package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gregor/checkers/history"
	"gregor/core/client"
	"gregor/core/env"
	"gregor/core/kafka"
)

// audit adds the auditor, which reads every topic from its start to its end: the final logs.
func (r *run) audit() error {
	if r.probes.refused != nil || len(r.s.Topics) == 0 {
		return r.probes.refused
	}
	cfg := client.NewConsumerConfig(auditor)
	cfg.Bootstrap, cfg.ReadAll, cfg.AutoCommit, cfg.Reset = r.bootstrap(), true, false, client.ResetEarliest
	for _, t := range r.s.Topics {
		cfg.Topics = append(cfg.Topics, t.Name)
	}
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("scenarios: the auditor's configuration: %w", err)
	}
	r.w.AddClient(auditor, false, func(w env.World) env.Node { return client.NewConsumer(w, cfg) })
	r.audited = len(r.h.Facts)
	return nil
}

// audits reports whether the auditor has read everything.
func (r *run) audits() bool { return len(r.s.Topics) == 0 || r.procs.closed[auditor] }

// keepLogs keeps what the auditor read as the final logs, and takes its facts out of the history: what only the auditor
// saw, no application has seen.
func (r *run) keepLogs() {
	logs := newFinalLogs(r.s, &r.roles)
	before, facts := r.h.Facts[:r.audited], r.h.Facts[r.audited:]
	for _, s := range facts {
		if s.Node == auditor {
			logs.observe(s.Fact)
		} else {
			before = append(before, s)
		}
	}
	r.h.Facts, r.h.Logs = before, logs.all
}

// finalLogs are the partitions of a scenario's topics as the auditor reads them.
type finalLogs struct {
	all   []history.FinalLog
	index map[kafka.TopicPartition]int
}

func newFinalLogs(s *Scenario, c *roles) finalLogs {
	l := finalLogs{index: map[kafka.TopicPartition]int{}}
	for _, t := range s.Topics {
		for p := range c.partitions(&t) {
			tp := kafka.TopicPartition{Topic: t.Name, Partition: kafka.PartitionID(p)}
			l.index[tp] = len(l.all)
			l.all = append(l.all, history.FinalLog{TopicPartition: tp, Compacted: t.compacted()})
		}
	}
	return l
}

// observe adds what a fact of the auditor shows.
func (l *finalLogs) observe(f env.Fact) {
	switch f := f.(type) {
	case env.PositionSet:
		if i, ok := l.index[f.TopicPartition]; ok {
			l.all[i].Start, l.all[i].End = f.Offset, f.Offset
		}
	case env.Polled:
		i, ok := l.index[f.TopicPartition]
		if !ok {
			return
		}
		for _, rec := range f.Records {
			l.all[i].Entries = append(l.all[i].Entries, history.Entry{Offset: rec.Offset, Key: rec.Key, Value: rec.Value})
			l.all[i].End = rec.Offset + 1
		}
	}
}

func (t *Topic) compacted() bool {
	return slices.ContainsFunc(t.Settings, func(s Setting) bool {
		return s.Name == "cleanup.policy" && strings.Contains(s.Value, "compact")
	})
}
