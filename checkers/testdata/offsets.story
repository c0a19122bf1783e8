What a group has committed it is told again, whoever coordinates it.

== it is
1 c1 assigned g m1 1 t-0
2 c1 position 0 earliest
3 c1 processed g 5
4 c1 commit 1 g 5
5 b1 stored g 5
6 c1 committed 1
7 c2 assigned g m2 2 t-0
8 c2 position 5 committed
=> holds

== planted committed-offset-back: an older one after a failover
1 c1 commit 1 g 5
2 b1 stored g 5
3 c1 committed 1
4 c1 commit 2 g 9
5 b1 stored g 9
6 c1 committed 2
7 c2 assigned g m2 2 t-0
8 c2 position 5 committed
=> committed-offset-back t-0@5, event 8: c2 was assigned the partition at event 7 and got committed offset 5, but b1 had stored offset 9 for group g at event 5

== an answer may be as old as the assignment
1 b1 stored g 5
2 c2 assigned g m2 2 t-0
3 b1 stored g 9
4 c2 position 5 committed
=> holds

== nobody has committed, or it was removed
1 c1 assigned g m1 1 t-0
2 c1 position 0 earliest
3 b1 stored g 5
4 b1 stored g -1
5 c2 assigned g m2 2 t-0
6 c2 position 0 earliest
=> holds

== a position that is out of range is set anew
1 b1 stored g 5
2 c2 assigned g m2 2 t-0
3 c2 position 5 committed
4 c2 position 7 earliest
=> holds

== what a member keeps over a rebalance it does not ask for again
1 c2 assigned g m2 1 t-0
2 c2 position 0 earliest
3 b1 stored g 5
4 c2 assigned g m2 2 t-0
5 c2 position 7 latest
=> holds

== a commit without an answer may have been stored
1 b1 stored g 5
2 c1 commit 1 g 9
3 c1 unsure-commit 1
4 c2 assigned g m2 2 t-0
5 c2 position 9 committed
=> holds

== what a coordinator tells that was replaced comes too late
1 b1 stored g 5
2 b2 leads __consumer_offsets-0 1
3 b2 stored g 9
4 b1 stored g 7
5 c2 assigned g m2 2 t-0
6 c2 position 9 committed
=> holds

== a power cut may take commits
1 b1 recovered __consumer_offsets-0 0 0 clean
2 b1 started
3 b1 appended __consumer_offsets-0 0..1
4 b1 high __consumer_offsets-0 0 2
5 b1 stored g 5
6 b1 power-cut
7 b1 recovered __consumer_offsets-0 0 0
8 b1 started
9 c2 assigned g m2 2 t-0
10 c2 position 0 earliest
=> recovered-lost-committed __consumer_offsets-0@0, event 7: b1 had a high watermark of 2, but its log end offset is 0 after the restart [permitted: the power cut of b1 at event 6 lost what was not flushed; the flushed offset was 0]
=> committed-offset-back t-0@5, event 10: c2 was assigned the partition at event 9 and started at the earliest offset 0, but b1 had stored offset 5 for group g at event 5 [permitted: the power cut of b1 at event 6 lost what was not flushed; the flushed offset was 0]

== planted committed-offset-back: but not where others have them
1 - cluster 2 __consumer_offsets-0
2 b1,b2 appended __consumer_offsets-0 0..1
3 b1 high __consumer_offsets-0 0 2
4 b1 stored g 5
5 b1 power-cut
6 b2 leads __consumer_offsets-0 1
7 c2 assigned g m2 2 t-0
8 c2 position 0 earliest
=> committed-offset-back t-0@5, event 8: c2 was assigned the partition at event 7 and started at the earliest offset 0, but b1 had stored offset 5 for group g at event 4
