//go:build mutants

package scenarios

import (
	"fmt"

	"gregor/core/mutants"
)

// controllerMutants are those of the controller's decisions.
var controllerMutants = []mutantCase{
	{"isr.allow_fenced_join", "I5", mutants.Set{AllowFencedJoin: true, ProposeFenced: true}, unclean,
		[]string{"fenced-in-isr"}},
	{"ctrl.no_epoch_fence", "I12", mutants.Set{NoEpochFence: true}, outdatedProposal(), []string{"strong-isr"}},
	{"isr.no_elr", "I6", mutants.Set{NoELR: true}, sameLeader, []string{"strong-isr"}},
	{"broker.ignore_unclean_shutdown", "I6", mutants.Set{IgnoreUncleanShutdown: true}, sameLeader, []string{"strong-isr"}},
	{"ctrl.batch_expire", "I14", mutants.Set{BatchExpire: true}, quorumFaults,
		[]string{"fenced-in-isr", "partition-malformed"}},
	{"meta.name_only", "I17", mutants.Set{NameOnly: true}, recreated, []string{"recovered-beyond-end"}},
	{"isr.double_read_state", "I4", mutants.Set{DoubleReadState: true}, lostProposal(), []string{"strong-isr"}},
	{"ctrl.bump_epoch_same_incarnation", "I16", mutants.Set{BumpEpochSameIncarnation: true}, heldRegistration(),
		[]string{registeredAgain}},
}

// outdatedProposal has a leader propose to take in a follower, the partition change otherwise while the proposal is on
// its way, and the follower fall behind again.
func outdatedProposal() string {
	orders := []string{"2,1,3", "1,3,2", "3,2,1"}
	return `cluster brokers=3 controllers=3 min.insync.replicas=1 replica.lag.time.max.ms=400 replica.fetch.wait.max.ms=400
topic orders partitions=1
producer p1 topic=orders rate=100/s linger.ms=0
network latency=2ms..10ms
` + rounds(9, 6000, func(i, at int) []string {
		b := brokerName(i % 3)
		return []string{
			fmt.Sprintf("at %dms pause %s for 1s", at+1500, b),
			fmt.Sprintf("at %dms hold leader(orders-0) | controllers for 2s", at+2460),
			fmt.Sprintf("at %dms partition %s | leader(orders-0) for 3s", at+2620, b),
			fmt.Sprintf("admin r%d do=reassign topic=orders partition=0 replicas=%s at=%dms", i, orders[i%3], at+3400),
		}
	}) + "run 56s\nexpect safe\n"
}

// heldRegistration keeps a broker's registration back until another one has been tried and answered.
func heldRegistration() string {
	return "cluster brokers=3 controllers=3 min.insync.replicas=2 " + quick + `
topic orders partitions=1
producer p1 topic=orders rate=20/s
network latency=20ms..40ms
` + rounds(10, 7000, func(i, at int) []string {
		b := brokerName(i % 3)
		return []string{
			fmt.Sprintf("at %dms crash %s for 20ms", at+1000, b),
			fmt.Sprintf("at %dms hold %s | controllers for 5s", at+1060+i*45, b),
		}
	}) + "run 75s\nexpect safe\n"
}

// A topic is deleted and made again while a broker is away.
const recreated = `cluster brokers=3 controllers=3 min.insync.replicas=2 auto.create.topics.enable=false
topic orders partitions=1
producer p1 topic=orders rate=100/s linger.ms=0
at 2s crash b3 for 5s
admin d1 do=delete-topic topic=orders at=3s
admin c1 do=create-topic topic=orders partitions=1 at=4s
run 10s
` + lossy

// lostProposal has a leader propose to take in a follower that has caught up, the follower lose power and what it had,
// and the proposal be lost on its way: it is sent again when the follower has begun to fetch again, from the beginning.
func lostProposal() string {
	return `cluster brokers=3 controllers=3 min.insync.replicas=2 replica.lag.time.max.ms=1500
topic orders partitions=1
producer p1 topic=orders rate=100/s value.bytes=3000 linger.ms=0
disk power-cut=loses
network latency=2ms..10ms bandwidth=2MiB/s
` + rounds(3, 10_000, func(i, at int) []string {
		b := brokerName(i % 3)
		return []string{
			fmt.Sprintf("at %dms pause %s for 3s", at+1000, b),
			fmt.Sprintf("at %dms hold leader(orders-0) | controllers for 3s", at+3950),
			fmt.Sprintf("at %dms power-cut %s for 20ms if survivable", at+4600+i*10, b),
			fmt.Sprintf("at %dms reset %s", at+4625+i*10, b),
			fmt.Sprintf("at %dms crash %s for 400ms", at+4626+i*10, b), // so that the controller sees at once that it is gone
			fmt.Sprintf("at %dms reset leader(orders-0)", at+5400+i*100),
		}
	}) + "run 30s\nexpect safe\n"
}
