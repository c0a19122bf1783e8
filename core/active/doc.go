// Package active is the controller's half of a node that is a voter of the metadata quorum: while the node leads the
// quorum, it puts requests and the passing of time to the decisions of core/controller, one at a time, and writes each
// decision to the metadata log before the next is made.
//
//	          LeaderChanged: this node                    Ask, Wake
//	resigned ──────────────────────────▶ active, idle ───────────────▶ active, a decision is being written
//	   ▲                                       ▲                           │
//	   │ LeaderChanged: another;               └───────────────────────────┘
//	   └ NOT_CONTROLLER from an append            Appended: answered
//
// It promises that every request is answered once: with its decision, when that is committed and in the image; or with
// NOT_CONTROLLER, if the node resigns before. The records of a decision are one batch, so that all of them or none
// survive a power cut.
//
// A broker whose heartbeat connection breaks is probed ([peer.Prober]), as are all brokers when a controller becomes
// the active one: only a refused connection fences a broker at once.
//
// The package does not decide (core/controller does), does not replicate (core/metalog does) and does not know clients.
package active
