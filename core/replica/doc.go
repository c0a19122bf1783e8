// Package replica is one partition's replica on a broker: leader or follower, over its [seglog.Log].
//
// A [Replica] applies what the metadata says of its partition ([Replica.Apply]) and turns that into a role. As a
// leader it accepts appends ([Replica.Append]), answers fetches ([Replica.Fetch]), follows how far its followers have
// come, moves the high watermark, and proposes changes of the in-sync replicas to the controller ([Out].Alter). As
// a follower it handles the responses of its leader, truncates what the leader never had, and appends the rest. A
// [Fetcher] fetches from one source broker on behalf of all the replicas that follow it, in a fetch session (KIP-227).
//
// The two roles are two types, each with its own fields, over what both share: partition.go, lead.go, follow.go. The
// roles are drawn at [Replica]. The arithmetic of in-sync sets is core/insync's.
//
// # What it promises
//
//   - Nothing waits: every call runs to the end. The owner calls [Replica.Settle] after every call and every event of
//     the log, before its step ends, and then [Fetcher.Settle] of the fetchers: a fetcher looks only at replicas that
//     were settled.
//   - A leader's high watermark covers only what every member of the maximal in-sync set (committed and proposed)
//     has fetched up to in the leader's own epoch, and so has written; it never goes back while it leads.
//   - A follower claims by its fetch offset only what it has written, or flushed where flush.messages asks for that.
//   - A follower's log is made a prefix of its leader's before its high watermark moves.
//   - What a bug of Kafka's history went wrong in is decided at one place, and the comment there names it: R1 to
//     R15 and I1 to I17 are rows of the catalogue of bugs.
//
// # What it does not do
//
// It sends nothing itself, writes no checkpoint files, and does not validate what producers send. A topic that is
// deleted and created again under its name gets another Replica: a topic id never changes here.
package replica
