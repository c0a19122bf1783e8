// Package registration is a broker's standing with the active controller (KIP-631): it registers, sends heartbeats
// until the controller unfences it and from then on, and asks to be let go before it stops.
//
//	unregistered ──── BrokerRegistration ────▶ registered ──── AskToLeave ───▶ leaving ────┐
//	  ▲   │                                     │      │                          │         │ ShouldShutdown,
//	  │   │ AskToLeave               STALE_BROKER_     │ AskToLeave without       │         │ STALE_BROKER_EPOCH,
//	  │   ▼                          EPOCH      │      ▼ controlled.shutdown      ▼         ▼ no controller answers
//	  │  left                                   │     left                       left ◀─────┘
//	  └─────────────────────────────────────────┘
//
// A registered broker is fenced until it has caught up with the metadata and has opened its logs; each heartbeat asks,
// and each response reports whether it is unfenced. One request is under way at a time.
//
// It promises that a broker which cannot be registered ends with the reason: no controller within
// initial.broker.registration.timeout.ms, a cluster.id of another cluster, a directory.id or a node.id that another
// process holds. Where it differs from Kafka: a live broker that was unregistered registers again.
//
// The package does not find the controller and does not move leaderships: [Node.Ask] reaches the one, and the
// controller does the other.
package registration
