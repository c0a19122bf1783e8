package assignor

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gregor/core/kafka"
)

// drawGroup draws members with any subscriptions and claims, some of them false.
func drawGroup(t *rapid.T, same bool) ([]Member, []Topic) {
	topics := make([]Topic, rapid.IntRange(1, 4).Draw(t, "topics"))
	all := make([]string, len(topics))
	for i := range topics {
		all[i] = fmt.Sprintf("t%d", i)
		topics[i] = Topic{all[i], rapid.IntRange(0, 9).Draw(t, "partitions")}
	}
	members := make([]Member, rapid.IntRange(1, 6).Draw(t, "members"))
	for i := range members {
		m := &members[i]
		m.ID, m.Generation, m.Topics = fmt.Sprintf("m%d", i), rapid.Int32Range(-1, 3).Draw(t, "generation"), all
		if !same {
			m.Topics = slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.SampledFrom(all), 0, 4).Draw(t,
				"reads"))))
		}
		if rapid.Bool().Draw(t, "static") {
			m.Instance = fmt.Sprintf("i%d", rapid.IntRange(0, 99).Draw(t, "instance")*10+i)
		}
		for _, topic := range rapid.SliceOfN(rapid.SampledFrom(append(all, "gone")), 0, 6).Draw(t, "claims") {
			m.Owned = append(m.Owned, kafka.TopicPartition{Topic: topic,
				Partition: kafka.PartitionID(rapid.IntRange(0, 10).Draw(t, "claim"))})
		}
	}
	return members, topics
}

// partitioned checks that every partition of a subscribed topic has exactly one subscriber.
func partitioned(t *rapid.T, members []Member, topics []Topic, out [][]kafka.TopicPartition, all bool) {
	owner := map[kafka.TopicPartition]int{}
	for i, tps := range out {
		for _, tp := range tps {
			if other, twice := owner[tp]; twice {
				t.Fatalf("%v is given to %s and %s", tp, members[other].ID, members[i].ID)
			}
			if !members[i].reads(tp.Topic) || int(tp.Partition) >= sizeOf(topics, tp.Topic) {
				t.Fatalf("%s gets %v", members[i].ID, tp)
			}
			owner[tp] = i
		}
	}
	for _, topic := range topics {
		wanted := slices.ContainsFunc(members, func(m Member) bool { return m.reads(topic.Name) })
		for p := range topic.Partitions {
			if _, given := owner[kafka.TopicPartition{Topic: topic.Name, Partition: kafka.PartitionID(p)}]; all &&
				wanted && !given {
				t.Fatalf("no Member gets %s-%d", topic.Name, p)
			}
		}
	}
}

func loads(out [][]kafka.TopicPartition) (least, most int) {
	least = 1 << 30
	for _, tps := range out {
		least, most = min(least, len(tps)), max(most, len(tps))
	}
	return least, most
}

func TestAssignorsShareOut(t *testing.T) {
	for _, name := range Names {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			same := rapid.Bool().Draw(t, "same topics")
			members, topics := drawGroup(t, same)
			out := Assign(name, members, topics)
			partitioned(t, members, topics, out, name != "cooperative-sticky")
			if least, most := loads(out); same && most-least > 1 && (name == "roundrobin" || name == "sticky") {
				t.Fatalf("not balanced: %v", out)
			}
		}))
	}
}

// TestStickyStays: when nothing changes nothing moves, and when a member leaves or comes only what must moves.
func TestStickyStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members, topics := drawGroup(t, true)
		first := Assign("sticky", members, topics)
		for i := range members {
			members[i].Owned, members[i].Generation = first[i], 5
		}
		if again := Assign("sticky", members, topics); !equalAssignments(again, first) {
			t.Fatalf("%v became %v for no reason", first, again)
		}
		gone := rapid.IntRange(0, len(members)-1).Draw(t, "gone")
		if len(members) > 1 {
			rest := slices.Delete(slices.Clone(members), gone, gone+1)
			for i, tps := range Assign("sticky", rest, topics) {
				for _, tp := range rest[i].Owned {
					if !slices.Contains(tps, tp) {
						t.Fatalf("%s lost %v because %s left", rest[i].ID, tp, members[gone].ID)
					}
				}
			}
		}
		newcomer := append(slices.Clone(members), Member{ID: "new", Topics: members[0].Topics, Generation: -1})
		out := Assign("sticky", newcomer, topics)
		moved := 0
		for i := range members {
			for _, tp := range out[i] {
				if !slices.Contains(first[i], tp) {
					t.Fatalf("%v moved between members that were there before", tp)
				}
			}
			moved += len(first[i]) - len(out[i])
		}
		if moved != len(out[len(members)]) {
			t.Fatalf("%d moved, the new one has %d", moved, len(out[len(members)]))
		}
	})
}

// TestCooperativeConverges: members that follow their assignments own everything, once each, after two rounds at
// most, and no partition is ever owned twice on the way.
func TestCooperativeConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members, topics := drawGroup(t, rapid.Bool().Draw(t, "same topics"))
		taken := map[kafka.TopicPartition]bool{}
		for i := range members { // claims that are true
			members[i].Generation = 1
			members[i].Owned = slices.DeleteFunc(members[i].Owned, func(tp kafka.TopicPartition) bool {
				bad := taken[tp] || !members[i].reads(tp.Topic) || int(tp.Partition) >= sizeOf(topics, tp.Topic)
				taken[tp] = true
				return bad
			})
		}
		for round := range 2 {
			out := Assign("cooperative-sticky", members, topics)
			for i := range members {
				for j := range members {
					for _, tp := range out[i] {
						if i != j && slices.Contains(members[j].Owned, tp) {
							t.Fatalf("round %d gives %v to %s, which %s has", round, tp, members[i].ID, members[j].ID)
						}
					}
				}
			}
			for i := range members {
				members[i].Owned, members[i].Generation = out[i], int32(round+2)
			}
		}
		out := Assign("cooperative-sticky", members, topics)
		partitioned(t, members, topics, out, true)
		for i := range members {
			if !slices.Equal(out[i], members[i].Owned) {
				t.Fatalf("a third round still moves something: %v to %v", members[i].Owned, out[i])
			}
		}
	})
}

func equalAssignments(a, b [][]kafka.TopicPartition) bool {
	return slices.EqualFunc(a, b, func(x, y []kafka.TopicPartition) bool { return slices.Equal(x, y) })
}

// TestAssignmentsByHand has cases worked out by hand from Kafka's documentation of the assignors.
func TestAssignmentsByHand(t *testing.T) {
	two := []string{"t0", "t1"}
	members := []Member{{ID: "C1", Topics: two}, {ID: "C0", Topics: two}}
	topics := []Topic{{"t0", 3}, {"t1", 3}}
	for assignor, want := range map[string]string{
		"range":      "[[t0-2 t1-2] [t0-0 t0-1 t1-0 t1-1]]",
		"roundrobin": "[[t0-1 t1-0 t1-2] [t0-0 t0-2 t1-1]]",
	} {
		if got := fmt.Sprint(Assign(assignor, members, topics)); got != want {
			t.Errorf("%s: %s, want %s", assignor, got, want)
		}
	}
	uneven := []Member{{ID: "C0", Topics: []string{"t0"}}, {ID: "C1", Topics: []string{"t0", "t1"}},
		{ID: "C2", Topics: []string{"t0", "t1", "t2"}}}
	got := fmt.Sprint(Assign("roundrobin", uneven, []Topic{{"t0", 1}, {"t1", 2}, {"t2", 3}}))
	if want := "[[t0-0] [t1-0] [t1-1 t2-0 t2-1 t2-2]]"; got != want {
		t.Errorf("roundrobin: %s, want %s", got, want)
	}
	got = fmt.Sprint(Assign("sticky", uneven, []Topic{{"t0", 1}, {"t1", 2}, {"t2", 3}}))
	if want := "[[t0-0] [t1-0 t1-1] [t2-0 t2-1 t2-2]]"; got != want {
		t.Errorf("sticky: %s, want %s", got, want)
	}
}

func TestSubscriptionsRoundTrip(t *testing.T) {
	owned := []kafka.TopicPartition{{Topic: "a", Partition: 1}, {Topic: "a", Partition: 3}, {Topic: "b", Partition: 0}}
	for _, assignor := range Names {
		given := owned
		if assignor == "sticky" {
			given = nil // an eager member has given everything up; what it had is in the user data
		}
		m := DecodeSubscription(assignor, "id", "", EncodeSubscription(assignor, []string{"a", "b"}, given, owned, 9))
		if !slices.Equal(m.Owned, owned) || m.Generation != 9 || !slices.Equal(m.Topics, []string{"a", "b"}) {
			t.Errorf("%s: %+v", assignor, m)
		}
	}
	got, err := DecodeAssignment(EncodeAssignment(owned))
	if err != nil || !slices.Equal(got, owned) {
		t.Errorf("%v %v", got, err)
	}
}

func FuzzGroupMetadata(f *testing.F) {
	f.Add(EncodeSubscription("sticky", []string{"a"}, nil, []kafka.TopicPartition{{Topic: "a"}}, 1))
	f.Add(EncodeAssignment([]kafka.TopicPartition{{Topic: "a"}}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, a := range Names {
			m := DecodeSubscription(a, "m", "", raw)
			Assign(a, []Member{m}, []Topic{{"a", 3}})
		}
		if tps, err := DecodeAssignment(raw); err == nil && len(tps) > len(raw) {
			t.Fatalf("%d partitions out of %d bytes", len(tps), len(raw))
		}
	})
}
