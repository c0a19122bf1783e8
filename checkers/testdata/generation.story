A group's generation rises as long as it has members.

== it rises
1 b0 rebalanced g 1 m1
2 b0 rebalanced g 2 m1 m2
3 c1 assigned g m1 2
=> holds

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
=> generation-back, event 5: group g entered generation 2 after generation 2

== unless the power was cut
1 b0 rebalanced g 1 m1
2 b0 rebalanced g 2 m1 m2
3 c1 assigned g m1 2
4 b0 power-cut
5 b0 rebalanced g 1 m1 m3
=> generation-back, event 5: group g entered generation 1 after generation 2 [permitted: the power cut of b0 at event 4 may have lost what was not flushed]

== or the disk was emptied
1 b0 started
2 b0 rebalanced g 5 m1 m2
3 c1 assigned g m1 5
4 b0 damaged
5 b0 started
6 b0 rebalanced g 1 m1 m3
=> generation-back, event 6: group g entered generation 1 after generation 5 [permitted: the disk of b0 was damaged]

== a new coordinator may not know of the last generation
1 b1 rebalanced g 1 m1
2 c1 assigned g m1 1
3 b1 rebalanced g 2 m1 m2
4 b2 leads __consumer_offsets-0 1
5 b2 rebalanced g 2 m1 m2
=> holds

== planted generation-back: but of one that somebody got partitions in
1 b1 rebalanced g 1 m1
2 b1 rebalanced g 2 m1 m2
3 c1 assigned g m1 2
4 b2 leads __consumer_offsets-0 1
5 b2 rebalanced g 2 m1 m2
=> generation-back, event 5: group g entered generation 2 after generation 2

== the old one does not know yet, and goes on for itself
1 b1 rebalanced g 1 m1 m2
2 c1 assigned g m1 1
3 b2 leads __consumer_offsets-0 1
4 b2 rebalanced g 2 m1
5 c1 assigned g m1 2
6 b2 rebalanced g 3 m1
7 c1 assigned g m1 3
8 b1 rebalanced g 2 m2
9 b2 rebalanced g 4 m1
=> holds

== planted generation-back: in one tenure it rises, whoever else coordinates
1 b1 rebalanced g 5 m1 m2
2 b2 rebalanced g 6 m1
3 b1 rebalanced g 5 m2
=> generation-back, event 3: group g entered generation 5 after generation 5

== where the generation was lost, its number is given again
1 b1 recovered __consumer_offsets-0 0 0 clean
2 b1 started
3 b1 appended __consumer_offsets-0 0..1
4 b1 high __consumer_offsets-0 0 2
5 b1 rebalanced g 1 m1
6 c1 assigned g m1 1 t-0
7 b1 power-cut
8 b1 recovered __consumer_offsets-0 0 0
9 b1 started
10 b1 rebalanced g 1 m2
11 c2 assigned g m2 1 t-0
=> recovered-lost-committed __consumer_offsets-0@0, event 8: b1 had a high watermark of 2, but its log end offset is 0 after the restart [permitted: the power cut of b1 at event 7 lost what was not flushed; the flushed offset was 0]
=> generation-back, event 10: group g entered generation 1 after generation 1 [permitted: the power cut of b1 at event 7 lost what was not flushed; the flushed offset was 0]
=> two-owners t-0, event 11: in generation 1 of group g both m1 (c1) and m2 (c2) own t-0 [permitted: the power cut of b1 at event 7 lost what was not flushed; the flushed offset was 0]

== planted generation-back: a commit comes first
1 b1 rebalanced g 1 m1
2 b1 rebalanced g 2 m1 m2
3 c1 assigned g m1 2
4 b2 leads __consumer_offsets-0 1
5 b2 stored g 7
6 b2 rebalanced g 2 m1 m2
=> generation-back, event 6: group g entered generation 2 after generation 2

== a coordinator whose disk has space again reads what is stored
1 b0 recovered 0 0 __consumer_offsets-0
1 b0 leads 0 __consumer_offsets-0
2 b0 rebalanced g 1 m1
3 b0 rebalanced g 2 m1 m2
4 b0 fenced __consumer_offsets-0
5 b0 truncated 0 __consumer_offsets-0
6 b0 recovered 0 0 __consumer_offsets-0
7 b0 rebalanced g 1 m1
=> holds
