// Package controller is what the active KRaft controller decides: requests and the passing of time become
// metadata records.
//
// It promises that every decision is made from one image of the cluster and that its records lead from that
// image to another one that keeps the rules: a leader is in the ISR and unfenced, the ISR and the eligible
// leader replicas are apart and among the replicas, epochs only grow. A decision's records stand for it alone:
// a node that applies them, today or after a restart, has the same image. What is in no record, when a broker
// sent its last heartbeat and how far it has read, is memory of one leadership and is reset by Lead.
//
// It does not write records, wait for them to be committed, or apply them: its owner does, one decision at a
// time, and then asks the decision for its reply. It does not authorize requests, and opens no connection. The
// arithmetic of in-sync sets and eligible leaders is core/insync's.
//
// The rules are those of Kafka's controller: KIP-500, KIP-631, KIP-841 (fenced replicas stay out of the ISR),
// KIP-903 (broker epochs in the ISR), KIP-966 (eligible leader replicas), KIP-455 (reassignment).
package controller
