package controller

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"
)

// decide makes the decision about a request. next is the offset that the first record of the decision will have.
type decide func(c *Controller, now env.Now, next kafka.Offset, request kmsg.Request) Decision

// decisions holds what decides about the requests of each API that is the controller's, by key.
var decisions [wire.Keys]decide

// Decides reports whether requests of this kind are the controller's.
func Decides(r kmsg.Request) bool { return r.Key() < wire.Keys && decisions[r.Key()] != nil }

func init() {
	about((*Controller).unregister)
	about((*Controller).alterPartition)
	about((*Controller).electLeaders)
	about((*Controller).alterReassignments)
	about((*Controller).listReassignments)
	about((*Controller).allocateProducerIDs)
	about((*Controller).createTopics)
	about((*Controller).deleteTopics)
	about((*Controller).createPartitions)
	about((*Controller).alterConfigs)
	about((*Controller).incrementalAlterConfigs)
	about((*Controller).updateFeatures)
	aboutBroker((*Controller).register)
	aboutBroker((*Controller).heartbeat)
}

// about registers what decides about requests of one type.
func about[R kmsg.Request](decide func(c *Controller, r R) Decision) {
	aboutBroker(func(c *Controller, _ env.Now, _ kafka.Offset, r R) Decision { return decide(c, r) })
}

// aboutBroker registers what decides about requests by which a broker is known to be alive: it needs the time, and the
// offset of its record, which becomes the broker's epoch.
func aboutBroker[R kmsg.Request](decide func(c *Controller, now env.Now, next kafka.Offset, r R) Decision) {
	var of R
	decisions[of.Key()] = func(c *Controller, now env.Now, next kafka.Offset, request kmsg.Request) Decision {
		return decide(c, now, next, request.(R))
	}
}
