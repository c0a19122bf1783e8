package checkers

import (
	"fmt"

	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// committed-too-far: a consumer commits no offset beyond what it has processed, nor beyond where it began. It is what
// at-least-once rests on; a consumer that means to commit first, for at-most-once, breaks it on purpose, and so does
// one under automatic commits that dies at the wrong time. It passes over what compaction may have removed.
//
// commit-unstored: a commit is acknowledged only once it is stored. Coordinators that emit no facts are not judged.
//
// committed-offset-back: a member that is assigned a partition begins where the group has committed last: a commit
// that was acknowledged before is never answered with an older one, nor with none, whichever node coordinates the
// group by then.
var _ = register(ofGroups, []Property{
	{"committed-too-far", "an application committed more than it had processed", `
		1 c1 position 0 earliest
		2 c1 processed h 2
		3 c1 commit 2 g 2
		=> committed-too-far t-0@2, event 3: c1 committed offset 2 for group g, but has processed only
		   the records below offset 0
	`},
	{"commit-unstored", "a commit was acknowledged that no coordinator stored", `
		1 b1 rebalanced g 1 m1
		2 c1 commit 1 g 5
		3 b1 stored g 4
		4 c1 committed 1
		=> commit-unstored t-0@5, event 4: c1 got the commit of offset 5 for group g acknowledged, but
		   no coordinator has stored it
	`},
	{"committed-offset-back", "a member got an older offset than the group had committed", `
		1 c1 commit 1 g 5
		2 b1 stored g 5
		3 c1 committed 1
		4 c2 assigned g m2 2 t-0
		5 c2 position 0 earliest
		=> committed-offset-back t-0@5, event 5: c2 was assigned the partition at event 4 and started at
		   the earliest offset 0, but b1 had stored offset 5 for group g at event 2
	`},
}, before(committing), before(commitAcknowledged), before(resumed))

func committing(s *step, f env.CommitCalled) {
	done, begun := s.Cluster.ClientNamed(f.Client).Processed(f.Group, f.TopicPartition)
	if !begun {
		return
	}
	cleaned := kafka.Offset(0)
	if p := s.Cluster.Newest(f.TopicPartition); p != nil {
		cleaned = p.Cleaned
	}
	if f.Offset > max(done, cleaned) {
		s.find("committed-too-far", f.TopicPartition, f.Offset,
			"%s committed offset %d for group %s, but has processed only the records below offset %d",
			f.Client, f.Offset, f.Group, done)
	}
}

func commitAcknowledged(s *step, f env.CommitReturned) {
	if f.Outcome != env.OK {
		return
	}
	if k := s.Cluster.Unstored(f.Client, f.Call); k != nil && s.Cluster.Coordinated(k.Group) {
		s.find("commit-unstored", k.TopicPartition, k.Offset,
			"%s got the commit of offset %d for group %s acknowledged, but no coordinator has stored it",
			f.Client, k.Offset, k.Group)
	}
}

func resumed(s *step, f env.PositionSet) {
	r := s.Cluster.WrongResume(f)
	switch {
	case r == nil:
	case f.Reason != "committed":
		resumedWrong(s, r, f.TopicPartition, r.Last.Offset, fmt.Sprintf("started at the %s offset %d", f.Reason, f.Offset),
			f.Client)
	default:
		resumedWrong(s, r, f.TopicPartition, f.Offset, fmt.Sprintf("got committed offset %d", f.Offset), f.Client)
	}
}

func resumedWrong(s *step, r *model.Resumed, tp kafka.TopicPartition, o kafka.Offset, did, client string) {
	s.find("committed-offset-back", tp, o,
		"%s was assigned the partition at event %d and %s, but %s had stored offset %d for group %s at event %d", client,
		r.Assigned, did, r.Last.Node, r.Last.Offset, r.Group, r.Last.Event).Attributed = s.Cluster.GroupLoss(r.Group)
}
