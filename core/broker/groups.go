package broker

import (
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/coordinator"
	"gregor/core/group"
	"gregor/core/inbox"
)

// newGroups returns a group coordinator. As in Kafka, the number of partitions that groups are spread over is that of
// __consumer_offsets where it exists, whatever offsets.topic.num.partitions is by now.
func (b *Broker) newGroups(partitions int32) *coordinator.Runtime {
	c := &b.coordinators
	c.made++
	c.groups = group.New(b.groupConfig(partitions), b.world.Rand.ForkN("groups", c.made), &b.world,
		func(t group.Ticket, r kmsg.Response) { b.replyTo(inbox.Ticket(t), r) })
	return c.groups.Runtime()
}

// hostOf is the peer's address as Kafka shows it: a slash and the address without its port.
func hostOf(peer string) string {
	if i := strings.LastIndexByte(peer, ':'); i >= 0 {
		peer = strings.Trim(peer[:i], "[]")
	}
	return "/" + peer
}
