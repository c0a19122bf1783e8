package controller

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"gregor/core/kafka"
	"gregor/core/metadata"
)

// data is what the brokers would hold, were there any: the least that replication promises, with power cuts. A log
// is the leader epochs of its records. What the image says is what leaders know at once.
type data struct {
	*cluster
	logs      map[string]map[kafka.NodeID][]kafka.LeaderEpoch // of partition and broker
	committed map[string][]kafka.LeaderEpoch
	down      map[kafka.NodeID]bool
	cut       map[kafka.NodeID]bool // and its logs may have lost their ends
	epochs    map[string]kafka.LeaderEpoch
	held      map[string][]*kmsg.AlterPartitionRequest // asked for and on its way, perhaps for long
}

// TestCleanLeadersHaveEverything is KIP-966's promise: a leader that is elected and not RECOVERING
// has every committed record, whichever brokers lost the ends of their logs before.
func TestCleanLeadersHaveEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { liveWithData(t, t) })
}

// liveWithData is one random life with data; judge receives what is wrong.
func liveWithData(t *rapid.T, judge require.TestingT) {
	d := &data{cluster: newCluster(judge, 1), logs: map[string]map[kafka.NodeID][]kafka.LeaderEpoch{},
		committed: map[string][]kafka.LeaderEpoch{},
		down:      map[kafka.NodeID]bool{}, cut: map[kafka.NodeID]bool{}, epochs: map[string]kafka.LeaderEpoch{},
		held: map[string][]*kmsg.AlterPartitionRequest{}}
	d.laws.lossy = true
	d.join(1, 2, 3)
	d.createTopic("t", 2, 3, nil, fmt.Sprintf("min.insync.replicas=%d",
		rapid.IntRange(1, 3).Draw(t, "min.insync.replicas")))
	t.Repeat(d.actions())
}

func (d *data) actions() map[string]func(*rapid.T) {
	broker := func(t *rapid.T) kafka.NodeID { return kafka.NodeID(rapid.IntRange(1, 3).Draw(t, "broker")) }
	return map[string]func(*rapid.T){
		"heartbeat": func(t *rapid.T) {
			if id := broker(t); !d.down[id] {
				d.heartbeat(id, false, false)
			}
		},
		"crash": func(t *rapid.T) { d.crash(t, broker(t)) },
		"restart": func(t *rapid.T) {
			id := broker(t)
			if !d.down[id] {
				return
			}
			previous := d.epoch(id)
			if d.cut[id] {
				previous = -1
			}
			if rapid.Bool().Draw(t, "late") { // its session has ended
				d.pass(9*time.Second, d.up()...)
				d.follow()
			}
			if d.register(id, "", previous).ErrorCode == 0 {
				d.down[id], d.cut[id] = false, false
				d.heartbeat(id, false, false)
			}
		},
		"time": func(t *rapid.T) {
			live := slices.DeleteFunc(d.up(), func(kafka.NodeID) bool { return rapid.IntRange(0, 4).Draw(t, "silent") == 0 })
			d.pass(time.Duration(rapid.IntRange(3, 9).Draw(t, "seconds"))*time.Second, live...)
		},
		"work": func(t *rapid.T) { d.work(t, kafka.PartitionID(rapid.IntRange(0, 1).Draw(t, "partition"))) },
		"isr":  func(t *rapid.T) { d.propose(t, kafka.PartitionID(rapid.IntRange(0, 1).Draw(t, "partition"))) },
		"deliver": func(t *rapid.T) {
			name := fmt.Sprintf("t-%d", rapid.IntRange(0, 1).Draw(t, "partition"))
			if n := len(d.held[name]); n > 0 {
				i := rapid.IntRange(0, n-1).Draw(t, "which")
				r := d.held[name][i]
				d.held[name] = slices.Delete(d.held[name], i, i+1)
				d.ask(r)
			}
		},
		"min.insync.replicas": func(t *rapid.T) {
			if rapid.IntRange(0, 4).Draw(t, "really") == 0 {
				d.configure(minISRConfig, fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "min")))
			}
		},
		"": func(t *rapid.T) { d.follow() },
	}
}

// up lists the brokers that run.
func (d *data) up() []kafka.NodeID {
	return slices.DeleteFunc([]kafka.NodeID{1, 2, 3}, func(id kafka.NodeID) bool { return d.down[id] })
}

// crash stops a broker; in a power cut its logs lose an end.
func (d *data) crash(t *rapid.T, id kafka.NodeID) {
	d.down[id] = true
	if !rapid.Bool().Draw(t, "power cut") {
		return
	}
	d.cut[id] = true
	for _, name := range slices.Sorted(maps.Keys(d.logs)) {
		log := d.logs[name][id]
		d.logs[name][id] = log[:rapid.IntRange(0, len(log)).Draw(t, "left")]
	}
}

// leads returns a partition whose leader is up.
func (d *data) leads(n kafka.PartitionID) (name string, p *metadata.Partition, ok bool) {
	p = d.partition("t", n)
	name = fmt.Sprintf("t-%d", n)
	return name, p, p.Leader != kafka.NoNode && !d.down[p.Leader]
}

// work appends a record, lets some followers catch up, and commits what it can.
func (d *data) work(t *rapid.T, n kafka.PartitionID) {
	name, p, ok := d.leads(n)
	if !ok {
		return
	}
	logs := d.logs[name]
	logs[p.Leader] = append(slices.Clone(logs[p.Leader]), p.LeaderEpoch)
	for _, id := range p.Replicas {
		if !d.down[id] && rapid.IntRange(0, 3).Draw(t, "fetches") > 0 {
			logs[id] = slices.Clone(logs[p.Leader])
		}
	}
	if len(p.ISR) < min(d.ctrl.view.minISR("t"), len(p.Replicas)) {
		return
	}
	all := len(logs[p.Leader])
	members := slices.Clone(p.ISR)
	if ask := d.proposed(name, p); ask != nil { // the ISR asked for counts before it is granted
		for _, m := range ask.NewEpochISR {
			members = append(members, kafka.NodeID(m.BrokerID))
		}
	}
	for _, id := range members {
		all = min(all, common(logs[id], logs[p.Leader]))
	}
	if all > len(d.committed[name]) {
		d.committed[name] = slices.Clone(logs[p.Leader][:all])
	}
}

// proposed is the change of the ISR that the leader waits for. One that it asked for before the partition changed may
// still be on its way, but the leader has forgotten it.
func (d *data) proposed(name string, p *metadata.Partition) *kmsg.AlterPartitionRequestTopicPartition {
	for _, r := range d.held[name] {
		ask := &r.Topics[0].Partitions[0]
		if ask.PartitionEpoch == int32(p.PartitionEpoch) && ask.LeaderEpoch == int32(p.LeaderEpoch) {
			return ask
		}
	}
	return nil
}

// common counts the records two logs begin with.
func common(a, b []kafka.LeaderEpoch) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// propose asks for an ISR of replicas that have all the leader has. The request may be on its way for a while.
func (d *data) propose(t *rapid.T, n kafka.PartitionID) {
	name, p, ok := d.leads(n)
	if !ok || d.proposed(name, p) != nil || len(d.held[name]) > 3 {
		return
	}
	topic, _ := d.image.Topic("t")
	r, ask := kmsg.NewPtrAlterPartitionRequest(), kmsg.NewAlterPartitionRequestTopicPartition()
	r.BrokerID, r.BrokerEpoch = int32(p.Leader), int64(d.epoch(p.Leader))
	ask.Partition, ask.LeaderEpoch, ask.PartitionEpoch = int32(n), int32(p.LeaderEpoch), int32(p.PartitionEpoch)
	for _, id := range p.Replicas {
		if id == p.Leader || !d.down[id] && slices.Equal(d.logs[name][id], d.logs[name][p.Leader]) &&
			rapid.IntRange(0, 3).Draw(t, "in") > 0 {
			ask.NewEpochISR = append(ask.NewEpochISR,
				kmsg.AlterPartitionRequestTopicPartitionNewEpochISR{BrokerID: int32(id), BrokerEpoch: int64(d.epoch(id))})
		}
	}
	r.Topics = []kmsg.AlterPartitionRequestTopic{{TopicID: topic.ID,
		Partitions: []kmsg.AlterPartitionRequestTopicPartition{ask}}}
	if rapid.Bool().Draw(t, "at once") {
		d.ask(r)
	} else {
		d.held[name] = append(d.held[name], r)
	}
}

// follow looks at the leaders there are now. A leader that lost everything itself is not asked.
func (d *data) follow() {
	for name, p := range d.partitions() {
		if d.logs[name] == nil {
			d.logs[name] = map[kafka.NodeID][]kafka.LeaderEpoch{}
		}
		if p.Leader == kafka.NoNode || d.cut[p.Leader] || d.epochs[name] == p.LeaderEpoch {
			continue
		}
		d.epochs[name] = p.LeaderEpoch
		has := common(d.committed[name], d.logs[name][p.Leader])
		if p.LeaderRecovery == metadata.Recovering {
			d.committed[name] = d.committed[name][:has] // lost, and said so
		}
		require.Equal(d.t, len(d.committed[name]), has, "%s: its leader lacks committed records", line(name, p))
	}
}
