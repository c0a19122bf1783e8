// Package checkers judges a run: pure functions from what happened to what was wrong about it.
//
// There are two kinds of checks. Invariants judge fact by fact, at the very event that breaks a promise: [Invariants]
// passes each fact to the checks that registered for its type, and keeps the state of the cluster in
// [gregor/checkers/model]. The others ([Check]) need the whole [gregor/checkers/history]: what clients sent, got
// read, and the final log.
//
// Every [Finding] is either a broken promise, or, with Attributed set, an observation that looks like one but has an
// explanation that the configuration permits: an unflushed record lost in a power cut, a duplicate of a producer that
// is not idempotent. Call and return times are event numbers, never clocks; facts with equal numbers count as
// concurrent. An unknown outcome breaks no promise: the call took effect if its value is in the log.
//
// # To add a check
//
// A check is one file. Its comment states what is promised, when, and what is permitted instead; then it registers
// its properties (name, sentence about a run that breaks it, and a planted story that makes the check report) and the
// functions that judge:
//
//	var _ = register(ofLogs, []Property{
//		{"flushed-back", "the flushed offset moved back", `
//			1 b1 recovered 0 10
//			2 b1 flushed 5
//			3 b1 flushed 4
//			=> flushed-back t-0@4, event 3: b1 flushed up to 4 after it had flushed up to 5
//		`},
//	}, before(flushed))
//
//	func flushed(s *step, f env.Flushed) {
//		if f.To < s.Replica.Flushed {
//			s.find("flushed-back", f.TopicPartition, f.To, "%s flushed up to %d after …", s.Node, f.To, s.Replica.Flushed)
//		}
//	}
//
// The type of the function's second parameter is the fact that it is called with, before or after the model applies
// the fact. The step has the model (s.Cluster) and what the fact is about. [registerWith] is for a check with state
// of its own; [registerHistory] and [registerOptional] are for checks of whole histories. The list of names, the
// outcomes that scenarios expect and allow, and `gregor help scenario` follow from the registrations; a test fails
// for a check whose planted story does not make it report. testdata/README.md is the language of stories: a fact that
// has no verb there is written by its name in a history file, follower_heard broker=2 offset=5. `go test ./checkers
// -rewrite` writes what is found into the stories.
//
// A new fact is a declaration in core/env and the place that emits it; the model need not know it.
//
// # What is not checked
//
// Transactions, bytes on the wire or on disk, and performance. Nor whether an image or a coordinator's state is what
// its log says: that two nodes agree is. Replicas are compared as far back as the model remembers.
package checkers
