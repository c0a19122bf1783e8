package wire

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

func produceFrame(version int16, partitions, size int) []byte {
	batch := batchOf(record.None, strings.Repeat("v", size))
	req := kmsg.NewPtrProduceRequest()
	req.Version, req.Acks = version, -1
	req.Topics = []kmsg.ProduceRequestTopic{{Topic: "orders", TopicID: [16]byte{1}}}
	for i := range partitions {
		req.Topics[0].Partitions = append(req.Topics[0].Partitions,
			kmsg.ProduceRequestTopicPartition{Partition: int32(i), Records: batch})
	}
	client := "producer-1"
	return frameOf(req, &client)
}

func fetchFrame(version int16, partitions int) []byte {
	req := kmsg.NewPtrFetchRequest()
	req.Version, req.MaxBytes = version, 50<<20
	req.Topics = []kmsg.FetchRequestTopic{{Topic: "orders", TopicID: [16]byte{1}}}
	for i := range partitions {
		p := kmsg.NewFetchRequestTopicPartition()
		p.Partition, p.PartitionMaxBytes = int32(i), 1<<20
		req.Topics[0].Partitions = append(req.Topics[0].Partitions, p)
	}
	client := "consumer-1"
	return frameOf(req, &client)
}

func fetchResponse(f *FetchResponse, partitions int) {
	f.Reset()
	topic := f.AddTopic("orders", kafka.UUID{1})
	for i := range partitions {
		p := topic.AddPartition(kafka.PartitionID(i), kafka.None)
		p.HighWatermark, p.LastStableOffset, p.LogStart = 100, 100, 0
		p.Records = append(p.Records, env.Segment{Region: env.Region{File: 2, Pos: 0, Length: 64 << 10}})
	}
}

func produceResponse(p *ProduceResponse, partitions int) {
	p.Reset()
	topic := p.AddTopic("orders", kafka.UUID{1})
	for i := range partitions {
		topic.AddPartition(kafka.PartitionID(i), kafka.None).BaseOffset = 42
	}
}

// hotPaths are the four that run for every produce and fetch.
func hotPaths(partitions, size int) map[string]func() {
	p := New(Limits{})
	again := func(frame []byte) func() {
		var reuse any
		return func() {
			q, err := p.Decode(frame, reuse)
			if err != nil {
				panic(err)
			}
			reuse = q
		}
	}
	var f FetchResponse
	var r ProduceResponse
	var head []byte
	var out []env.Segment
	return map[string]func(){
		"DecodeProduceV9":    again(produceFrame(9, partitions, size)),
		"DecodeProduceV13":   again(produceFrame(13, partitions, size)),
		"DecodeFetchV4":      again(fetchFrame(4, partitions)),
		"DecodeFetchV18":     again(fetchFrame(18, partitions)),
		"FetchResponseV11":   func() { fetchResponse(&f, partitions); head, out = f.Append(head[:0], out[:0], 11, 1) },
		"FetchResponseV18":   func() { fetchResponse(&f, partitions); head, out = f.Append(head[:0], out[:0], 18, 1) },
		"ProduceResponseV13": func() { produceResponse(&r, partitions); head = r.Append(head[:0], 13, 1) },
	}
}

func TestHotPathsDoNotAllocate(t *testing.T) {
	for name, run := range hotPaths(16, 100) {
		if n := testing.AllocsPerRun(20, run); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkHotPaths(b *testing.B) {
	for _, c := range []struct {
		name             string
		partitions, size int
	}{{"1x1K", 1, 1 << 10}, {"16x1K", 16, 1 << 10}, {"1x1M", 1, 1 << 20}} {
		for name, run := range hotPaths(c.partitions, c.size) {
			b.Run(name+"/"+c.name, func(b *testing.B) {
				b.ReportAllocs()
				if strings.HasPrefix(name, "DecodeProduce") {
					b.SetBytes(int64(c.partitions * c.size))
				}
				for b.Loop() {
					run()
				}
			})
		}
	}
}

// BenchmarkOthers is what goes through kmsg: the walk, the decode and the encode.
func BenchmarkOthers(b *testing.B) {
	metadata := kmsg.NewPtrMetadataRequest()
	metadata.Version = 13
	for range 10 {
		metadata.Topics = append(metadata.Topics, kmsg.MetadataRequestTopic{Topic: kmsg.StringPtr("orders")})
	}
	join := kmsg.NewPtrJoinGroupRequest()
	join.Version, join.Group, join.ProtocolType = 9, "billing", "consumer"
	join.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range", Metadata: make([]byte, 100)}}
	heartbeat := kmsg.NewPtrHeartbeatRequest()
	heartbeat.Version, heartbeat.Group, heartbeat.MemberID = 4, "billing", "member"
	for _, req := range []kmsg.Request{metadata, join, heartbeat} {
		a, frame, p := Lookup(req.Key()), frameOf(req, nil), New(Limits{})
		body := req.AppendTo(nil)
		b.Run(a.Name+"/walk", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := reader{src: body, flexible: true, elements: DefaultElements, tags: DefaultTags}
				a.body.walk(&r, req.GetVersion())
			}
		})
		b.Run(a.Name+"/decode", func(b *testing.B) {
			b.ReportAllocs()
			var reuse any
			for b.Loop() {
				reuse, _ = p.Decode(frame, reuse)
			}
		})
	}
	resp := ApiVersionsResponse(&Request{Version: 5}, OnBroker, []Feature{MetadataVersion()}, 1)
	b.Run("ApiVersions/encode", func(b *testing.B) {
		b.ReportAllocs()
		var dst []byte
		for b.Loop() {
			dst = AppendResponse(dst[:0], 1, resp)
		}
	})
}
