package quota_test

import (
	"testing"

	"gregor/core/env"
	"gregor/core/quota"
)

// Frequent changes of a quota's rate let no more through than the rate allows.
func TestAQuotaKeepsItsDebtWhenItsRateChanges(t *testing.T) {
	at := func(ms int64) env.Now { return env.Now{Mono: env.Instant(ms * 1_000_000)} }
	q := quota.New()
	q.Set(at(0), 1000)
	if !q.Open(at(0)) {
		t.Fatal("a new quota is closed")
	}
	q.Take(10_000) // nine seconds' worth of debt
	for ms := int64(100); ms <= 4000; ms += 100 {
		q.Set(at(ms), 1000+ms/100%2)
		if q.Open(at(ms)) {
			t.Fatalf("after %d ms and %d changes of its rate the quota is open; 10000 bytes at 1000 a second take 9 s", ms,
				ms/100)
		}
	}
	q.Set(at(4000), quota.Unthrottled)
	if !q.Open(at(4000)) {
		t.Fatal("a quota without a rate is closed")
	}
}
