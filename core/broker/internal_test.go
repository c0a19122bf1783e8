package broker

import (
	"testing"

	"gregor/core/env"
)

// TestSessionEpoch: after 2^31-1 comes 1; 0 and -1 mean something else (FetchMetadata.nextEpoch).
func TestSessionEpoch(t *testing.T) {
	for _, c := range []struct{ now, next int32 }{{1, 2}, {1<<31 - 2, 1<<31 - 1}, {1<<31 - 1, 1}} {
		s := fetchSession{epoch: c.now}
		if s.use(env.Now{}); s.epoch != c.next {
			t.Errorf("after epoch %d comes %d, want %d", c.now, s.epoch, c.next)
		}
	}
}

// Frequent changes of a quota's rate let no more through than the rate allows.
func TestAQuotaKeepsItsDebtWhenItsRateChanges(t *testing.T) {
	at := func(ms int64) env.Now { return env.Now{Mono: env.Instant(ms * 1_000_000)} }
	q := quota{rate: unthrottled}
	q.set(at(0), 1000)
	if !q.open(at(0)) {
		t.Fatal("a new quota is closed")
	}
	q.take(10_000) // nine seconds' worth of debt
	for ms := int64(100); ms <= 4000; ms += 100 {
		q.set(at(ms), 1000+ms/100%2)
		if q.open(at(ms)) {
			t.Fatalf("after %d ms and %d changes of its rate the quota is open; 10000 bytes at 1000 a second take 9 s", ms, ms/100)
		}
	}
	q.set(at(4000), unthrottled)
	if !q.open(at(4000)) {
		t.Fatal("a quota without a rate is closed")
	}
}
