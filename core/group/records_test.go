package group

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"gregor/core/env"
	"gregor/core/kafka"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", "\n", "", "\t", "").Replace(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRecordsByHand compares records with bytes put together by hand from Kafka's schemas (OffsetCommitKey 1,
// OffsetCommitValue 4 and 1, GroupMetadataKey 2, GroupMetadataValue 3).
func TestRecordsByHand(t *testing.T) {
	tp := kafka.TopicPartition{Topic: "ab", Partition: 258}
	offset := committed{Offset: 5, LeaderEpoch: 7, Metadata: "hi", At: 9, ExpiresAt: -1, TopicID: kafka.UUID{0xaa}}
	old := committed{Offset: 5, LeaderEpoch: kafka.NoEpoch, Metadata: "hi", At: 9, ExpiresAt: 16}
	g := newGroup("g", 9)
	g.protocolType, g.protocol, g.generation, g.state = "consumer", ptr("range"), 3, CompletingRebalance
	g.add(&member{id: "m", instance: ptr("i"), self: self{client: ClientInfo{"c", "/h"}, sessionMillis: 10,
		rebalanceMillis: 20,
		protocols:       []protocol{{"range", []byte{1}}}}})
	for _, c := range []struct {
		name       string
		change     change
		key, value string
	}{
		{"offset", change{kind: offsetStored, partition: tp, offset: offset},
			"0001 0001 67 0002 6162 00000102",
			"0004 0000000000000005 00000007 03 6869 0000000000000009 01 00 10 aa000000000000000000000000000000"},
		{"offset without a topic id", change{kind: offsetStored, partition: tp,
			offset: committed{Offset: 5, LeaderEpoch: -1, At: 9, ExpiresAt: -1}},
			"0001 0001 67 0002 6162 00000102",
			"0004 0000000000000005 ffffffff 01 0000000000000009 00"},
		{"offset that expires", change{kind: offsetStored, partition: tp, offset: old},
			"0001 0001 67 0002 6162 00000102",
			"0001 0000000000000005 0002 6869 0000000000000009 0000000000000010"},
		{"offset removed", change{kind: offsetRemoved, partition: tp}, "0001 0001 67 0002 6162 00000102", ""},
		{"group", g.snapshot(func(*member) []byte { return []byte{2} }),
			"0002 0001 67",
			`0003 0008 636f6e73756d6572 00000003 0005 72616e6765 0001 6d 0000000000000009
			 00000001 0001 6d 0001 69 0001 63 0002 2f68 00000014 0000000a 00000001 01 00000001 02`},
		{"group removed", change{kind: groupRemoved}, "0002 0001 67", ""},
	} {
		r := c.change.record("g")
		if want := unhex(t, c.key); !bytes.Equal(r.Key, want) {
			t.Errorf("%s: key %x, want %x", c.name, r.Key, want)
		}
		if want := unhex(t, c.value); !bytes.Equal(r.Value, want) || (r.Value == nil) != (c.value == "") {
			t.Errorf("%s: value\n %x, want\n %x", c.name, r.Value, want)
		}
		id, back, ok, err := decode(r.Key, r.Value)
		if err != nil || !ok || id != "g" || back.kind != c.change.kind || back.partition != c.change.partition ||
			back.offset != c.change.offset {
			t.Errorf("%s: read back as %q %+v %v %v", c.name, id, back, ok, err)
		}
	}
}

// TestOldRecords decodes records of older brokers: a field that they lack must not look as if it were set.
func TestOldRecords(t *testing.T) {
	key := unhex(t, "0001 0001 67 0002 6162 00000000")
	for version, value := range map[int]string{
		0: "0000 0000000000000005 0000 0000000000000009",
		2: "0002 0000000000000005 0000 0000000000000009",
		3: "0003 0000000000000005 ffffffff 0000 0000000000000009",
	} {
		_, ch, ok, err := decode(key, unhex(t, value))
		want := committed{Offset: 5, LeaderEpoch: kafka.NoEpoch, At: 9, ExpiresAt: -1}
		if err != nil || !ok || ch.offset != want {
			t.Errorf("version %d: %+v %v %v, want %+v", version, ch.offset, ok, err, want)
		}
	}
	b := newBench(t)
	// GroupMetadataValue 0: no rebalance time-out, no time of the state, no instance ids.
	v0 := unhex(t, "0000 0008636f6e73756d6572 00000003 000572616e6765 00016d 00000001 00016d 000163 00022f68 00002710 00000000 00000001 02")
	c := New(b.cfg, env.NewRand(1), nil, b.heard)
	b.beginLoad(c)
	if err := (hosted{c}).Load(c.runtime.PartitionFor("g"), unhex(t, "0002 0001 67"), v0, 0); err != nil {
		t.Fatal(err)
	}
	b.endLoad(c)
	g := c.groups.byID["g"]
	if g.state != Stable || g.since != -1 || g.generation != 3 || g.leader.id != "m" ||
		g.members[0].rebalanceMillis != 10000 {
		t.Errorf("group %+v, member %+v", g, g.members[0])
	}
}

// TestUnknownRecords: records of other kinds of groups are ignored, and torn ones are errors.
func TestUnknownRecords(t *testing.T) {
	b := newBench(t)
	c := New(b.cfg, env.NewRand(1), nil, b.heard)
	for _, r := range []struct {
		name, key, value string
		fails            bool
	}{
		{"a consumer group of KIP-848", "0003 0001 67", "0000", false},
		{"nothing", "", "", true},
		{"half a key", "0001 0005 67", "", true},
		{"half a value", "0001 0001 67 0002 6162 00000000", "0003 00", true},
		{"an offset of the future", "0001 0001 67 0002 6162 00000000",
			"0005 0000000000000005 00000007 03 6869 0000000000000009 00", true},
		{"an offset of endless tags", "0001 0001 67 0002 6162 00000000",
			"0004 0000000000000005 00000007 03 6869 0000000000000009 ffffffff0f 00", true},
		{"a group of endless tags", "0002 0001 67", "0004 01 00000001 00 00 0000000000000001 01 ffffffff0f", true},
		{"a group of the future", "0002 0001 67", "0009 01 00000001 00 00 0000000000000001 01 00", true},
	} {
		if err := (hosted{c}).Load(c.runtime.PartitionFor("g"), unhex(t, r.key), append([]byte(nil), unhex(t, r.value)...),
			0); (err != nil) != r.fails {
			t.Errorf("%s: %v", r.name, err)
		}
	}
	if len(c.groups.byID) != 0 {
		t.Errorf("%d groups came of it", len(c.groups.byID))
	}
	if (hosted{c}).Load(c.runtime.PartitionFor("g")+1, unhex(t, "0002 0001 67"), nil, 0) == nil {
		t.Error("a record that belongs to another partition was applied")
	}
}

// FuzzLoad: whatever the log holds, a coordinator loads what it can and then serves.
func FuzzLoad(f *testing.F) {
	f.Add([]byte{0, 1, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 0},
		[]byte{0, 3, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0, 2, 0, 1, 'g'}, []byte("\x00\x03\x00\x08consumer\x00\x00\x00\x03\x00\x05range\x00\x01m\x00\x00\x00\x00\x00\x00\x00\x09"+
		"\x00\x00\x00\x01\x00\x01m\xff\xff\x00\x01c\x00\x02/h\x00\x00\x00\x14\x00\x00\x00\x0a\x00\x00\x00\x01\x01\x00\x00\x00\x01\x02"))
	f.Add([]byte{0, 2, 0, 1, 'g'}, []byte("\x00\x03\x00\x08consumer\x7f\xff\xff\xff\xff\xff\x00\x01m\x00\x00\x00\x00\x00\x00\x00\x09"+
		"\x00\x00\x00\x01\x00\x01m\xff\xff\x00\x01c\x00\x02/h\xff\xff\xff\xff\x00\x00\x00\x0a\x00\x00\x00\x01\x01\x00\x00\x00\x01\x02"))
	f.Add([]byte{0, 1, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 0},
		[]byte("\x00\x04\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x01"+
			"\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		b := newBench(t)
		b.c = New(b.cfg, env.NewRand(1), nil, b.heard)
		b.beginLoad(b.c)
		group, _, _, _ := decode(key, value)
		_ = hosted{b.c}.Load(b.c.runtime.PartitionFor(group), key, value, 0)
		b.endLoad(b.c)
		for range 200 {
			b.jump(min(max(b.c.runtime.Deadline(), b.now.Mono), b.now.Mono+env.Instant(b.cfg.MaxSessionTimeout)))
			b.c.runtime.Tick(b.now)
			b.checkTimers()
			for len(b.queue) > 0 {
				q := b.queue[0]
				b.queue = b.queue[1:]
				q.done.Acked(b.now, 0, kafka.None)
			}
		}
	})
}

// FuzzSubscription: metadata is whatever a client sends.
func FuzzSubscription(f *testing.F) {
	f.Add(subscription("orders", "payments"))
	f.Add([]byte{0, 1, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		all := map[string]bool{}
		ok := readSubscription(b, all)
		size := 6
		for name := range all {
			size += 2 + len(name)
		}
		if size > len(b) && len(all) > 0 {
			t.Errorf("%d topics of %d bytes out of %d (%v)", len(all), size, len(b), ok)
		}
	})
}
