package broker_test

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

var hexes = regexp.MustCompile(`[0-9a-f]{32}`)

// requests make requests of the words of a command. A version below zero asks for the newest.
var requests map[string]func(k *talk) kmsg.Request

func init() {
	requests = map[string]func(k *talk) kmsg.Request{
		"api-versions": func(k *talk) kmsg.Request {
			r := newest(kmsg.NewPtrApiVersionsRequest())
			r.ClientSoftwareName, r.ClientSoftwareVersion = k.str("software", "test"), "1"
			return r
		},
		"metadata":                  (*talk).metadata,
		"create-topics":             (*talk).createTopics,
		"delete-topics":             (*talk).deleteTopics,
		"create-partitions":         (*talk).createPartitions,
		"produce":                   (*talk).produce,
		"fetch":                     (*talk).fetch,
		"list-offsets":              (*talk).listOffsets,
		"epoch-end":                 (*talk).epochEnd,
		"delete-records":            (*talk).deleteRecords,
		"describe-configs":          (*talk).describeConfigs,
		"alter-configs":             (*talk).alterConfigs,
		"configure":                 (*talk).configure,
		"find-coordinator":          (*talk).findCoordinator,
		"init-producer-id":          (*talk).initProducerID,
		"describe-log-dirs":         (*talk).describeLogDirs,
		"describe-topic-partitions": (*talk).describeTopicPartitions,
		"describe-producers":        (*talk).describeProducers,
		"join":                      (*talk).join,
		"commit":                    (*talk).commit,
		"committed":                 (*talk).committed,
		"describe-cluster": func(k *talk) kmsg.Request {
			r := newest(kmsg.NewPtrDescribeClusterRequest())
			r.EndpointType = int8(k.number("endpoint", 1))
			return r
		},
		"heartbeat-848": func(k *talk) kmsg.Request {
			r := newest(kmsg.NewPtrConsumerGroupHeartbeatRequest())
			r.Group, r.MemberID = k.bare[0], "m"
			return r
		},
		"list-config-resources": func(k *talk) kmsg.Request {
			r := newest(kmsg.NewPtrListConfigResourcesRequest())
			for _, t := range k.bare {
				n, _ := strconv.Atoi(t)
				r.ResourceTypes = append(r.ResourceTypes, int8(n))
			}
			return r
		},
	}
}

// newest marks a request to be sent in the newest version.
func newest[T kmsg.Request](r T) T {
	r.SetVersion(-1)
	return r
}

// metadata [all | none | topic … | id:topic …] auto-create=no
func (k *talk) metadata() kmsg.Request {
	r := newest(kmsg.NewPtrMetadataRequest())
	r.AllowAutoTopicCreation = k.str("auto-create", "no") == "yes"
	if len(k.bare) == 1 && k.bare[0] == "all" {
		return r
	}
	r.Topics = []kmsg.MetadataRequestTopic{}
	for _, name := range k.bare {
		if name == "none" {
			continue
		}
		t := kmsg.NewMetadataRequestTopic()
		if id, ok := strings.CutPrefix(name, "id:"); ok {
			t.TopicID = k.id(id)
		} else {
			t.Topic = &name
		}
		r.Topics = append(r.Topics, t)
	}
	return r
}

// id is a topic's id by what it is called here, or one that no topic has.
func (k *talk) id(name string) kafka.UUID {
	if name == "zero" {
		return kafka.UUID{}
	}
	for id, called := range k.topics {
		if called == name {
			return id
		}
	}
	return kafka.UUID{0: 9, 15: 9}
}

// create-topics name[:partitions[:factor[:config:value…]]] … validate=yes timeout=60s
func (k *talk) createTopics() kmsg.Request {
	r := newest(kmsg.NewPtrCreateTopicsRequest())
	r.ValidateOnly, r.TimeoutMillis = k.str("validate", "no") == "yes", k.millis("timeout", "60s")
	for _, spec := range k.bare {
		f := strings.Split(spec, ":")
		t := kmsg.NewCreateTopicsRequestTopic()
		t.Topic, t.NumPartitions, t.ReplicationFactor = strings.ReplaceAll(f[0], "EMPTY", ""), -1, -1
		if strings.HasPrefix(f[0], "LONG") {
			t.Topic = strings.Repeat("x", 249) + f[0][4:]
		}
		if len(f) > 1 {
			n, _ := strconv.Atoi(f[1])
			t.NumPartitions = int32(n)
		}
		if len(f) > 2 {
			n, _ := strconv.Atoi(f[2])
			t.ReplicationFactor = int16(n)
		}
		for i := 3; i < len(f); i += 2 {
			c := kmsg.NewCreateTopicsRequestTopicConfig()
			if c.Name = f[i]; i+1 < len(f) {
				c.Value = &f[i+1]
			}
			t.Configs = append(t.Configs, c)
		}
		if a, ok := k.arg["assign"]; ok { // replicas of each partition, comma separated
			for i, b := range strings.Split(a, ",") {
				n, _ := strconv.Atoi(b)
				t.ReplicaAssignment = append(t.ReplicaAssignment,
					kmsg.CreateTopicsRequestTopicReplicaAssignment{Partition: int32(i), Replicas: []int32{int32(n)}})
			}
		}
		r.Topics = append(r.Topics, t)
	}
	return r
}

// delete-topics name … id:topic … both:topic
func (k *talk) deleteTopics() kmsg.Request {
	r := newest(kmsg.NewPtrDeleteTopicsRequest())
	for _, name := range k.bare {
		name = strings.Replace(name, "LONG", strings.Repeat("x", 249), 1)
		t := kmsg.NewDeleteTopicsRequestTopic()
		if id, ok := strings.CutPrefix(name, "id:"); ok {
			t.TopicID = k.id(id)
		} else if both, ok := strings.CutPrefix(name, "both:"); ok {
			t.Topic, t.TopicID = &both, k.id(both)
		} else if name != "nothing" {
			t.Topic = &name
		}
		r.Topics = append(r.Topics, t)
		r.TopicNames = append(r.TopicNames, name)
	}
	return r
}

// create-partitions topic:count … validate=yes assign=none (an empty list, which is not null)
func (k *talk) createPartitions() kmsg.Request {
	r := newest(kmsg.NewPtrCreatePartitionsRequest())
	r.ValidateOnly = k.str("validate", "no") == "yes"
	for _, spec := range k.bare {
		name, count, _ := strings.Cut(spec, ":")
		n, _ := strconv.Atoi(count)
		t := kmsg.NewCreatePartitionsRequestTopic()
		t.Topic, t.Count = name, int32(n)
		if k.arg["assign"] == "none" {
			t.Assignment = []kmsg.CreatePartitionsRequestTopicAssignment{}
		}
		r.Topics = append(r.Topics, t)
	}
	return r
}

// produce topic-0 value|key:value … [/ topic-1 …] acks=all timeout=30s pid= epoch= seq= codec= ts= n= size= attr=
func (k *talk) produce() kmsg.Request {
	r := newest(kmsg.NewPtrProduceRequest())
	n, err := strconv.Atoi(strings.Replace(k.str("acks", "all"), "all", "-1", 1))
	if err != nil {
		k.t.Fatalf("acks: %v", err)
	}
	r.Acks, r.TimeoutMillis = int16(n), k.millis("timeout", "30s")
	if id, ok := k.arg["txn"]; ok {
		r.TransactionID = &id
	}
	byID := true
	for _, part := range split(k.bare, "/") {
		name, number := k.partition(part[0])
		if len(r.Topics) == 0 || r.Topics[len(r.Topics)-1].Topic != name {
			t := kmsg.NewProduceRequestTopic()
			t.Topic, t.TopicID = name, k.ids[name]
			byID = byID && t.TopicID != [16]byte{}
			r.Topics = append(r.Topics, t)
		}
		t := &r.Topics[len(r.Topics)-1]
		p := kmsg.NewProduceRequestTopicPartition()
		p.Partition, p.Records = number, k.batch(part[1:])
		t.Partitions = append(t.Partitions, p)
	}
	if !byID {
		r.SetVersion(12)
	}
	return r
}

func split(words []string, at string) (parts [][]string) {
	parts = append(parts, nil)
	for _, w := range words {
		if w == at {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], w)
	}
	return parts
}

func (k *talk) batch(values []string) []byte {
	o := record.Options{Codec: map[string]record.Codec{"": record.None, "gzip": record.Gzip, "snappy": record.Snappy,
		"lz4": record.LZ4, "zstd": record.Zstd}[k.arg["codec"]]}
	if id := k.number("pid", -1); id >= 0 {
		o.HasProducer, o.ProducerID = true, kafka.ProducerID(id)
		o.ProducerEpoch, o.BaseSequence = kafka.ProducerEpoch(k.number("epoch", 0)), kafka.Sequence(k.number("seq", 0))
	}
	b := record.NewBuilder(o)
	ts := k.clock().Wall + env.WallMillis(k.duration(k.str("ts", "0s")).Milliseconds())
	for range k.number("n", 0) {
		b.Add(ts, nil, make([]byte, k.number("size", 10)))
	}
	for i, v := range values {
		var key []byte
		if name, value, ok := strings.Cut(v, ":"); ok {
			key, v = []byte(name), value
		}
		b.Add(ts+env.WallMillis(i), key, []byte(v))
	}
	if b.Count() == 0 {
		return nil
	}
	batch := append([]byte(nil), b.Build()...)
	if k.arg["corrupt"] == "yes" {
		batch[len(batch)-1] ^= 1
	}
	if attr := k.number("attr", 0); attr != 0 { // what it says is not so
		batch[22] |= byte(attr)
		binary.BigEndian.PutUint32(batch[17:], record.Batch(batch).ComputeCRC())
	}
	return batch
}

// fetch topic-0@offset … max-wait=500ms min-bytes=1 max-bytes= part-bytes= session=1 session-epoch=1 forget=topic-0
// known= last= committed=yes isolation= by=topic (whose id is sent; "zero" has the id that no topic has)
func (k *talk) fetch() kmsg.Request {
	r := newest(kmsg.NewPtrFetchRequest())
	r.MaxWaitMillis, r.MinBytes = k.millis("max-wait", "500ms"), int32(k.number("min-bytes", 1))
	r.MaxBytes = int32(k.number("max-bytes", 1<<20))
	if k.arg["committed"] == "yes" {
		r.IsolationLevel = 1
	}
	r.IsolationLevel = int8(k.number("isolation", int64(r.IsolationLevel)))
	r.SessionID, r.SessionEpoch = k.session(), int32(k.number("session-epoch", -1))
	byID := true
	for _, at := range k.bare {
		name, offset, _ := strings.Cut(at, "@")
		topic, number := k.partition(name)
		id := k.ids[topic]
		if by, ok := k.arg["by"]; ok {
			id = k.id(by)
		}
		byID = byID && (id != kafka.UUID{} || k.arg["by"] == "zero")
		if len(r.Topics) == 0 || r.Topics[len(r.Topics)-1].Topic != topic {
			r.Topics = append(r.Topics, kmsg.FetchRequestTopic{Topic: topic, TopicID: id})
		}
		t := &r.Topics[len(r.Topics)-1]
		p := kmsg.NewFetchRequestTopicPartition()
		p.Partition, p.FetchOffset, _ = number, 0, 0
		p.FetchOffset, _ = strconv.ParseInt(offset, 10, 64)
		p.PartitionMaxBytes = int32(k.number("part-bytes", 1<<20))
		p.CurrentLeaderEpoch, p.LastFetchedEpoch = int32(k.number("known", -1)), int32(k.number("last", -1))
		t.Partitions = append(t.Partitions, p)
	}
	if names, ok := k.arg["forget"]; ok {
		for _, name := range strings.Split(names, ",") {
			topic, number := k.partition(name)
			r.ForgottenTopics = append(r.ForgottenTopics, kmsg.FetchRequestForgottenTopic{Topic: topic, TopicID: k.ids[topic],
				Partitions: []int32{number}})
		}
	}
	if !byID {
		r.SetVersion(12)
	}
	return r
}

// session is the id of a fetch session by its order, or a number that is none.
func (k *talk) session() int32 {
	n := k.number("session", 0)
	for id, order := range k.sessions {
		if int64(order) == n {
			return id
		}
	}
	return int32(n)
}

// list-offsets topic-0@latest|earliest|max|local|tiered|pending|time|-7 … known= isolation=
func (k *talk) listOffsets() kmsg.Request {
	r := newest(kmsg.NewPtrListOffsetsRequest())
	r.ReplicaID, r.IsolationLevel = -1, int8(k.number("isolation", 0))
	for _, at := range k.bare {
		name, when, _ := strings.Cut(at, "@")
		topic, number := k.partition(name)
		p := kmsg.NewListOffsetsRequestTopicPartition()
		p.Partition, p.CurrentLeaderEpoch = number, int32(k.number("known", -1))
		special, ok := map[string]int64{"latest": -1, "earliest": -2, "max": -3, "local": -4, "tiered": -5,
			"pending": -6}[when]
		switch d, err := time0(when); {
		case ok:
			p.Timestamp = special
		case err == nil:
			p.Timestamp = int64(k.wall) + d
		default:
			p.Timestamp, _ = strconv.ParseInt(when, 10, 64)
		}
		r.Topics = append(r.Topics, kmsg.ListOffsetsRequestTopic{Topic: topic,
			Partitions: []kmsg.ListOffsetsRequestTopicPartition{p}})
	}
	return r
}

// time0 reads t+5, milliseconds after the conversation's beginning.
func time0(s string) (int64, error) {
	text, ok := strings.CutPrefix(s, "t+")
	if !ok {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(text, 10, 64)
}

// epoch-end topic-0@epoch … known=
func (k *talk) epochEnd() kmsg.Request {
	r := newest(kmsg.NewPtrOffsetForLeaderEpochRequest())
	r.ReplicaID = -1
	for _, at := range k.bare {
		name, epoch, _ := strings.Cut(at, "@")
		topic, number := k.partition(name)
		n, _ := strconv.Atoi(epoch)
		r.Topics = append(r.Topics, kmsg.OffsetForLeaderEpochRequestTopic{Topic: topic,
			Partitions: []kmsg.OffsetForLeaderEpochRequestTopicPartition{
				{Partition: number, CurrentLeaderEpoch: int32(k.number("known", -1)), LeaderEpoch: int32(n)}}})
	}
	return r
}

// delete-records topic-0@offset …
func (k *talk) deleteRecords() kmsg.Request {
	r := newest(kmsg.NewPtrDeleteRecordsRequest())
	for _, at := range k.bare {
		name, offset, _ := strings.Cut(at, "@")
		topic, number := k.partition(name)
		n, _ := strconv.ParseInt(offset, 10, 64)
		r.Topics = append(r.Topics, kmsg.DeleteRecordsRequestTopic{Topic: topic,
			Partitions: []kmsg.DeleteRecordsRequestTopicPartition{{Partition: number, Offset: n}}})
	}
	return r
}

// resource reads topic:orders, broker:1, broker: (all of them), logger:1, group:g.
func resource(s string) (kmsg.ConfigResourceType, string) {
	kind, name, _ := strings.Cut(s, ":")
	n, err := strconv.Atoi(kind)
	if err != nil {
		n = map[string]int{"topic": 2, "broker": 4, "logger": 8, "metrics": 16, "group": 32}[kind]
	}
	return kmsg.ConfigResourceType(n), name
}

// describe-configs resource [name …] synonyms=yes docs=yes
func (k *talk) describeConfigs() kmsg.Request {
	r := newest(kmsg.NewPtrDescribeConfigsRequest())
	r.IncludeSynonyms, r.IncludeDocumentation = k.arg["synonyms"] == "yes", k.arg["docs"] == "yes"
	in := kmsg.NewDescribeConfigsRequestResource()
	in.ResourceType, in.ResourceName = resource(k.bare[0])
	if in.ConfigNames = k.bare[1:]; len(in.ConfigNames) == 0 && k.arg["names"] != "empty" {
		in.ConfigNames = nil
	}
	r.Resources = append(r.Resources, in)
	return r
}

// alter-configs resource name:value … validate=yes
func (k *talk) alterConfigs() kmsg.Request {
	r := newest(kmsg.NewPtrAlterConfigsRequest())
	r.ValidateOnly = k.str("validate", "no") == "yes"
	for _, part := range split(k.bare, "/") {
		in := kmsg.NewAlterConfigsRequestResource()
		in.ResourceType, in.ResourceName = resource(part[0])
		for _, c := range part[1:] {
			name, value, ok := strings.Cut(c, ":")
			o := kmsg.AlterConfigsRequestResourceConfig{Name: name}
			if ok {
				o.Value = &value
			}
			in.Configs = append(in.Configs, o)
		}
		r.Resources = append(r.Resources, in)
	}
	return r
}

// configure resource set:name:value delete:name append:name:value subtract:name:value 9:name:value … validate=yes
func (k *talk) configure() kmsg.Request {
	r := newest(kmsg.NewPtrIncrementalAlterConfigsRequest())
	r.ValidateOnly = k.str("validate", "no") == "yes"
	for _, part := range split(k.bare, "/") {
		in := kmsg.NewIncrementalAlterConfigsRequestResource()
		in.ResourceType, in.ResourceName = resource(part[0])
		for _, c := range part[1:] {
			f := strings.SplitN(c, ":", 3)
			op, ok := map[string]int{"set": 0, "delete": 1, "append": 2, "subtract": 3}[f[0]]
			if !ok {
				op, _ = strconv.Atoi(f[0])
			}
			o := kmsg.IncrementalAlterConfigsRequestResourceConfig{Name: f[1], Op: kmsg.IncrementalAlterConfigOp(op)}
			if len(f) > 2 {
				o.Value = &f[2]
			}
			in.Configs = append(in.Configs, o)
		}
		r.Resources = append(r.Resources, in)
	}
	return r
}

// find-coordinator key … kind=
func (k *talk) findCoordinator() kmsg.Request {
	r := newest(kmsg.NewPtrFindCoordinatorRequest())
	r.CoordinatorType, r.CoordinatorKeys = int8(k.number("kind", 0)), k.bare
	if len(k.bare) > 0 {
		r.CoordinatorKey = k.bare[0]
	}
	return r
}

// init-producer-id txn= timeout= pid= epoch=
func (k *talk) initProducerID() kmsg.Request {
	r := newest(kmsg.NewPtrInitProducerIDRequest())
	if id, ok := k.arg["txn"]; ok {
		r.TransactionalID = &id
	}
	r.TransactionTimeoutMillis = k.millis("timeout", "60s")
	r.ProducerID, r.ProducerEpoch = k.number("pid", -1), int16(k.number("epoch", -1))
	return r
}

// describe-log-dirs [topic-0 …]
func (k *talk) describeLogDirs() kmsg.Request {
	r := newest(kmsg.NewPtrDescribeLogDirsRequest())
	for _, name := range k.bare {
		if topic, ok := strings.CutSuffix(name, "-none"); ok {
			r.Topics = append(r.Topics, kmsg.DescribeLogDirsRequestTopic{Topic: topic})
			continue
		}
		topic, number := k.partition(name)
		r.Topics = append(r.Topics, kmsg.DescribeLogDirsRequestTopic{Topic: topic, Partitions: []int32{number}})
	}
	return r
}

// describe-topic-partitions topic … limit= cursor=topic-0
func (k *talk) describeTopicPartitions() kmsg.Request {
	r := newest(kmsg.NewPtrDescribeTopicPartitionsRequest())
	r.ResponsePartitionLimit = int32(k.number("limit", 2000))
	for _, name := range k.bare {
		r.Topics = append(r.Topics, kmsg.DescribeTopicPartitionsRequestTopic{Topic: name})
	}
	if at, ok := k.arg["cursor"]; ok {
		c := kmsg.NewDescribeTopicPartitionsRequestCursor()
		topic, n, _ := strings.Cut(at, "@")
		number, _ := strconv.Atoi(n)
		c.Topic, c.Partition = topic, int32(number)
		r.Cursor = &c
	}
	return r
}

func (k *talk) describeProducers() kmsg.Request {
	r := newest(kmsg.NewPtrDescribeProducersRequest())
	for _, name := range k.bare {
		topic, number := k.partition(name)
		r.Topics = append(r.Topics, kmsg.DescribeProducersRequestTopic{Topic: topic, Partitions: []int32{number}})
	}
	return r
}

// join group
func (k *talk) join() kmsg.Request {
	r := newest(kmsg.NewPtrJoinGroupRequest())
	r.Group, r.ProtocolType, r.MemberID = k.bare[0], "consumer", k.str("member", "")
	r.SessionTimeoutMillis, r.RebalanceTimeoutMillis = 10_000, 10_000
	r.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range", Metadata: []byte{1}}}
	r.SetVersion(3) // which does not ask for a member id first
	return r
}

// commit group topic-0@offset
func (k *talk) commit() kmsg.Request {
	r := newest(kmsg.NewPtrOffsetCommitRequest())
	r.Group, r.Generation = k.bare[0], -1
	for _, at := range k.bare[1:] {
		name, offset, _ := strings.Cut(at, "@")
		topic, number := k.partition(name)
		n, _ := strconv.ParseInt(offset, 10, 64)
		t := kmsg.NewOffsetCommitRequestTopic()
		p := kmsg.NewOffsetCommitRequestTopicPartition()
		meta := k.str("note", "")
		t.Topic, p.Partition, p.Offset, p.Metadata = topic, number, n, &meta
		t.Partitions = append(t.Partitions, p)
		r.Topics = append(r.Topics, t)
	}
	r.SetVersion(8)
	return r
}

// committed group topic-0
func (k *talk) committed() kmsg.Request {
	r := newest(kmsg.NewPtrOffsetFetchRequest())
	r.Group = k.bare[0]
	r.Topics = []kmsg.OffsetFetchRequestTopic{}
	for _, name := range k.bare[1:] {
		topic, number := k.partition(name)
		r.Topics = append(r.Topics, kmsg.OffsetFetchRequestTopic{Topic: topic, Partitions: []int32{number}})
	}
	r.SetVersion(7)
	return r
}
