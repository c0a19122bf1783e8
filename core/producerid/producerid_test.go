package producerid_test

import (
	"slices"
	"testing"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/producerid"
)

// controller notes what is asked of it, to be answered by the test.
type controller struct {
	asks []func(env.Now, kafka.ProducerID, int)
}

func (c *controller) AllocateProducerIDs(_ env.Now, then func(env.Now, kafka.ProducerID, int)) {
	c.asks = append(c.asks, then)
}

func TestIdsComeInOrderAndBlocksOneAtATime(t *testing.T) {
	c := &controller{}
	b := producerid.New(c)
	var ids []kafka.ProducerID
	give := func() {
		b.Give(env.Now{}, func(id kafka.ProducerID, code kafka.ErrorCode) {
			if code != kafka.None {
				id = -kafka.ProducerID(code)
			}
			ids = append(ids, id)
		})
	}
	for range 3 {
		give()
	}
	if len(c.asks) != 1 {
		t.Fatalf("%d blocks are asked for at once", len(c.asks))
	}
	c.asks[0](env.Now{}, 1000, 2)
	if len(c.asks) != 2 {
		t.Fatal("no second block is asked for, though a producer waits")
	}
	c.asks[1](env.Now{}, 0, 0) // the controller cannot be reached
	give()
	c.asks[2](env.Now{}, 5000, 10)
	give()
	want := []kafka.ProducerID{1000, 1001, -kafka.ProducerID(kafka.CoordinatorNotAvailable), 5000, 5001}
	if !slices.Equal(ids, want) || len(c.asks) != 3 {
		t.Errorf("ids %v after %d blocks, want %v after 3", ids, len(c.asks), want)
	}
}
