A group's generation rises as long as it has members.

== it rises
1 b0 rebalanced g 1 m1
2 b0 rebalanced g 2 m1 m2
3 c1 assigned g m1 2
=> holds

== planted generation-back: it does not
1 b0 rebalanced g 1 m1
2 b0 rebalanced g 1 m1 m2
=> generation-back, event 2: group g entered generation 1 after 1

== a group that had become empty may be a new one
1 b0 rebalanced g 5 m1
2 b0 gone g m1
3 b0 rebalanced g 1 m2
=> holds

== a restart may forget a generation in which nobody got partitions
1 b0 rebalanced g 1 m1
2 c1 assigned g m1 1
3 b0 rebalanced g 2 m1 m2
4 b0 killed
5 b0 rebalanced g 2 m1 m3
=> holds

== planted generation-back: but not one in which somebody did
1 b0 rebalanced g 1 m1
2 b0 rebalanced g 2 m1 m2
3 c1 assigned g m1 2
4 b0 killed
5 b0 rebalanced g 2 m1 m3
=> generation-back, event 5: group g entered generation 2 after 2

== unless the power was cut
1 b0 rebalanced g 1 m1
2 b0 rebalanced g 2 m1 m2
3 c1 assigned g m1 2
4 b0 power-cut
5 b0 rebalanced g 1 m1 m3
=> generation-back, event 5: group g entered generation 1 after 2 [permitted: the power cut of b0 at event 4 may have taken what was not flushed]

== or the disk was emptied
1 b0 started
2 b0 rebalanced g 5 m1 m2
3 c1 assigned g m1 5
4 b0 damaged
5 b0 started
6 b0 rebalanced g 1 m1 m3
=> generation-back, event 6: group g entered generation 1 after 5 [permitted: the disk of b0 was damaged]
