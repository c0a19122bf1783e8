package scenarios

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// reading is how far the groups of a run have read.
type reading struct {
	groups    map[string]string // by consumer
	positions map[string]map[kafka.TopicPartition]kafka.Offset
	readers   []reader
}

// reader is a consumer that reads with a group for as long as it runs.
type reader struct {
	name, group string
	topics      []string
}

func newReading(s *Scenario) reading {
	r := reading{groups: map[string]string{}, positions: map[string]map[kafka.TopicPartition]kafka.Offset{}}
	for i := range s.Clients {
		c := &s.Clients[i]
		if group := c.group(); group != "" {
			r.groups[c.Name] = group
		}
		if group, topics := c.reads(); group != "" {
			r.readers = append(r.readers, reader{c.Name, group, topics})
		}
	}
	return r
}

// reads is the group a consumer is in, and what it subscribes to; "" if it stops by itself.
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

// polled notes what a client has read.
func (r *reading) polled(f env.Polled) {
	if n := len(f.Records); n > 0 {
		r.upTo(f.Client, f.TopicPartition, f.Records[n-1].Offset+1)
	}
}

// upTo notes how far a client's group has come.
func (r *reading) upTo(client string, tp kafka.TopicPartition, to kafka.Offset) {
	group := r.groups[client]
	if group == "" {
		return
	}
	if r.positions[group] == nil {
		r.positions[group] = map[kafka.TopicPartition]kafka.Offset{}
	}
	r.positions[group][tp] = max(r.positions[group][tp], to)
}

// behind names a group and partition that has not been read to the end of its log, "" if there is none. A reader that
// is closed reads no more. It is asked after every event.
func (r *reading) behind(logs []history.FinalLog, closed map[string]bool) string {
	for _, c := range r.readers {
		if closed[c.name] {
			continue
		}
		for _, l := range logs {
			if at := r.positions[c.group][l.TopicPartition]; contains(c.topics, l.Topic) && len(l.Entries) > 0 && at < l.End {
				return fmt.Sprintf("group %s is at %d of %d in %s", c.group, at, l.End, l.TopicPartition)
			}
		}
	}
	return ""
}
