package client_test

import (
	"testing"
	"time"

	"gregor/core/client"
	"gregor/core/env"
	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// BenchmarkVirtualSecond is what a second of 1000 records costs a producer (and the test broker).
func BenchmarkVirtualSecond(b *testing.B) {
	b.ReportAllocs()
	steps := 0
	for range b.N {
		s := newStage(nil)
		g := newLedger(3, "orders")
		s.broker = func(_ *line, req kmsg.Request) reply {
			resp, after := g.handle(req, kafka.None)
			return reply{resp: resp, after: after}
		}
		cfg := client.NewProducerConfig("p1")
		for name, value := range map[string]string{"bootstrap.servers": "b0:9092", "topic": "orders", "count": "1000",
			"rate": "1000/s", "keys": "10"} {
			if err := cfg.Set(name, value); err != nil {
				b.Fatal(err)
			}
		}
		p := client.NewProducer(s.world(1), cfg)
		s.node = counted{p, &steps}
		s.at(0, func() { s.step(env.Event{Kind: env.Boot}) })
		s.run(2 * time.Second)
		if !p.Done() {
			b.Fatal("not done")
		}
	}
	b.ReportMetric(float64(steps)/float64(b.N), "steps/op")
}

type counted struct {
	env.Node
	steps *int
}

func (c counted) Step(now env.Now, e env.Event) {
	*c.steps++
	c.Node.Step(now, e)
}
