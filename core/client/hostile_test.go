package client_test

import (
	"slices"
	"testing"
	"time"

	"gregor/core/client"
	"gregor/core/env"
	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

// mangler damages some of the first answers: cut off, lengthened, or with bytes changed.
func mangler(rt *rapid.T) func([]byte) []byte {
	type wound struct {
		kind, at int
		by       byte
	}
	plan := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) wound {
		return wound{rapid.IntRange(0, 4).Draw(rt, "kind"), rapid.IntRange(0, 300).Draw(rt, "at"),
			rapid.Byte().Draw(rt, "by")}
	}), 0, 30).Draw(rt, "wounds")
	return func(body []byte) []byte {
		if len(plan) == 0 || len(body) == 0 {
			return body
		}
		w := plan[0]
		plan = plan[1:]
		body = slices.Clone(body)
		switch at := w.at % len(body); w.kind {
		case 1:
			return body[:at]
		case 2:
			return append(body, make([]byte, w.at)...)
		case 3:
			body[at] = damage(body, at, body[at]^w.by)
		case 4:
			body[at] = damage(body, at, 0xff)
		}
		return body
	}
}

// damage keeps a changed byte from joining the next one into a long varint: kmsg would believe a count of billions
// of tags and spend seconds on looking for them. That is for core/wire to bound; here it would only be slow.
func damage(body []byte, at int, b byte) byte {
	if at+1 < len(body) && body[at+1] >= 0x80 {
		return b & 0x7f
	}
	return b
}

// TestDamagedAnswers: whatever a broker answers, no client panics, spins or leaves a call open when it is closed.
func TestDamagedAnswers(t *testing.T) {
	for _, kind := range []string{"producer", "consumer", "reader", "admin"} {
		t.Run(kind, rapid.MakeCheck(func(rt *rapid.T) {
			w := newWatch(rt)
			s := newStage(t)
			s.mangle = mangler(rt)
			s.broker = func(_ *line, req kmsg.Request) reply {
				if resp := adminAnswer(req); resp != nil {
					return reply{resp: resp}
				}
				resp, after := w.ledger.handle(req, kafka.None)
				return reply{resp: resp, after: after}
			}
			open := 0
			s.told = func(f env.Fact) {
				switch f.(type) {
				case env.ProduceCalled, env.CommitCalled, env.EndOffsetCalled:
					open++
				case env.ProduceReturned, env.CommitReturned, env.EndOffsetReturned:
					open--
				}
			}
			node := hostileNode(t, s, kind)
			s.node = node
			s.at(0, func() { s.step(env.Event{Kind: env.Boot}) })
			s.at(env.Instant(20*time.Second), func() { s.step(env.Event{Kind: env.Shutdown}) })
			s.run(5 * time.Minute)
			if !node.Closed() || open != 0 {
				rt.Fatalf("closed %v, %d calls open", node.Closed(), open)
			}
		}))
	}
}

type closer interface {
	env.Node
	Closed() bool
}

func hostileNode(t *testing.T, s *stage, kind string) closer {
	common := []string{"request.timeout.ms=500"}
	switch kind {
	case "producer":
		cfg := client.NewProducerConfig("p1")
		set2(t, &cfg, append(common, "topic=orders", "count=30", "rate=50/s", "delivery.timeout.ms=5000"))
		must(t, cfg.Validate())
		return client.NewProducer(s.world(1), cfg)
	case "admin":
		cfg := client.NewAdminConfig("a1")
		set2(t, &cfg, common)
		cfg.APITimeout = 5 * time.Second
		cfg.Commands = []client.Command{{Op: client.CreateTopic, Topic: "x", Partitions: 1},
			{Op: client.EndOffset, Topic: "orders"},
			{Op: client.AlterConfigs, Topic: "x", Configs: []client.Setting{{Name: "a", Value: "b"}}},
			{Op: client.DeleteTopic, Topic: "x"}}
		return client.NewAdmin(s.world(1), cfg)
	}
	cfg := client.NewConsumerConfig("c1")
	set2(t, &cfg, append(common, "poll.timeout.ms=200", "max.poll.interval.ms=2000", "auto.offset.reset=earliest",
		"topic=orders"))
	if kind == "reader" {
		set2(t, &cfg, []string{"read.all=true"})
	} else {
		set2(t, &cfg, []string{"group=g", "heartbeat.interval.ms=200", "auto.commit.interval.ms=100"})
	}
	must(t, cfg.Validate())
	return client.NewConsumer(s.world(1), cfg)
}

// adminAnswer says yes to what an admin client asks; nil for everything else.
func adminAnswer(req kmsg.Request) kmsg.Response {
	switch req := req.(type) {
	case *kmsg.CreateTopicsRequest:
		resp := req.ResponseKind().(*kmsg.CreateTopicsResponse)
		resp.Topics = append(resp.Topics, kmsg.CreateTopicsResponseTopic{Topic: req.Topics[0].Topic})
		return resp
	case *kmsg.DeleteTopicsRequest:
		resp := req.ResponseKind().(*kmsg.DeleteTopicsResponse)
		resp.Topics = append(resp.Topics, kmsg.DeleteTopicsResponseTopic{Topic: req.Topics[0].Topic})
		return resp
	case *kmsg.IncrementalAlterConfigsRequest:
		resp := req.ResponseKind().(*kmsg.IncrementalAlterConfigsResponse)
		resp.Resources = append(resp.Resources,
			kmsg.IncrementalAlterConfigsResponseResource{ResourceName: req.Resources[0].ResourceName})
		return resp
	}
	return nil
}
