A leader counts what a follower says of its log only in its own epoch, and where their logs are the same.

== it does
1 - cluster 3
2 b1 hears 0 2 0 0 -1
2 b1 hears 0 3 0 0 -1
3 b1,b2 appended 0..4
4 b3 killed
4 b2 says 1/1 2 1,2,3 1,2
5 b2 leads 1
5 b1 follows 2 1
6 b2 hears 1 1 5 1 0
7 b3 recovered 0 0
8 b3 follows 2 1
9 b2 hears 1 3 0 1 -1
10 b2,b1,b3 appended 5..9 epoch=1
11 b3 killed
12 b2 hears 1 3 10 1 1  # which was on its way
=> holds

== planted heard-other-epoch: the follower has not entered the epoch
1 - cluster 2
2 b1,b2 appended 0..4
3 b1 says 1/1 1 1,2 1,2
4 b1 leads 1
5 b1 hears 1 2 5 1 0
=> heard-other-epoch t-0@5, event 5: b1, leader in epoch 1, counts a fetch that b2 sent before it entered that epoch

== planted heard-unmatched: the follower does not say with what its log ends
1 - cluster 2
2 b1,b2 appended 0..4
3 b1 says 1/1 1 1,2 1,2
4 b1 leads 1
5 b2 follows 1 1
6 b1 hears 1 2 5 1 -1
=> heard-unmatched t-0@5, event 6: b1, leader in epoch 1, counts on b2 to hold its log up to offset 5, but the fetch does not name the last epoch

== planted heard-unmatched: its log ends with what the leader does not have
1 - cluster 2
2 b1,b2 appended 0..4
3 b1 says 1/1 2 1,2 1,2
4 b2 leads 1
5 b2 appended 5..9 epoch=1
6 b1 says 2/2 1 1,2 1,2
7 b1 leads 2
8 b1 appended 5..9 epoch=2
9 b2 follows 1 2
10 b1 hears 2 2 10 2 1
=> heard-unmatched t-0@10, event 10: b1, leader in epoch 2, counts on b2 to hold its log up to offset 10, but the fetch names another last epoch than its own log has there

== planted heard-unmatched: no offset at all
1 - cluster 2
2 b1,b2 appended 0..4
3 b1 hears 0 2 -1 0 0
=> heard-unmatched t-0, event 3: b1, leader in epoch 0, counts on b2 to hold its log up to offset -1, but no log has a negative end offset

== who begins where the leader's log begins has nothing to name
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
3 b1 appended 0..7
3 b1 appended 8..9
4 b1 high 0 10
5 b2 truncated 8
6 b2 recovered 8 8
7 b1 hears 0 2 8 0 -1
=> holds
