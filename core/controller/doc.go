// Package controller is what the active KRaft controller decides: requests and the passing of time become
// metadata records.
//
// It promises that every decision is made from one image of the cluster and that its records lead from that
// image to another one that keeps the rules: a leader is in the ISR and in service, the ISR and the eligible
// leader replicas are apart and among the replicas, epochs only grow. A decision's records stand for it alone:
// whoever applies them, today or after a restart, comes to the same image. What is in no record, when a broker
// was last heard of and how far it has read, is memory of one leadership and begins anew with Lead.
//
// It does not write records, wait for them to be committed, or apply them: its owner does, one decision at a
// time, and then asks the decision for its reply. It does not know who may ask for what, and opens no
// connection.
//
// The rules are those of Kafka's controller: KIP-500, KIP-631, KIP-841 (fenced replicas stay out of the ISR),
// KIP-903 (broker epochs in the ISR), KIP-966 (eligible leader replicas), KIP-455 (reassignment).
package controller
