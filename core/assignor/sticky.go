package assignor

import (
	"cmp"
	"slices"

	"gregor/core/kafka"
)

// assignSticky keeps as much as it can of what members own, and is balanced: no partition could move from one
// member to another that reads its topic and has two or more fewer.
func assignSticky(members []Member, topics []Topic) [][]kafka.TopicPartition {
	out := make([][]kafka.TopicPartition, len(members))
	order := ranks(members)
	owners := rightfulOwners(members, topics)
	var free []kafka.TopicPartition
	for _, t := range topics {
		for p := range t.Partitions {
			tp := kafka.TopicPartition{Topic: t.Name, Partition: kafka.PartitionID(p)}
			if i, owned := owners[tp]; owned {
				out[i] = append(out[i], tp)
			} else {
				free = append(free, tp)
			}
		}
	}
	dealOut(members, order, out, free)
	balance(members, order, out)
	return out
}

// rightfulOwners settles who owns what: of several claims the one of the latest generation counts.
func rightfulOwners(members []Member, topics []Topic) map[kafka.TopicPartition]int {
	owners := map[kafka.TopicPartition]int{}
	for i := range members {
		m := &members[i]
		for _, tp := range m.Owned {
			if !m.reads(tp.Topic) || int(tp.Partition) >= sizeOf(topics, tp.Topic) {
				continue
			}
			if other, claimed := owners[tp]; !claimed || m.Generation > members[other].Generation {
				owners[tp] = i
			}
		}
	}
	return owners
}

func sizeOf(topics []Topic, name string) int {
	i, found := slices.BinarySearchFunc(topics, name, func(t Topic, n string) int { return cmp.Compare(t.Name, n) })
	if !found {
		return 0
	}
	return topics[i].Partitions
}

// dealOut gives each free partition to the member with the least; those that few members read come first, so that
// the others can make up for them.
func dealOut(members []Member, order []int, out [][]kafka.TopicPartition, free []kafka.TopicPartition) {
	readers := map[string]int{}
	for i := range members {
		for _, t := range members[i].Topics {
			readers[t]++
		}
	}
	slices.SortStableFunc(free, func(a, b kafka.TopicPartition) int { return readers[a.Topic] - readers[b.Topic] })
	for _, tp := range free {
		if to := leastLoaded(members, order, out, tp.Topic); to >= 0 {
			out[to] = append(out[to], tp)
		}
	}
}

// leastLoaded is the subscriber of the topic with the fewest partitions; -1 if it has none.
func leastLoaded(members []Member, order []int, out [][]kafka.TopicPartition, topic string) int {
	best := -1
	for _, i := range order {
		if members[i].reads(topic) && (best < 0 || len(out[i]) < len(out[best])) {
			best = i
		}
	}
	return best
}

// balance moves partitions, the fullest member's first, until no move helps. Each move brings two members nearer
// to each other, so it ends.
func balance(members []Member, order []int, out [][]kafka.TopicPartition) {
	for moved := true; moved; {
		moved = false
		byLoad := slices.Clone(order)
		slices.SortStableFunc(byLoad, func(a, b int) int { return len(out[b]) - len(out[a]) })
		for _, from := range byLoad {
			if moved = moveOne(members, order, out, from); moved {
				break
			}
		}
	}
}

// moveOne moves one partition away from a member if another has at least two fewer. Of those it may move it takes
// the last one to the member with the least.
func moveOne(members []Member, order []int, out [][]kafka.TopicPartition, from int) bool {
	best, target := -1, -1
	for k, tp := range slices.Backward(out[from]) {
		to := leastLoaded(members, order, out, tp.Topic)
		if len(out[from])-len(out[to]) >= 2 && (target < 0 || len(out[to]) < len(out[target])) {
			best, target = k, to
		}
	}
	if best < 0 {
		return false
	}
	tp := out[from][best]
	out[from] = slices.Delete(out[from], best, best+1)
	out[target] = append(out[target], tp)
	return true
}

// yield holds back partitions that another member still owns: it must give them up first, and rejoin (KIP-429).
func yield(members []Member, target [][]kafka.TopicPartition) [][]kafka.TopicPartition {
	held := map[kafka.TopicPartition][]int{}
	for i := range members {
		for _, tp := range members[i].Owned {
			held[tp] = append(held[tp], i)
		}
	}
	for i := range target {
		target[i] = slices.DeleteFunc(target[i], func(tp kafka.TopicPartition) bool {
			by := held[tp]
			return len(by) > 0 && !(len(by) == 1 && by[0] == i)
		})
	}
	return target
}
