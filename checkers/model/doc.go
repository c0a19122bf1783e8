// Package model builds the state of a cluster from the facts that its nodes emit: each replica's log and role, the
// metadata as the node that has applied most of it reports it, the metadata quorum's logs, consumer groups, and what
// clients have asked for and got. Invariants compare each new fact with it.
//
// What the leaders' high watermarks have covered is [Committed]: batch by batch, whatever the epoch. Where a new
// leader begins without some of it, the model records a [Loss] with the reason that permits it, or with none, and
// goes on from what the new leader holds. [Cluster.Explain] answers from those losses; [Cluster.Unhealthy] names what
// keeps a cluster from being at rest.
//
// A [Step] is one fact in two parts: Bind finds what the fact is about, Apply changes the model. A check looks at the
// model before Apply, or after it. Which facts change the model stands next to what they change: onReplica, onNode and
// onClient register them. A fact without such a rule changes nothing.
//
// The package judges nothing. Its memory is bounded: of a replica it keeps the newest 32,768 batches, and of everything
// else a fixed number (the max constants); what is older is believed.
package model
