An idempotent producer's sequence numbers lie in a log once each, in order.

== in order, over the edge of the numbers
1 b0 appended 0..1 pid=7/0/0
2 b0 appended 2..2 pid=8/0/2147483647
3 b0 appended 3..3 pid=7/0/2
4 b0 appended 4..5 pid=8/0/0
5 b0 appended 6..6 pid=7/1/0
6 b0 dropped 7 2 3
=> holds

== planted duplicate-append: an earlier one, over the edge
1 b0 appended 0..4 pid=7/0/2147483645
2 b0 appended 5..5 pid=7/0/2147483647
=> duplicate-append t-0@5, event 2: b0 appended sequence 2147483647 of producer id 7 (epoch 0) again: 2 is the next

== planted sequence-gap: an epoch that does not begin at 0
1 b0 appended 0..4 pid=7/0/0
2 b0 appended 5..9 pid=7/1/5
=> sequence-gap t-0@5, event 2: b0 let producer id 7 start epoch 1 with sequence 5

== a retry after the first try was lost with the tail
1 b0 recovered 0 0 clean
2 b0 appended 0..4 pid=7/0/0
3 b0 appended 5..9 pid=7/0/5
4 b0 killed
5 b0 recovered 0 5
6 b0 appended 5..9 pid=7/0/5
=> holds

== planted duplicate-append: forgotten in a restart
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..4 pid=7/0/0
4 b0 killed
5 b0 recovered 0 5
6 b0 appended 5..9 pid=7/0/0
=> duplicate-append t-0@5, event 6: b0 appended sequence 0 of producer id 7 (epoch 0) again: 5 is the next

== a leader whose log began beyond does not recognise a retry
1 - cluster 2
2 b1 appended 0..4 pid=7/0/0
3 b2 recovered 0 0
4 b2 cutting 0 anew
5 b2 truncated 5
6 b2 recovered 5 5
7 b1 says 1/1 2 1,2 1,2
8 b2 leads 1
9 b1 follows 2 1
10 b2 appended 5..9 pid=7/0/0 epoch=1
11 b1 appended 5..9 pid=7/0/0 epoch=1
=> duplicate-append t-0@5, event 11: b1 appended sequence 0 of producer id 7 (epoch 0) again: 5 is the next [permitted: b2, leader in epoch 1, has no earlier batch of the producer: its log starts later]

== planted duplicate-append: a leader that has had the producer's batches does
1 - cluster 2
2 b1,b2 appended 0..4 pid=7/0/0
3 b1 says 1/1 2 1,2 1,2
4 b2 leads 1
5 b1 follows 2 1
6 b2 appended 5..9 pid=7/0/0 epoch=1
7 b1 appended 5..9 pid=7/0/0 epoch=1
=> duplicate-append t-0@5, event 6: b2 appended sequence 0 of producer id 7 (epoch 0) again: 5 is the next
=> duplicate-append t-0@5, event 7: b1 appended sequence 0 of producer id 7 (epoch 0) again: 5 is the next

== a follower that has seen something else, which was deleted, gets what follows what its leader has
1 - cluster 2
2 b1,b2 appended 0..4 pid=7/0/0
3 b1,b2 high 0 5
4 b1 says 0/1 1 1,2 1
4 b1 isr 0 1 1
5 b2 appended 5..9 pid=7/1/0
5 b1 appended 5..9 pid=7/0/5
6 b1 killed
7 b2 says 1/2 2 1,2 2 unclean
7 b2 broker 1 1 at=20 fenced
8 b2 leads 1
8 b2 high 5 10
9 b2 start 10 delete-records
10 b1 recovered 0 10
10 b1 follows 2 1
11 b1 start 5 delete-records
12 b2 appended 10..14 pid=7/1/5 epoch=1
13 b1 truncated 5
14 b1 appended 10..14 pid=7/1/5 epoch=1
=> sequence-gap t-0@10, event 14: b1 let producer id 7 start epoch 1 with sequence 5 [permitted: b2, leader in epoch 1, has the batch before it at offset 5; b1 does not: its log starts later]
