A log is not cut below its high watermark.

== only the tail goes
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 5
4 b0 truncated 5
5 b0 recovered 0 5
6 b0 appended 5..7
=> holds

== a follower cuts what its leader never had
1 - cluster 3
2 b1,b2,b3 appended 0..4 crc=a
3 b1,b3 appended 5..5 crc=b
4 b1 high 0 5
5 b2 says 1/1 2 1,2,3 1,2,3
6 b2 leads 1
6 b2 isr 1 1 1,2,3
7 b1,b3 follows 2 1
8 b1,b3 truncated 5
9 b1,b3 recovered 0 5
10 b2,b1,b3 appended 5..5 epoch=1 crc=c
11 b2 high 0 6
=> holds

== planted truncated-committed: a follower cuts to its own high watermark
1 - cluster 2
2 b1,b2 appended 0..4 crc=a
3 b1 high 0 5
4 b2 killed
5 b2 recovered 0 5
6 b2 follows 1 0
7 b2 truncated 0
=> truncated-committed t-0@0, event 7: b2 truncated its log to offset 0 (truncation), but everything below offset 5 was committed

== what differs from what was committed has to go
1 - cluster 3
2 b1,b2,b3 appended 0..4 crc=a
3 b1 appended 5..9 crc=b
4 b1 high 0 5
5 b2 says 1/1 2 1,2,3 2,3
6 b2 leads 1
6 b2 isr 1 1 2,3
7 b3 follows 2 1
8 b2,b3 appended 5..8 epoch=1 crc=c
9 b2 high 5 9
10 b1 follows 2 1
11 b1 truncated 5
12 b1 recovered 0 5
13 b1 appended 5..8 epoch=1 crc=c
=> holds

== planted truncated-committed: what is about to be cut could be read
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 5
4 b0 cutting 4
5 b0 truncated 4
=> truncated-committed t-0@0, event 4: b0 truncated its log to offset 0 (truncation), but everything below offset 5 was committed

== planted truncated-committed: a cut goes further than it was to
1 b0 recovered 0 0 clean
2 b0 appended 0..2
2 b0 appended 3..9
3 b0 high 0 5
4 b0 cutting 6
5 b0 truncated 2
=> truncated-committed t-0@3, event 4: b0 truncated its log to offset 3 (truncation), but everything below offset 5 was committed
=> truncated-committed t-0@2, event 5: b0 truncated its log to offset 2 (truncation), but everything below offset 5 was committed

== a follower that has nothing its leader still has begins anew
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
3 b1 appended 0..7
3 b1 appended 8..9
4 b1 high 0 10
5 b1 start 8 retention.ms
5 b2 appended 0..4
5 b2 flushed 5
6 b2 cutting 0 anew
7 b2 killed
8 b2 recovered 0 0
8 b2 cutting 0 anew
8 b2 truncated 8
8 b2 recovered 8 8
9 b2 appended 8..9
=> holds

== what begins anew may be gone again before a record of it is flushed
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
2 b1,b2 appended 0..4
3 b1,b2 high 0 5
4 b2 flushed 5
5 b1,b2 start 5 delete-records
6 b2 cutting 5 anew
7 b2 truncated 3
8 b2 recovered 3 3
9 b2 killed
10 b2 recovered 0 0
=> holds

== planted recovered-lost-flushed: but not after that
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
2 b1,b2 appended 0..2
2 b1,b2 appended 3..4
3 b1,b2 high 0 5
4 b2 flushed 5
5 b1,b2 start 5 delete-records
6 b2 cutting 5 anew
7 b2 truncated 3
8 b2 recovered 3 3
9 b2 appended 3..4
10 b2 flushed 5
11 b2 killed
12 b2 recovered 0 0
=> recovered-lost-flushed t-0@0, event 12: b2 had flushed up to offset 5, but its log end offset is 0 after the restart

== who follows one unclean leader cuts what the next one has
1 - cluster 3
2 b1,b2,b3 appended 0..4 crc=a
3 b1,b3 appended 5..9 crc=b
4 b1 says 0/1 1 1,2,3 1,3
4 b1 isr 0 1 1,3
5 b1 high 0 10
6 b1 says 1/2 -1 1,2,3 -
6 b1 broker 1 1 at=20 fenced
6 b1 broker 3 3 at=21 fenced
7 b1 says 2/3 2 1,2,3 2 at=22 unclean
8 b2 leads 2
8 b2 isr 2 3 2
9 b3 follows 2 2
10 b1 says 3/4 -1 1,2,3 - at=30
10 b1 broker 2 2 at=31 fenced
10 b1 broker 1 1 at=32
11 b1 says 4/5 1 1,2,3 1 at=33 unclean
12 b1 leads 4
12 b1 isr 4 5 1
13 b1 high 0 10
14 b3 cutting 5
=> leader-completeness t-0@5, event 8: b2 became leader in epoch 2 without offset 5, but everything below offset 10 was committed; b1 has it [permitted: unclean election of b2 in epoch 2]

== who follows in an older epoch cuts what the newest leader has committed, and nobody counts on it
1 - cluster 3
2 b1,b2,b3 appended 0..4 crc=a
3 b1 high 0 5
4 b1,b2 appended 5..6 crc=b
5 b1 says 1/1 3 1,2,3 1,3
6 b3 leads 1
6 b3 isr 1 1 1,3
7 b2 follows 3 1
8 b1 says 2/2 1 1,2,3 1
9 b1 leads 2
9 b1 isr 2 2 1
10 b1 high 0 7
11 b2 cutting 5
12 b2 truncated 5
13 b2 recovered 0 5
=> holds

== planted truncated-committed: but somebody does
1 - cluster 3
2 b1,b2,b3 appended 0..4 crc=a
3 b1 high 0 5
4 b1,b2 appended 5..6 crc=b
5 b1 says 1/1 3 1,2,3 1,2,3
6 b3 leads 1
6 b3 isr 1 1 1,2,3
7 b2 follows 3 1
8 b1 says 2/2 1 1,2,3 1,2
9 b1 leads 2
9 b1 isr 2 2 1,2
10 b1 high 0 7
11 b2 cutting 5
12 b2 truncated 5
13 b2 recovered 0 5
=> high-watermark-beyond-isr t-0@7, event 10: b1, leader in epoch 2, advanced the high watermark to 7, but b2, in its ISR or proposed for it, has not entered that epoch
=> truncated-committed t-0@5, event 11: b2 truncated its log to offset 5 (truncation), but everything below offset 7 was committed
=> strong-isr t-0@5, event 13: b2 is in the ISR, but lacks offset 5: everything below offset 7 was committed

== who follows an unclean leader may cut what that has deleted
1 - cluster 2
2 b1,b2 appended 0..4
3 b1,b2 high 0 5
4 b2 start 5 delete-records
5 b1 says 0/1 1 1,2 1
5 b1 isr 0 1 1
6 b1 appended 5..9
7 b1 high 5 10
7 b1 killed
9 b2 says 1/2 2 1,2 2 unclean
9 b2 broker 1 1 at=20 fenced
10 b2 leads 1
11 b1 recovered 0 10
11 b1 follows 2 1
12 b1 truncated 0
=> leader-completeness t-0@5, event 10: b2 became leader in epoch 1 without offset 5, but everything below offset 10 was committed; b1 has it [permitted: unclean election of b2 in epoch 1]

== planted truncated-committed: but not what it has
1 - cluster 2
2 b1,b2 appended 0..4
3 b1,b2 high 0 5
4 b2 start 4 delete-records
8 b1 says 1/1 2 1,2 1,2
9 b2 leads 1
9 b1 follows 2 1
10 b1 truncated 0
=> truncated-committed t-0@0, event 10: b1 truncated its log to offset 0 (truncation), but everything below offset 5 was committed

== who does not know of an unclean election yet cuts what an older leader never had
1 - cluster 3
2 b1,b2,b3 appended 0..4
3 b1,b2,b3 high 0 5
4 b1 says 0/1 1 1,2,3 1
4 b1 isr 0 1 1
5 b1 killed
6 b2 says 1/2 2 1,2,3 2 unclean
6 b2 broker 1 1 at=20 fenced
7 b2 leads 1
7 b3 follows 2 1
8 b2 killed
9 b1 recovered 0 5
9 b1 broker 1 1 at=21
9 b1 says 2/3 1 1,2,3 1 unclean
9 b1 says 2/4 1 1,2,3 1,3
9 b1 broker 2 2 at=22 fenced
10 b1 leads 2
11 b3 truncated 3
=> truncated-committed t-0@3, event 11: b3 truncated its log to offset 3 (truncation), but everything below offset 5 was committed [permitted: unclean election of b1 in epoch 2]
