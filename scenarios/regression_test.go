package scenarios_test

import (
	"testing"

	"gregor/scenarios"
)

// TestSeedsThatOnceFailed runs again what a sweep found: each of these broke a promise before its cause was mended.
func TestSeedsThatOnceFailed(t *testing.T) {
	for _, c := range []struct{ token, found string }{
		{"storm@1237", "a recovered tail was read before it was flushed"},
		{"storm@1325", "a recovered tail was read before it was flushed"},
		{"storm@1345", "a recovered tail was read before it was flushed"},
		{"recovered-tail@83", "a recovered tail was read before it was flushed"},
		{"recovered-tail@138", "a recovered tail was read before it was flushed"},
		{"cluster-storm-careless@17", "a record that was never acknowledged had no reason for being lost"},
		{"cluster-storm-careless@205", "one elected uncleanly and fenced before it led was taken for complete"},
		{"cluster-storm-careless@507", "one elected uncleanly began when its successor led already"},
		{"cluster-storm-careless@1059", "a follower made way for an unclean leader while the next one led already"},
		{"cluster-storm-careless@1132", "a cut that took a whole batch left the log below its recovery point, and its broker could not start"},
		{"cluster-storm-combined@4746", "a node was elected while it closed its metadata log"},
		{"cluster-storm-combined@3054", "power was cut although a proposal under way took in who had lost its tail"},
		{"cluster-storm-admin@125", "a graceful stop while a topic was being made was no clean one, and cost the only eligible leader"},
		{"cluster-storm-admin@137", "a replica that was taken away and given back in one step was taken for one that had lost its log"},
		{"cluster-storm-admin@172", "partitions that were added were not waited for in the end"},
		{"cluster-storm-admin@219", "what was held stayed held when everything was healed"},
		{"cluster-storm-admin@900", "what a leader could not compare was kept by one who was in sync"},
		{"cluster-storm-admin@246", "a checkpoint spoke of a replica that had been deleted, and its broker could not start"},
		{"cluster-storm-admin@310022619", "a leader whose replica was removed and placed again, empty, was asked for what it had led with"},
		{"cluster-storm-admin@330002919", "only the first of the batches that overtook a retry was attributed to the deletion of its first try"},
		{"cluster-storm-admin@330008254", "a leader proposed a follower that had been killed since its last fetch"},
		{"cluster-storm-admin-careless@330103902", "a broker asked to restart right before the faults ended was asked to stop again, and started"},
		{"cluster-storm-admin-careless@350101980", "deleted records that a crash brought back were compared with what had been committed"},
		{"cluster-storm-admin-careless@350105570", "a group's leader assigned twice in one generation, and took the second assignment for the one in force"},
		{"cluster-storm-admin-careless@350108079", "two logs that start within different batches were taken to agree on them"},
		{"cluster-storm-admin-careless@350108917", "a replica removed before its log was opened left its directory, and was given it again when it returned"},
		{"cluster-storm-admin-careless@350129892", "what a removed log held that a crash brought back was not known, and its leader committed a hole"},
		{"cluster-storm-admin-careless@217", "a checkpoint kept the old start of a log that begins at zero, and what was flushed was dropped"},
		{"cluster-storm-admin-careless@239", "a replica was taken for given up that its broker had kept"},
		{"cluster-storm-admin-careless@316", "an observer made way for an older leader of the quorum while a newer one committed"},
		{"cluster-storm-admin-careless@3093", "a log got a batch of an older epoch behind those that it had deleted"},
		{"cluster-storm-admin-careless@1681", "what an old leader committed below where an unclean one begins was taken for the truth"},
		{"cluster-storm-careless@953", "a cut for a leader that an unclean election had overtaken had no reason"},
		{"cluster-storm-combined@683", "a broker never stopped, since an answer did not leave"},
	} {
		if r := scenarios.Do(token(t, c.token), scenarios.Options{}); r.Verdict != scenarios.Holds {
			t.Errorf("%s: %s again: %s: %s\nnext: go run ./cmd/gregor run '%s'", c.token, c.found, r.Verdict, r.Sentence,
				c.token)
		}
	}
}
