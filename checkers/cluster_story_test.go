package checkers

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"gregor/checkers/history"
	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// configure reads "voters=k1,k2 directory-ids without-elr no-unclean".
func (s *story) configure(words []string) {
	a := args{story: s, words: words}
	if voters := a.named("voters", ""); voters != "" {
		s.config.Voters = strings.Split(voters, ",")
	}
	s.config.DirectoryIDs = a.flag("directory-ids")
	s.config.WithoutELR = a.flag("without-elr")
	if a.flag("no-unclean") {
		s.config.UncleanAllowed = func(string) bool { return false }
	}
	if len(a.words) > 0 {
		s.fail("%v left over", a.words)
	}
}

// id is the number in the teller's name, -1 if there is none but 0.
func (a *args) id() kafka.NodeID {
	n, err := strconv.Atoi(strings.TrimLeft(a.who, "abcdefghijklmnopqrstuvwxyz"))
	if err != nil || n == 0 {
		return -1
	}
	return kafka.NodeID(n)
}

func (a *args) nodeID() kafka.NodeID     { return kafka.NodeID(a.number()) }
func (a *args) epoch() kafka.LeaderEpoch { return kafka.LeaderEpoch(a.number()) }

// ids reads a list like 1,2,3; "-" is none.
func (a *args) ids(list string) []kafka.NodeID {
	var out []kafka.NodeID
	for _, w := range strings.Split(list, ",") {
		if w != "-" && w != "" {
			out = append(out, kafka.NodeID(a.num(w)))
		}
	}
	return out
}

// cluster has brokers b1 to bn registered and a partition placed on all of them, led by b1 in epoch 0:
// "cluster n [partition] [min=m]".
func (a *args) cluster(event uint64) {
	n, least := int(a.number()), int(a.num(a.named("min", "1")))
	var all []kafka.NodeID
	for i := range n {
		all = append(all, kafka.NodeID(i+1))
	}
	name := func(id kafka.NodeID) string { return "b" + strconv.Itoa(int(id)) }
	image := env.PartitionChanged{TopicPartition: a.tp, At: 10, Leader: 1, Replicas: all, ISR: all, MinISR: least}
	for _, id := range all {
		a.tell(event, name(id), env.Registered{Node: id, Epoch: kafka.BrokerEpoch(id)})
		a.tell(event, name(id), env.BrokerStanding{Broker: id, Epoch: kafka.BrokerEpoch(id), At: kafka.Offset(id)})
		a.tell(event, name(id), env.Started{Node: id})
		a.tell(event, name(id), image)
		a.tell(event, name(id), env.LogRecovered{TopicPartition: a.tp})
		if id == 1 {
			a.tell(event, name(id), env.BecameLeader{TopicPartition: a.tp})
			a.tell(event, name(id), env.IsrChanged{TopicPartition: a.tp, ISR: all})
		} else {
			a.tell(event, name(id), env.BecameFollower{TopicPartition: a.tp, Leader: 1})
		}
	}
}

func (a *args) replicaFact(verb string) env.Fact {
	switch verb {
	case "registers":
		return env.Registered{Node: a.id(), Epoch: kafka.BrokerEpoch(a.number()), Again: a.flag("again")}
	case "follows":
		return env.BecameFollower{TopicPartition: a.tp, Leader: a.nodeID(), Epoch: a.epoch()}
	case "isr": // epoch partition-epoch ids
		return env.IsrChanged{TopicPartition: a.tp, Epoch: a.epoch(), PartitionEpoch: int32(a.number()), ISR: a.ids(a.next())}
	case "proposes": // epoch partition-epoch committed proposed
		return env.IsrProposed{TopicPartition: a.tp, Epoch: a.epoch(), PartitionEpoch: int32(a.number()),
			Committed: a.ids(a.next()), Proposed: a.ids(a.next())}
	case "begins": // epoch start
		return env.EpochBegun{TopicPartition: a.tp, Epoch: a.epoch(), Start: a.offset()}
	case "hears": // epoch follower offset fetch-epoch last-epoch
		return env.FollowerHeard{TopicPartition: a.tp, Epoch: a.epoch(), Broker: a.nodeID(), Offset: a.offset(),
			FetchEpoch: a.epoch(), LastEpoch: a.epoch()}
	case "dropped-replica":
		return env.ReplicaDropped{TopicPartition: a.tp}
	case "deleted": // below ids
		return env.RecordsDeleted{TopicPartition: a.tp, To: a.offset(), Replicas: a.ids(a.next())}
	case "says":
		return a.image()
	case "broker":
		return env.BrokerStanding{Broker: a.nodeID(), Epoch: kafka.BrokerEpoch(a.number()),
			At:     kafka.Offset(a.num(a.named("at", "0"))),
			Fenced: a.flag("fenced"), Stopping: a.flag("stopping"), Gone: a.flag("gone")}
	case "applied":
		return env.MetadataApplied{Node: a.id(), To: a.offset(), Digest: uint64(a.number())}
	case "decides":
		return env.ActiveController{Node: a.id(), Epoch: a.epoch()}
	case "decides-no-more":
		return env.ControllerResigned{Node: a.id(), Epoch: a.epoch()}
	}
	return a.quorumFact(verb)
}

// image reads "epoch/partition-epoch leader replicas isr [elr=…] [at=n] [min=n] [topic=word] [unclean] [gone]".
func (a *args) image() env.Fact {
	f := env.PartitionChanged{TopicPartition: a.tp, At: -1, Unclean: a.flag("unclean"), Gone: a.flag("gone"),
		ELR:    a.ids(a.named("elr", "")),
		MinISR: int(a.num(a.named("min", "1")))}
	at := a.named("at", "")
	copy(f.TopicID[:], a.named("topic", ""))
	epoch, partitionEpoch, _ := strings.Cut(a.next(), "/")
	f.Epoch, f.PartitionEpoch = kafka.LeaderEpoch(a.num(epoch)), int32(a.num(partitionEpoch))
	f.Leader, f.Replicas, f.ISR = a.nodeID(), a.ids(a.next()), a.ids(a.next())
	f.At = 10 + kafka.Offset(f.PartitionEpoch)
	if at != "" {
		f.At = kafka.Offset(a.num(at))
	}
	return f
}

func (a *args) quorumFact(verb string) env.Fact {
	switch verb {
	case "q-leads":
		return env.BecameQuorumLeader{Node: a.id(), Epoch: a.epoch()}
	case "q-resigned":
		return env.QuorumResigned{Node: a.id(), Epoch: a.epoch(), Reason: "asked"}
	case "q-voted":
		return env.QuorumVoted{Node: a.id(), Epoch: a.epoch(), Candidate: a.nodeID()}
	case "q-high":
		return env.QuorumHighWatermark{Node: a.id(), Epoch: a.epoch(), Offset: a.offset()}
	case "q-appended":
		f := env.QuorumAppended{Node: a.id(), Epoch: kafka.LeaderEpoch(a.num(a.named("epoch", "1"))),
			CRC: crc32.ChecksumIEEE([]byte(a.named("crc", "")))}
		from, to, _ := strings.Cut(a.next(), "..")
		f.Base, f.Last = kafka.Offset(a.num(from)), kafka.Offset(a.num(to))
		return f
	case "q-flushed":
		return env.QuorumFlushed{Node: a.id(), To: a.offset()}
	case "q-cutting":
		return env.QuorumCutting{Node: a.id(), Anew: a.flag("anew"),
			Epoch: kafka.LeaderEpoch(a.num(a.named("epoch", "1000"))), To: a.offset()}
	case "q-truncated":
		return env.QuorumTruncated{Node: a.id(), To: a.offset(), Reason: "truncation"}
	case "q-snapshot":
		return env.QuorumSnapshotted{Node: a.id(), End: a.offset(), Epoch: a.epoch()}
	case "q-recovered":
		return env.LogRecovered{TopicPartition: model.MetadataLog, Start: a.offset(), End: a.offset(), Clean: a.flag("clean")}
	case "q-start":
		return env.LogStartAdvanced{TopicPartition: model.MetadataLog, To: a.offset(), Reason: "snapshot"}
	}
	return a.factByName(verb)
}

// factByName reads a fact by its name in a history file, with its fields as name=value.
func (a *args) factByName(name string) env.Fact {
	fields := []string{fmt.Sprintf(`{"fact":%q`, name)}
	for _, w := range a.rest() {
		field, value, _ := strings.Cut(w, "=")
		if !json.Valid([]byte(value)) {
			value = strconv.Quote(value)
		}
		fields = append(fields, fmt.Sprintf("%q:%s", field, value))
	}
	partition := fmt.Sprintf(`"topic":%q,"partition":%d`, a.tp.Topic, a.tp.Partition)
	h, err := history.Read(strings.NewReader(strings.Join(append(fields, partition), ",") + "}"))
	if err != nil { // a fact about no partition
		h, err = history.Read(strings.NewReader(strings.Join(fields, ",") + "}"))
	}
	if err != nil || len(h.Facts) != 1 {
		a.fail("verb %q: %v", name, err)
	}
	return h.Facts[0].Fact
}
