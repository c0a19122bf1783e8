package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gregor/checkers"
	"gregor/core/client"
	"gregor/core/env"
)

// heal ends every fault: links mended, disks and clocks sound, everybody up who should be.
func (r *run) heal() error {
	r.faulty = false
	r.record(healed)
	r.end(func(*verb) bool { return true })
	for _, name := range r.servers {
		r.bringUp(name)
	}
	for _, c := range r.s.Clients {
		switch _, leaves := r.leaving[c.Name]; {
		case c.Kind == "consumer":
			r.bringUp(c.Name)
		case leaves: // a producer or admin that is down stays down: sends and commands end here
			r.leaving[c.Name] = false
		}
	}
	err := r.untilHealthy(restTime)
	r.record("the cluster is at rest")
	return err
}

// drain lets producers finish what they have.
func (r *run) drain() error {
	var producers []string
	for _, c := range r.s.Clients {
		if c.Kind == "producer" {
			producers = append(producers, c.Name)
			r.shutDown(c.Name)
		}
	}
	return r.until(func() bool { return r.down(producers) }, drainTime, "the end of every producer's sends")
}

// shutDown asks a client to close, unless it has ended by itself.
func (r *run) shutDown(name string) {
	if r.w.Up(name) && !r.closed[name] {
		r.w.Shutdown(name)
	}
}

func (r *run) down(names []string) bool {
	for _, n := range names {
		if r.w.Up(n) && !r.closed[n] {
			return false
		}
	}
	return true
}

// audit reads every topic from its beginning to its end: the final log.
func (r *run) audit() error {
	if len(r.s.Topics) == 0 {
		return nil
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
	before := len(r.h.Facts)
	err := r.until(func() bool { return r.closed[auditor] }, settleTime, "the reading of every partition from its beginning")
	r.h.Logs = r.finalLogs(r.h.Facts[before:])
	r.forget(auditor, before)
	return err
}

// forget takes a client's facts out of the history: what only the auditor saw, no application has seen.
func (r *run) forget(name string, from int) {
	kept := r.h.Facts[:from]
	for _, f := range r.h.Facts[from:] {
		if f.Node != name {
			kept = append(kept, f)
		}
	}
	r.h.Facts = kept
}

// finalLogs puts together what the auditor read.
func (r *run) finalLogs(facts []checkers.Stamped) []checkers.FinalLog {
	index := map[env.TopicPartition]int{}
	var logs []checkers.FinalLog
	for _, t := range r.s.Topics {
		for p := range r.partitions(&t) {
			tp := env.TopicPartition{Topic: t.Name, Partition: env.PartitionID(p)}
			index[tp] = len(logs)
			logs = append(logs, checkers.FinalLog{TopicPartition: tp, Compacted: t.compacted()})
		}
	}
	for _, s := range facts {
		if s.Node != auditor {
			continue
		}
		switch f := s.Fact.(type) {
		case env.PositionSet:
			if i, ok := index[f.TopicPartition]; ok {
				logs[i].Start, logs[i].End = f.Offset, f.Offset
			}
		case env.Polled:
			i, ok := index[f.TopicPartition]
			if !ok {
				continue
			}
			for _, rec := range f.Records {
				logs[i].Entries = append(logs[i].Entries, checkers.Entry{Offset: rec.Offset, Key: rec.Key, Value: rec.Value})
				logs[i].End = rec.Offset + 1
			}
		}
	}
	return logs
}

func (t *Topic) compacted() bool {
	return slices.ContainsFunc(t.Settings, func(s Setting) bool { return s.Name == "cleanup.policy" && strings.Contains(s.Value, "compact") })
}

// settle waits until every group has read to the end.
func (r *run) settle() error {
	readers := r.readers()
	behind := func() string { return r.behind(readers) }
	caughtUp := func() bool { return behind() == "" }
	if err := r.until(caughtUp, settleTime, "the reading to the end by every group ("+behind()+")"); err != nil {
		return err
	}
	r.h.Drained = true
	return nil
}

// reader is a consumer that reads with a group for as long as it runs.
type reader struct {
	name, group string
	topics      []string
}

func (r *run) readers() (all []reader) {
	for i := range r.s.Clients {
		c := &r.s.Clients[i]
		if group, topics := c.reads(); group != "" {
			all = append(all, reader{c.Name, group, topics})
		}
	}
	return all
}

// behind names a group and partition that has not been read to its end, "" if there is none. It is asked after every
// event.
func (r *run) behind(readers []reader) string {
	for _, c := range readers {
		if r.closed[c.name] {
			continue
		}
		for _, l := range r.h.Logs {
			if contains(c.topics, l.Topic) && len(l.Entries) > 0 && r.reads[c.group][l.TopicPartition] < l.End {
				return fmt.Sprintf("group %s is at %d of %d in %s", c.group, r.reads[c.group][l.TopicPartition], l.End, l.TopicPartition)
			}
		}
	}
	return ""
}

// reads is the group a consumer is in, and what it subscribes to; "" if it does not go on for ever.
func (c *Client) reads() (group string, topics []string) {
	if c.Kind != "consumer" {
		return "", nil
	}
	cfg, _ := c.consumer() // was checked when it was read
	if cfg.App.Count > 0 || cfg.ReadAll || len(cfg.Assign) > 0 {
		return "", nil
	}
	return cfg.Group, cfg.Topics
}

// stop ends consumers, then brokers, then controllers, gracefully.
func (r *run) stop() error {
	r.record(theEnd)
	var clients, brokers, controllers []string
	for _, c := range r.s.Clients {
		clients = append(clients, c.Name)
		r.shutDown(c.Name)
	}
	if err := r.until(func() bool { return r.down(clients) }, stopTime, "the end of every client"); err != nil {
		return err
	}
	for _, m := range r.s.Cluster.members() {
		if m.broker {
			brokers = append(brokers, m.name)
		} else {
			controllers = append(controllers, m.name)
		}
	}
	if err := r.stopAll(brokers, "broker"); err != nil {
		return err
	}
	return r.stopAll(controllers, "controller")
}

func (r *run) stopAll(names []string, what string) error {
	for _, n := range names {
		r.w.Shutdown(n)
	}
	return r.until(func() bool { return r.down(names) }, stopTime, "the graceful stop of every "+what)
}
